package io.distcache.server.shard;

/** The namespaces that are a node's own: clients have no access to caches there. Stateless. */
public final class Namespaces {
    /** What is kept for members that are away: {@link WriteGate.CacheHints}. */
    public static final String HINTS = "distcache.hints";
    /** Replies to changes made once: {@link OnceCache}. */
    public static final String ONCE = "distcache.once";

    private Namespaces() {}

    /** Whether a namespace is the node's own. */
    public static boolean isInternal(String namespace) {
        return namespace.equals(HINTS) || namespace.equals(ONCE);
    }
}
