package io.distcache.server.shard;

import static io.distcache.server.shard.TestShards.HANDLE;
import static io.distcache.server.shard.TestShards.bounded;
import static io.distcache.server.shard.TestShards.get;
import static io.distcache.server.shard.TestShards.lease;
import static io.distcache.server.shard.TestShards.put;
import static io.distcache.server.shard.TestShards.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.KeySlot;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.ValueTag;
import io.distcache.server.FormatsDocument;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.pool.Hints;
import io.distcache.server.store.EntryRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Changes that are made once, however often they come. */
class OnceTest {
    private static final long CLIENT = 0x1234_5678_9abc_def0L;
    private static final int KEEP = 60_000;

    private final TestShards node = new TestShards();
    private final RecordingSession client = node.client("a");

    // --- repeats ---

    @Test
    void a_repeated_increment_is_made_once() {
        Reply first = client.ask(once(1, add("k")));
        assertThat(client.ask(once(1, add("k")))).isEqualTo(first);
        assertThat(client.ask(once(1, add("k")))).isEqualTo(first);

        assertThat(number(client.ask(get("k")))).isEqualTo(1);
        assertThat(number(client.ask(once(2, add("k"))))).isEqualTo(2);
        // Also an earlier one, whose reply is not that of the last.
        assertThat(client.ask(once(1, add("k")))).isEqualTo(first);
        assertThat(number(client.ask(get("k")))).isEqualTo(2);
    }

    @Test
    void every_kind_of_change_gives_its_first_reply_again_and_changes_nothing_more() {
        client.ask(put("removed", "v"));
        client.ask(put("expiring", "v"));
        client.ask(put("kept", "v"));
        List<Command.OnEntry> changes = List.of(
                add("sum"),
                new Command.Append(HANDLE, text("text"), text("piece"), false),
                new Command.Put(HANDLE, text("created"), text("v"), Condition.ABSENT, Ttl.DEFINED, false),
                new Command.Put(HANDLE, text("kept"), text("w"), Condition.ABSENT, Ttl.DEFINED, false),
                new Command.Put(HANDLE, text("put"), text("v"), Condition.ALWAYS, 5000, false),
                new Command.Remove(HANDLE, text("removed"), Condition.ALWAYS, false),
                new Command.Remove(HANDLE, text("missing"), Condition.ALWAYS, false),
                new Command.Expire(HANDLE, text("expiring"), 5000, Command.DeadlineIs.NONE));
        client.ask(new Command.Subscribe(HANDLE, 15, 0, false));
        for (int i = 0; i < changes.size(); i++) {
            Reply first = client.ask(once(i, changes.get(i)));
            client.takeEvents();
            Map<Bytes, InMemoryCommitLog.Entry> before =
                    node.log.replay(node.cache().id());
            node.clock.advance(100);

            assertThat(client.ask(once(i, changes.get(i)))).isEqualTo(first).isNotInstanceOf(Reply.Failure.class);
            assertThat(client.takeEvents()).isEmpty();
            assertThat(node.log.replay(node.cache().id())).isEqualTo(before);
        }
        assertThat(((Reply.Changed) client.ask(once(3, changes.get(3)))).applied())
                .isFalse();
        assertThat(((Reply.Changed) client.ask(once(5, changes.get(5)))).applied())
                .isTrue();
    }

