package io.distcache.server.shard;

import static io.distcache.server.shard.TestShards.HANDLE;
import static io.distcache.server.shard.TestShards.expiring;
import static io.distcache.server.shard.TestShards.get;
import static io.distcache.server.shard.TestShards.put;
import static io.distcache.server.shard.TestShards.remove;
import static io.distcache.server.shard.TestShards.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Seed;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.store.EntryRecord;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where a log is replicated it need not hear of each access that moves a deadline. */
class BundledTouchTest {
    private static final long TTL = 5000;
    private static final long TENTH = TTL / 10;
    private static final long FIRST_SEED = 20_261_130;
    private static final int SEEDS = 200;
    private static final int STEPS = 150;

    private final TestShards node = TestShards.ofMember(2);
    private final RecordingSession client = node.client("client", expiring(TTL, Ttl.UNCHANGED, TTL));

    private List<Mutation> logged() {
        return node.log.takeBatches().stream().flatMap(List::stream).toList();
    }

    private boolean isThere(String key) {
        return client.ask(get(key)) instanceof Reply.Value;
    }

    @Test
    void the_log_hears_of_a_deadline_that_is_a_tenth_of_the_ttl_later_than_the_one_it_has() {
        client.ask(put("k", "v"));
        logged();
        node.clock.advance(TENTH - 1);
        assertThat(isThere("k")).isTrue();
        assertThat(logged()).isEmpty();
        node.clock.advance(TTL - 1);
        assertThat(isThere("k")).as("the node goes by what it has").isTrue();
        assertThat(logged()).singleElement().isInstanceOf(Mutation.Touch.class);
        node.clock.advance(TENTH - 1);
        assertThat(isThere("k")).isTrue();
        assertThat(logged()).isEmpty();
        node.clock.advance(1);
        assertThat(isThere("k")).isTrue();
        assertThat(logged()).as("counted from what the log has").hasSize(1);
    }

    @Test
    void an_entry_that_is_not_accessed_any_more_expires_at_its_deadline() {
        client.ask(put("k", "v"));
        node.clock.advance(TENTH - 1);
        assertThat(isThere("k")).isTrue();
        node.clock.advance(TTL - 1);
        node.tick();
        assertThat(node.cache().entries()).isEqualTo(1);
        node.clock.advance(200);
        logged();
        node.tick();
        assertThat(node.cache().entries()).isZero();
        assertThat(logged()).singleElement().isInstanceOf(Mutation.Delete.class);
    }

    @Test
    void a_second_later_the_log_hears_of_it_in_any_case() {
        client.ask(put("k", "v"));
        node.clock.advance(10);
        assertThat(isThere("k")).isTrue();
        logged();
        node.clock.advance(MovedDeadlines.MOST_MILLIS - 1);
        node.tick();
        assertThat(logged()).isEmpty();
        node.clock.advance(1);
        node.tick();
        assertThat(logged()).singleElement().isInstanceOf(Mutation.Touch.class);
        node.clock.advance(MovedDeadlines.MOST_MILLIS);
        node.tick();
        assertThat(logged()).as("once").isEmpty();
        assertSameAsLogged(expectedNow());
    }

    @Test
    void what_shortens_a_life_or_makes_it_eternal_is_logged_at_once() {
        client.ask(put("k", "v", TTL + 1));
        logged();
        assertThat(isThere("k")).isTrue();
        assertThat(logged()).as("a shorter one").hasSize(1);
        client.ask(put("e", "v", Ttl.ETERNAL));
        logged();
        assertThat(isThere("e")).isTrue();
        assertThat(logged()).as("one in place of none").hasSize(1);
        client.ask(new Command.Expire(HANDLE, text("e"), Ttl.ETERNAL, Command.DeadlineIs.ANY));
        assertThat(logged()).hasSize(1);
    }

    @Test
    void an_answer_waits_for_no_deadline_and_a_look_at_one_that_was_moved_neither() {
        client.ask(put("k", "v"));
        node.log.answerWith(new CompletableFuture<>());
        node.clock.advance(10);
        assertThat(isThere("k")).isTrue();
        node.clock.advance(TENTH);
        assertThat(isThere("k")).isTrue();
        assertThat(isThere("k")).isTrue();
    }

