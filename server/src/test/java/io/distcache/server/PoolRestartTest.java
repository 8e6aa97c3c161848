package io.distcache.server;

import static io.distcache.server.DataNode.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.log.DamagedException;
import io.distcache.server.pool.PoolView;
import io.distcache.server.shard.ManualClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a node with a data directory knows of its pool after it was killed. It is "b" of a, b and c. */
@Timeout(60)
class PoolRestartTest {
    private static final CacheDefinition CACHE = CacheDefinition.of("ns", "c");
    private static final CacheDefinition UNLOGGED = new CacheDefinition(
            "ns",
            "unlogged",
            CacheDefinition.Expiry.ETERNAL,
            0,
            0,
            CacheDefinition.WhenFull.EVICT,
            CacheDefinition.Durability.NONE,
            Map.of());
    private static final Membership ABC = new Membership(
            1, List.of(new PoolMember("a", "a:1", 1), new PoolMember("b", "b:1", 2), new PoolMember("c", "c:1", 1)));
    private static final Membership AB =
            new Membership(2, List.of(new PoolMember("a", "a:1", 1), new PoolMember("b", "b:1", 2)));
    private static final Command SETTLED = new Command.Standing(List.of(), List.of("a", "b", "c"), List.of());
    private static final PoolView VIEW = new PoolView(ABC, "b");

    @TempDir
    Path directory;

    private final ManualClock clock = new ManualClock();

    @Test
    void changes_and_their_hints_survive_together() throws Exception {
        Path killed = directory.resolve("killed");
        try (DataNode node = start("data")) {
            int cache = joined(node, ABC);
            int unlogged = node.open(UNLOGGED);
            node.client.await(new Command.Away(List.of("a", "c")));
            for (int i = 0; i < 100; i++) {
                assertThat(node.put(cache, "k" + i, "v")).isInstanceOf(Reply.Changed.class);
                node.put(unlogged, "k" + i, "v");
            }
            node.remove(cache, "absent");
            node.copyTo(killed);
        }
        for (String data : List.of("killed", "data")) {
            try (DataNode node = start(data)) {
                assertThat(node.node.health().poolEpoch()).isEqualTo(1);
                int cache = joined(node, ABC);
                assertThat(node.entries(cache)).hasSize(100);
                Set<String> expected = keysOf("a");
                assertThat(handedOver(node, "c", "c")).isEqualTo(expected);
                assertThat(node.entries(cache))
                        .hasSize(100
                                - (int) expected.stream()
                                        .filter(key -> !key.equals("absent"))
                                        .count());
            }
        }
    }

    @Test
    void what_was_handed_over_stays_so() throws Exception {
        Path killed = directory.resolve("killed");
        try (DataNode node = start("data")) {
            int cache = joined(node, ABC);
            node.client.await(SETTLED);
            node.client.await(new Command.Away(List.of("a", "c")));
            for (int i = 0; i < 100; i++) {
                node.put(cache, "k" + i, "v");
            }
            handedOver(node, "c", "c");
            node.copyTo(killed);
        }
        try (DataNode node = start("killed")) {
            int cache = joined(node, ABC);
            assertThat(node.client.await(new Command.Away(List.of("c")))).isEqualTo(new Reply.Hints(List.of()));
            assertThat(node.entries(cache).keySet())
                    .allSatisfy(key -> assertThat(VIEW.isBefore("a", key)).isFalse());
        }
    }

    @Test
    void a_sweep_and_its_membership_are_kept_or_neither() throws Exception {
        Path killed = directory.resolve("killed");
        try (DataNode node = start("data")) {
            int cache = joined(node, ABC);
            for (int i = 0; i < 100; i++) {
                node.put(cache, "k" + i, "v");
            }
            node.client.await(new Command.Pool("b", AB));
            node.client.await(new Command.Pool("b", new Membership(4, ABC.members())));
            assertThat(node.entries(cache)).isEmpty();
            node.copyTo(killed);
        }
        try (DataNode node = start("killed")) {
            int cache = node.open(CACHE);
            assertThat(node.client.await(new Command.Pool("", Membership.NONE)))
                    .isEqualTo(new Reply.Members(new Membership(4, ABC.members())));
            node.client.await(new Command.Pool("b", new Membership(4, ABC.members())));
            assertThat(node.entries(cache)).isEmpty();
        }
    }

