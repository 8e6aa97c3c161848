package io.distcache.server.shard;

/** Somebody's interest in whether an entry is changed, from when it was watched on. Thread-safe. */
public final class Watch {
    private volatile boolean touched;

    /** Whether the entry was changed in any way, also if it is again as it was. */
    public boolean isTouched() {
        return touched;
    }

    void touch() {
        touched = true;
    }
}