    @Test
    void too_many_of_them_are_logged_at_once() {
        int entries = 5000;
        for (int i = 0; i < entries; i++) {
            client.ask(put("k" + i, "v"));
        }
        logged();
        node.clock.advance(10);
        IntStream.range(0, entries).forEach(i -> assertThat(isThere("k" + i)).isTrue());
        assertThat(logged()).hasSizeBetween(entries - 2 * 1024, entries - 1024 - 1);
        assertSameAsLogged(expectedNow());
    }

    private record Shown(long version, long deadline) {}

    /** What replaying the log makes. */
    private Map<String, Shown> expectedNow() {
        return new TreeMap<>(node.log.replay(node.cache().id()).entrySet().stream()
                .collect(Collectors.toMap(
                        e -> e.getKey().toUtf8(),
                        e -> new Shown(e.getValue().version(), e.getValue().deadlineMillis()))));
    }

    /** What a snapshot has now. */
    private Map<String, Shown> snapshot() {
        Map<String, Shown> found = new TreeMap<>();
        for (Shard shard : node.shards) {
            Replica.Committed there = shard.replica().committed(node.cache());
            for (int i = 0; i < there.size(); i++) {
                byte[] record = new byte[there.length(i)];
                there.copyTo(i, record, 0);
                Bytes key = EntryRecord.key(record);
                assertThat(found.put(
                                key.toUtf8(),
                                new Shown(EntryRecord.version(record), EntryRecord.deadlineMillis(record))))
                        .isNull();
            }
        }
        return found;
    }

    private void assertSameAsLogged(Map<String, Shown> committed) {
        assertThat(snapshot()).isEqualTo(committed);
    }

    static Stream<Long> seeds() {
        long first = Seed.of(BundledTouchTest.class, FIRST_SEED);
        return IntStream.range(0, SEEDS).mapToObj(i -> first + i);
    }

    /** Snapshots, and what is there when leadership has ended, are what the log has committed, whatever accesses have moved meanwhile. */
    @ParameterizedTest
    @MethodSource("seeds")
    void snapshots_and_former_leaders_have_what_is_committed_and_nothing_else(long seed) {
        Random random = new Random(seed);
        CompletableFuture<Void> held = null;
        Map<String, Shown> committed = expectedNow();
        for (int step = 0; step < STEPS; step++) {
            String key = "k" + random.nextInt(4);
            switch (random.nextInt(10)) {
                case 0 -> client.send(put(key, "v" + step));
                case 1 -> client.send(put(key, "v" + step, Ttl.UNCHANGED));
                case 2 -> client.send(random.nextInt(4) == 0 ? new Command.Clear(HANDLE) : remove(key));
                case 3 -> node.clock.advance(random.nextInt(random.nextInt(3) == 0 ? 3000 : 100));
                case 4 -> node.tick();
                case 5 -> {
                    if (held == null) {
                        held = new CompletableFuture<>();
                        node.log.answerWith(held);
                    } else {
                        CompletableFuture<Void> before = held;
                        held = null;
                        node.log.answerWith(CommitLog.COMMITTED);
                        before.complete(null);
                        committed = expectedNow();
                    }
                }
                default -> {
                    node.clock.advance(random.nextInt(20));
                    client.send(get(key));
                }
            }
            if (held == null) {
                committed = expectedNow();
            }
            assertSameAsLogged(committed);
        }
        RefusedException why = new RefusedException(new Reply.Failure(Status.INDETERMINATE, "for a test"));
        node.shards.forEach(shard -> shard.replica().stopLeading(node.caches.all(), why));
        assertSameAsLogged(committed);
        for (Shard shard : node.shards) {
            CacheShard part = node.cache().part(shards(shard));
            assertThat(part == null || part.moved.isEmpty()).isTrue();
        }
    }

    private int shards(Shard shard) {
        return IntStream.range(0, node.shards.size())
                .filter(i -> node.shards.get(i) == shard)
                .findFirst()
                .orElseThrow();
    }
}
