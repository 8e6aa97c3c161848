package io.distcache.client;

import java.util.Locale;
import java.util.Map;

/**
 * What becomes of calls whose entry belongs to a node that is down. Part of a cache's definition, so that all its clients act alike.
 * Increments, compare-and-set, leases and entry processors never pretend: where they cannot be served elsewhere, they throw.
 *
 * <p>In a replicated pool every call waits for a leader as long as it has time, whatever the policy; one that has found none by then throws
 * {@link UnreachableException}, but reads miss under {@link #MISS}. Writes are never dropped there.
 */
public enum FailurePolicy {
    /** The next node on the ring serves, and what the node that is down holds is a miss there. The default. */
    FAILOVER,
    /** Reads miss, and writes are dropped and counted; what they would have overwritten is a miss when the node is back. */
    MISS,
    /** The call throws {@link UnreachableException}, which names the node and how it is. Nobody reads or writes elsewhere. */
    THROW;

    /** The attribute of a definition that says it, by {@link #toString}; absent for {@link #FAILOVER}. */
    public static final String ATTRIBUTE = "failurePolicy";

    /** What the attributes of a cache's definition say. */
    public static FailurePolicy of(Map<String, String> attributes) {
        String text = attributes.get(ATTRIBUTE);
        return text == null ? FAILOVER : parse(text);
    }

    /**
     * The policy of this name, in any case.
     *
     * @throws IllegalArgumentException naming those there are
     */
    public static FailurePolicy parse(String text) {
        for (FailurePolicy policy : values()) {
            if (policy.toString().equals(text.toLowerCase(Locale.ROOT))) {
                return policy;
            }
        }
        throw new IllegalArgumentException("'" + text + "' is no failure policy; use failover, miss or throw");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
