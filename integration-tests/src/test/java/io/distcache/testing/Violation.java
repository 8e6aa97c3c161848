package io.distcache.testing;

/**
 * An entry that is not what was acknowledged.
 *
 * @param found what the cache holds instead of {@code expected}
 */
record Violation(String cache, String key, String expected, String found) {
    @Override
    public String toString() {
        return "cache=" + cache + " key=" + key + " expected " + expected + ", found " + found;
    }
}
