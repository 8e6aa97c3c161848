package io.distcache.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.session.ClientSession;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.RecordingSession;
import io.distcache.server.shard.RefusedException;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.TestShards;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a member of a replicated pool answers while nobody leads. */
class StaleHandlerTest {
    private static final Reply.Failure LED = new Reply.Failure(Status.NOT_LEADER, "somebody leads");

    private final TestShards node = new TestShards();
    private final RecordingSession client = node.client("client", allowing(CacheDefinition.Expiry.ETERNAL));
    private final ScriptedMember member = new ScriptedMember();
    private final StaleHandler handler = handler(1 << 20);

    private static CacheDefinition allowing(CacheDefinition.Expiry expiry) {
        return new CacheDefinition(
                "",
                "cache",
                expiry,
                0,
                0,
                CacheDefinition.WhenFull.EVICT,
                CacheDefinition.Durability.LOGGED,
                Map.of(CacheDefinition.STALE_READS, CacheDefinition.ALLOW));
    }

    private StaleHandler handler(int maxReplyBytes) {
        BatchHandler batches = new BatchHandler(
                new EntryHandler(node.shards, new Room(node.evictor), new ReadCounts()),
                node.shards,
                node.log,
                maxReplyBytes);
        return new StaleHandler(member, node.shards, batches);
    }

    private Reply ask(Command.OnCache read) {
        return ask(client, read);
    }

    private Reply ask(RecordingSession of, Command.OnCache read) {
        Reply reply = handler.stale(new Command.Stale(read), of.session(), 1, late -> {
            throw new AssertionError("answered late, with " + late);
        });
        assertThat(reply).isNotNull();
        return reply;
    }

    private static Status status(Reply reply) {
        return ((Reply.Failure) reply).status();
    }

    private static String shown(Reply reply) {
        return ((Reply.Value) ((Reply.Stale) reply).answer()).value().toUtf8().substring(1);
    }

    private Bytes keyOf(int group) {
        return IntStream.range(0, 1000)
                .mapToObj(i -> TestShards.text("k" + i))
                .filter(key -> member.groupOf(node.shards.indexOf(key)) == group)
                .findFirst()
                .orElseThrow();
    }

    private Command.Put put(Bytes key, String value) {
        return new Command.Put(
                TestShards.HANDLE,
                key,
                TestShards.text(value),
                io.distcache.protocol.Condition.ALWAYS,
                Ttl.DEFINED,
                false);
    }

    private static Command.Get get(Bytes key) {
        return new Command.Get(TestShards.HANDLE, key);
    }

    private static Command.Contains contains(Bytes key) {
        return new Command.Contains(TestShards.HANDLE, key);
    }

    @Test
    void reads_are_answered_from_what_is_here_and_marked() {
        Bytes key = keyOf(0);
        Bytes other = keyOf(1);
        client.ask(put(key, "v"));

        assertThat(shown(ask(get(key)))).isEqualTo("v");
        assertThat(ask(contains(key))).isEqualTo(new Reply.Stale(new Reply.Count(1)));
        assertThat(ask(get(other))).isEqualTo(new Reply.Stale(Reply.Miss.INSTANCE));
        assertThat(ask(contains(other))).isEqualTo(new Reply.Stale(new Reply.Count(0)));
        assertThat(ask(new Command.GetAll(TestShards.HANDLE, List.of(other, key))))
                .isEqualTo(new Reply.Stale(new Reply.Many(List.of(Reply.Miss.INSTANCE, client.ask(get(key))))));
    }

    @Test
    void where_somebody_leads_it_refuses() {
        Bytes led = keyOf(1);
        Bytes free = keyOf(0);
        client.ask(put(led, "v"));
        member.refusals[1] = LED;

        assertThat(ask(get(led))).isEqualTo(LED);
        assertThat(ask(contains(led))).isEqualTo(LED);
        assertThat(ask(new Command.GetAll(TestShards.HANDLE, List.of(led, free))))
                .isEqualTo(new Reply.Stale(new Reply.Many(List.of(LED, Reply.Miss.INSTANCE))));
    }

    @Test
    void a_cache_that_does_not_allow_it_is_refused() {
        RecordingSession other = new RecordingSession("other", node.dispatcher);
        other.ask(new Command.OpenCache(TestShards.HANDLE, CacheDefinition.of("", "strict"), true));
        other.ask(put(keyOf(0), "v"));

        assertThat(ask(other, get(keyOf(0)))).isInstanceOfSatisfying(Reply.Failure.class, failure -> {
            assertThat(failure.status()).isEqualTo(Status.BAD_REQUEST);
            assertThat(failure.message())
                    .contains("cache strict does not allow")
                    .contains("stale-reads = allow");
        });
    }

    @Test
    void a_node_in_no_replicated_pool_refuses() {
        client.ask(put(keyOf(0), "v"));

        assertThat(client.ask(new Command.Stale(get(keyOf(0))))).isEqualTo(Replicas.NOT_REPLICATED);
        assertThat(status(Replicas.NONE.staleRefusal(0))).isEqualTo(Status.BAD_REQUEST);
    }

