package io.distcache.server.shard;

import static io.distcache.server.shard.TestShards.HANDLE;
import static io.distcache.server.shard.TestShards.get;
import static io.distcache.server.shard.TestShards.lease;
import static io.distcache.server.shard.TestShards.put;
import static io.distcache.server.shard.TestShards.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.mutation.Mutation;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is made once besides changes without old values: settlements, changes that give the old value, and clears. */
class SettledOnceTest {
    private static final long CLIENT = 77;
    private static final int KEEP = 60_000;

    private final TestShards node = new TestShards();
    private final RecordingSession client = node.client("a");

    // --- settlements

    @Test
    void a_settlement_that_comes_again_gets_its_reply_also_over_another_connection_and_after_a_start() {
        long token = leased("k");
        Reply first = settle(client, "k", token, 1, null, "v");
        assertThat(first).isInstanceOf(Reply.Changed.class);
        RecordingSession other = node.client("b");
        other.ask(put("k", "w"));
        assertThat(settle(client, "k", token, 1, null, "v")).isEqualTo(first);
        assertThat(settle(other, "k", token, 1, null, "v")).isEqualTo(first);
        assertThat(value(other, "k")).isEqualTo(text("w"));

        TestShards next = TestShards.startedWith(node.log, 64, 100);
        assertThat(settle(next.client("a"), "k", token, 1, null, "v")).isEqualTo(first);
        assertLost(settle(next.client("b"), "k", token, 2, null, "v"));
        assertThat(value(next.client("c"), "k")).isEqualTo(text("w"));
    }

    @Test
    void changes_and_kept_reply_are_one_batch_of_the_log() {
        // With the first one, the cache of the replies is made.
        settle(client, "first", leased("first"), 1, null, "v");
        long token = leased("k");
        node.log.takeBatches();
        settle(client, "k", token, 2, null, "v");
        List<List<Mutation>> batches = node.log.takeBatches();
        assertThat(batches).hasSize(1);
        assertThat(batches.get(0)).hasSize(2);
    }

