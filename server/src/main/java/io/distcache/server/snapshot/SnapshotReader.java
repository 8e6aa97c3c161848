package io.distcache.server.snapshot;

import io.distcache.server.log.DamagedException;
import io.distcache.server.log.NewerFormatException;
import io.distcache.server.log.Segment;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Checks and reads a snapshot; the format is drawn at {@link SnapshotWriter}. Confined to one thread. */
public final class SnapshotReader implements AutoCloseable {

    /** Gets what is in a snapshot, in the file's order: a cache comes before its entries. */
    public interface Visitor {
        /** A cache and its definition, as the writer was given it. */
        void cache(long id, byte[] definition) throws IOException;

        /** More entries of a cache and shard, about {@code count} of them in all, with all changes before a position. */
        void entries(int shard, long position, long cache, int count, Entries entries) throws IOException;
    }

    /** Some entries of a checked block, the visitor's own. Confined to one thread at a time. */
    public static final class Entries {
        private final ByteBuffer fields;

        private Entries(ByteBuffer fields) {
            this.fields = fields;
        }

        /** The next entry's record, or null after the last. */
        public byte @Nullable [] next() {
            if (!fields.hasRemaining()) {
                return null;
            }
            byte[] record = new byte[fields.getInt()];
            fields.get(record);
            return record;
        }
    }

    /** The last block: what the file holds, and up to where the log is needed for it. */
    public record End(long entries, long endPosition, long endedMillis) {}

    private final Path path;
    private final RandomAccessFile file;
    private final SnapshotHeader header;
    private final long fileBytes;
    private final CRC32C crc = new CRC32C();
    private byte[] block = new byte[SnapshotWriter.BLOCK_HEADER_BYTES];
    private long offset;

