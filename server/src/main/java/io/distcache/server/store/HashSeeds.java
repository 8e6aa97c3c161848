package io.distcache.server.store;

import java.security.SecureRandom;
import java.util.function.LongSupplier;

/**
 * Where {@link KeyHasher#ofProcess} gets its numbers from when a process first asks for it: from what nobody can guess. A process in which runs are to
 * repeat, as tests do, names another source before that; there is no setting for it, as nobody else may. Thread-safe.
 */
final class HashSeeds {
    private static LongSupplier source = new SecureRandom()::nextLong;

    private HashSeeds() {}

    static synchronized long next() {
        return source.getAsLong();
    }

    /** For tests: of no effect once the process's own hasher has been asked for. */
    static synchronized void from(LongSupplier other) {
        source = other;
    }
}
