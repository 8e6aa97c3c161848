package io.distcache.client.internal.link;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** The places for commands in flight with one node; how many there are changes with what the node allows. Thread-safe. */
final class Places {
    private final Resizable free;
    private int bound;

    Places(int bound) {
        this.bound = bound;
        this.free = new Resizable(bound);
    }

    /** Takes a place; false if none became free before the deadline. An interrupt does not end the wait. */
    boolean take(long deadlineNanos) {
        if (free.tryAcquire()) {
            return true;
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return free.tryAcquire(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Takes a place if one is free. */
    boolean takeNow() {
        return free.tryAcquire();
    }

    void giveBack() {
        free.release();
    }

    /** From now on there are {@code newBound} places; those taken stay taken. */
    synchronized void resize(int newBound) {
        int more = newBound - bound;
        bound = newBound;
        if (more > 0) {
            free.release(more);
        } else {
            free.reducePermits(-more);
        }
    }

    synchronized int bound() {
        return bound;
    }

    private static final class Resizable extends Semaphore {
        private static final long serialVersionUID = 1;

        Resizable(int permits) {
            super(permits);
        }

        @Override
        public void reducePermits(int reduction) {
            super.reducePermits(reduction);
        }
    }
}
