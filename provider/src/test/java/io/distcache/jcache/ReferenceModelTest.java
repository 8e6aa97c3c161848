package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Seed;
import io.distcache.jcache.ReferenceSubject.Setup;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.cache.CacheManager;
import javax.cache.Caching;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * DistCache does what the reference implementation does: random operations, one after another, on both, with the same results,
 * the same calls of loaders, writers and listeners, the same statistics and contents. A failure names its seed, see
 * {@link Seed}.
 */
class ReferenceModelTest {
    private static final int RUNS = Integer.getInteger("distcache.testing.reference-runs", 100);
    private static final int OPERATIONS = 300;
    private static final CacheManager REFERENCE =
            Caching.getCachingProvider("org.jsr107.ri.spi.RICachingProvider").getCacheManager();
    private static final CacheManager OURS = Caching.getCachingProvider("io.distcache.jcache.DistCachingProvider")
            .getCacheManager(URI.create("distcache:embedded/reference"), ReferenceModelTest.class.getClassLoader());

    @AfterAll
    static void close() {
        REFERENCE.close();
        OURS.close();
    }

    @Test
    void random_operations_do_what_they_do_in_the_reference_implementation() {
        long first = Seed.of(ReferenceModelTest.class, 20_261_128);
        for (int i = 0; i < RUNS; i++) {
            run(first + i);
        }
        System.out.println(RUNS * OPERATIONS + " operations did the same");
    }

    private static void run(long seed) {
        Random random = new Random(seed);
        Setup setup = Setup.random(random);
        List<String> history = new ArrayList<>();
        try (ReferenceSubject reference = new ReferenceSubject(REFERENCE, "reference-" + seed, setup);
                ReferenceSubject ours = new ReferenceSubject(OURS, "ours-" + seed, setup)) {
            for (int step = 0; step < OPERATIONS; step++) {
                long operation = random.nextLong();
                List<Integer> present = reference.keys();
                List<String> expected = withoutOddities(reference.perform(operation, step, 0), present);
                List<String> actual = ours.perform(operation, step, expected.size());
                history.add(step + ": " + expected);
                assertThat(actual)
                        .as(() -> "replay with -Ddistcache.testing.seed=" + seed + "\n" + setup + "\n"
                                + String.join("\n", history.subList(Math.max(0, history.size() - 12), history.size())))
                        .isEqualTo(expected);
            }
        }
    }

    /**
     * The reference implementation without what it does against the standard: EXPIRED for an entry that was never there, because
     * its creation expiry was zero (CacheEntryExpiredListener: "after one or more entries have been expired"), and REMOVED for an
     * absent entry that an entry processor removed (CacheEntryRemovedListener: only if there was a mapping).
     */
    static List<String> withoutOddities(List<String> lines, List<Integer> present) {
        List<String> kept = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.split(" ", 3);
            boolean gone = words[1].equals("EXPIRED") || words[1].equals("REMOVED");
            if (gone
                    && !present.contains(Integer.valueOf(words[0]))
                    && kept.stream().noneMatch(l -> l.startsWith(words[0] + " CREATED"))) {
                continue;
            }
            kept.add(line);
        }
        return kept;
    }
}
