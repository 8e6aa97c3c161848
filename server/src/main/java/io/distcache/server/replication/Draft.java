package io.distcache.server.replication;

import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** An entry that is being written, or waits to be proposed, or to be committed. Guarded by the lock of its {@link Proposals}. */
final class Draft {
    private static final int FIRST_BYTES = 512;

    final long number;
    /** When its first change came, by the time that passes. */
    final long sinceNanos;

    final CompletableFuture<Void> stage = new CompletableFuture<>();
    byte[] bytes = new byte[FIRST_BYTES];
    int used = EntryFormat.HEADER_BYTES;

    Draft(long number, long sinceNanos) {
        this.number = number;
        this.sinceNanos = sinceNanos;
    }

    boolean isEmpty() {
        return used == EntryFormat.HEADER_BYTES;
    }

    /** Makes room for so many bytes more. */
    void ensure(int more) {
        long needed = (long) used + more;
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * bytes.length)));
        }
    }

    /** The entry as it is proposed. */
    byte[] entry(long millis) {
        EntryFormat.header(bytes, millis, number);
        byte[] entry = used == bytes.length ? bytes : Arrays.copyOf(bytes, used);
        bytes = new byte[0];
        return entry;
    }
}
