package io.distcache.server.consensus;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.KeySlot;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.ValueTag;
import io.distcache.server.consensus.SimulationOptions.Feature;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The simulation's keys, values and caches, as shards have them. Thread-safe. */
final class SimulatedEntries {
    static final String NAMESPACE = "simulated";
    /** The cache of the keys whose histories are judged in full. */
    static final String LASTING = "c";
    /** How long entries live that live shortly. */
    static final long SHORT = 1500;

    /** So long that nothing expires, whatever clocks do. */
    private static final long TTL = 1000L * 86_400_000;

    private static final int BOUND = 15;
    private static final int ATTEMPTS_OF_ONE_KEY = 100_000;
    private static final Map<Integer, Bytes> KEYS = new ConcurrentHashMap<>();

    private SimulatedEntries() {}

    /** A key of one of so many groups, the same in each run. */
    static Bytes key(int groups, int group, int key) {
        return KEYS.computeIfAbsent(group * 1000 + key + 1_000_000 * groups, wanted -> {
            for (int i = 0; i < ATTEMPTS_OF_ONE_KEY; i++) {
                Bytes candidate = number(key + 100L * i);
                if (KeySlot.of(candidate) / Routes.SLOTS_PER_PARTITION * groups / Routes.PARTITIONS == group) {
                    return candidate;
                }
            }
            throw new IllegalStateException("no key of group " + group);
        });
    }

    static Bytes number(long value) {
        return Bytes.of(
                ByteBuffer.allocate(9).put(ValueTag.INT64).putLong(value).array());
    }

    static long number(Bytes value) {
        return ByteBuffer.wrap(value.array(), value.offset() + 1, Long.BYTES).getLong();
    }

    /** Whether reads move the deadlines of entries that live shortly. */
    static boolean livesByAccess(SimulationOptions options) {
        return options.seed() % 2 == 0;
    }

    /** The cache of a key: of entries that stay, that live shortly, or of a few. */
    static CacheDefinition definition(SimulationOptions options, int key) {
        if (key < Simulation.EXPIRING) {
            return definition(
                    LASTING,
                    options.has(Feature.ACCESSED)
                            ? new CacheDefinition.Expiry(TTL, TTL, TTL, false)
                            : CacheDefinition.Expiry.ETERNAL,
                    0);
        }
        if (key >= Simulation.BOUNDED) {
            return definition("bounded", CacheDefinition.Expiry.ETERNAL, BOUND);
        }
        long live = options.guards().contains("EXPIRY") ? TTL : SHORT;
        long byAccess = livesByAccess(options) ? live : Ttl.UNCHANGED;
        return definition("expiring", new CacheDefinition.Expiry(live, live, byAccess, false), 0);
    }

    private static CacheDefinition definition(String name, CacheDefinition.Expiry expiry, int mostEntries) {
        return new CacheDefinition(
                NAMESPACE,
                name,
                expiry,
                mostEntries,
                0,
                CacheDefinition.WhenFull.EVICT,
                CacheDefinition.Durability.LOGGED,
                Map.of());
    }
}