    @Test
    void a_settlement_of_a_lease_that_has_ended_is_not_made_then_or_later() {
        long token = leased("k");
        node.client("b").ask(new Command.Clear(HANDLE));
        assertLost(settle(client, "k", token, 1, null, "v"));
        assertLost(settle(client, "k", token, 1, null, "v"));
        assertThat(client.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
    }

    @Test
    void one_that_comes_over_another_connection_first_ends_the_lease_so_that_what_comes_late_finds_none() {
        long token = leased("k");
        assertLost(settle(node.client("b"), "k", token, 1, null, "v"));
        assertLost(settle(client, "k", token, 1, null, "v"));
        assertThat(client.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(client.ask(lease("k"))).isInstanceOf(Reply.Leased.class);
    }

    @Test
    void several_settlements_of_a_lease_that_is_kept_each_have_their_reply() {
        long token = leased("k");
        Reply first = settle(client, "k", token, 1, new Command.Share.Keep(), "1");
        Reply second = settle(client, "k", token, 2, null, "2");
        assertThat(settle(client, "k", token, 1, new Command.Share.Keep(), "1")).isEqualTo(first);
        assertThat(settle(client, "k", token, 2, null, "2")).isEqualTo(second);
        assertThat(first).isNotEqualTo(second);
        assertThat(value(client, "k")).isEqualTo(text("2"));
        assertThat(client.ask(lease("k"))).isInstanceOf(Reply.Leased.class);
    }

    @Test
    void a_refused_settlement_leaves_no_reply() {
        long token = leased("k");
        node.log.refuseWith(new Reply.Failure(Status.READ_ONLY, "full"));
        assertThat(((Reply.Failure) settle(client, "k", token, 1, null, "v")).status())
                .isEqualTo(Status.READ_ONLY);
        node.log.refuseWith(null);
        assertLost(settle(client, "k", token, 1, null, "v"));
    }

    @Test
    void a_number_is_of_no_use_where_the_cache_is_not_open() {
        RecordingSession stranger = new RecordingSession("c", node.dispatcher);
        Reply reply = settle(stranger, "k", 1, 1, null, "v");
        assertThat(((Reply.Failure) reply).status()).isEqualTo(Status.NO_SUCH_CACHE);
    }

    // --- old values

    @Test
    void an_old_value_is_given_again() {
        client.ask(put("k", "old"));
        Reply put = client.ask(once(1, putOld("k", text("new"))));
        Reply remove = client.ask(once(2, new Command.Remove(HANDLE, text("k"), Condition.ALWAYS, true)));
        Reply none = client.ask(once(3, putOld("k", text("v"))));
        assertThat(((Reply.Changed) put).old()).isEqualTo(text("old"));
        assertThat(((Reply.Changed) remove).old()).isEqualTo(text("new"));
        assertThat(((Reply.Changed) none).old()).isNull();
        TestShards next = TestShards.startedWith(node.log, 64, 100);
        for (RecordingSession session : List.of(client, next.client("b"))) {
            assertThat(session.ask(once(1, putOld("k", text("new"))))).isEqualTo(put);
            assertThat(session.ask(once(2, new Command.Remove(HANDLE, text("k"), Condition.ALWAYS, true))))
                    .isEqualTo(remove);
            assertThat(session.ask(once(3, putOld("k", text("v"))))).isEqualTo(none);
            assertThat(value(session, "k")).isEqualTo(text("v"));
        }
    }

    @Test
    void a_large_old_value_is_not_kept_and_the_reply_says_so() {
        Bytes large = text("x".repeat(Command.Once.MOST_OLD_BYTES - 1));
        Bytes larger = text("x".repeat(Command.Once.MOST_OLD_BYTES));
        client.ask(putOld("k", large));
        assertThat(((Reply.Changed) client.ask(once(1, putOld("k", larger)))).old())
                .isEqualTo(large);
        assertThat(((Reply.Changed) client.ask(once(2, putOld("k", text("v"))))).old())
                .isEqualTo(larger);
        assertThat(((Reply.Changed) client.ask(once(1, putOld("k", larger)))).old())
                .isEqualTo(large);
        Reply.Changed without = (Reply.Changed) client.ask(once(2, putOld("k", text("v"))));
        assertThat(without.existed()).isTrue();
        assertThat(without.old()).isNull();
    }

    @Test
    void old_values_take_no_more_than_a_part_of_the_memory() {
        TestShards small = TestShards.ofBytes(16 << 20);
        RecordingSession session = small.client("a");
        Bytes value = text("x".repeat(60_000));
        session.ask(putOld("k", value));
        for (int i = 0; i < 200; i++) {
            assertThat(((Reply.Changed) session.ask(once(i, putOld("k", value)))).old())
                    .isEqualTo(value);
        }
        Cache replies = small.caches.find(OnceCache.NAMESPACE, "replies");
        assertThat(replies.entries()).isEqualTo(200);
        assertThat(replies.bytes()).isLessThan((16 << 20) / KeptReplies.PART_OF_BYTES + 70_000);
        assertThat(((Reply.Changed) session.ask(once(0, putOld("k", value)))).old())
                .isEqualTo(value);
        assertThat(((Reply.Changed) session.ask(once(199, putOld("k", value)))).old())
                .isNull();
    }

    // --- clears

    @Test
    void a_clear_that_comes_again_leaves_what_was_put_since() {
        client.ask(put("k", "v"));
        Command.OnceNumber as = new Command.OnceNumber(CLIENT, 1, 1, KEEP);
        clear(node, as);
        assertThat(client.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
        client.ask(put("k", "w"));
        client.ask(put("other", "w"));
        clear(node, as);
        assertThat(value(client, "k")).isEqualTo(text("w"));
        TestShards next = TestShards.startedWith(node.log, 64, 100);
        clear(next, as);
        RecordingSession there = next.client("b");
        assertThat(value(there, "k")).isEqualTo(text("w"));
        assertThat(value(there, "other")).isEqualTo(text("w"));
        clear(next, new Command.OnceNumber(CLIENT, 2, 1, KEEP));
        assertThat(there.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
    }

    private static void clear(TestShards there, Command.OnceNumber as) {
        there.shards.stream()
                .forEach(shard -> assertThat(shard.clear(there.cache(), as)).isEqualTo(CommitLog.COMMITTED));
    }

    // --- what the tests say shortly

    private long leased(String key) {
        return ((Reply.Leased) client.ask(lease(key))).token();
    }

    private static Reply settle(
            RecordingSession by, String key, long token, long number, Command.@Nullable Share share, String value) {
        Reply.Many many = (Reply.Many) by.ask(new Command.Settle(
                HANDLE,
                List.of(new Command.Settlement(
                        text(key),
                        token,
                        List.of(new EntryChange.Put(text(value), Ttl.DEFINED)),
                        share,
                        new Command.OnceNumber(CLIENT, number, 1, KEEP)))));
        return many.replies().get(0);
    }

    private static void assertLost(Reply reply) {
        assertThat(((Reply.Failure) reply).status()).isEqualTo(Status.LEASE_LOST);
    }

    private static Bytes value(RecordingSession by, String key) {
        return ((Reply.Value) by.ask(get(key))).value();
    }

    private static Command.Put putOld(String key, Bytes value) {
        return new Command.Put(HANDLE, text(key), value, Condition.ALWAYS, Ttl.DEFINED, true);
    }

    private static Command.Once once(long number, Command.OnEntry change) {
        return new Command.Once(CLIENT, number, 0, KEEP, change);
    }
}
