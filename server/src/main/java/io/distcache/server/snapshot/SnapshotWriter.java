package io.distcache.server.snapshot;

import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.Segment;
import io.distcache.server.store.EntryRecord;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.CRC32C;

/**
 * Writes one snapshot, aside, and gives it its name when it is complete and on disk.
 *
 * <pre>
 *  offset  bytes  field
 *       0      8  magic         "DISTSNAP"
 *       8      2  version       of the format: 1
 *      10      2  shards        of the node
 *      12      8  incarnation   of the node
 *      20      8  position      in the log: replay from here on over this snapshot gives the store
 *      28      8  created       milliseconds since the epoch
 *      36      8  last version  of any entry when it was begun
 *      44      8  last cache    the highest cache id then
 *      52      4  crc32c        over the bytes before
 *      56      .  blocks
 *
 *  a block
 *       0      4  crc32c        over the block's offset in the file (8 bytes, not stored) and all that follows
 *       4      4  length        of the payload
 *       8      1  kind          1 cache, 2 entries, 3 end
 *       9      2  shard         of the entries; 0 in other blocks
 *      11      8  position      entries hold all changes of their shard before it; 0 in other blocks
 *      19      8  cache         id; 0 in the end block
 *      27      n  payload       cache: its definition, opaque here
 *                               entries: count of the cache's entries in this shard (4), then for each
 *                                        length (4) and record (EntryRecord)
 *                               end: entries in the file (8), end position (8), ended (8, milliseconds since the epoch)
 * </pre>
 *
 * <p>All numbers are big-endian. Entries may be newer than their shard's position, since the shard goes on while it is read; up to the
 * end position the log has what is needed to bring all of them to one moment. The file is named by its position. Confined to one
 * thread.
 */
public final class SnapshotWriter implements AutoCloseable {
    /** The format version written here. */
    public static final int VERSION = 1;
    /** The end of a snapshot's name. */
    public static final String SUFFIX = ".snapshot";

    static final long MAGIC = 0x44495354534e4150L;
    static final int HEADER_BYTES = 56;
    static final int BLOCK_HEADER_BYTES = 27;
    static final int CACHE = 1;
    static final int ENTRIES = 2;
    static final int END = 3;
    static final int END_PAYLOAD_BYTES = 24;

    private static final int BLOCK_BYTES = 256 * 1024;
    /** A sync now and then keeps the last one, and those of the log beside it, short. */
    private static final long SYNC_EVERY_BYTES = 16L << 20;

    private final Path directory;
    private final Path temporary;
    private final SnapshotHeader header;
    private final RandomAccessFile file;
    private final CRC32C crc = new CRC32C();
    private byte[] block = new byte[BLOCK_BYTES];
    private int used = BLOCK_HEADER_BYTES;
    private long offset = HEADER_BYTES;
    private long syncedOffset;
    private int shard;
    private long position;
    private long cache;
    private int countHint;
    private long entries;
    private boolean complete;

    /** Begins a snapshot in a directory. */
    public SnapshotWriter(Path directory, SnapshotHeader header) throws IOException {
        this.directory = directory;
        this.header = header;
        this.temporary = directory.resolve(Segment.name(header.position()).replace(Segment.SUFFIX, SUFFIX + ".tmp"));
        this.file = new RandomAccessFile(temporary.toFile(), "rw");
        file.setLength(0);
        ByteBuffer fields = ByteBuffer.allocate(HEADER_BYTES)
                .putLong(MAGIC)
                .putShort((short) VERSION)
                .putShort((short) header.shards())
                .putLong(header.incarnation())
                .putLong(header.position())
                .putLong(header.createdMillis())
                .putLong(header.lastVersion())
                .putLong(header.lastCacheId());
        crc.update(fields.array(), 0, HEADER_BYTES - Integer.BYTES);
        fields.putInt((int) crc.getValue());
        file.write(fields.array());
    }

    /** Adds a cache, whose entries may follow. */
    public void cache(long id, byte[] definition) throws IOException {
        reserve(definition.length);
        System.arraycopy(definition, 0, block, used, definition.length);
        used += definition.length;
        writeBlock(CACHE, 0, 0, id);
    }

