package io.distcache.server.shard;

import static io.distcache.server.shard.TestShards.HANDLE;
import static io.distcache.server.shard.TestShards.get;
import static io.distcache.server.shard.TestShards.lease;
import static io.distcache.server.shard.TestShards.put;
import static io.distcache.server.shard.TestShards.remove;
import static io.distcache.server.shard.TestShards.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Seed;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.Opcode;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.dispatch.MultiKeyStep;
import io.distcache.server.dispatch.NamedCache;
import io.distcache.server.shard.operation.EntryOperation;
import io.distcache.server.shard.operation.EntryView;
import io.distcache.server.shard.operation.Get;
import io.distcache.server.shard.operation.Put;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What clients change is not seen before the log has committed it; what the log fails to commit is taken back, and never
 * seen. Confined to one thread.
 */
class UncommittedChangeTest {
    private static final int ALL_KINDS = 0xf;
    private static final long FIRST_SEED = 20_261_129;
    private static final int SEEDS = 200;
    private static final int STEPS = 120;

    private final TestShards node = new TestShards();
    private final RecordingSession writer = node.client("writer");
    private final RecordingSession reader = node.client("reader");
    private final HeldCommits commits = new HeldCommits(node.log);

    private static String shown(Reply reply) {
        return reply instanceof Reply.Value value ? value.value().toUtf8().substring(1) : null;
    }

    private static Status refused(Reply reply) {
        return ((Reply.Failure) reply).status();
    }

    @Test
    void a_value_is_read_when_it_is_committed() {
        writer.ask(put("k", "old"));
        commits.hold();
        int change = writer.send(put("k", "new"));
        int look = reader.send(get("k"));
        assertThat(writer.reply(change)).isNull();
        assertThat(reader.reply(look)).isNull();
        assertThat(node.log.waits())
                .as("the change waits for itself, the look for another")
                .isEqualTo(1);

        commits.commit();
        assertThat(shown(reader.reply(look))).isEqualTo("new");
        assertThat(shown(reader.ask(get("k")))).isEqualTo("new");
        assertThat(node.log.waits()).isEqualTo(1);
    }

    @Test
    void a_value_whose_sync_fails_is_never_seen_and_the_one_before_is_there_again() {
        writer.ask(put("k", "old"));
        commits.hold();
        int change = writer.send(put("k", "new"));
        int look = reader.send(get("k"));
        commits.fail();

        assertThat(refused(writer.reply(change))).isEqualTo(Status.INDETERMINATE);
        assertThat(shown(reader.reply(look))).as("it has looked again").isEqualTo("old");
        assertThat(shown(reader.ask(get("k")))).isEqualTo("old");
    }

    /** Changes that are not committed, and all kinds of looks at them, none of which is answered. */
    private Map<Command, Integer> looksAtWhatIsHeld() {
        writer.ask(put("k", "old", 60_000));
        writer.ask(put("gone", "old"));
        commits.hold();
        writer.send(put("k", "new", 1000));
        writer.send(put("fresh", "new"));
        writer.send(remove("gone"));
        Map<Command, Integer> requests = new LinkedHashMap<>();
        looks().forEach(look -> requests.put(look, reader.send(look)));
        requests.forEach((look, request) ->
                assertThat(reader.reply(request)).as("%s", look).isNull());
        return requests;
    }

    @Test
    void no_look_of_any_kind_shows_what_is_not_committed() {
        Map<Command, Integer> requests = looksAtWhatIsHeld();
        assertThat(reader.ask(get("other"))).isEqualTo(Reply.Miss.INSTANCE);

        commits.commit();
        requests.forEach((look, request) ->
                assertThat(reader.reply(request)).as("%s", look).isNotNull());
    }

    @Test
    void a_look_at_what_is_taken_back_looks_again() {
        Map<Command, Integer> requests = looksAtWhatIsHeld();
        commits.fail();

        requests.forEach((look, request) -> {
            Reply reply = reader.reply(request);
            if (reply instanceof Reply.Failure failure) {
                assertThat(failure.status()).as("%s", look).isEqualTo(Status.READ_ONLY);
                assertThat(look.opcode()).isIn(Opcode.PUT, Opcode.EXPIRE, Opcode.LEASE);
            } else {
                assertThat(reply).as("%s", look).isEqualTo(reader.ask(look));
            }
        });
    }

