package io.distcache.server.store;

import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/** Runs a test over many random seeds; {@code -Dstore.seed=N} replays the one that a failure named. */
final class Seeds {

    private static final String PROPERTY = "store.seed";

    private Seeds() {}

    static void forEach(int count, Consumer<Random> test) {
        Long replayed = Long.getLong(PROPERTY);
        LongStream seeds = replayed != null ? LongStream.of(replayed) : new Random().longs(count);
        seeds.forEach(seed -> {
            try {
                test.accept(new Random(seed));
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("replay with -D" + PROPERTY + "=" + seed, failure);
            }
        });
    }
}
