package io.distcache.server.store;

import io.distcache.fixtures.Seed;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Runs a test over many seeds, from where {@link Seed} begins; {@code -Ddistcache.testing.seed=N} runs the one that a failure named
 * first.
 */
final class Seeds {
    private Seeds() {}

    static void forEach(int count, Consumer<Random> test) {
        long first = Seed.of(Seeds.class, 20_261_128);
        for (int i = 0; i < count; i++) {
            long seed = first + i;
            try {
                test.accept(new Random(seed));
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("replay with -Ddistcache.testing.seed=" + seed, failure);
            }
        }
    }
}
