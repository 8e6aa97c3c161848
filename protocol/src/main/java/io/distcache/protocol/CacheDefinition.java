package io.distcache.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What a node knows of a cache. All clients of one cache agree on it: opening a cache with another definition is refused.
 *
 * @param namespace the manager's namespace; at most {@value #MAX_NAME_LENGTH} characters
 * @param name the cache's name; at most {@value #MAX_NAME_LENGTH} characters
 * @param expiry the durations a node applies itself
 * @param maxEntries the most entries kept; 0 for no bound
 * @param maxBytes the most bytes kept, keys, values and overhead together; 0 for no bound
 * @param whenFull what happens at the bound
 * @param durability whether changes are logged
 * @param attributes what only clients understand (key and value types), and {@link #STALE_READS}; compared
 */
public record CacheDefinition(
        String namespace,
        String name,
        Expiry expiry,
        long maxEntries,
        long maxBytes,
        WhenFull whenFull,
        Durability durability,
        Map<String, String> attributes) {

    /** The attribute that names the class of keys, if one was declared. */
    public static final String KEY_TYPE = "keyType";
    /** The attribute that names the class of values, if one was declared. */
    public static final String VALUE_TYPE = "valueType";

    /** The attribute that says, by {@link #ALLOW}, that reads may be answered from old data while nobody leads; absent if not. */
    public static final String STALE_READS = "staleReads";
    /** The only value of {@link #STALE_READS}. */
    public static final String ALLOW = "allow";

    /** The longest namespace or cache name, in characters. */
    public static final int MAX_NAME_LENGTH = 1024;

    /** What happens to a write when a bound is reached; the wire byte is {@link #ordinal()}. */
    public enum WhenFull {
        EVICT,
        REFUSE
    }

    /** Whether changes are logged; the wire byte is {@link #ordinal()}. */
    public enum Durability {
        LOGGED,
        NONE
    }

    /**
     * The ttl, as in {@link Ttl}, given by a creation, an update and an access.
     *
     * @param byClient whether a client computes the ttl with code of its own; the node then applies only what commands carry
     */
    public record Expiry(long creationMillis, long updateMillis, long accessMillis, boolean byClient) {
        public static final Expiry ETERNAL = new Expiry(Ttl.ETERNAL, Ttl.UNCHANGED, Ttl.UNCHANGED, false);

        public Expiry {
            // DEFINED would point back here, and an entry just created has no deadline to leave unchanged.
            check("creation", creationMillis, Ttl.NOW);
            check("update", updateMillis, Ttl.UNCHANGED);
            check("access", accessMillis, Ttl.UNCHANGED);
        }

        private static void check(String what, long ttl, long least) {
            if (ttl < least) {
                throw new IllegalArgumentException(
                        "the ttl given by " + what + " is " + ttl + "; at least " + least + " is needed");
            }
        }
    }

    public CacheDefinition {
        Objects.requireNonNull(expiry, "expiry");
        Objects.requireNonNull(whenFull, "whenFull");
        Objects.requireNonNull(durability, "durability");
        checkName("namespace", namespace);
        checkName("cache name", name);
        if (maxEntries < 0 || maxBytes < 0) {
            throw new IllegalArgumentException("bounds of cache " + name + " are negative: maxEntries=" + maxEntries
                    + " maxBytes=" + maxBytes + "; use 0 for no bound");
        }
        attributes = Map.copyOf(attributes);
    }

    private static void checkName(String what, String name) {
        if (name.length() > MAX_NAME_LENGTH) {
            throw new IllegalArgumentException(
                    what + " has " + name.length() + " characters; at most " + MAX_NAME_LENGTH + " are allowed");
        }
    }

    /** An unbounded, eternal cache without attributes. */
    public static CacheDefinition of(String namespace, String name) {
        return new CacheDefinition(namespace, name, Expiry.ETERNAL, 0, 0, WhenFull.EVICT, Durability.LOGGED, Map.of());
    }

    /** Each setting in which {@code other} is different, as {@code setting=mine, not theirs}. Names are not compared. */
    public List<String> differences(CacheDefinition other) {
        List<String> found = new ArrayList<>();
        compare(found, "expiry", expiry, other.expiry);
        compare(found, "maxEntries", maxEntries, other.maxEntries);
        compare(found, "maxBytes", maxBytes, other.maxBytes);
        compare(found, "whenFull", whenFull, other.whenFull);
        compare(found, "durability", durability, other.durability);
        TreeMap<String, String> all = new TreeMap<>(attributes);
        all.putAll(other.attributes);
        for (String attribute : all.keySet()) {
            compare(
                    found,
                    attribute,
                    String.valueOf(attributes.get(attribute)),
                    String.valueOf(other.attributes.get(attribute)));
        }
        return found;
    }

    /** Whether it says which types keys and values are of, as JCache does. */
    public boolean isTyped() {
        return attributes.containsKey(KEY_TYPE) || attributes.containsKey(VALUE_TYPE);
    }

    /** Whether any member of a replicated pool may answer reads, from what it has, while nobody leads. */
    public boolean allowsStaleReads() {
        return ALLOW.equals(attributes.get(STALE_READS));
    }

    /** The same without the types of keys and values. */
    public CacheDefinition withoutTypes() {
        Map<String, String> rest = new TreeMap<>(attributes);
        rest.remove(KEY_TYPE);
        rest.remove(VALUE_TYPE);
        return new CacheDefinition(namespace, name, expiry, maxEntries, maxBytes, whenFull, durability, rest);
    }

    /**
     * In what a cache that is there differs from this. One that the native API or a client of another protocol made has no types, and so
     * can have these.
     */
    public List<String> differencesToShared(CacheDefinition present) {
        return (present.isTyped() ? this : withoutTypes()).differences(present);
    }

    private static void compare(List<String> found, String setting, Object mine, Object theirs) {
        if (!mine.equals(theirs)) {
            found.add(setting + "=" + mine + ", not " + theirs);
        }
    }
}
