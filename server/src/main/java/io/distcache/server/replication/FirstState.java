package io.distcache.server.replication;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Routes;
import io.distcache.server.mutation.MutationCodec;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Namespaces;
import io.distcache.server.shard.Partitioning;
import io.distcache.server.snapshot.SnapshotReader;
import io.distcache.server.store.EntryRecord;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the groups of a pool begin with: the snapshot of a node on its own, whose shards have other keys than the pool's, as pieces of
 * {@link GroupSnapshot}s. They are in a file for each group until they are asked for: the node goes on with its entries meanwhile, and they
 * are not on the heap twice.
 *
 * <pre>
 *  snapshot of shard, cache: entries  ->  gathered by partition and cache  ->  a piece, when large enough  ->  FOLDER/GROUP
 * </pre>
 *
 * <p>Ids of caches are the pool's. What each shard's part of the snapshot has of the log is {@link #has}. Confined to one thread at a time.
 */
public final class FirstState implements SnapshotReader.Visitor, AutoCloseable {
    /** What is gathered of the heap, which has the node's entries as well. */
    private static final long MOST_GATHERED = Runtime.getRuntime().maxMemory() / 32;

    private record Part(int partition, long cache) {}

    /** Entries of one partition and cache. */
    private static final class Gathered {
        private final List<byte[]> records = new ArrayList<>();
        private int bytes = GroupSnapshot.ENTRIES_HEADER;
    }

    private final Layout layout;
    private final CacheTable caches;
    private final int pieceBytes;
    private final Path folder;
    private final Map<Part, Gathered> gathered = new HashMap<>();
    /** By group. */
    private final TreeMap<Integer, DataOutputStream> files = new TreeMap<>();

    /** By the id at the node: the pool's. */
    private final Map<Long, Cache> ids = new HashMap<>();

    private final Set<Long> inSnapshot = new HashSet<>();
    private final long[] positions = new long[1 << Short.SIZE];
    private long bytes;
    private long highestVersion;
    private long entries;

    FirstState(Layout layout, CacheTable caches, int pieceBytes, Path folder) {
        this.layout = layout;
        this.caches = caches;
        this.pieceBytes = pieceBytes;
        this.folder = folder;
        Arrays.fill(positions, Long.MIN_VALUE);
    }

    // --- the snapshot ---

    /** Reads it. */
    public void read(SnapshotReader snapshot) throws IOException {
        Files.createDirectories(folder);
        snapshot.read(this);
        highestVersion = Math.max(highestVersion, snapshot.header().lastVersion());
        for (Map.Entry<Part, Gathered> one : gathered.entrySet()) {
            write(one.getKey(), one.getValue());
        }
        gathered.clear();
        for (DataOutputStream file : files.values()) {
            file.close();
        }
    }

    @Override
    public void cache(long id, byte[] definition) {
        CacheDefinition read = MutationCodec.definition(definition);
        if (isOfPool(read)) {
            ids.put(id, caches.open(read));
        }
        inSnapshot.add(id);
    }

    /** Whether a cache is not one that only another kind of pool has. */
    static boolean isOfPool(CacheDefinition definition) {
        return !definition.namespace().equals(Namespaces.HINTS);
    }

    @Override
    public void entries(int shard, long position, long cache, int count, SnapshotReader.Entries found)
            throws IOException {
        positions[shard & 0xffff] = position;
        Cache of = ids.get(cache);
        for (byte[] record = found.next(); record != null && of != null; record = found.next()) {
            if (!EntryRecord.isWellFormed(record)) {
                throw new IOException("the snapshot has an entry that is no record");
            }
            add(new Part(partition(record), of.id()), record);
        }
    }

    private static int partition(byte[] record) {
        return Partitioning.RANGES.of(EntryRecord.key(record), Routes.PARTITIONS);
    }

    private void add(Part part, byte[] record) throws IOException {
        highestVersion = Math.max(highestVersion, EntryRecord.version(record));
        entries++;
        Gathered of = gathered.computeIfAbsent(part, made -> new Gathered());
        int more = Integer.BYTES + record.length;
        if (!of.records.isEmpty() && of.bytes + more > pieceBytes) {
            write(part, of);
        }
        of.records.add(record);
        of.bytes += more;
        bytes += more;
        if (bytes > MOST_GATHERED) {
            writeLargest();
        }
    }

    /** Those with most in them make the fewest pieces. */
    private void writeLargest() throws IOException {
        Map.Entry<Part, Gathered> largest = null;
        for (Map.Entry<Part, Gathered> one : gathered.entrySet()) {
            if (largest == null || one.getValue().bytes > largest.getValue().bytes) {
                largest = one;
            }
        }
        if (largest != null) {
            write(largest.getKey(), largest.getValue());
        }
    }

    private void write(Part part, Gathered of) throws IOException {
        if (of.records.isEmpty()) {
            return;
        }
        int group = layout.of(part.partition);
        DataOutputStream file = files.get(group);
        if (file == null) {
            file = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file(group)), 1 << 16));
            files.put(group, file);
        }
        byte[] piece = GroupSnapshot.entries(part.partition, part.cache, of.records, of.bytes);
        file.writeInt(piece.length);
        file.write(piece);
        bytes -= of.bytes - GroupSnapshot.ENTRIES_HEADER;
        of.records.clear();
        of.bytes = GroupSnapshot.ENTRIES_HEADER;
    }

    private Path file(int group) {
        return folder.resolve(String.valueOf(group));
    }

    // --- its pieces ---

    /** The pieces of a group of keys. */
    void pieces(int group, long millis, Consumer<byte[]> to) throws IOException {
        long[] versions = new long[layout.end(group) - layout.first(group)];
        Arrays.fill(versions, highestVersion);
        to.accept(GroupSnapshot.beginning(millis, versions, caches.all()));
        if (!files.containsKey(group)) {
            return;
        }
        try (DataInputStream in =
                new DataInputStream(new BufferedInputStream(Files.newInputStream(file(group)), 1 << 16))) {
            for (long left = Files.size(file(group)); left > 0; ) {
                byte[] piece = new byte[in.readInt()];
                in.readFully(piece);
                to.accept(piece);
                left -= Integer.BYTES + piece.length;
            }
        }
    }

    /** How many entries there are. */
    public long entries() {
        return entries;
    }

    // --- for who reads the log after it ---

    /** The pool's cache, of the one that the node knows by this id; null if there is none, or not any more. */
    @Nullable
    Long cache(long id) {
        Cache of = ids.get(id);
        return of == null ? null : of.id();
    }

    /** The definition of a cache that is there. */
    CacheDefinition definition(long id) {
        return Objects.requireNonNull(ids.get(id)).definition();
    }

    /** The node has made a cache, which the pool has, too. */
    void made(long id, Cache cache) {
        ids.put(id, cache);
    }

    /** The node has destroyed a cache. */
    void destroyed(long id) {
        ids.remove(id);
    }

    /** Whether the snapshot has a change of a cache that a shard wrote to the log there. */
    boolean has(int shard, long position, long cache) {
        return position < positions[shard & 0xffff] && inSnapshot.contains(cache);
    }

    /** Removes the files. */
    @Override
    public void close() throws IOException {
        for (Map.Entry<Integer, DataOutputStream> one : files.entrySet()) {
            one.getValue().close();
            Files.deleteIfExists(file(one.getKey()));
        }
        Files.deleteIfExists(folder);
    }
}
