package io.distcache.server.store;

import io.distcache.protocol.Bytes;

/** Ways to hash a test's keys: the real one, and some that bring out the worst in a table ordered by hash. */
enum Hashing {
    MIXED,
    ALL_EQUAL,
    FOUR_LOW,
    CROWDED_END,
    SEQUENCE;

    int of(Bytes key) {
        byte last = key.get(key.length() - 1);
        return switch (this) {
            case MIXED -> KeyHasher.ofProcess().hash(key);
            case ALL_EQUAL -> 0xffff_ffff;
            case FOUR_LOW -> 1 + (last & 3);
            case CROWDED_END -> -1 - (last & 15);
            case SEQUENCE -> 0x7fff_fff0 + last;
        };
    }
}