    /** Begins the entries of a cache in a shard, about {@code count} of them, which hold all changes before a position. */
    public void beginEntries(int ofShard, long atPosition, long ofCache, int count) throws IOException {
        endEntries();
        shard = ofShard;
        position = atPosition;
        cache = ofCache;
        countHint = count;
    }

    /**
     * Adds an entry; the record is copied here and now.
     *
     * <p>Does no I/O, so that it may be called under a shard's lock; {@link #isFull} tells when to leave it and {@link #drain}.
     */
    public void entry(byte[] record) {
        if (used == BLOCK_HEADER_BYTES) {
            putInt(used, countHint);
            used += Integer.BYTES;
        }
        reserve(Integer.BYTES + record.length);
        putInt(used, record.length);
        EntryRecord.copyTo(record, block, used + Integer.BYTES);
        used += Integer.BYTES + record.length;
        entries++;
    }

    /** Whether enough has gathered to be written. */
    public boolean isFull() {
        return used >= BLOCK_BYTES / 2;
    }

    /** Writes what has gathered. */
    public void drain() throws IOException {
        endEntries();
    }

    /** Entries added so far. */
    public long entries() {
        return entries;
    }

    /** Bytes written so far. */
    public long bytes() {
        return offset;
    }

    /**
     * Ends the snapshot: on disk when this returns, under its name.
     *
     * @param endPosition the log, which the caller has synced to here, has all changes that any entry may show
     * @return the file
     */
    public Path commit(long endPosition, long endedMillis) throws IOException {
        endEntries();
        reserve(END_PAYLOAD_BYTES);
        ByteBuffer.wrap(block, used, END_PAYLOAD_BYTES)
                .putLong(entries)
                .putLong(endPosition)
                .putLong(endedMillis);
        used += END_PAYLOAD_BYTES;
        writeBlock(END, 0, 0, 0);
        file.getFD().sync();
        file.close();
        Path named = directory.resolve(Segment.name(header.position()).replace(Segment.SUFFIX, SUFFIX));
        Files.move(temporary, named, StandardCopyOption.ATOMIC_MOVE);
        // Without this the new name can be lost on ext4.
        DataDirectory.sync(directory);
        complete = true;
        return named;
    }

    /** Gives up, if the snapshot is not complete. */
    @Override
    public void close() throws IOException {
        if (!complete) {
            file.close();
            Files.deleteIfExists(temporary);
        }
    }

    private void endEntries() throws IOException {
        if (used > BLOCK_HEADER_BYTES) {
            writeBlock(ENTRIES, shard, position, cache);
        }
    }

    private void writeBlock(int kind, int ofShard, long atPosition, long ofCache) throws IOException {
        int length = used - BLOCK_HEADER_BYTES;
        ByteBuffer.wrap(block)
                .putInt(0)
                .putInt(length)
                .put((byte) kind)
                .putShort((short) ofShard)
                .putLong(atPosition)
                .putLong(ofCache);
        putInt(0, blockCrc(crc, block, used, offset));
        file.write(block, 0, used);
        offset += used;
        used = BLOCK_HEADER_BYTES;
        if (block.length > 4 * BLOCK_BYTES) {
            block = new byte[BLOCK_BYTES];
        }
        if (offset - syncedOffset > SYNC_EVERY_BYTES) {
            syncedOffset = offset;
            file.getChannel().force(false);
        }
    }

    static int blockCrc(CRC32C crc, byte[] block, int bytes, long atOffset) {
        crc.reset();
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, atOffset));
        crc.update(block, Integer.BYTES, bytes - Integer.BYTES);
        return (int) crc.getValue();
    }

    private void reserve(int bytes) {
        if (used + bytes > block.length) {
            byte[] larger = new byte[Math.max(used + bytes, Math.min(2 * block.length, 8 << 20))];
            System.arraycopy(block, 0, larger, 0, used);
            block = larger;
        }
    }

    private void putInt(int at, int value) {
        ByteBuffer.wrap(block).putInt(at, value);
    }
}
