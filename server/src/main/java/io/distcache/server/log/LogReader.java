package io.distcache.server.log;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a log's records in order, and changes nothing.
 *
 * <p>What is not a valid record ends the log if a crash can have left it there: no mark, and no snapshot the caller knows of, says
 * that it was on disk. Then {@link #tail()} tells where and how much. Anything else is damage. Confined to one thread.
 */
public final class LogReader implements AutoCloseable {
    private static final int CHUNK_BYTES = 256 * 1024;

    /** What a crash left at the end of a log: {@code bytes} from {@code offset} of {@code file} on, later segments included. */
    public record Tail(Path file, long offset, long bytes, long position) {}

    private final Path directory;
    private final List<Path> files;
    /** How a snapshot says where the log ended. */
    public static final String BY_A_SNAPSHOT = "a snapshot says that it was on disk up to there";

    private final long synced;
    private final String source;
    private final @Nullable DamagedException missing;
    private final LogRecord records = new LogRecord();
    private int next;
    private @Nullable Segment segment;
    private @Nullable RandomAccessFile input;
    private long inputBytes;
    private long bytesBefore;
    private byte[] chunk = {};
    private long chunkOffset;
    private int chunkBytes;
    private int at;
    private int recordBytes;
    private long position;
    private long nextPosition;
    private long millis;
    private int shard;
    private long incarnation;
    private @Nullable Tail tail;
    private boolean ended;

    /**
     * A reader of the log in a directory.
     *
     * @param from the position of the first record that matters; earlier segments are not opened
     * @param synced everything before this position is known to have been on disk; 0 if nothing is
     * @throws DamagedException if the log begins only after {@code from}
     */
    public LogReader(Path directory, long from, long synced) throws IOException {
        this(directory, from, new LogEnd.Known(synced, BY_A_SNAPSHOT, null));
    }

    /**
     * A reader of the log in a directory.
     *
     * @param from the position of the first record that matters; earlier segments are not opened
     * @param end where the log was known to go
     * @throws DamagedException if the log begins only after {@code from}
     */
    public LogReader(Path directory, long from, LogEnd.Known end) throws IOException {
        this.directory = directory;
        this.synced = end.position();
        this.source = end.source();
        this.missing = end.missing();
        List<Path> all = Segment.list(directory);
        int first = 0;
        while (first + 1 < all.size() && Segment.positionOf(all.get(first + 1)) <= from) {
            first++;
        }
        this.files = all.subList(all.isEmpty() ? 0 : first, all.size());
        this.nextPosition = from;
        if (!files.isEmpty()) {
            long start = Segment.positionOf(files.get(0));
            if (start > from) {
                throw Segment.damaged(
                        files.get(0),
                        0,
                        "the log begins here, at position " + start + ", and is needed from " + from
                                + " on; earlier segments are missing");
            }
            this.nextPosition = start;
        }
    }

    /**
     * Goes to the next record; marks are passed over.
     *
     * @return false at the end of the log
     * @throws DamagedException naming file, offset, and what is wrong there
     */
    public boolean next() throws IOException {
        while (!ended) {
            if (input == null && !openNext()) {
                return !ended && end(null);
            }
            Path file = files.get(next - 1);
            int available = fill(LogRecord.HEADER_BYTES);
            if (available == 0) {
                closeInput();
                continue;
            }
            String wrong = available < LogRecord.HEADER_BYTES
                    ? available + " bytes are left, and a record has at least " + LogRecord.HEADER_BYTES
                    : check();
            if (wrong != null) {
                return cut(file, wrong);
            }
            position = nextPosition;
            nextPosition += recordBytes;
            at += recordBytes;
            if (shard != LogRecord.MARK) {
                return true;
            }
            millis = LogRecord.markMillis(chunk, at - recordBytes);
        }
        return false;
    }

    /** The position of the record read last. */
    public long position() {
        return position;
    }

    /** The position after the record read last; at the end, where the log can go on. */
    public long nextPosition() {
        return nextPosition;
    }

    /** About when the record read last was written, in milliseconds since the epoch. */
    public long millis() {
        return millis;
    }

    /** The shard of the record read last. */
    public int shard() {
        return shard;
    }

    /** Which version the segment of the record read last has. */
    public int version() {
        return segment == null ? 0 : segment.by().version();
    }

    /** How many shards the node had that wrote the record read last. */
    public int shards() {
        return segment == null ? 0 : segment.shards();
    }

    /** The highest incarnation of a node that wrote what was read so far. */
    public long incarnation() {
        return incarnation;
    }

    /** The array that holds the payload of the record read last, until the next one is read. */
    public byte[] array() {
        return chunk;
    }

    /** Where in {@link #array} the payload begins. */
    public int payloadOffset() {
        return at - recordBytes + LogRecord.HEADER_BYTES;
    }

    /** Bytes of the payload. */
    public int payloadBytes() {
        return recordBytes - LogRecord.HEADER_BYTES;
    }

    /** The file of the record read last, or null before the first. */
    public @Nullable Path file() {
        return segment == null ? null : segment.file();
    }

    /** The file offset after the record read last. */
    public long nextOffset() {
        return chunkOffset + at;
    }

    /** Bytes of all segments to be read. */
    public long totalBytes() throws IOException {
        long bytes = 0;
        for (Path file : files) {
            bytes += Files.size(file);
        }
        return bytes;
    }

    /** Bytes read so far. */
    public long readBytes() {
        return bytesBefore + (input == null ? 0 : chunkOffset + at);
    }

    /** At the end: what a crash left there, or null. */
    public @Nullable Tail tail() {
        return tail;
    }

    @Override
    public void close() throws IOException {
        closeInput();
    }

    /**
     * Cuts off what a crash left at the end of a log, so that it can go on from there. Segments that lose even their header are
     * not deleted, but renamed to {@code .cut}.
     */
    public static void cut(Path directory, Tail tail) throws IOException {
        for (Path file : Segment.list(directory)) {
            if (file.compareTo(tail.file) > 0 || (file.equals(tail.file) && tail.offset < Segment.HEADER_BYTES)) {
                Files.move(file, file.resolveSibling(file.getFileName() + ".cut"), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        if (tail.offset >= Segment.HEADER_BYTES) {
            try (RandomAccessFile file = new RandomAccessFile(tail.file.toFile(), "rw")) {
                file.setLength(tail.offset);
                file.getFD().sync();
            }
        }
        DataDirectory.sync(directory);
    }

    // --- segments ---

    /** False at the end of the log. */
    private boolean openNext() throws IOException {
        if (next == files.size()) {
            return false;
        }
        Path file = files.get(next);
        next++;
        chunkOffset = 0;
        chunkBytes = 0;
        at = 0;
        RandomAccessFile from = new RandomAccessFile(file.toFile(), "r");
        input = from;
        inputBytes = from.length();
        if (chunk.length < CHUNK_BYTES && chunk.length < inputBytes) {
            chunk = new byte[(int) Math.min(CHUNK_BYTES, inputBytes)];
        }
        Segment opened;
        try {
            opened = Segment.open(file);
        } catch (DamagedException e) {
            // A header is synced with the records behind it: a loss of power can leave neither.
            return cut(file, e.what());
        }
        if (opened == null) {
            return cut(file, "the header is cut off, the file has " + inputBytes + " bytes");
        }
        if (opened.position() != nextPosition) {
            // A loss of power can take the end of a file and leave the next one; so can a failed log that was reopened.
            return cut(
                    file,
                    "it begins at position " + opened.position() + ", and what comes before it ends at "
                            + nextPosition);
        }
        segment = opened;
        incarnation = Math.max(incarnation, opened.incarnation());
        from.seek(Segment.HEADER_BYTES);
        chunkOffset = Segment.HEADER_BYTES;
        return true;
    }

    private void closeInput() throws IOException {
        RandomAccessFile open = input;
        if (open != null) {
            bytesBefore += chunkOffset + at;
            input = null;
            open.close();
        }
    }

    /** Has at least {@code bytes} from {@link #at} on in the chunk, or all there are; returns how many are there. */
    private int fill(int bytes) throws IOException {
        RandomAccessFile from = input;
        if (chunkBytes - at >= bytes || from == null) {
            return chunkBytes - at;
        }
        if (bytes > chunk.length) {
            chunk = grown(bytes);
        } else {
            System.arraycopy(chunk, at, chunk, 0, chunkBytes - at);
        }
        chunkOffset += at;
        chunkBytes -= at;
        at = 0;
        while (chunkBytes < bytes) {
            int read = from.read(chunk, chunkBytes, chunk.length - chunkBytes);
            if (read < 0) {
                break;
            }
            chunkBytes += read;
        }
        return chunkBytes;
    }

    private byte[] grown(int bytes) {
        byte[] larger = new byte[bytes];
        System.arraycopy(chunk, at, larger, 0, chunkBytes - at);
        return larger;
    }

    // --- records ---

    /** Has the record at {@link #at} whole in the chunk. Returns what is wrong with it, or null. */
    private @Nullable String check() throws IOException {
        int length = LogRecord.length(chunk, at);
        if (length < LogRecord.MIN_LENGTH || length > LogRecord.MAX_LENGTH) {
            return "the record's length is " + length + ", allowed are " + LogRecord.MIN_LENGTH + " to "
                    + LogRecord.MAX_LENGTH;
        }
        int whole = LogRecord.SHARD_OFFSET + length;
        long left = inputBytes - chunkOffset - at;
        if (whole > left) {
            return "the record has " + whole + " bytes, and " + left + " are left";
        }
        if (fill(whole) < whole) {
            return "the file has become shorter while it was read";
        }
        int expected = records.crc(chunk, at, whole, nextPosition);
        int found = LogRecord.storedCrc(chunk, at);
        if (found != expected) {
            return String.format("the record's crc is %08x, expected %08x", found, expected);
        }
        shard = LogRecord.shard(chunk, at);
        recordBytes = whole;
        if (shard == LogRecord.MARK && whole != LogRecord.MARK_BYTES) {
            return "a mark has " + whole + " bytes, not " + LogRecord.MARK_BYTES;
        }
        return null;
    }

    // --- the end ---

    private boolean end(@Nullable Tail left) throws IOException {
        ended = true;
        tail = left;
        if (missing != null) {
            throw missing;
        }
        if (nextPosition < synced) {
            Path last = files.isEmpty() ? directory : files.get(files.size() - 1);
            throw Segment.damaged(
                    last,
                    left == null ? (files.isEmpty() ? 0 : Files.size(last)) : left.offset,
                    "the log ends at position " + nextPosition + ", and went to " + synced + ": " + source);
        }
        return false;
    }

    /** The log ends here if a crash can have left what follows. */
    private boolean cut(Path file, String wrong) throws IOException {
        long offset = chunkOffset + at;
        if (synced > nextPosition) {
            throw Segment.damaged(
                    file,
                    offset,
                    wrong + "; the log ends here at position " + nextPosition + ", and went to " + synced + ": "
                            + source);
        }
        long bytes = inputBytes - offset;
        refuseIfMarkedSynced(file, offset, file, offset, wrong);
        for (Path later : new ArrayList<>(files.subList(next, files.size()))) {
            refuseIfMarkedSynced(later, Segment.HEADER_BYTES, file, offset, wrong);
            bytes += Files.size(later);
        }
        closeInput();
        return end(new Tail(file, offset, bytes, nextPosition));
    }

    private void refuseIfMarkedSynced(Path marked, long from, Path file, long offset, String wrong) throws IOException {
        long mark = SyncedMarks.firstBeyond(nextPosition, marked, from);
        if (mark >= 0) {
            throw Segment.damaged(
                    file,
                    offset,
                    wrong + "; byte " + mark + " of " + marked.getFileName()
                            + " says that it was on disk, so no crash has left it so");
        }
    }
}
