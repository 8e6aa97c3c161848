package io.distcache.server.pool;

import static io.distcache.server.shard.TestShards.HANDLE;
import static io.distcache.server.shard.TestShards.get;
import static io.distcache.server.shard.TestShards.lease;
import static io.distcache.server.shard.TestShards.pool;
import static io.distcache.server.shard.TestShards.put;
import static io.distcache.server.shard.TestShards.putIf;
import static io.distcache.server.shard.TestShards.remove;
import static io.distcache.server.shard.TestShards.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.ValueTag;
import io.distcache.protocol.Witness;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.shard.RecordingSession;
import io.distcache.server.shard.TestShards;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The node is "b" of a pool, mostly of a, b and c. */
class PoolTest {
    private static final Membership ABC = pool(1, "a", "b", "c");

    private static final int ALL_EVENTS = 15;
    /** A ring takes a while to make. */
    private static final Map<PoolFile, PoolView> VIEWS = new ConcurrentHashMap<>();

    private final TestShards node = new TestShards();

    // --- memberships ---

    @Test
    void the_newest_membership_is_kept_and_told() {
        RecordingSession client = new RecordingSession("client", node.dispatcher, true);
        assertThat(client.ask(new Command.Pool("", Membership.NONE))).isEqualTo(new Reply.Members(Membership.NONE));
        assertThat(client.ask(new Command.Pool("b", ABC))).isEqualTo(new Reply.Members(ABC));
        Membership later = pool(2, "a", "b");
        assertThat(client.ask(new Command.Pool("b", later))).isEqualTo(new Reply.Members(later));
        assertThat(client.ask(new Command.Pool("b", ABC))).isEqualTo(new Reply.Members(later));
        assertThat(client.ask(new Command.Pool("", Membership.NONE))).isEqualTo(new Reply.Members(later));

        assertThat(node.announced).containsExactly(ABC, later);
        assertThat(node.kept.stream().map(PoolFile::decode))
                .containsExactly(new PoolFile(ABC, "b"), new PoolFile(later, "b"));
    }

    @Test
    void an_epoch_that_is_far_away_is_refused_and_later_changes_go_on() {
        RecordingSession client = node.poolClient("client", "b", pool(5, "a", "b", "c"));
        client.ask(put(ownedBy("b"), "v"));
        RecordingSession other = new RecordingSession("other", node.dispatcher, true);
        for (long epoch : new long[] {
            1_000_006, 1L << 53, 1L << 61, Membership.LAST_EPOCH / 2 + 5, Membership.LAST_EPOCH - 1_000_000
        }) {
            assertThat(other.ask(new Command.Pool("b", pool(epoch, "b"))))
                    .isInstanceOfSatisfying(Reply.Failure.class, refused -> {
                        assertThat(refused.status()).isEqualTo(Status.BAD_REQUEST);
                        assertThat(refused.message())
                                .contains(
                                        "epoch " + epoch + " is more than 1000000 changes away from epoch 5",
                                        "nothing was changed",
                                        "move the file pool out of its data directory");
                    });
        }
        assertThat(node.pool.membership().epoch()).isEqualTo(5);
        assertThat(client.ask(get(ownedBy("b")))).as("nothing was dropped").isInstanceOf(Reply.Value.class);

        Membership next = pool(6, "a", "b");
        assertThat(other.ask(new Command.Pool("b", next))).isEqualTo(new Reply.Members(next));
    }

    @Test
    void a_pool_of_the_last_epoch_can_be_changed_like_any_other() {
        RecordingSession client = node.poolClient("client", "b", pool(Membership.LAST_EPOCH, "a", "b", "c"));
        String kept = ownedBy("b");
        client.ask(put(kept, "v"));
        for (long epoch : new long[] {2, 3, 4}) {
            Membership next = pool(epoch, "a", "b", "c");
            assertThat(client.ask(new Command.Pool("b", next))).isEqualTo(new Reply.Members(next));
            assertThat(client.ask(get(kept))).isInstanceOf(Reply.Value.class);
        }
        Membership older = pool(Membership.LAST_EPOCH, "a", "b", "c");
        assertThat(client.ask(new Command.Pool("b", older))).isEqualTo(new Reply.Members(pool(4, "a", "b", "c")));
    }