    @Test
    void an_unknown_handle_is_said() {
        assertThat(status(ask(new Command.Get(99, keyOf(0))))).isEqualTo(Status.NO_SUCH_CACHE);
    }

    /** A part would look as if the rest had been removed. */
    @Test
    void while_everything_comes_from_another_member_nothing_is_shown() {
        Bytes key = keyOf(0);
        client.ask(put(key, "v"));
        Shard shard = node.shards.of(key);

        shard.replica().empty(List.of(node.cache()));
        assertThat(status(ask(get(key)))).isEqualTo(Status.UNAVAILABLE);
        assertThat(status(ask(contains(key)))).isEqualTo(Status.UNAVAILABLE);
        shard.replica().complete();
        assertThat(ask(get(key))).isEqualTo(new Reply.Stale(Reply.Miss.INSTANCE));
    }

    @Test
    void what_may_be_taken_back_is_not_shown_and_what_was_before_is_when_it_is() {
        Bytes key = keyOf(0);
        client.ask(put(key, "old"));
        CompletableFuture<Void> majority = new CompletableFuture<>();
        node.log.answerWith(majority);
        client.send(put(key, "new"));

        assertThat(status(ask(get(key)))).isEqualTo(Status.UNAVAILABLE);
        node.shards.of(key).replica().stopLeading(List.of(node.cache()), new RefusedException(LED));
        assertThat(shown(ask(get(key)))).isEqualTo("old");
    }

    @Test
    void what_is_over_by_this_nodes_clock_is_a_miss_and_a_look_moves_no_deadline() {
        RecordingSession reader = new RecordingSession("reader", node.dispatcher);
        CacheDefinition definition = allowing(new CacheDefinition.Expiry(1000, Ttl.UNCHANGED, 1000, false));
        reader.ask(new Command.OpenCache(
                TestShards.HANDLE,
                new CacheDefinition(
                        "",
                        "short",
                        definition.expiry(),
                        0,
                        0,
                        definition.whenFull(),
                        definition.durability(),
                        definition.attributes()),
                true));
        Bytes key = keyOf(0);
        reader.ask(put(key, "v"));
        int logged = node.log.size();
        long hits = node.dispatcher.reads().hits();

        node.clock.advance(900);
        assertThat(shown(ask(reader, get(key)))).isEqualTo("v");
        node.clock.advance(200);
        assertThat(ask(reader, get(key))).isEqualTo(new Reply.Stale(Reply.Miss.INSTANCE));
        assertThat(ask(reader, contains(key))).isEqualTo(new Reply.Stale(new Reply.Count(0)));
        assertThat(node.log.size()).isEqualTo(logged);
        assertThat(node.dispatcher.reads().hits()).isEqualTo(hits);
        assertThat(node.dispatcher.reads().misses()).isZero();
    }

    @Test
    void a_reply_has_its_bound() {
        List<Bytes> keys = IntStream.range(0, 20)
                .mapToObj(i -> TestShards.text("large" + i))
                .toList();
        keys.forEach(key -> client.ask(put(key, "x".repeat(100))));
        StaleHandler small = handler(1000);
        Command.Stale all = new Command.Stale(new Command.GetAll(TestShards.HANDLE, keys));

        assertThat(status(small.stale(all, client.session(), 1, late -> {}))).isEqualTo(Status.TOO_LARGE);
    }

    // --- caches

    /** Without, a client that starts while nobody leads could not open what it may read. */
    @Test
    void a_cache_that_allows_it_is_opened_as_it_is_known_while_nobody_leads() {
        AgreedCaches agreed = new AgreedCaches(
                member,
                new CacheHandler(node.caches, node.shards, node.log, new WholeCache(node.pool, node.log), node.book));
        ClientSession session = new RecordingSession("late", node.dispatcher).session();
        Cache cache = node.cache();
        CacheDefinition definition = cache.definition();

        Reply opened = agreed.open(new Command.OpenCache(1, definition, true), session, 1, reply -> {});
        assertThat(opened).isEqualTo(new Reply.Opened(false, definition));
        assertThat(agreed.open(
                        new Command.OpenCache(2, CacheDefinition.of("", "cache"), false), session, 2, reply -> {}))
                .isEqualTo(new Reply.Opened(false, definition));
        assertThat(session.cache(2)).isSameAs(cache);
        // What nobody can know alone: another definition, another cache, anything while there is a leader.
        assertThat(agreed.open(
                        new Command.OpenCache(3, CacheDefinition.of("", "cache"), true), session, 3, reply -> {}))
                .isNull();
        assertThat(agreed.open(
                        new Command.OpenCache(3, CacheDefinition.of("", "other"), true), session, 3, reply -> {}))
                .isNull();
        member.refusalOfCaches = LED;
        assertThat(agreed.open(new Command.OpenCache(3, definition, true), session, 3, reply -> {}))
                .isNull();
        assertThat(member.asked).hasSize(3);
    }
}
