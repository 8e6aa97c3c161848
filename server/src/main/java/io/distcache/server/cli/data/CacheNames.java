package io.distcache.server.cli.data;

import io.distcache.protocol.CacheDefinition;
import io.distcache.server.log.DamagedException;
import io.distcache.server.mutation.MutationCodec;
import io.distcache.server.snapshot.SnapshotReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** What caches are called; logs and snapshots have their ids. Confined to one thread. */
final class CacheNames {
    private final Map<Long, String> byId = new HashMap<>();

    /** The caches of all snapshots, for a log that begins after they were made. */
    static CacheNames ofSnapshots(DataFiles files) throws IOException {
        CacheNames names = new CacheNames();
        for (Path snapshot : files.snapshots()) {
            try (SnapshotReader reader = new SnapshotReader(snapshot)) {
                reader.read(new SnapshotReader.Visitor() {
                    @Override
                    public void cache(long id, byte[] definition) {
                        names.add(id, MutationCodec.definition(definition));
                    }

                    @Override
                    public void entries(
                            int shard, long position, long cache, int count, SnapshotReader.Entries entries) {}
                });
            } catch (DamagedException | IllegalArgumentException e) {
                // Names are only for reading; some may be missing.
            }
        }
        return names;
    }

    void add(long id, CacheDefinition definition) {
        byId.put(id, definition.namespace() + "/" + definition.name());
    }

    boolean has(long id) {
        return byId.containsKey(id);
    }

    String of(long id) {
        String name = byId.get(id);
        return name == null ? "cache#" + id : name;
    }
}
