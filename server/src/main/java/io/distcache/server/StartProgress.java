package io.distcache.server;

/** Says on standard error how far the data is loaded, once a second, if that takes over two. Confined to one thread. */
final class StartProgress {
    private static final long QUIET_NANOS = 2_000_000_000;
    private static final long EVERY_NANOS = 1_000_000_000;

    private final long began = System.nanoTime();
    private long shown = began;

    void show(int percent) {
        long now = System.nanoTime();
        if (now - began > QUIET_NANOS && now - shown > EVERY_NANOS) {
            shown = now;
            System.err.println("loading the data: " + percent + " %");
        }
    }
}