    private static List<Command> looks() {
        return List.of(
                get("k"),
                get("fresh"),
                get("gone"),
                new Command.Contains(HANDLE, text("fresh")),
                new Command.Contains(HANDLE, text("gone")),
                new Command.TtlOf(HANDLE, text("k")),
                new Command.GetAll(HANDLE, List.of(text("other"), text("k"))),
                new Command.Scan(HANDLE, 0, 100, false, Bytes.EMPTY),
                new Command.Put(HANDLE, text("fresh"), text("x"), Condition.ABSENT, Ttl.DEFINED, true),
                new Command.Expire(HANDLE, text("fresh"), Ttl.ETERNAL, Command.DeadlineIs.SOME),
                lease("k"),
                new Command.Lease(HANDLE, text("fresh"), true, 1000),
                new Command.LeaseMany(HANDLE, List.of(text("fresh")), true, 1000));
    }

    @Test
    void a_deadline_that_was_moved_is_told_when_that_is_committed() {
        writer.ask(put("k", "v", 60_000));
        commits.hold();
        writer.send(new Command.Expire(HANDLE, text("k"), 1000, Command.DeadlineIs.ANY));
        int look = reader.send(new Command.TtlOf(HANDLE, text("k")));
        assertThat(reader.reply(look)).isNull();
        commits.fail();
        assertThat(((Reply.Count) reader.ask(new Command.TtlOf(HANDLE, text("k")))).value())
                .isEqualTo(60_000);
        node.clock.advance(59_000);
        assertThat(shown(reader.ask(get("k")))).isEqualTo("v");
    }

    @Test
    void listeners_hear_of_a_change_when_it_is_committed_and_before_its_reply() {
        reader.ask(new Command.Subscribe(HANDLE, ALL_KINDS, 0, true));
        writer.ask(new Command.Subscribe(HANDLE, ALL_KINDS, 0, true));
        commits.hold();
        int change = writer.send(put("k", "v"));
        int next = writer.send(remove("k"));
        assertThat(reader.takeEvents()).isEmpty();
        assertThat(writer.takeEvents()).isEmpty();

        commits.commit();
        assertThat(reader.takeEvents())
                .extracting(Push.Event::event)
                .containsExactly(EventKind.CREATED, EventKind.REMOVED);
        assertThat(writer.takeEvents()).extracting(Push.Event::cause).containsExactly(change, next);
        assertThat(writer.reply(next)).isNotNull();
    }

    @Test
    void listeners_never_hear_of_a_change_whose_sync_failed() {
        reader.ask(new Command.Subscribe(HANDLE, ALL_KINDS, 0, true));
        commits.hold();
        writer.send(put("k", "v"));
        commits.fail();
        assertThat(reader.takeEvents()).isEmpty();
    }

    @Test
    void a_cache_is_empty_when_its_clearing_is_committed_and_full_again_if_that_fails() {
        IntStream.range(0, 100).forEach(i -> writer.ask(put("k" + i, "v", 60_000)));
        commits.hold();
        writer.send(new Command.Clear(HANDLE));
        int look = reader.send(get("k7"));
        assertThat(reader.reply(look)).isNull();
        long before = node.cache().entries();
        commits.fail();
        assertThat(before).isZero();
        assertThat(node.cache().entries()).isEqualTo(100);
        IntStream.range(0, 100)
                .forEach(i -> assertThat(shown(reader.ask(get("k" + i)))).isEqualTo("v"));
        node.clock.advance(61_000);
        node.tick();
        assertThat(node.cache().entries()).as("the timers are there again, too").isZero();
    }

    @Test
    void what_a_lease_shows_is_committed_or_the_lease_is_lost() {
        commits.hold();
        writer.send(put("k", "v"));
        int leased = reader.send(lease("k"));
        assertThat(reader.reply(leased)).isNull();
        commits.fail();
        assertThat(refused(reader.reply(leased))).isEqualTo(Status.READ_ONLY);

        node.log.refuseWith(null);
        node.log.answerWith(CommitLog.COMMITTED);
        assertThat(writer.ask(lease("k"))).isInstanceOf(Reply.Leased.class);
    }

    @Test
    void a_settlement_is_one_step_of_which_all_is_taken_back() {
        writer.ask(put("k", "old"));
        Reply.Leased held = (Reply.Leased) writer.ask(lease("k"));
        commits.hold();
        int settled = writer.send(new Command.Settle(
                HANDLE,
                List.of(new Command.Settlement(
                        text("k"),
                        held.token(),
                        List.of(new EntryChange.Remove(), new EntryChange.Put(text("new"), Ttl.DEFINED)),
                        null))));
        commits.fail();
        assertThat(refused(((Reply.Many) writer.reply(settled)).replies().get(0)))
                .isEqualTo(Status.INDETERMINATE);
        assertThat(shown(reader.ask(get("k")))).isEqualTo("old");
    }