    private static String ownedBy(String member) {
        return keys(1000).stream()
                .filter(key -> owns(ABC, member, key))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_node_that_joins_a_pool_just_made_keeps_what_it_owns() {
        RecordingSession alone = node.client("alone");
        List<String> keys = keys(1000);
        keys.forEach(key -> alone.ask(put(key, "v")));
        RecordingSession client = node.poolClient("client", "b", ABC);
        assertHas(client, keys.stream().filter(key -> owns(ABC, "b", key)).toList(), keys);
    }

    @Test
    void with_the_next_epoch_it_keeps_what_it_owned_before_and_owns_now() {
        RecordingSession client = node.poolClient("client", "b", ABC);
        List<String> keys =
                keys(1000).stream().filter(key -> owns(ABC, "b", key)).toList();
        keys.forEach(key -> client.ask(put(key, "v")));
        Membership abcd = pool(2, "a", "b", "c", "d");
        client.ask(new Command.Pool("b", abcd));
        List<String> left = keys.stream().filter(key -> owns(abcd, "b", key)).toList();
        assertThat(left.size()).isBetween(1, keys.size() - 1);
        assertHas(client, left, keys);

        // Back to what it was: what went to d and may have been changed there is not taken for this node's own.
        client.ask(new Command.Pool("b", pool(3, "a", "b", "c")));
        assertHas(client, left, keys);
        assertThat(node.log.replay(node.cache().id())).hasSize(left.size());
    }

    @Test
    void an_epoch_that_passed_it_by_costs_it_everything() {
        RecordingSession client = node.poolClient("client", "b", ABC);
        List<String> keys =
                keys(100).stream().filter(key -> owns(ABC, "b", key)).toList();
        keys.forEach(key -> client.ask(put(key, "v")));
        client.ask(new Command.Pool("b", pool(3, "a", "b", "c")));
        assertHas(client, List.of(), keys);
        assertThat(node.log.replay(node.cache().id())).isEmpty();

        TestShards fresh = new TestShards();
        RecordingSession alone = fresh.client("alone");
        alone.ask(put("k", "v"));
        fresh.poolClient("client", "b", pool(2, "b"));
        assertThat(fresh.cache().entries()).isZero();
    }

    @Test
    void a_sweep_fires_no_events_and_leases_on_what_goes_are_lost() {
        RecordingSession alone = node.client("alone");
        String going = key(ABC, "a", 0);
        String staying = key(ABC, "b", 0);
        alone.ask(put(going, "v"));
        alone.ask(put(staying, "v"));
        alone.ask(new Command.Subscribe(HANDLE, ALL_EVENTS, 0, true));
        long lost = granted(alone.ask(lease(going)));
        long kept = granted(alone.ask(lease(staying)));

        RecordingSession client = node.poolClient("client", "b", ABC);

        assertThat(alone.takeEvents()).isEmpty();
        assertThat(settled(alone, going, lost)).isEqualTo(Status.LEASE_LOST);
        assertThat(settled(alone, staying, kept)).isNull();
        assertThat(client.ask(get(staying))).isInstanceOf(Reply.Value.class);
    }

    @Test
    void a_command_that_waited_through_a_change_of_the_pool_is_refused() {
        RecordingSession a = node.poolClient("a", "b", ABC);
        RecordingSession b = node.poolClient("b", "b", ABC);
        String key = key(ABC, "b", 0);
        granted(a.ask(lease(key)));
        int waits = b.send(put(key, "w"));
        a.ask(new Command.Pool("b", pool(3, "a", "b", "c")));
        assertRefused(b.reply(waits));
    }

    @Test
    void commands_on_entries_are_refused_while_client_and_node_know_different_pools() {
        RecordingSession behind = node.poolClient("behind", "b", ABC);
        RecordingSession ahead = node.poolClient("ahead", "b", pool(2, "a", "b"));
        String key = key(pool(2, "a", "b"), "b", 0);
        for (Command command : List.of(
                get(key),
                put(key, "v"),
                remove(key),
                lease(key),
                new Command.Contains(HANDLE, text(key)),
                add(key),
                new Command.Append(HANDLE, text(key), text("v"), false),
                new Command.Expire(HANDLE, text(key), 1000, Command.DeadlineIs.ANY),
                new Command.TtlOf(HANDLE, text(key)),
                once(1, add(key)),
                new Command.GetAll(HANDLE, List.of(text(key))),
                new Command.PutAll(HANDLE, List.of(new Command.Pair(text(key), text("v"))), false, Ttl.DEFINED),
                new Command.RemoveAll(HANDLE, List.of(text(key))),
                new Command.LeaseMany(HANDLE, List.of(text(key)), false, 1000),
                new Command.TouchAll(HANDLE, List.of()),
                new Command.Clear(HANDLE),
                new Command.RemoveEvery(HANDLE),
                new Command.Size(HANDLE),
                new Command.Scan(HANDLE, 0, 10, false, Bytes.EMPTY),
                new Command.DestroyCache("", "cache"))) {
            assertRefused(behind.ask(command), "epoch 2", "epoch 1");
        }
        assertThat(ahead.ask(put(key, "v"))).isInstanceOf(Reply.Changed.class);
        behind.ask(new Command.Pool("b", pool(2, "a", "b")));
        assertThat(behind.ask(get(key))).isInstanceOf(Reply.Value.class);
    }

    @Test
    void a_client_that_never_said_POOL_may_use_a_pool_of_one_and_no_other() {
        RecordingSession plain = new RecordingSession("plain", node.dispatcher, true);
        plain.ask(new Command.OpenCache(HANDLE, CacheDefinition.of("", "cache"), true));
        node.poolClient("client", "b", pool(1, "b"));
        assertThat(plain.ask(put("k", "v"))).isInstanceOf(Reply.Changed.class);
        node.poolClient("client", "b", pool(2, "a", "b"));
        assertRefused(plain.ask(get("k")), "say POOL first");
        // One that cannot say it is let through.
        assertThat(node.client("of another front door").ask(put("k", "v"))).isInstanceOf(Reply.Changed.class);
    }

    @Test
    void a_node_that_was_removed_takes_no_changes() {
        RecordingSession client = node.poolClient("client", "b", ABC);
        client.ask(put(key(ABC, "b", 0), "v"));
        client.ask(new Command.Pool("b", pool(2, "a", "c")));
        client.ask(new Command.Away(List.of("a", "c")));
        assertRefused(client.ask(put(key(ABC, "b", 0), "v")), "no longer in the pool");
        assertThat(node.cache().entries()).isZero();
    }

    @Test
    void a_node_that_is_told_another_name_becomes_that_member() {
        RecordingSession client = node.poolClient("client", "b", ABC);
        client.ask(put(key(ABC, "b", 0), "v"));
        RecordingSession other = node.poolClient("other", "c", ABC);
        assertThat(node.cache().entries()).isZero();
        assertRefused(client.ask(get("k")));
        assertThat(other.ask(put(key(ABC, "c", 0), "v"))).isInstanceOf(Reply.Changed.class);
    }

    // --- changes on behalf ---

    @Test
    void a_change_of_anothers_key_wants_all_before_this_node_to_be_away() {
        RecordingSession client = node.poolClient("client", "b", ABC);
        String first = keyWithBefore(ABC, "b", 1, 0);
        String second = keyWithBefore(ABC, "b", 2, 0);
        String own = key(ABC, "b", 0);
        assertRefused(client.ask(put(first, "v")));
        assertRefused(client.ask(lease(first)));
        assertRefused(client.ask(new Command.PutAll(
                HANDLE,
                List.of(new Command.Pair(text(own), text("v")), new Command.Pair(text(first), text("v"))),
                false,
                Ttl.DEFINED)));
        assertThat(node.cache().entries()).isZero();
        assertThat(client.ask(get(first))).isEqualTo(Reply.Miss.INSTANCE);

        client.ask(SETTLED);
        client.ask(new Command.Away(List.of(before(ABC, "b", first).get(0))));
        assertThat(client.ask(put(first, "v"))).isInstanceOf(Reply.Changed.class);
        assertRefused(client.ask(put(second, "v")));
        client.ask(new Command.Away(List.of("a", "c")));
        assertThat(client.ask(put(second, "v"))).isInstanceOf(Reply.Changed.class);
        // One for the first, two for the second: both members have old values.
        assertThat(node.hints.count()).isEqualTo(3);
    }

    @Test
    void only_changes_leave_hints_but_those_without_condition_always_do() {
        RecordingSession client = awayFrom("a", "c");
        List<String> keys =
                IntStream.range(0, 20).mapToObj(i -> key(ABC, "a", i)).toList();
        client.ask(putIf(keys.get(0), "v", Condition.PRESENT, Ttl.DEFINED));
        client.ask(new Command.Remove(HANDLE, text(keys.get(1)), Condition.valueIs(text("x")), false));
        client.ask(get(keys.get(2)));
        client.ask(lease(keys.get(3)));
        client.ask(new Command.TouchAll(HANDLE, List.of(new Command.Touch(text(keys.get(4)), 1, 1000))));
        assertThat(node.hints.count()).isZero();

        client.ask(put(keys.get(5), "v"));
        client.ask(putIf(keys.get(6), "v", Condition.ABSENT, Ttl.DEFINED));
        client.ask(remove(keys.get(7)));
        client.ask(put(keys.get(8), "v", Ttl.NOW));
        client.ask(new Command.RemoveAll(HANDLE, List.of(text(keys.get(9)))));
        client.ask(put(keys.get(5), "again"));
        long token = granted(client.ask(lease(keys.get(10))));
        int waits = client.send(put(keys.get(10), "w"));
        settled(client, keys.get(10), token);
        assertThat(client.reply(waits)).isInstanceOf(Reply.Changed.class);
        long other = granted(client.ask(lease(keys.get(11))));
        settled(client, keys.get(11), other, new EntryChange.Put(text("v"), Ttl.DEFINED));

        assertThat(hinted("a"))
                .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(5, 11)
                        .mapToObj(i -> text(keys.get(i)))
                        .toList());
    }

