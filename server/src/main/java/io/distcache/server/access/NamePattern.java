package io.distcache.server.access;

/**
 * Names of namespaces or caches: {@code *} stands for any characters, {@code ?} for one, all others for themselves. Immutable.
 *
 * @param text the pattern as it is written
 */
record NamePattern(String text) {

    /** Whether the whole name is meant. Takes pattern times name at worst. */
    boolean matches(String name) {
        int at = 0;
        int in = 0;
        int star = -1;
        int starIn = 0;
        while (in < name.length()) {
            char wanted = at < text.length() ? text.charAt(at) : 0;
            if (at < text.length() && wanted == '*') {
                star = at++;
                starIn = in;
            } else if (at < text.length() && (wanted == '?' || wanted == name.charAt(in))) {
                at++;
                in++;
            } else if (star >= 0) {
                // The last star takes one more.
                at = star + 1;
                in = ++starIn;
            } else {
                return false;
            }
        }
        while (at < text.length() && text.charAt(at) == '*') {
            at++;
        }
        return at == text.length();
    }
}
