package io.distcache.benchmarks.load;

/** An open client of one peer, with at most one cache. Confined to the thread that steers the client process. */
interface Session extends AutoCloseable {

    static Session open(Line line) {
        return switch (line.text("client")) {
            case "jcache" -> JCacheSession.open(line);
            case "echo" -> EchoSession.open(line);
            default -> throw new IllegalArgumentException("no client " + line.text("client"));
        };
    }

    /** A new, empty cache. */
    Target create(String name, ValueKind kind);

    /** Destroys a cache and what is in it. */
    void destroy(String name);

    @Override
    void close();
}
