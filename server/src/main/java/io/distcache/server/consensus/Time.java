package io.distcache.server.consensus;

/** The clocks of a machine. Thread-safe. */
public interface Time {
    /** Time that passes, in nanoseconds from anywhere ({@link System#nanoTime}); need not count while the machine is suspended. */
    long nanos();

    /** What the machine's clock shows, in milliseconds since 1970; people and daemons set it. */
    long wallMillis();
}