    @Test
    void a_reply_is_given_again_after_others_changed_the_entry() {
        Reply first = client.ask(once(1, add("k")));
        client.ask(put("k", "x"));
        assertThat(client.ask(once(1, add("k")))).isEqualTo(first);
        client.ask(new Command.Clear(HANDLE));
        assertThat(client.ask(once(1, add("k")))).isEqualTo(first);
        assertThat(client.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
    }

    @Test
    void clients_with_equal_numbers_are_not_mixed_up_nor_are_keys() {
        assertThat(number(client.ask(new Command.Once(1, 1, 1, KEEP, add("k")))))
                .isEqualTo(1);
        assertThat(number(client.ask(new Command.Once(2, 1, 1, KEEP, add("k")))))
                .isEqualTo(2);
        assertThat(number(client.ask(new Command.Once(-1, 1, 1, KEEP, add("k")))))
                .isEqualTo(3);
        assertThat(number(client.ask(new Command.Once(1, 1, 1, KEEP, add("k")))))
                .isEqualTo(1);
        assertThat(number(client.ask(new Command.Once(1, 2, 1, KEEP, add("other")))))
                .isEqualTo(1);
        assertThat(number(client.ask(new Command.Once(1, 2, 1, KEEP, add("other")))))
                .isEqualTo(1);
        assertThat(number(client.ask(new Command.Once(1, 3, 1, KEEP, add("other")))))
                .isEqualTo(2);
        assertThat(number(client.ask(get("k")))).isEqualTo(3);
    }

    @Test
    void a_refusal_is_not_kept() {
        client.ask(put("k", "no number"));
        assertThat(refused(client.ask(once(1, add("k"))))).isEqualTo(Status.BAD_REQUEST);
        assertThat(replies()).isNull();
        client.ask(put("k", "41"));
        assertThat(number(client.ask(once(1, add("k"))))).isEqualTo(42);
        assertThat(number(client.ask(once(1, add("k"))))).isEqualTo(42);

        TestShards full = new TestShards();
        RecordingSession other = full.client("a", bounded(1, 0, CacheDefinition.WhenFull.REFUSE));
        other.ask(put("k", "1"));
        assertThat(refused(other.ask(once(1, add("more"))))).isEqualTo(Status.FULL);
        other.ask(TestShards.remove("k"));
        assertThat(number(other.ask(once(1, add("more"))))).isEqualTo(1);
        assertThat(number(other.ask(once(1, add("more"))))).isEqualTo(1);
    }

    // --- numbers ---

    @Test
    void a_number_whose_reply_the_client_has_got_comes_too_late() {
        client.ask(onceFrom(5, 5, add("k")));

        Reply late = client.ask(onceFrom(4, 4, add("k")));
        assertThat(refused(late)).isEqualTo(Status.BAD_REQUEST);
        assertThat(((Reply.Failure) late).message()).contains("change 4", "before 5", "not made");
        assertThat(number(client.ask(get("k")))).isEqualTo(1);
        assertThat(number(client.ask(onceFrom(6, 5, add("k"))))).isEqualTo(2);
    }

    @Test
    void numbers_may_come_in_any_order_while_they_are_open() {
        assertThat(number(client.ask(onceFrom(5, 4, add("k"))))).isEqualTo(1);
        assertThat(number(client.ask(onceFrom(4, 4, add("k"))))).isEqualTo(2);
        assertThat(number(client.ask(onceFrom(5, 4, add("k"))))).isEqualTo(1);
        assertThat(number(client.ask(onceFrom(7, 4, add("k"))))).isEqualTo(3);
        assertThat(number(client.ask(onceFrom(6, 5, add("k"))))).isEqualTo(4);
        assertThat(number(client.ask(onceFrom(5, 5, add("k"))))).isEqualTo(1);
        assertThat(refused(client.ask(onceFrom(4, 4, add("k"))))).isEqualTo(Status.BAD_REQUEST);
        // A first open that was sent earlier and comes later opens nothing again.
        assertThat(number(client.ask(onceFrom(8, 1, add("k"))))).isEqualTo(5);
        assertThat(refused(client.ask(onceFrom(4, 1, add("k"))))).isEqualTo(Status.BAD_REQUEST);
    }

    @Test
    void numbers_of_all_signs_and_sizes_are_numbers() {
        long sum = 0;
        for (long number : new long[] {Long.MIN_VALUE, Long.MIN_VALUE + 1, -5, 0, 1, Long.MAX_VALUE}) {
            assertThat(number(client.ask(onceFrom(number, number, add("k"))))).isEqualTo(++sum);
            assertThat(number(client.ask(onceFrom(number, number, add("k"))))).isEqualTo(sum);
        }
        assertThat(replies().entries()).isEqualTo(1);
    }

    @Test
    void a_change_that_says_of_itself_that_its_reply_was_got_is_not_made() {
        assertThat(refused(client.ask(onceFrom(4, 5, add("k"))))).isEqualTo(Status.BAD_REQUEST);
        assertThat(refused(client.ask(onceFrom(4, Long.MAX_VALUE, add("k"))))).isEqualTo(Status.BAD_REQUEST);
        assertThat(client.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(number(client.ask(onceFrom(4, 4, add("k"))))).isEqualTo(1);
    }

    @Test
    void what_the_client_has_got_is_dropped_from_memory() {
        for (int i = 1; i <= 100; i++) {
            client.ask(onceFrom(i, 1, add("{same}" + i)));
        }
        assertThat(replies().entries()).isEqualTo(100);
        client.ask(onceFrom(101, 51, add("{same}x")));
        assertThat(replies().entries()).isEqualTo(51);
        assertThat(number(client.ask(onceFrom(51, 51, add("{same}51"))))).isEqualTo(1);
        // Also by a change that is refused then.
        client.ask(put("{same}text", "x"));
        assertThat(refused(client.ask(onceFrom(102, 101, add("{same}text"))))).isEqualTo(Status.BAD_REQUEST);
        assertThat(replies().entries()).isEqualTo(1);
        assertThat(known()).isEqualTo(1);
    }

    @Test
    void a_client_that_says_what_it_has_got_takes_little_memory_however_much_it_changes() {
        Random random = new Random(7);
        TreeSet<Long> open = new TreeSet<>();
        long most = 0;
        long mostBytes = 0;
        for (long number = 1; number <= 100_000; number++) {
            open.add(number);
            client.ask(onceFrom(number, open.first(), add("k" + random.nextInt(5000))));
            while (open.size() > random.nextInt(20)) {
                open.remove(random.nextBoolean() ? open.first() : open.last());
            }
            most = Math.max(most, replies().entries());
            mostBytes = Math.max(mostBytes, replies().bytes());
        }
        // Each of 64 shards has what was open when it was last come to.
        assertThat(most).isLessThan(64 * 20);
        assertThat(mostBytes).isLessThan(2_000_000);
        assertThat(known()).isEqualTo(replies().entries());
        assertCounted();

        node.clock.advance(KEEP + KeptReplies.TICK_EVERY_MILLIS);
        node.tick();
        assertThat(replies().entries()).isZero();
        assertThat(known() + clients()).isZero();
        assertCounted();
    }

    // --- time ---

    @Test
    void a_reply_is_kept_for_as_long_as_the_client_says_and_no_longer() {
        client.ask(new Command.Once(CLIENT, 1, 1, 1000, add("k")));
        node.clock.advance(999);
        node.tick();
        assertThat(number(client.ask(new Command.Once(CLIENT, 1, 1, 1000, add("k")))))
                .isEqualTo(1);
        node.clock.advance(1);
        assertThat(number(client.ask(new Command.Once(CLIENT, 1, 1, 1000, add("k")))))
                .isEqualTo(2);
        node.clock.advance(1200);
        node.tick();
        assertThat(replies().entries()).isZero();
        assertThat(known()).isZero();
    }

    @Test
    void no_reply_is_kept_for_over_ten_minutes() {
        client.ask(new Command.Once(CLIENT, 1, 1, Integer.MAX_VALUE, add("k")));
        node.clock.advance(599_999);
        node.tick();
        assertThat(number(client.ask(new Command.Once(CLIENT, 1, 1, Integer.MAX_VALUE, add("k")))))
                .isEqualTo(1);
        node.clock.advance(200);
        node.tick();
        assertThat(replies().entries()).isZero();
    }

    @Test
    void a_reply_that_is_kept_for_no_time_leaves_nothing_behind() {
        client.ask(new Command.Once(CLIENT, 1, 1, 0, add("k")));
        client.ask(new Command.Once(CLIENT, 1, 1, 0, add("k")));
        node.clock.advance(KeptReplies.TICK_EVERY_MILLIS);
        node.tick();
        assertThat(replies().entries()).isZero();
        assertThat(known() + clients()).isZero();
    }

    @Test
    void a_client_is_known_for_as_long_as_its_longest_kept_reply() {
        client.ask(new Command.Once(CLIENT, 5, 5, 300_000, add("k")));
        client.ask(new Command.Once(CLIENT, 6, 5, 1, add("k")));
        node.clock.advance(299_000);
        node.tick();
        // That they come late is still known.
        assertThat(refused(client.ask(onceFrom(4, 4, add("k"))))).isEqualTo(Status.BAD_REQUEST);
        assertThat(clients()).isEqualTo(1);
        node.clock.advance(2 * KeptReplies.TICK_EVERY_MILLIS);
        node.tick();
        assertThat(clients()).isZero();
    }

    @Test
    void a_clock_that_goes_back_loses_no_reply_and_forgets_clients_all_the_same() {
        client.ask(once(1, add("k")));
        node.clock.advance(20_000);
        node.tick();
        node.clock.advance(-900_000);
        node.tick();
        assertThat(number(client.ask(once(1, add("k"))))).isEqualTo(1);
        client.ask(new Command.Once(2, 1, 1, 1000, add("k")));
        node.clock.advance(2000);
        node.tick();
        node.clock.advance(KeptReplies.TICK_EVERY_MILLIS);
        node.tick();
        assertThat(clients()).isEqualTo(1);
        assertThat(replies().entries()).isEqualTo(1);
    }

    // --- bounds ---

    @Test
    void a_client_that_leaves_all_its_numbers_open_is_refused_at_a_bound_before_anything_is_done() {
        long most = KeptReplies.MOST_OF_CLIENT;
        for (long i = 0; i < most; i++) {
            client.ask(onceFrom(i, 0, add("k")));
        }
        Reply refusal = client.ask(onceFrom(most, 0, add("k")));
        assertThat(refused(refusal)).isEqualTo(Status.OVERLOADED);
        assertThat(((Reply.Failure) refusal).message()).contains("4096 replies of this client", "nothing was applied");
        assertThat(number(client.ask(get("k")))).isEqualTo(most);
        // Repeats go on, others do, and so does this one when it says what it has got.
        assertThat(number(client.ask(onceFrom(most - 1, 0, add("k"))))).isEqualTo(most);
        assertThat(number(client.ask(new Command.Once(1, 1, 1, KEEP, add("k")))))
                .isEqualTo(most + 1);
        assertThat(number(client.ask(onceFrom(most, 1, add("k"))))).isEqualTo(most + 2);
        assertThat(refused(client.ask(onceFrom(most + 1, 1, add("k"))))).isEqualTo(Status.OVERLOADED);
        assertThat(replies().entries()).isEqualTo(most + 1);
        // Or with time.
        node.clock.advance(KEEP + 200);
        node.tick();
        assertThat(number(client.ask(onceFrom(most + 1, 1, add("k"))))).isEqualTo(most + 3);
    }

    @Test
    void many_clients_together_are_refused_at_a_bound_of_the_node() {
        TestShards small = new TestShards(new StoreConfig(4, 1 << 20, 0), Duration.ofSeconds(60));
        RecordingSession session = small.client("a");
        int taken = 0;
        while (refused(session.ask(new Command.Once(taken, 1, 1, KEEP, add("k" + taken)))) == null && taken < 100_000) {
            taken++;
        }
        assertThat(taken).isEqualTo((1 << 20) / KeptReplies.BYTES_FOR_ONE);
        assertThat(refused(session.ask(new Command.Once(taken, 1, 1, KEEP, add("more")))))
                .isEqualTo(Status.OVERLOADED);
        assertThat(session.ask(get("more"))).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(small.budget.bytes()).isLessThanOrEqualTo(1 << 20);
        assertThat(session.ask(add("plain"))).isInstanceOf(Reply.Value.class);
        assertThat(number(session.ask(new Command.Once(3, 1, 1, KEEP, add("k3")))))
                .isEqualTo(1);
        small.clock.advance(KEEP + 200);
        small.tick();
        assertThat(number(session.ask(new Command.Once(taken, 1, 1, KEEP, add("more")))))
                .isEqualTo(1);
    }

    @Test
    void a_full_node_evicts_entries_and_no_replies() {
        TestShards small = new TestShards(new StoreConfig(4, 1 << 20, 0), Duration.ofSeconds(60));
        RecordingSession session = small.client("a");
        for (int i = 0; i < 500; i++) {
            session.ask(new Command.Once(
                    CLIENT,
                    i,
                    0,
                    KEEP,
                    new Command.Put(HANDLE, text("k" + i), text("v".repeat(10_000)), Condition.ALWAYS, -2, false)));
        }
        assertThat(small.cache().evictions()).isPositive();
        assertThat(small.budget.bytes()).isLessThanOrEqualTo(1 << 20);
        Cache kept = small.caches.find(OnceCache.NAMESPACE, "replies");
        assertThat(kept.entries()).isEqualTo(500);
        assertThat(kept.evictions()).isZero();
    }

    @Test
    void replies_count_as_bytes_of_the_node_and_not_as_its_entries() {
        TestShards small = new TestShards(new StoreConfig(4, 1 << 20, 50), Duration.ofSeconds(60));
        RecordingSession session = small.client("a");
        for (int i = 0; i < 200; i++) {
            session.ask(new Command.Once(CLIENT, i, 0, KEEP, add("k" + i)));
        }
        Cache kept = small.caches.find(OnceCache.NAMESPACE, "replies");
        assertThat(kept.entries()).isEqualTo(200);
        assertThat(small.budget.entries()).isEqualTo(50);
        assertThat(small.cache().entries()).isEqualTo(50);
        assertThat(small.budget.bytes()).isEqualTo(kept.bytes() + small.cache().bytes());
    }

    // --- leases ---

    @Test
    void a_change_that_waits_twice_for_a_leased_entry_is_made_once() {
        RecordingSession holder = node.client("holder");
        long token = ((Reply.Leased) holder.ask(lease("k"))).token();
        int first = client.send(once(1, add("k")));
        int second = client.send(once(1, add("k")));
        int third = client.send(once(2, add("k")));
        assertThat(client.reply(first)).isNull();
        settle(holder, "k", token);

        assertThat(number(client.reply(first))).isEqualTo(1);
        assertThat(client.reply(second)).isEqualTo(client.reply(first));
        assertThat(number(client.reply(third))).isEqualTo(2);
        assertThat(number(client.ask(get("k")))).isEqualTo(2);
        assertThat(client.complaints()).isEmpty();
    }

    @Test
    void a_reply_is_given_again_although_others_have_the_entry_now() {
        Reply first = client.ask(once(1, add("k")));
        RecordingSession holder = node.client("holder");
        long token = ((Reply.Leased) holder.ask(lease("k"))).token();

        assertThat(client.ask(once(1, add("k")))).isEqualTo(first);
        int waits = client.send(once(2, add("k")));
        assertThat(client.reply(waits)).isNull();
        settle(holder, "k", token);
        assertThat(number(client.reply(waits))).isEqualTo(2);
    }

    // --- the log ---

    @Test
    void a_change_and_its_reply_are_in_one_record_of_the_log() {
        client.ask(once(1, add("k")));
        client.ask(put("k", "5"));
        node.log.takeBatches();
        client.ask(once(2, add("k")));

        List<List<Mutation>> batches = node.log.takeBatches();
        assertThat(batches).hasSize(1);
        assertThat(batches.get(0))
                .extracting(Mutation::cacheId)
                .containsExactly(node.cache().id(), replies().id());
        // The cache of replies came before.
        assertThat(node.log.replayDefinitions()).containsKey(replies().id());
        assertThat(node.log.replay(replies().id())).hasSize(2);
    }

    @Test
    void a_change_that_does_nothing_keeps_its_reply_in_the_log_too() {
        client.ask(once(1, new Command.Remove(HANDLE, text("missing"), Condition.ALWAYS, false)));
        assertThat(node.log.replay(replies().id())).hasSize(1);
    }

    @Test
    void a_reply_given_again_waits_until_the_first_must_be_on_disk() {
        CompletableFuture<Void> disk = new CompletableFuture<>();
        client.ask(once(1, add("warm")));
        node.log.answerWith(disk);
        int first = client.send(once(2, add("k")));
        int again = client.send(once(2, add("k")));
        assertThat(client.reply(first)).isNull();
        assertThat(client.reply(again)).isNull();
        disk.complete(null);
        assertThat(number(client.reply(first))).isEqualTo(1);
        assertThat(client.reply(again)).isEqualTo(client.reply(first));
    }

    @Test
    void a_change_that_was_made_is_never_said_to_be_refused_by_a_log_that_failed_since() {
        client.ask(once(1, add("k")));
        node.log.answerWith(CompletableFuture.failedFuture(new IOException("disk gone")));
        assertThat(refused(client.ask(once(2, add("k"))))).isEqualTo(Status.INDETERMINATE);
        node.log.refuseWith(new Reply.Failure(Status.READ_ONLY, "for a test"));

        assertThat(refused(client.ask(once(2, add("k"))))).isEqualTo(Status.INDETERMINATE);
        assertThat(refused(client.ask(once(3, add("k"))))).isEqualTo(Status.READ_ONLY);
        node.log.refuseWith(null);
        node.log.answerWith(CommitLog.COMMITTED);
        assertThat(number(client.ask(once(2, add("k"))))).isEqualTo(2);
        assertThat(number(client.ask(once(3, add("k"))))).isEqualTo(3);

        // One that only has too much to do takes the repeat, and nothing new.
        node.log.refuseWith(new Reply.Failure(Status.OVERLOADED, "for a test"));
        assertThat(number(client.ask(once(3, add("k"))))).isEqualTo(3);
        assertThat(refused(client.ask(once(4, add("k"))))).isEqualTo(Status.OVERLOADED);
    }

    @Test
    void of_a_cache_without_durability_neither_change_nor_reply_is_logged() {
        RecordingSession other = node.client(
                "b",
                new CacheDefinition(
                        "",
                        "volatile",
                        CacheDefinition.Expiry.ETERNAL,
                        0,
                        0,
                        CacheDefinition.WhenFull.EVICT,
                        CacheDefinition.Durability.NONE,
                        Map.of()));
        node.log.takeBatches();
        Reply first = other.ask(once(1, add("k")));
        assertThat(other.ask(once(1, add("k")))).isEqualTo(first);

        assertThat(node.log.replay(replies().id())).isEmpty();
        assertThat(node.log.takeBatches())
                .hasSize(1)
                .allSatisfy(batch -> assertThat(batch).hasOnlyElementsOfType(Mutation.Create.class));
    }

    @Test
    void what_replies_the_log_keeps_is_what_memory_does_after_a_replay() {
        Random random = new Random(3);
        for (int i = 0; i < 3000; i++) {
            long firstOpen = Math.max(0, i - random.nextInt(40));
            client.ask(new Command.Once(random.nextInt(5), i, firstOpen, KEEP, add("k" + random.nextInt(200))));
        }
        // Another node with fewer shards.
        TestShards other = new TestShards(new StoreConfig(4, 1 << 30, 0), Duration.ofSeconds(60));
        Cache cache = other.caches.restore(replies().id(), replies().definition());
        List<byte[]> records = node.log.takeBatches().stream()
                .flatMap(List::stream)
                .filter(mutation -> mutation.cacheId() == cache.id() && mutation instanceof Mutation.Store)
                .map(mutation -> ((Mutation.Store) mutation).record().toByteArray())
                .toList();
        assertThat(records).hasSize(3000);
        // Twice, as applying one again over later ones changes nothing.
        for (int i = 0; i < 2; i++) {
            for (byte[] record : records) {
                Mutation.Store stored = new Mutation.Store(cache.id(), Bytes.of(record));
                other.shards.of(stored.key()).contents().replay(cache, stored);
            }
        }
        other.shards.forEach(shard -> shard.contents().endReplay(List.of(cache), 0));

        assertThat(cache.entries()).isBetween(5L, 5L * 4 * 45);
        assertThat(other.shards.stream()
                        .mapToInt(shard -> shard.upkeep().replies().known())
                        .sum())
                .isEqualTo((int) cache.entries());
        RecordingSession again = other.client("b");
        assertThat(refused(again.ask(new Command.Once(1, 5, 5, KEEP, add("k1")))))
                .isEqualTo(Status.BAD_REQUEST);
    }

    // --- the internal cache ---

    @Test
    void the_cache_of_replies_is_not_for_clients() {
        client.ask(once(1, add("k")));
        for (Command command : List.of(
                new Command.OpenCache(9, CacheDefinition.of(OnceCache.NAMESPACE, "replies"), false),
                new Command.OpenCache(9, CacheDefinition.of(OnceCache.NAMESPACE, "x"), true),
                new Command.DestroyCache(OnceCache.NAMESPACE, "replies"),
                new Command.Invalidate(OnceCache.NAMESPACE, "replies", true, List.of()))) {
            Reply reply = client.ask(command);
            assertThat(refused(reply)).isEqualTo(Status.BAD_REQUEST);
            assertThat(((Reply.Failure) reply).message()).contains("distcache.once");
        }
        client.ask(new Command.Invalidate("", Hints.ALL_CACHES, true, List.of()));
        assertThat(client.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(replies().entries()).isEqualTo(1);
        assertThat(number(client.ask(once(1, add("k"))))).isEqualTo(1);
    }

    @Test
    void the_cache_of_replies_is_not_among_the_caches_that_are_listed() {
        client.ask(once(1, add("k")));
        assertThat(((Reply.Caches) client.ask(new Command.ListCaches(""))).definitions())
                .extracting(CacheDefinition::name)
                .containsExactly("cache");
    }

    @Test
    void replies_fire_no_events() {
        client.ask(new Command.Subscribe(HANDLE, 15, 0, true));
        client.ask(once(1, add("k")));
        assertThat(client.takeEvents()).singleElement().matches(event -> event.event() == EventKind.CREATED);
        node.clock.advance(KEEP + 200);
        node.tick();
        assertThat(client.takeEvents()).isEmpty();
    }

    @Test
    void a_reply_lies_in_the_slot_of_the_changed_key_as_drawn() throws IOException {
        Map<String, Integer> key = FormatsDocument.offsets("The key of a kept reply:");
        Map<String, Integer> value = FormatsDocument.offsets("Its value:");
        for (int i = 0; i < 1000; i++) {
            client.ask(new Command.Once(CLIENT, i, i - 3, KEEP, add("k" + i)));
            byte[] record = lastLogged();
            ByteBuffer storedKey = ByteBuffer.wrap(EntryRecord.key(record).toByteArray());
            ByteBuffer stored = ByteBuffer.wrap(EntryRecord.value(record).toByteArray());
            assertThat(KeySlot.of(EntryRecord.key(record))).isEqualTo(KeySlot.of(text("k" + i)));
            assertThat(storedKey.get(key.get("tag"))).isEqualTo(ValueTag.BYTES);
            assertThat(storedKey.get(key.get("open"))).isEqualTo((byte) '{');
            assertThat(storedKey.get(key.get("close"))).isEqualTo((byte) '}');
            assertThat(storedKey.getLong(key.get("client"))).isEqualTo(CLIENT);
            assertThat(storedKey.getLong(key.get("number"))).isEqualTo(i);
            assertThat(storedKey.capacity()).isEqualTo(key.get("end"));
            assertThat(stored.get(value.get("tag"))).isEqualTo(ValueTag.BYTES);
            assertThat(stored.getLong(value.get("first open"))).isEqualTo(i - 3);
            assertThat(stored.get(value.get("code"))).isEqualTo((byte) Reply.Kind.VALUE.code());
        }
        assertThat(key).containsKey("slot");
        assertThat(value).containsKey("reply");
    }

    /** The reply that was logged last. */
    private byte[] lastLogged() {
        List<List<Mutation>> batches = node.log.takeBatches();
        List<Mutation> last = batches.get(batches.size() - 1);
        return ((Mutation.Store) last.get(last.size() - 1)).record().toByteArray();
    }

    @Test
    void there_is_a_text_for_each_slot() {
        Set<Bytes> all = new HashSet<>();
        for (int slot = 0; slot < KeySlot.SLOTS; slot++) {
            ByteBuffer text = ByteBuffer.allocate(SlotText.BYTES);
            SlotText.put(slot, text);
            ByteBuffer key =
                    ByteBuffer.allocate(SlotText.BYTES + 6).put(ValueTag.BYTES).put((byte) '{');
            key.put(text.array()).put((byte) '}').put((byte) '{').put((byte) 7).put((byte) '}');
            assertThat(KeySlot.of(Bytes.of(key.array()))).isEqualTo(slot);
            all.add(Bytes.of(text.array()));
        }
        assertThat(all).hasSize(KeySlot.SLOTS);
    }

    // --- what the tests say shortly ---

    private Cache replies() {
        return node.caches.find(OnceCache.NAMESPACE, "replies");
    }

    private int known() {
        return node.shards.stream()
                .mapToInt(shard -> shard.upkeep().replies().known())
                .sum();
    }

    private int clients() {
        return node.shards.stream()
                .mapToInt(shard -> shard.upkeep().replies().clients())
                .sum();
    }

    private void assertCounted() {
        long entries = 0;
        long bytes = 0;
        for (int i = 0; i < node.shards.size(); i++) {
            CacheShard part = replies().part(i);
            entries += part == null ? 0 : part.entries.size();
            bytes += part == null ? 0 : part.bytes();
        }
        assertThat(replies().entries()).isEqualTo(entries);
        assertThat(replies().bytes()).isEqualTo(bytes);
        assertThat(node.budget.bytes()).isEqualTo(bytes + node.cache().bytes());
        assertThat(node.budget.entries()).isEqualTo(node.cache().entries());
    }

    private static void settle(RecordingSession holder, String key, long token) {
        holder.ask(new Command.Settle(HANDLE, List.of(new Command.Settlement(text(key), token, List.of(), null))));
    }

    private static Command.Once once(long number, Command.OnEntry change) {
        return onceFrom(number, Long.MIN_VALUE, change);
    }

    private static Command.Once onceFrom(long number, long firstOpen, Command.OnEntry change) {
        return new Command.Once(CLIENT, number, firstOpen, KEEP, change);
    }

    /** Adds 1, and begins with it. */
    private static Command.Add add(String key) {
        Bytes one =
                Bytes.of(ByteBuffer.allocate(9).put(ValueTag.INT64).putLong(1).array());
        return new Command.Add(HANDLE, text(key), one, one, Ttl.DEFINED);
    }

    private static long number(Reply reply) {
        Bytes value = ((Reply.Value) reply).value();
        return ByteBuffer.wrap(value.array(), value.offset() + 1, Long.BYTES).getLong();
    }

    private static Status refused(Reply reply) {
        return reply instanceof Reply.Failure failure ? failure.status() : null;
    }
}
