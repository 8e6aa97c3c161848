package io.distcache.server.store;

import io.distcache.protocol.Bytes;
import java.util.Random;

/**
 * Hashes of keys that are the same in each process, so that tables have the same order and a simulated run can be repeated anywhere. {@code
 * -Ddistcache.testing.hashes=N} takes others. Thread-safe.
 */
public final class FixedHashes {
    private static final String PROPERTY = "distcache.testing.hashes";

    private FixedHashes() {}

    /** Uses them in this process from now on, which must not have hashed a key by others. */
    public static synchronized void use() {
        long wanted = Long.getLong(PROPERTY, 1);
        HashSeeds.from(new Random(wanted)::nextLong);
        Random same = new Random(wanted);
        Bytes key = Bytes.ofUtf8("a key");
        if (KeyHasher.ofProcess().hash(key)
                != KeyHasher.of(same.nextLong(), same.nextLong()).hash(key)) {
            throw new IllegalStateException("this process has hashed keys before: runs would not repeat");
        }
    }
}