    @Test
    void amendments_on_behalf_leave_hints_as_puts_do() {
        RecordingSession client = awayFrom("a", "c");
        List<String> keys =
                IntStream.range(0, 20).mapToObj(i -> key(ABC, "a", i)).toList();
        client.ask(put(keys.get(0), "no number"));
        node.hints.drop("a");
        client.ask(add(keys.get(0)));
        client.ask(expire(keys.get(0), Ttl.DEFINED, Command.DeadlineIs.ANY));
        client.ask(expire(keys.get(0), Ttl.UNCHANGED, Command.DeadlineIs.ANY));
        client.ask(expire(keys.get(0), 1000, Command.DeadlineIs.SOME));
        client.ask(expire(keys.get(1), 1000, Command.DeadlineIs.LATER));
        client.ask(once(1, expire(keys.get(2), 1000, Command.DeadlineIs.EARLIER)));
        client.ask(new Command.TtlOf(HANDLE, text(keys.get(3))));
        assertThat(node.hints.has("a")).isFalse();

        assertThat(client.ask(expire(keys.get(0), 1000, Command.DeadlineIs.NONE)))
                .isInstanceOf(Reply.Changed.class);
        assertThat(client.ask(add(keys.get(5)))).isInstanceOf(Reply.Value.class);
        client.ask(new Command.Append(HANDLE, text(keys.get(6)), text("v"), false));
        // The owner may have one.
        client.ask(expire(keys.get(7), 1000, Command.DeadlineIs.ANY));
        client.ask(expire(keys.get(8), Ttl.NOW, Command.DeadlineIs.ANY));
        client.ask(once(2, add(keys.get(9))));
        client.ask(once(3, expire(keys.get(10), 1000, Command.DeadlineIs.ANY)));
        client.ask(once(4, put(keys.get(11), "v")));
        client.ask(once(5, remove(keys.get(12))));

        assertThat(hinted("a"))
                .containsExactlyInAnyOrderElementsOf(IntStream.of(0, 5, 6, 7, 8, 9, 10, 11, 12)
                        .mapToObj(i -> text(keys.get(i)))
                        .toList());
    }

