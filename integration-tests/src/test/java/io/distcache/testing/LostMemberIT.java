package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import io.distcache.client.UnreachableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A member whose log is removed does not know what it told the others. It must not help one to lead that lacks what was acknowledged, also if
 * that is the only other one there.
 */
@Timeout(240)
class LostMemberIT {
    private static final int KEYS = 30;
    private static final int LEADS = 0;
    private static final int LOST = 1;
    private static final int LACKS = 2;

    @TempDir
    private Path directory;

    private static void put(DistCacheClient client, int value) {
        for (int i = 0; i < KEYS; i++) {
            client.set("k" + i, value);
        }
    }

    private static void assertAllAre(DistCacheClient client, int value) {
        for (int i = 0; i < KEYS; i++) {
            assertThat(client.<Integer>get("k" + i)).as("k" + i).isEqualTo(value);
        }
    }

    private void removeLogOf(int node) throws IOException {
        Path data = directory.resolve("n" + (node + 1));
        for (String name : List.of("log", "log-end", "groups")) {
            if (Files.exists(data.resolve(name))) {
                try (Stream<Path> all = Files.walk(data.resolve(name))) {
                    for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(file);
                    }
                }
            }
        }
    }

    @Test
    void who_has_lost_its_log_does_not_vote_before_it_has_got_everything() throws IOException, InterruptedException {
        NodeSetup setup = NodeSetup.of().withJvmFlags("-Xmx256m", "-XX:TieredStopAtLevel=1");
        try (ReplicatedPool pool = ReplicatedPool.start(setup, 3, directory)) {
            ClientConfig config = ClientConfig.parse(pool.members()).toBuilder()
                    .callTimeout(Duration.ofSeconds(20))
                    .build();
            ClientConfig hasty =
                    config.toBuilder().callTimeout(Duration.ofSeconds(5)).build();
            try (DistCacheClient client = DistCacheClient.connect(config)) {
                put(client, 1);
                pool.node(LACKS).pause();
                put(client, 2);
            }
            pool.node(LEADS).kill();
            pool.node(LOST).kill();
            removeLogOf(LOST);
            pool.node(LACKS).resume();
            pool.startAgain(LOST);

            // Several elections: the two are a majority, and what is 2 is on neither.
            TimeUnit.SECONDS.sleep(5);
            try (DistCacheClient client = DistCacheClient.connect(hasty)) {
                assertThatThrownBy(() -> client.get("k0")).isInstanceOf(UnreachableException.class);
            }

            assertThat(pool.node(LOST).process().lines()).anyMatch(line -> line.contains("does not vote before"));

            pool.startAgain(LEADS);
            try (DistCacheClient client = DistCacheClient.connect(config)) {
                assertAllAre(client, 2);
                eventually(() -> assertThat(DistCacheCommand.run("pool", "status", "--node", pool.members())
                                .exitCode())
                        .isZero());
                // It has got everything, and is one of the majority.
                pool.node(LACKS).kill();
                assertAllAre(client, 2);
                put(client, 3);
                assertAllAre(client, 3);
            }
        }
    }
}
