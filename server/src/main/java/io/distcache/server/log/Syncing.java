package io.distcache.server.log;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The log's last phase: what was written is brought to disk, and under {@link SyncPolicy#ALWAYS} answered then. Thread-safe. */
final class Syncing {
    private final Segments segments;
    private final LogState state;
    /** One sync at a time. */
    private final ReentrantLock lock = new ReentrantLock();
    /** Groups that wait for a sync, under ALWAYS. Guarded by itself. */
    private final Deque<CompletableFuture<Void>> waiting = new ArrayDeque<>();

    private volatile long nanos;

    Syncing(Segments segments, LogState state) {
        this.segments = segments;
        this.state = state;
    }

    /** How long the last sync took. */
    long nanos() {
        return nanos;
    }

    /** A group is written, and waits for the next sync. */
    void await(CompletableFuture<Void> group) {
        synchronized (waiting) {
            waiting.add(group);
        }
    }

    /** Syncs, and tells those who waited for it. */
    void syncForWaiting() {
        List<CompletableFuture<Void>> due;
        IOException failed;
        lock.lock();
        try {
            due = takeWaiting();
            sync();
            // Before others may reopen the log: what was not synced here never will be.
            failed = state.failure();
        } finally {
            lock.unlock();
        }
        due.forEach(stage -> complete(stage, failed));
    }

    /** Those who wait for a sync; whoever takes them tells them what became of it. */
    List<CompletableFuture<Void>> takeWaiting() {
        synchronized (waiting) {
            List<CompletableFuture<Void>> taken = new ArrayList<>(waiting);
            waiting.clear();
            return taken;
        }
    }

    /** Syncs what was written. Fails the log if that fails. */
    void sync() {
        lock.lock();
        try {
            if (state.failure() != null) {
                return;
            }
            long target = state.writtenTo();
            Segments.Unsynced taken = segments.takeUnsynced();
            if (taken.isNothing()) {
                // Another sync had the file already when this much had been written to it.
                state.synced(target);
                return;
            }
            long began = System.nanoTime();
            try {
                segments.sync(taken);
                // On disk it is; but under a name that a start reads?
                segments.check();
            } catch (IOException e) {
                state.fail(e);
                return;
            }
            if (state.failure() != null) {
                return;
            }
            state.synced(target);
            nanos = System.nanoTime() - began;
            state.note(segments.newest());
            segments.closeSynced(taken);
        } finally {
            lock.unlock();
        }
    }

    /** Nothing is synced by others until {@link #unlock}. */
    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    /** Tells those who wait for a group what became of it. */
    static void complete(CompletableFuture<Void> stage, @Nullable IOException failed) {
        if (failed == null) {
            stage.complete(null);
        } else {
            stage.completeExceptionally(failed);
        }
    }
}