    @Test
    void what_is_not_kept_waits_for_no_log() {
        RecordingSession other = new RecordingSession("other", node.dispatcher);
        int handle = HANDLE + 1;
        other.ask(new Command.OpenCache(
                handle,
                new CacheDefinition(
                        "",
                        "memory",
                        CacheDefinition.Expiry.ETERNAL,
                        0,
                        0,
                        CacheDefinition.WhenFull.EVICT,
                        CacheDefinition.Durability.NONE,
                        Map.of()),
                true));
        commits.hold();
        writer.send(put("k", "v"));
        other.ask(new Command.Put(handle, text("k"), text("v"), Condition.ALWAYS, Ttl.DEFINED, false));
        assertThat(shown(other.ask(new Command.Get(handle, text("k"))))).isEqualTo("v");
    }

    @Test
    void doors_without_handles_see_no_more() {
        NamedCache keyspace = node.dispatcher.keyspace(CacheDefinition.of("", "cache"));
        Session door = new RecordingSession("door", node.dispatcher).session();
        writer.ask(put("k", "old"));
        assertThat(keyspace.committed()).isSameAs(CommitLog.COMMITTED);
        commits.hold();
        writer.send(put("k", "new"));

        List<Reply> late = new ArrayList<>();
        assertThat(keyspace.get(text("k"), door)).isNull();
        assertThat(keyspace.execute(new Get(text("k")), door, late::add)).isNull();
        assertThat(keyspace.committed().toCompletableFuture()).isNotDone();
        MultiKeyStep step = node.dispatcher.multiKeyStep();
        step.needs(keyspace, text("k"), false);
        step.needs(keyspace, text("other"), false);
        assertThat(step.run(door, late::add, () -> {}, running -> running.execute(keyspace, new Get(text("k")))))
                .isNull();
        assertThat(late).isEmpty();

        commits.commit();
        assertThat(late).hasSize(2).allSatisfy(reply -> assertThat(shown(reply)).isEqualTo("new"));
        assertThat(keyspace.committed()).isSameAs(CommitLog.COMMITTED);
    }

    @Test
    void an_operation_that_keeps_what_it_tells_decides_once_and_its_client_is_told_to_ask_again() {
        NamedCache keyspace = node.dispatcher.keyspace(CacheDefinition.of("", "cache"));
        Session door = new RecordingSession("door", node.dispatcher).session();
        writer.ask(put("k", "old"));
        commits.hold();
        writer.send(put("k", "new"));

        List<String> told = new ArrayList<>();
        List<Reply> late = new ArrayList<>();
        assertThat(keyspace.execute(keeping(told), door, late::add)).isNull();
        commits.fail();
        assertThat(late).hasSize(1);
        assertThat(refused(late.get(0))).isEqualTo(Status.OVERLOADED);
        assertThat(told).hasSize(1);

        assertThat(keyspace.execute(keeping(told), door, late::add)).isEqualTo(Reply.Ok.INSTANCE);
        assertThat(told).last().isEqualTo("old");
    }

    private static EntryOperation keeping(List<String> told) {
        return new EntryOperation() {
            @Override
            public Bytes key() {
                return text("k");
            }

            @Override
            public boolean isRead() {
                return true;
            }

            @Override
            public Reply decide(EntryView entry) {
                told.add(entry.value().toUtf8().substring(1));
                return Reply.Ok.INSTANCE;
            }
        };
    }

    @Test
    void what_a_thread_left_behind_that_ran_out_of_memory_is_settled_and_holds_up_nobody() {
        writer.ask(put("k", "old"));
        Reply.Leased held = (Reply.Leased) writer.ask(lease("k"));
        commits.hold();
        Shard shard = node.shards.of(text("k"));
        // Two steps of one thread, of which the second fails before the first is answered.
        Transaction begun = Transaction.begin(List.of(shard), node.clock, new Origin(reader.session(), 0, reply -> {
            throw new OutOfMemoryError("for a test");
        }));
        begun.execute(shard, node.cache(), new Put(put("k", "new")));
        begun.append();
        shard.unlock();

        int look = reader.send(get("k"));
        commits.commit();
        commits.hold();
        int change = reader.send(put("other", "v"));
        commits.commit();
        node.tick();
        assertThat(shown(reader.reply(look))).isEqualTo("new");
        assertThat(reader.reply(change)).isNotNull();
        assertThat(held.token()).isPositive();
        commits.hold();
        int next = reader.send(new Command.Put(HANDLE, text("k"), text("newer"), Condition.ALWAYS, Ttl.DEFINED, false));
        writer.send(
                new Command.Settle(HANDLE, List.of(new Command.Settlement(text("k"), held.token(), List.of(), null))));
        commits.commit();
        assertThat(reader.reply(next))
                .as("it does not wait behind what was left")
                .isNotNull();
    }

