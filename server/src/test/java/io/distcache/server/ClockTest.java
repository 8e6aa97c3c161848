package io.distcache.server;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import io.distcache.server.clock.NodeClock;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That entries live as long as their ttl says, whatever the system's clock is set to. */
@Timeout(60)
class ClockTest {
    private static final long TTL = 600_000;
    private static final long TWO_HOURS = 7_200_000;
    private static final Bytes KEY = DataNode.text("key");

    @TempDir
    private Path directory;

    private final SteppedClock system = new SteppedClock();

    @ParameterizedTest
    @ValueSource(longs = {-TWO_HOURS, TWO_HOURS, -1_000, 1_000, -50 * 365 * 86_400_000L, 50 * 365 * 86_400_000L})
    void a_ttl_is_over_when_so_much_time_has_passed_whatever_the_clock_is_set_to(long step) throws Exception {
        try (DataNode node = start()) {
            int cache = put(node);
            system.pass(100_000);

            system.step(step);

            assertThat(ttl(node, cache)).isEqualTo(TTL - 100_000);
            system.pass(TTL - 100_000 - 1);
            assertThat(ttl(node, cache)).isEqualTo(1);
            system.pass(1);
            assertThat(ttl(node, cache)).isEqualTo(-2);
        }
    }

    @Test
    void an_entry_goes_without_being_read_after_its_ttl_although_the_clock_was_put_back() throws Exception {
        try (DataNode node = start()) {
            put(node);
            system.step(-TWO_HOURS);
            system.pass(TTL + 1_000);

            eventually("it is gone", () -> node.node.health().entries() == 0);
        }
    }

    @Test
    void a_ttl_never_grows_while_the_clock_jitters() throws Exception {
        long seed = Long.getLong("distcache.testing.seed", 11);
        Random random = new Random(seed);
        try (DataNode node = start()) {
            int cache = put(node);
            long before = TTL;
            for (int i = 0; i < 500; i++) {
                system.step(random.nextInt(20_001) - 10_000);
                system.pass(random.nextInt(1000));
                long ttl = ttl(node, cache);
                assertThat(ttl).as("seed %d, step %d", seed, i).isBetween(1L, before);
                before = ttl;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_restart_with_an_earlier_clock_gives_no_entry_more_time(boolean snapshot) throws Exception {
        Path copy = directory.resolveSibling(directory.getFileName() + "-copy");
        try (DataNode node = start()) {
            put(node);
            system.pass(100_000);
            node.put(node.open(CacheDefinition.of("ns", "other")), "later", "v");
            if (snapshot) {
                node.snapshot();
            }
            node.copyTo(copy);
        }
        system.step(-TWO_HOURS);

        try (DataNode node = start(copy)) {
            int cache = node.open(CacheDefinition.of("ns", "cache"));
            assertThat(ttl(node, cache)).isBetween(1L, TTL - 100_000);
            assertThat(node.node.health().uptimeMillis()).isZero();
            system.pass(TTL);
            assertThat(ttl(node, cache)).isEqualTo(-2);
        }
    }

    @Test
    void moments_that_people_name_and_see_are_of_the_systems_clock() {
        NodeClock clock = new NodeClock(system, system::nanos);
        long named = system.millis() + TTL;
        assertThat(clock.ofWall(named)).isEqualTo(named);

        system.step(-TWO_HOURS);

        long again = system.millis() + TTL;
        assertThat(clock.ofWall(again) - clock.millis()).isEqualTo(TTL);
        assertThat(clock.toWall(clock.ofWall(again))).isEqualTo(again);
        assertThat(clock.toWall(clock.millis())).isEqualTo(system.millis());
        assertThat(clock.toWall(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
        assertThat(clock.ofWall(Long.MAX_VALUE - 1)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void the_clock_never_goes_back() {
        NodeClock clock = new NodeClock(system, system::nanos);
        long before = clock.millis();
        system.step(-TWO_HOURS);
        assertThat(clock.millis()).isEqualTo(before);
        clock.notBefore(before - 1);
        assertThat(clock.millis()).isEqualTo(before);
        clock.notBefore(before + 5);
        assertThat(clock.millis()).isEqualTo(before + 5);
        system.pass(1);
        assertThat(clock.millis()).isEqualTo(before + 6);
    }

    private DataNode start() throws Exception {
        return start(directory);
    }

    private DataNode start(Path data) throws Exception {
        return new DataNode(data, new NodeClock(system, system::nanos));
    }

    private static int put(DataNode node) throws InterruptedException {
        int cache = node.open(CacheDefinition.of("ns", "cache"));
        Reply put = node.client.await(new Command.Put(cache, KEY, DataNode.text("v"), Condition.ALWAYS, TTL, false));
        assertThat(put).isInstanceOf(Reply.Changed.class);
        return cache;
    }

    private static long ttl(DataNode node, int cache) throws InterruptedException {
        return ((Reply.Count) node.client.await(new Command.TtlOf(cache, KEY))).value();
    }
}
