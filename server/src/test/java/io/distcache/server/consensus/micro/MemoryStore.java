package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.GroupPiece;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupStore;
import io.distcache.server.log.DamagedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A store in memory, which forgets nothing. Confined to one thread. */
class MemoryStore implements GroupStore {
    final List<GroupRecord> records = new ArrayList<>();
    final Map<GroupPiece, byte[]> pieces = new HashMap<>();

    @Override
    public void read(Consumer<GroupRecord> to) {
        records.forEach(to);
    }

    @Override
    public boolean mayHaveForgotten() {
        return false;
    }

    @Override
    public void append(GroupRecord record) {
        records.add(record);
    }

    @Override
    public GroupPiece keep(int group, long index, byte[] bytes) {
        GroupPiece piece = new GroupPiece(group, index, pieces.size(), bytes.length);
        pieces.put(piece, bytes);
        return piece;
    }

    @Override
    public Keeping keepAll(int group, long index, List<Supplier<byte[]>> all) {
        throw new UnsupportedOperationException("no member makes a snapshot here");
    }

    @Override
    public byte[] bytes(GroupPiece piece) throws IOException {
        byte[] bytes = pieces.get(piece);
        if (bytes == null) {
            throw DamagedException.withRemedy(Path.of("pieces"), "it is gone", "Do nothing");
        }
        return bytes;
    }

    @Override
    public void flush(boolean toDisk) {}
}