    // --- the same at random ---

    private record Change(int group, int key, String value) {}

    static Stream<Long> seeds() {
        long first = Seed.of(UncommittedChangeTest.class, FIRST_SEED);
        int count = Integer.getInteger("distcache.testing.uncommitted-seeds", SEEDS);
        return IntStream.range(0, count).mapToObj(i -> first + i);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void readers_and_listeners_see_what_is_committed_in_any_order_of_things(long seed) {
        Random random = new Random(seed);
        TestShards shards = new TestShards();
        List<CompletableFuture<Void>> groups = new ArrayList<>();
        List<Change> changes = new ArrayList<>();
        Map<String, Integer> groupOf = new HashMap<>();
        RecordingSession client = shards.client("client");
        RecordingSession listener = shards.client("listener");
        listener.ask(new Command.Subscribe(HANDLE, ALL_KINDS, 0, false));
        int committed = -1;
        Map<Integer, Integer> looks = new HashMap<>();
        for (int step = 0; step < STEPS; step++) {
            if (groups.isEmpty() || groups.get(groups.size() - 1).isDone() || random.nextInt(6) == 0) {
                groups.add(new CompletableFuture<>());
                shards.log.answerWith(groups.get(groups.size() - 1));
            }
            int group = groups.size() - 1;
            int key = random.nextInt(4);
            switch (random.nextInt(9)) {
                case 0, 1, 2 -> {
                    String value = "v" + step;
                    groupOf.put(value, group);
                    changes.add(new Change(group, key, value));
                    client.send(put("k" + key, value));
                }
                case 3 -> {
                    changes.add(new Change(group, key, null));
                    client.send(remove("k" + key));
                }
                case 4 -> {
                    if (random.nextInt(4) == 0) {
                        IntStream.range(0, 4).forEach(k -> changes.add(new Change(group, k, null)));
                        client.send(new Command.Clear(HANDLE));
                    }
                }
                case 5, 6 -> looks.put(client.send(get("k" + key)), committed);
                case 7 -> {
                    if (committed + 1 < groups.size()) {
                        committed++;
                        groups.get(committed).complete(null);
                    }
                }
                default -> {
                    if (random.nextInt(10) == 0) {
                        shards.log.refuseWith(new Reply.Failure(Status.READ_ONLY, "for a test"));
                        IOException gone = new IOException("disk gone");
                        groups.subList(committed + 1, groups.size()).forEach(g -> g.completeExceptionally(gone));
                        int last = committed;
                        changes.removeIf(change -> change.group > last);
                        assertState(seed, shards, client, changes);
                        shards.shards.revokeUncommitted(gone);
                        shards.log.refuseWith(null);
                        committed = groups.size() - 1;
                        groupOf.values().removeIf(of -> of > last);
                    }
                }
            }
            int upTo = committed;
            looks.keySet().removeIf(look -> {
                Reply reply = client.reply(look);
                String value = reply == null ? null : shown(reply);
                if (value != null) {
                    assertThat(groupOf.get(value))
                            .as("seed %d: group of %s", seed, value)
                            .isNotNull();
                    assertThat(groupOf.get(value))
                            .as("seed %d: %s", seed, value)
                            .isLessThanOrEqualTo(upTo);
                }
                return reply != null;
            });
            for (Push.Event event : listener.takeEvents()) {
                Bytes told = event.value();
                if (told != null) {
                    String value = told.toUtf8().substring(1);
                    assertThat(groupOf.get(value))
                            .as("seed %d: %s", seed, value)
                            .isNotNull();
                    assertThat(groupOf.get(value))
                            .as("seed %d: %s", seed, value)
                            .isLessThanOrEqualTo(upTo);
                }
            }
        }
        groups.forEach(group -> group.complete(null));
        assertState(seed, shards, client, changes);
        assertThat(client.complaints()).isEmpty();
    }

    private static void assertState(long seed, TestShards shards, RecordingSession client, List<Change> changes) {
        Map<Integer, String> state = new HashMap<>();
        changes.forEach(change -> state.put(change.key, change.value));
        for (int key = 0; key < 4; key++) {
            assertThat(shown(client.ask(get("k" + key))))
                    .as("seed %d: k%d", seed, key)
                    .isEqualTo(state.get(key));
        }
        assertThat(shards.cache().entries())
                .as("seed %d: counted", seed)
                .isEqualTo(state.values().stream().filter(v -> v != null).count());
    }
}