    @Test
    void everything_survives_too_and_so_does_a_bound_of_none() throws Exception {
        Path killed = directory.resolve("killed");
        try (DataNode node = start("data", "pool.max-hints", "0")) {
            int cache = joined(node, ABC);
            node.client.await(SETTLED);
            node.client.await(new Command.Away(List.of("a")));
            node.put(cache, first(List.of("a")), "v");
            assertThat(node.node.health().hints()).isEqualTo(1);
            node.copyTo(killed);
        }
        try (DataNode node = start("killed")) {
            joined(node, ABC);
            assertThat(node.client.await(new Command.Away(List.of())))
                    .isEqualTo(new Reply.Hints(List.of(new Reply.Hint("a", "ns", "c", true, List.of()))));
            assertThat(node.client.await(new Command.HandedOver())).isEqualTo(new Reply.Hints(List.of()));
            assertThat(node.node.health().hints()).isZero();
            assertThat(node.node.health().entries()).isZero();
        }
    }

    @Test
    void a_damaged_file_stops_the_start_and_is_named() throws Exception {
        try (DataNode node = start("data")) {
            joined(node, ABC);
        }
        Path file = directory.resolve("data/pool");
        byte[] sound = Files.readAllBytes(file);
        for (int i = 0; i < sound.length; i++) {
            byte[] damaged = sound.clone();
            damaged[i] ^= 1;
            Files.write(file, damaged);
            assertThatThrownBy(() -> start("data"))
                    .isInstanceOf(DamagedException.class)
                    .hasMessageContaining(file.toString());
        }
        Files.write(file, sound);
        start("data").close();
    }

    @Test
    void a_client_that_leaves_with_the_hand_over_undone_leaves_the_hints() throws Exception {
        try (DataNode node = start("data")) {
            int cache = joined(node, ABC);
            node.client.await(SETTLED);
            node.client.await(new Command.Away(List.of("a")));
            String key = first(List.of("a"));
            assertThat(((Reply.Failure) node.put(cache, first(List.of("c")), "v")).status())
                    .isEqualTo(Status.NOT_OWNER);
            node.put(cache, key, "v");
            assertThat(hints(node.client.await(new Command.Away(List.of())))).containsExactly(key);
        }
        try (DataNode node = start("data")) {
            joined(node, ABC);
            assertThat(hints(node.client.await(new Command.Away(List.of())))).hasSize(1);
        }
    }

    private DataNode start(String name, String... settings) throws Exception {
        return new DataNode(directory.resolve(name), clock, settings);
    }

    private static int joined(DataNode node, Membership membership) throws Exception {
        int cache = node.open(CACHE);
        assertThat(node.client.await(new Command.Pool("b", membership))).isEqualTo(new Reply.Members(membership));
        return cache;
    }

    private static String first(List<String> before) {
        for (int i = 0; ; i++) {
            int[] found = VIEW.before(text("k" + i));
            if (found.length == before.size() && VIEW.name(found[0]).equals(before.get(0))) {
                return "k" + i;
            }
        }
    }

    /** Those of the keys that a member serves before b. */
    private static Set<String> keysOf(String member) {
        List<String> keys = new ArrayList<>(List.of("absent"));
        for (int i = 0; i < 100; i++) {
            keys.add("k" + i);
        }
        return keys.stream().filter(key -> VIEW.isBefore(member, text(key))).collect(Collectors.toSet());
    }

    /** Hands over what there is for members other than these, and returns the keys of the logged cache. */
    private static Set<String> handedOver(DataNode node, String... away) throws Exception {
        List<String> keys = new ArrayList<>();
        Reply reply = node.client.await(new Command.Away(List.of(away)));
        while (!((Reply.Hints) reply).hints().isEmpty()) {
            keys.addAll(hints(reply));
            reply = node.client.await(new Command.HandedOver());
        }
        return Set.copyOf(keys);
    }

    private static List<String> hints(Reply reply) {
        return ((Reply.Hints) reply)
                .hints().stream()
                        .filter(hint -> hint.cache().equals("c"))
                        .flatMap(hint -> hint.keys().stream())
                        .map(Bytes::toUtf8)
                        .map(key -> key.substring(1))
                        .toList();
    }
}