    @Test
    void a_change_on_behalf_its_hint_and_its_reply_are_in_one_record_of_the_log() {
        RecordingSession client = awayFrom("a", "c");
        client.ask(once(1, add(key(ABC, "b", 0))));
        node.log.takeBatches();
        client.ask(once(2, add(keyBefore(ABC, "b", "a"))));
        // Before it, the cache for the hint is made.
        assertThat(node.log.takeBatches())
                .hasSize(2)
                .last()
                .satisfies(batch -> assertThat(batch).hasSize(3).hasOnlyElementsOfType(Mutation.Store.class));
    }

    @Test
    void a_change_on_behalf_that_comes_again_after_it_was_handed_over_is_not_made_again() {
        RecordingSession writer = awayFrom("a", "c");
        String key = keyBefore(ABC, "b", "a");
        Reply first = writer.ask(once(1, add(key)));
        assertThat(writer.ask(once(1, add(key)))).isEqualTo(first);
        RecordingSession other = node.poolClient("other", "b", ABC);
        assertThat(keysOf(handed(other, "c"))).containsExactly(text(key));
        assertThat(other.ask(new Command.HandedOver())).isEqualTo(NONE);

        // Here nobody says that the member is away, so it goes there.
        assertRefused(writer.ask(once(1, add(key))));
        writer.ask(new Command.Away(List.of("a", "c")));
        assertThat(writer.ask(once(1, add(key)))).isEqualTo(first);
        assertThat(node.cache().entries()).isZero();
        assertThat(node.hints.count()).isZero();
    }

