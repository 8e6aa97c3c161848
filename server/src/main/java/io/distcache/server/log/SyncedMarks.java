package io.distcache.server.log;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/** Looks for marks among bytes that may not be whole records: what a crash has left has none that says it was on disk. Stateless. */
final class SyncedMarks {
    private static final int CHUNK_BYTES = 256 * 1024;

    private SyncedMarks() {}

    /**
     * Finds a mark in a segment which says that the log was on disk beyond a position.
     *
     * @param from where in the file to begin
     * @return where the first is; -1 if there is none
     */
    static long firstBeyond(long position, Path segment, long from) throws IOException {
        LogRecord records = new LogRecord();
        // Of all records of a file, the position and the offset differ by the same.
        long toPosition = Segment.positionOf(segment) - Segment.HEADER_BYTES;
        try (RandomAccessFile in = new RandomAccessFile(segment.toFile(), "r")) {
            long offset = from;
            byte[] window = new byte[(int) Math.max(LogRecord.MARK_BYTES, Math.min(CHUNK_BYTES, in.length() - from))];
            in.seek(offset);
            int filled = 0;
            while (true) {
                int read = in.read(window, filled, window.length - filled);
                filled += Math.max(read, 0);
                int i = 0;
                for (; i + LogRecord.MARK_BYTES <= filled; i++) {
                    if (LogRecord.shard(window, i) == LogRecord.MARK
                            && LogRecord.length(window, i) == LogRecord.MARK_BYTES - LogRecord.SHARD_OFFSET
                            && LogRecord.storedCrc(window, i)
                                    == records.crc(window, i, LogRecord.MARK_BYTES, toPosition + offset + i)
                            && LogRecord.markSynced(window, i) > position) {
                        return offset + i;
                    }
                }
                if (read < 0) {
                    return -1;
                }
                System.arraycopy(window, i, window, 0, filled - i);
                filled -= i;
                offset += i;
            }
        }
    }
}