    /**
     * Opens a snapshot.
     *
     * @throws DamagedException if its header is not one
     * @throws NewerFormatException if a later version wrote it
     */
    public SnapshotReader(Path path) throws IOException {
        this.path = path;
        this.file = new RandomAccessFile(path.toFile(), "r");
        try {
            this.fileBytes = file.length();
            this.header = readHeader();
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /** The snapshots of a directory, the oldest first. */
    public static List<Path> list(Path directory) throws IOException {
        return Segment.list(directory, SnapshotWriter.SUFFIX);
    }

    public SnapshotHeader header() {
        return header;
    }

    /** Bytes read so far. */
    public long readBytes() {
        return offset;
    }

    /** Size of the file. */
    public long totalBytes() {
        return fileBytes;
    }

    /**
     * Reads the whole file, from its beginning.
     *
     * @param visitor gets the contents; null only to check the file
     * @throws DamagedException naming the offset, if anything is not as written; the visitor may have got what came before
     */
    public End read(@Nullable Visitor visitor) throws IOException {
        offset = SnapshotWriter.HEADER_BYTES;
        file.seek(offset);
        long entries = 0;
        while (true) {
            ByteBuffer fields = nextBlock();
            int kind = fields.get();
            int shard = fields.getShort();
            long position = fields.getLong();
            long cache = fields.getLong();
            int length = fields.remaining();
            switch (kind) {
                case SnapshotWriter.CACHE -> {
                    if (visitor != null) {
                        byte[] definition = new byte[length];
                        fields.get(definition);
                        visitor.cache(cache, definition);
                    }
                }
                case SnapshotWriter.ENTRIES -> entries += entries(visitor, fields, shard, position, cache);
                case SnapshotWriter.END -> {
                    if (length != SnapshotWriter.END_PAYLOAD_BYTES) {
                        throw damaged(offset, "the end block has " + length + " bytes");
                    }
                    End end = new End(fields.getLong(), fields.getLong(), fields.getLong());
                    offset += SnapshotWriter.BLOCK_HEADER_BYTES + length;
                    if (offset != fileBytes) {
                        throw damaged(offset, (fileBytes - offset) + " bytes follow the end");
                    }
                    if (end.entries() != entries) {
                        throw damaged(offset, "it has " + entries + " entries, and says " + end.entries());
                    }
                    return end;
                }
                default -> throw damaged(offset, "a block has kind " + kind);
            }
            offset += SnapshotWriter.BLOCK_HEADER_BYTES + length;
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private int entries(@Nullable Visitor visitor, ByteBuffer fields, int shard, long position, long cache)
            throws IOException {
        int count = 0;
        if (fields.remaining() < Integer.BYTES) {
            throw damaged(offset, "a block of entries has " + fields.remaining() + " bytes");
        }
        int hint = fields.getInt();
        ByteBuffer whole = fields.slice();
        while (fields.hasRemaining()) {
            int bytes = fields.remaining() < Integer.BYTES ? -1 : fields.getInt();
            if (bytes < 0 || bytes > fields.remaining()) {
                throw damaged(offset, "an entry has " + bytes + " bytes, and " + fields.remaining() + " are left");
            }
            fields.position(fields.position() + bytes);
            count++;
        }
        if (visitor != null) {
            visitor.entries(shard, position, cache, hint, new Entries(whole));
            // It may keep what it got.
            block = new byte[block.length];
        }
        return count;
    }

    private SnapshotHeader readHeader() throws IOException {
        byte[] bytes = new byte[SnapshotWriter.HEADER_BYTES];
        if (fileBytes < bytes.length) {
            throw damaged(fileBytes, "it has " + fileBytes + " bytes, and the header alone has " + bytes.length);
        }
        file.readFully(bytes);
        ByteBuffer fields = ByteBuffer.wrap(bytes);
        crc.update(bytes, 0, bytes.length - Integer.BYTES);
        if (fields.getLong() != SnapshotWriter.MAGIC
                || fields.getInt(bytes.length - Integer.BYTES) != (int) crc.getValue()) {
            throw damaged(0, "this is no header of a snapshot");
        }
        int version = fields.getShort();
        if (version > SnapshotWriter.VERSION) {
            throw new NewerFormatException(path, version, SnapshotWriter.VERSION);
        }
        return new SnapshotHeader(
                fields.getShort(),
                fields.getLong(),
                fields.getLong(),
                fields.getLong(),
                fields.getLong(),
                fields.getLong());
    }

    /** The next block's fields from its kind on, checked. */
    private ByteBuffer nextBlock() throws IOException {
        long left = fileBytes - offset;
        if (left < SnapshotWriter.BLOCK_HEADER_BYTES) {
            throw damaged(offset, left + " bytes are left, and there was no end block");
        }
        file.readFully(block, 0, SnapshotWriter.BLOCK_HEADER_BYTES);
        int length = ByteBuffer.wrap(block).getInt(Integer.BYTES);
        if (length < 0 || length > left - SnapshotWriter.BLOCK_HEADER_BYTES) {
            throw damaged(offset, "a block has " + length + " bytes, and " + left + " are left");
        }
        int whole = SnapshotWriter.BLOCK_HEADER_BYTES + length;
        if (whole > block.length) {
            byte[] larger = new byte[whole];
            System.arraycopy(block, 0, larger, 0, SnapshotWriter.BLOCK_HEADER_BYTES);
            block = larger;
        }
        file.readFully(block, SnapshotWriter.BLOCK_HEADER_BYTES, length);
        int expected = SnapshotWriter.blockCrc(crc, block, whole, offset);
        int found = ByteBuffer.wrap(block).getInt();
        if (found != expected) {
            throw damaged(offset, String.format("the block's crc is %08x, expected %08x", found, expected));
        }
        return ByteBuffer.wrap(block, 2 * Integer.BYTES, whole - 2 * Integer.BYTES);
    }

    private DamagedException damaged(long at, String what) {
        Path snapshots = path.toAbsolutePath().getParent();
        Path directory = snapshots == null ? null : snapshots.getParent();
        return new DamagedException(path, at, what, "snapshot verify " + (directory == null ? "." : directory));
    }
}