    @Test
    void replies_are_kept_when_the_pool_changes() {
        RecordingSession client = node.poolClient("client", "b", ABC);
        List<String> keys =
                keys(300).stream().filter(key -> owns(ABC, "b", key)).toList();
        List<Reply> replies = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            replies.add(client.ask(once(i, add(keys.get(i)))));
        }
        Membership later = pool(2, "a", "b", "d");
        client.ask(new Command.Pool("b", later));
        int stayed = 0;
        for (int i = 0; i < keys.size(); i++) {
            Reply again = client.ask(once(i, add(keys.get(i))));
            if (owns(later, "b", keys.get(i))) {
                assertThat(again).isEqualTo(replies.get(i));
                stayed++;
            } else {
                assertRefused(again);
            }
        }
        assertThat(stayed).isBetween(1, keys.size() - 1);
        assertThat(node.cache().entries()).isEqualTo(stayed);
        client.ask(new Command.Pool("b", pool(5, "b")));
        assertThat(node.cache().entries()).isZero();
        for (int i = 0; i < keys.size(); i++) {
            assertThat(client.ask(once(i, add(keys.get(i))))).isEqualTo(replies.get(i));
        }
    }

    @Test
    void over_the_bound_everything_counts_as_changed() {
        RecordingSession client = awayFrom("a", "c");
        for (int i = 0; i < TestShards.MAX_HINTS + 50; i++) {
            client.ask(put(key(ABC, "a", i), "v"));
        }
        assertThat(hintsFor("a").stream()
                        .mapToLong(h -> h.isEverything() ? 1 : 0)
                        .sum())
                .isEqualTo(1);
        RecordingSession other = node.poolClient("other", "b", ABC);
        assertThat(handed(other, "c")).containsExactly(new Reply.Hint("a", "", "cache", true, List.of()));
        assertThat(other.ask(new Command.HandedOver())).isEqualTo(NONE);
        // Its keys that are here on its behalf go; those that c also has a claim on only if a comes before.
        assertThat(node.cache().entries()).isZero();
        assertThat(node.hints.has("a")).isFalse();
    }

    @Test
    void changes_of_whole_caches_count_as_changes_of_everything() {
        for (Command command : List.of(
                new Command.Clear(HANDLE), new Command.RemoveEvery(HANDLE), new Command.DestroyCache("", "cache"))) {
            TestShards fresh = new TestShards();
            RecordingSession client = fresh.poolClient("client", "b", ABC);
            client.ask(put(key(ABC, "b", 0), "v"));
            client.ask(SETTLED);
            client.ask(new Command.Away(List.of("a")));
            assertThat(client.ask(command)).isNotInstanceOf(Reply.Failure.class);
            RecordingSession other = fresh.poolClient("other", "b", ABC);
            assertThat(handed(other)).containsExactly(new Reply.Hint("a", "", "cache", true, List.of()));
            assertThat(other.ask(new Command.HandedOver())).isEqualTo(NONE);
        }
    }

    @Test
    void the_namespace_of_hints_is_not_for_clients() {
        RecordingSession client = awayFrom("a");
        for (Command command : List.of(
                new Command.OpenCache(9, CacheDefinition.of("distcache.hints", "a/1"), false),
                new Command.OpenCache(9, CacheDefinition.of("distcache.hints", "x"), true),
                new Command.DestroyCache("distcache.hints", "a/1"),
                new Command.Invalidate("distcache.hints", "a/1", true, List.of()))) {
            assertThat(((Reply.Failure) client.ask(command)).status()).isEqualTo(Status.BAD_REQUEST);
        }
    }

    @Test
    void hints_for_a_member_that_leaves_the_pool_are_dropped() {
        RecordingSession client = awayFrom("a", "c");
        client.ask(put(keyWithBefore(ABC, "b", 2, 0), "v"));
        assertThat(node.hints.has("a")).isTrue();
        client.ask(new Command.Pool("b", pool(2, "b", "c")));
        assertThat(node.hints.has("a")).isFalse();
        assertThat(node.hints.has("c")).isTrue();
        assertThat(node.caches.definitions("distcache.hints")).hasSize(1);
    }

    // --- how nodes stand ---

    @Test
    void a_node_bears_witness_of_who_was_in_use_when_a_member_left() {
        RecordingSession client = node.poolClient("client", "b", ABC);
        Reply.Standing fresh = (Reply.Standing) client.ask(Command.Standing.QUESTION);
        assertThat(fresh.fresh()).isTrue();
        assertThat(fresh.unsure()).containsExactly("a", "c");
        assertThat(((Reply.Standing) client.ask(SETTLED)).unsure()).isEmpty();

        client.ask(left("a"));
        Reply.Standing after = (Reply.Standing) client.ask(left("c"));

        assertThat(after.inUse()).isTrue();
        assertThat(after.fresh()).isFalse();
        assertThat(after.departed())
                .containsExactly(
                        new Witness.Departed("a", true, List.of("b", "c")),
                        new Witness.Departed("c", true, List.of("b")));
    }

    @Test
    void what_a_node_says_of_the_pool_holds_only_for_who_knows_the_same_pool() {
        RecordingSession client = node.poolClient("client", "b", ABC);
        node.poolClient("other", "b", pool(2, "a", "b", "c"));
        assertRefused(client.ask(SETTLED), "say POOL");
        assertRefused(node.client("none").ask(SETTLED), "say POOL");
    }

    @Test
    void it_is_ready_when_it_is_used_and_needs_nothing_of_others_nor_they_of_it() {
        assertThat(node.pool.notReady()).isEmpty();
        RecordingSession client = node.poolClient("client", "b", ABC);
        client.ask(new Command.Away(List.of()));
        assertThat(node.pool.notReady()).contains("no client has used it");
        client.ask(new Command.Standing(List.of(), List.of(), List.of("a")));
        assertThat(node.pool.notReady()).contains("waits for a");
        client.ask(SETTLED);
        assertThat(node.pool.notReady()).isEmpty();
        client.ask(left("a"));
        assertThat(node.pool.notReady()).isEqualTo("clients do not use a now");
        client.ask(new Command.Away(List.of("a")));
        client.ask(put(keyBefore(ABC, "b", "a"), "v"));
        assertThat(node.pool.notReady()).contains("keeps hints that a must be told of");
    }

    private static Command left(String name) {
        return new Command.Standing(List.of(Witness.Departed.unknown(name)), List.of(), List.of());
    }

    // --- handing over ---

    private static final Command SETTLED = new Command.Standing(List.of(), List.of("a", "b", "c"), List.of());
    private static final Reply NONE = new Reply.Hints(List.of());

    @Test
    void hints_are_handed_over_to_who_can_reach_the_member_and_then_go_with_the_copies() {
        RecordingSession writer = awayFrom("a", "c");
        String both = keyBefore(ABC, "b", "a", "c");
        String one = keyBefore(ABC, "b", "a");
        String own = key(ABC, "b", 0);
        writer.ask(put(one, "v"));
        writer.ask(put(both, "v"));
        writer.ask(put(own, "v"));
        RecordingSession other = node.poolClient("other", "b", ABC);

        assertThat(keysOf(handed(other, "c"))).contains(text(one), text(both));
        assertThat(node.cache().entries()).isEqualTo(3);
        assertThat(other.ask(new Command.HandedOver())).isEqualTo(NONE);

        assertHas(other, List.of(own), List.of(one, both, own));
        assertThat(node.hints.has("a")).isFalse();
        // c has not heard of it yet.
        assertThat(hinted("c")).contains(text(both));
        assertThat(node.log.replay(node.cache().id())).hasSize(1);
    }

    @Test
    void many_hints_come_in_batches() {
        TestShards roomy = new TestShards(50_000);
        RecordingSession writer = roomy.poolClient("writer", "b", pool(1, "a", "b"));
        writer.ask(new Command.Away(List.of("a")));
        int count = 0;
        for (int i = 0; count < 25_000; i++) {
            if (!owns(pool(1, "a", "b"), "b", "k" + i)) {
                writer.ask(put("k" + i, "v"));
                count++;
            }
        }
        RecordingSession other = roomy.poolClient("other", "b", pool(1, "a", "b"));
        List<Bytes> got = new ArrayList<>(keysOf(handed(other)));
        int batches = 1;
        for (List<Reply.Hint> next = hints(other.ask(new Command.HandedOver()));
                !next.isEmpty();
                next = hints(other.ask(new Command.HandedOver()))) {
            got.addAll(keysOf(next));
            batches++;
        }
        assertThat(batches).isEqualTo(3);
        assertThat(got).hasSize(25_000).doesNotHaveDuplicates();
        assertThat(roomy.cache().entries()).isZero();
    }

    @Test
    void one_client_at_a_time_hands_over_and_the_next_goes_on_if_it_dies() {
        RecordingSession writer = awayFrom("a", "c");
        writer.ask(put(key(ABC, "a", 0), "v"));
        RecordingSession first = node.poolClient("first", "b", ABC);
        RecordingSession second = node.poolClient("second", "b", ABC);
        RecordingSession third = node.poolClient("third", "b", ABC);

        assertThat(handed(first, "c")).hasSize(1);
        int waits = second.send(new Command.Away(List.of("c")));
        int waitsToo = third.send(new Command.Away(List.of("c")));
        assertThat(second.reply(waits)).isNull();
        assertThat(third.reply(waitsToo)).isNull();

        first.close();
        assertThat(hints(second.reply(waits))).hasSize(1);
        assertThat(third.reply(waitsToo)).isNull();
        assertThat(second.ask(new Command.HandedOver())).isEqualTo(NONE);
        assertThat(third.reply(waitsToo)).isEqualTo(NONE);
    }

    @Test
    void who_cannot_reach_the_member_need_not_wait_for_its_hand_over() {
        RecordingSession writer = awayFrom("a", "c");
        writer.ask(put(key(ABC, "a", 0), "v"));
        RecordingSession first = node.poolClient("first", "b", ABC);
        assertThat(handed(first, "c")).hasSize(1);
        RecordingSession second = node.poolClient("second", "b", ABC);
        assertThat(second.ask(new Command.Away(List.of("a", "c")))).isEqualTo(NONE);
    }

    @Test
    void what_is_changed_on_behalf_while_it_is_handed_over_is_handed_over_again() {
        RecordingSession writer = awayFrom("a", "c");
        String key = key(ABC, "a", 0);
        writer.ask(put(key, "v"));
        RecordingSession other = node.poolClient("other", "b", ABC);
        assertThat(keysOf(handed(other, "c"))).containsExactly(text(key));

        writer.ask(new Command.Away(List.of("a", "c")));
        writer.ask(put(key, "w"));

        assertThat(keysOf(hints(other.ask(new Command.HandedOver())))).containsExactly(text(key));
        assertThat(writer.ask(get(key))).isInstanceOf(Reply.Value.class);
        assertThat(other.ask(new Command.HandedOver())).isEqualTo(NONE);
        assertThat(node.cache().entries()).isZero();
    }

    @Test
    void so_it_is_with_everything() {
        RecordingSession writer = awayFrom("a", "c");
        String key = key(ABC, "a", 0);
        writer.ask(new Command.Clear(HANDLE));
        RecordingSession other = node.poolClient("other", "b", ABC);
        assertThat(handed(other, "c").get(0).everything()).isTrue();

        writer.ask(new Command.Away(List.of("a", "c")));
        writer.ask(put(key, "w"));
        List<Reply.Hint> next = hints(other.ask(new Command.HandedOver()));
        assertThat(keysOf(next)).containsExactly(text(key));
        writer.ask(new Command.Clear(HANDLE));
        assertThat(hints(other.ask(new Command.HandedOver())).get(0).everything())
                .isTrue();
        assertThat(other.ask(new Command.HandedOver())).isEqualTo(NONE);
    }

    @Test
    void that_a_member_is_reached_by_one_ends_what_others_said_of_it() {
        RecordingSession writer = awayFrom("a", "c");
        String key = key(ABC, "a", 0);
        String leased = key(ABC, "a", 1);
        long token = granted(writer.ask(lease(leased)));
        RecordingSession other = node.poolClient("other", "b", ABC);
        assertThat(other.ask(new Command.Away(List.of("c")))).isEqualTo(NONE);

        assertRefused(writer.ask(put(key, "v")), "not away");
        for (Command whole : List.of(
                new Command.Clear(HANDLE), new Command.RemoveEvery(HANDLE), new Command.DestroyCache("", "cache"))) {
            assertRefused(writer.ask(whole), "say AWAY anew");
        }
        assertThat(settled(writer, leased, token, new EntryChange.Put(text("v"), Ttl.DEFINED)))
                .isEqualTo(Status.LEASE_LOST);
        assertThat(writer.ask(put(key(ABC, "b", 0), "v"))).isInstanceOf(Reply.Changed.class);

        writer.ask(new Command.Away(List.of("a", "c")));
        assertThat(writer.ask(put(key, "v"))).isInstanceOf(Reply.Changed.class);
        assertThat(writer.ask(new Command.Clear(HANDLE))).isEqualTo(Reply.Ok.INSTANCE);
    }

    @Test
    void a_new_membership_ends_all_hand_overs() {
        RecordingSession writer = awayFrom("a", "c");
        writer.ask(put(key(ABC, "a", 0), "v"));
        RecordingSession first = node.poolClient("first", "b", ABC);
        RecordingSession second = node.poolClient("second", "b", ABC);
        assertThat(handed(first)).isNotEmpty();
        int waits = second.send(new Command.Away(List.of()));
        second.ask(new Command.Pool("b", pool(2, "a", "b", "c")));
        assertRefused(second.reply(waits));
        assertRefused(first.ask(new Command.HandedOver()));
        assertRefused(first.ask(new Command.Away(List.of())));
        assertThat(handed(second)).isNotEmpty();
    }

    @Test
    void a_node_that_may_have_forgotten_hints_says_so_of_members_that_are_away_at_once() {
        RecordingSession client = node.poolClient("client", "b", pool(7, "a", "b", "c"));
        client.ask(new Command.Away(List.of("a")));
        RecordingSession other = node.poolClient("other", "b", pool(7, "a", "b", "c"));
        assertThat(handed(other)).containsExactly(new Reply.Hint("a", "", "*", true, List.of()));
        assertThat(other.ask(new Command.HandedOver())).isEqualTo(NONE);
        // Both have been used since, and there is nothing that could have been forgotten.
        other.ask(SETTLED);
        node.poolClient("new", "b", pool(7, "a", "b", "c")).ask(new Command.Away(List.of("c")));
        assertThat(node.hints.count()).isZero();
    }

    @Test
    void where_all_were_up_from_the_start_nothing_is_ever_dropped() {
        RecordingSession client = node.poolClient("client", "b", ABC);
        assertThat(client.ask(new Command.Away(List.of()))).isEqualTo(NONE);
        client.ask(SETTLED);
        client.ask(new Command.Away(List.of("a")));
        assertThat(client.ask(new Command.Away(List.of()))).isEqualTo(NONE);
    }

    @Test
    void a_node_in_no_pool_has_no_hints() {
        RecordingSession client = node.client("client");
        assertThat(client.ask(new Command.Away(List.of("a")))).isEqualTo(NONE);
        assertThat(client.ask(new Command.HandedOver())).isEqualTo(NONE);
    }

    // --- invalidation ---

    @Test
    void invalidated_entries_go_without_events_and_leases_on_them_are_lost() {
        RecordingSession client = node.client("client");
        RecordingSession other = node.client("other");
        client.ask(put("k", "v"));
        client.ask(put("kept", "v"));
        client.ask(new Command.Subscribe(HANDLE, ALL_EVENTS, 0, true));
        long token = granted(client.ask(lease("k")));
        int waits = other.send(lease("k"));

        assertThat(other.ask(new Command.Invalidate("", "cache", false, List.of(text("k"), text("absent")))))
                .isEqualTo(Reply.Ok.INSTANCE);

        assertThat(client.takeEvents()).isEmpty();
        assertThat(settled(client, "k", token)).isEqualTo(Status.LEASE_LOST);
        assertThat(((Reply.Leased) other.reply(waits)).value()).isNull();
        assertHas(other, List.of("kept"), List.of("k", "kept"));
        assertThat(node.log.replay(node.cache().id())).hasSize(1);
    }

    @Test
    void everything_of_a_cache_or_of_all_can_be_invalidated() {
        RecordingSession client = node.client("client");
        client.ask(new Command.OpenCache(4, CacheDefinition.of("ns", "other"), true));
        client.ask(put("k", "v"));
        client.ask(new Command.Put(4, text("k"), text("v"), Condition.ALWAYS, Ttl.DEFINED, false));

        assertThat(client.ask(new Command.Invalidate("no", "such", true, List.of())))
                .isEqualTo(Reply.Ok.INSTANCE);
        client.ask(new Command.Invalidate("", "cache", true, List.of()));
        assertThat(client.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(client.ask(new Command.Get(4, text("k")))).isInstanceOf(Reply.Value.class);
        client.ask(new Command.Invalidate("", "*", true, List.of()));
        assertThat(client.ask(new Command.Get(4, text("k")))).isEqualTo(Reply.Miss.INSTANCE);
    }

    // --- what the claims are made of ---

    private static Command.Add add(String key) {
        Bytes one = Bytes.of(new byte[] {ValueTag.INT8, 1});
        return new Command.Add(HANDLE, text(key), one, one, Ttl.DEFINED);
    }

    private static Command.Expire expire(String key, long ttl, Command.DeadlineIs when) {
        return new Command.Expire(HANDLE, text(key), ttl, when);
    }

    private static Command.Once once(long number, Command.OnEntry change) {
        return new Command.Once(4711, number, 0, 60_000, change);
    }

    /** A client that was there when all were up, and then could not reach these. */
    private RecordingSession awayFrom(String... names) {
        RecordingSession client = node.poolClient("client", "b", ABC);
        client.ask(SETTLED);
        client.ask(new Command.Away(List.of(names)));
        return client;
    }

    private static List<String> keys(int count) {
        return IntStream.range(0, count).mapToObj(i -> "k" + i).toList();
    }

    private static PoolView view(Membership pool, String self) {
        return VIEWS.computeIfAbsent(new PoolFile(pool, self), file -> new PoolView(pool, self));
    }

    private static boolean owns(Membership pool, String self, String key) {
        return view(pool, self).owns(text(key));
    }

    /** Those who come before a member on the ring. */
    private static List<String> before(Membership pool, String self, String key) {
        PoolView view = view(pool, self);
        return IntStream.of(view.before(text(key))).mapToObj(view::name).toList();
    }

    /** The nth key that a member owns. */
    private static String key(Membership pool, String owner, int nth) {
        PoolView view = view(pool, owner);
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> "k" + i)
                .filter(key -> view.owns(text(key)))
                .skip(nth)
                .findFirst()
                .orElseThrow();
    }

    /** A key that these members serve before this one. */
    private static String keyBefore(Membership pool, String self, String... members) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> "k" + i)
                .filter(key -> before(pool, self, key).equals(List.of(members)))
                .findFirst()
                .orElseThrow();
    }

    /** The nth key that so many members serve before this one. */
    private static String keyWithBefore(Membership pool, String self, int count, int nth) {
        PoolView view = view(pool, self);
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> "k" + i)
                .filter(key -> view.before(text(key)).length == count)
                .skip(nth)
                .findFirst()
                .orElseThrow();
    }

    private static void assertHas(RecordingSession client, List<String> there, List<String> of) {
        assertThat(of.stream()
                        .filter(key -> client.ask(get(key)) instanceof Reply.Value)
                        .toList())
                .containsExactlyElementsOf(there);
    }

    private static void assertRefused(Reply reply, String... says) {
        assertThat(reply).isInstanceOf(Reply.Failure.class);
        assertThat(((Reply.Failure) reply).status()).isEqualTo(Status.NOT_OWNER);
        for (String part : says) {
            assertThat(((Reply.Failure) reply).message()).contains(part);
        }
    }

    private static long granted(Reply reply) {
        return ((Reply.Leased) reply).token();
    }

    /** How a settlement failed; null if it did not. */
    private static Status settled(RecordingSession client, String key, long token, EntryChange... changes) {
        Reply.Many many = (Reply.Many) client.ask(
                new Command.Settle(HANDLE, List.of(new Command.Settlement(text(key), token, List.of(changes), null))));
        return many.replies().get(0) instanceof Reply.Failure failure ? failure.status() : null;
    }

    /** What a client gets that can reach all but these. */
    private static List<Reply.Hint> handed(RecordingSession client, String... away) {
        return hints(client.ask(new Command.Away(List.of(away))));
    }

    private static List<Reply.Hint> hints(Reply reply) {
        return ((Reply.Hints) reply).hints();
    }

    private static List<Bytes> keysOf(List<Reply.Hint> hints) {
        return hints.stream().flatMap(hint -> hint.keys().stream()).toList();
    }

    private List<Hints.OfCache> hintsFor(String member) {
        return List.copyOf(node.hints.of(member));
    }

    /** The keys that are kept for a member: in memory, and what replay makes of the log. */
    private List<Bytes> hinted(String member) {
        return hintsFor(member).stream()
                .flatMap(of -> node.log.replay(of.keys().id()).keySet().stream())
                .toList();
    }
}
