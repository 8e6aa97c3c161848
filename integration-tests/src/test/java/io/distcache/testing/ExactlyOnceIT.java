package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.DistCacheClient;
import io.distcache.fixtures.Seed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Exactly once: 4 JVMs of 16 threads each increment the same keys while their node is killed and started again. What they have acknowledged is
 * what the keys hold, and next to nothing is left in doubt, since each increment whose reply got lost is sent again under its number.
 */
@Timeout(180)
class ExactlyOnceIT {
    private static final int PROCESSES = 4;
    private static final int KILLS = Integer.getInteger("distcache.testing.kill-cycles", 4);
    private static final long SEED = Seed.of(ExactlyOnceIT.class, 20_261_128);

    /** Longer than a node takes to start on a busy machine, so that what was sent again is answered. */
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    @Test
    void increments_of_many_processes_are_made_once_across_kills_of_their_node() {
        Random random = new Random(SEED);
        NodeSetup setup =
                NodeSetup.of("log.sync=always", "snapshot.interval=2s").withDataDirectory(directory);
        NodeProcess node = setup.start();
        List<JavaProcess> callers = new ArrayList<>();
        try {
            for (int i = 0; i < PROCESSES; i++) {
                callers.add(IncrementProcess.start(node.address(), CALL_TIMEOUT));
            }
            callers.forEach(caller -> caller.awaitLine("ready"::equals, CALL_TIMEOUT));
            for (int i = 0; i < KILLS; i++) {
                LockSupport.parkNanos((500 + random.nextInt(1500)) * 1_000_000L);
                int port = node.port();
                node.kill();
                node = setup.withPort(port).start();
            }
            LockSupport.parkNanos(1_000_000_000L);
            callers.forEach(caller -> caller.tell("end"));
            long[] acknowledged = new long[IncrementProcess.KEYS];
            long[] unknown = new long[IncrementProcess.KEYS];
            long repeated = 0;
            long unreachable = 0;
            for (JavaProcess caller : callers) {
                String[] parts = caller.awaitLine(
                                line -> line.startsWith("done ") || line.startsWith("failed "), CALL_TIMEOUT)
                        .split(" / ", -1);
                assertThat(parts[0]).startsWith("done ");
                long[] counts = numbers(parts[0].substring("done ".length()));
                repeated += counts[0];
                unreachable += counts[1];
                add(acknowledged, numbers(parts[1]));
                add(unknown, numbers(parts[2].substring(0, parts[2].indexOf(" after"))));
            }
            long[] sums = new long[IncrementProcess.KEYS];
            try (DistCacheClient client = DistCacheClient.connect(node.address())) {
                for (int i = 0; i < sums.length; i++) {
                    sums[i] = client.increment(IncrementProcess.key(i), 0);
                }
            }
            System.out.printf(
                    "exactly once: seed=%d, %d JVMs of %d threads, %d kills: %d acknowledged, %d unknown, %d not sent, %d sent"
                            + " again; sums %s, acknowledged %s%n",
                    SEED,
                    PROCESSES,
                    IncrementProcess.THREADS,
                    KILLS,
                    Arrays.stream(acknowledged).sum(),
                    Arrays.stream(unknown).sum(),
                    unreachable,
                    repeated,
                    Arrays.toString(sums),
                    Arrays.toString(acknowledged));
            for (int i = 0; i < sums.length; i++) {
                assertThat(sums[i])
                        .as(IncrementProcess.key(i))
                        .isBetween(acknowledged[i], acknowledged[i] + unknown[i]);
            }
            // Else there was nothing to be seen.
            assertThat(repeated).isGreaterThan(KILLS);
            assertThat(Arrays.stream(unknown).sum()).isZero();
        } finally {
            callers.forEach(JavaProcess::close);
            node.close();
        }
    }

    private static long[] numbers(String text) {
        return Arrays.stream(text.strip().split(" ", -1))
                .mapToLong(Long::parseLong)
                .toArray();
    }

    private static void add(long[] to, long[] counts) {
        for (int i = 0; i < to.length; i++) {
            to[i] += counts[i];
        }
    }
}
