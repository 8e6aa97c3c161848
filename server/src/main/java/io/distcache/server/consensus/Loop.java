package io.distcache.server.consensus;

/** The one thread on which all groups of a node run. Thread-safe. */
public interface Loop {
    /** Whether the caller is on that thread. */
    boolean isHere();

    /** Runs a task on that thread, after those that came before it. */
    void execute(Runnable task);

    /** Runs a task on that thread when some nanoseconds of {@link Time#nanos} have passed. */
    void schedule(Runnable task, long delayNanos);

    /** Something slow comes next: what tasks have kept for other threads until this thread is idle goes to them now. On that thread. */
    default void handOver() {}
}
