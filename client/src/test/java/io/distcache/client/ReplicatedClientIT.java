package io.distcache.client;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.spi.RemoteCache;
import io.distcache.fixtures.ScriptedNode;
import io.distcache.fixtures.ScriptedReplicas;
import io.distcache.fixtures.ScriptedReplicas.Fate;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Opcode;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.ValueTag;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a client says to the members of a replicated pool; they do what each test wants. */
@Timeout(60)
class ReplicatedClientIT {
    private static final CacheDefinition BOOKS = CacheDefinition.of("shop", "books");
    private static final Bytes VALUE = Bytes.ofUtf8("\u0002value");
    private static final int GROUPS = 4;
    private static final Set<Opcode> OF_RINGS =
            EnumSet.of(Opcode.POOL, Opcode.AWAY, Opcode.HANDED_OVER, Opcode.INVALIDATE, Opcode.STANDING);

    private ScriptedReplicas pool;
    private DistCacheClient client;
    private RemoteCache cache;

    @BeforeEach
    void start() throws IOException {
        pool = new ScriptedReplicas(3, GROUPS);
    }

    @AfterEach
    void stop() throws IOException {
        if (client != null) {
            client.close();
        }
        pool.close();
    }

    private void connect(ClientConfig.Builder config, CacheDefinition definition) {
        ScriptedNode first = pool.nodes.get(0);
        client = DistCacheClient.connect(config.members(List.of(new Member("first", first.address(), 1)))
                .minBackoff(Duration.ofMillis(20))
                .maxBackoff(Duration.ofMillis(100))
                .build());
        cache = client.remote().open(definition);
        eventually(() -> assertThat(
                        client.pool().nodes().stream().allMatch(node -> node.state() == NodeListener.State.HEALTHY))
                .isTrue());
    }

    private void connect() {
        connect(ClientConfig.builder(), BOOKS);
    }

    private Command.Put put(Bytes key) {
        return new Command.Put(cache.handle(), key, VALUE, Condition.ALWAYS, Ttl.DEFINED, false);
    }

    private Command.Get get(Bytes key) {
        return new Command.Get(cache.handle(), key);
    }

    private Command.Add add(Bytes key) {
        return new Command.Add(
                cache.handle(), key, ScriptedReplicas.number(1), ScriptedReplicas.number(1), Ttl.DEFINED);
    }

    private static long count(ScriptedNode node, Opcode opcode) {
        return node.peers.stream()
                .flatMap(peer -> peer.received.stream())
                .filter(command -> command.opcode() == opcode)
                .count();
    }

    // --- routes

    @Test
    void one_node_is_enough_to_find_all_and_nothing_of_rings_is_said() {
        connect();
        for (int group = 0; group < GROUPS; group++) {
            Bytes key = pool.keyIn(group);
            cache.call(put(key));
            assertThat(cache.call(get(key))).isInstanceOf(Reply.Value.class);
            assertThat(pool.nodes.get(pool.leaderOf(key)).peer().received).contains(get(key));
        }
        for (ScriptedNode node : pool.nodes) {
            assertThat(node.peer().received).doesNotContain(Command.Standing.QUESTION);
            OF_RINGS.forEach(
                    opcode -> assertThat(count(node, opcode)).as("%s", opcode).isZero());
            assertThat(count(node, Opcode.ROUTES)).isEqualTo(1);
            assertThat(count(node, Opcode.OPEN_CACHE)).isEqualTo(1);
            assertThat(node.peer().hello.capabilities() & Hello.REPLICATED).isNotZero();
        }
        PoolStatus status = client.pool();
        assertThat(status.groups()).isEqualTo(GROUPS);
        assertThat(status.groupsWithoutLeader()).isZero();
        assertThat(status.nodes().stream().map(NodeStatus::groupsLed)).containsExactly(2, 1, 1);
        assertThat(status.members().stream().map(Member::name)).containsExactly("n0", "n1", "n2");
    }

    @Test
    void the_node_first_connected_to_is_not_connected_to_again_under_the_name_that_routes_give_it() {
        connect();
        assertThat(pool.nodes.get(0).peers).hasSize(1);
    }

    @Test
    void calls_go_to_a_new_leader_as_soon_as_it_is_pushed() {
        connect();
        Bytes key = pool.keyIn(1);
        pool.lead(1, 2);
        pool.push();
        eventually(
                () -> assertThat(client.pool().nodes().get(2).groupsLed() == 2).isTrue());
        cache.call(get(key));
        assertThat(pool.nodes.get(2).peer().received).contains(get(key));
        assertThat(pool.nodes.get(1).peer().received).doesNotContain(get(key));
    }

    @Test
    void a_refusal_leads_to_the_new_leader_also_if_nobody_pushes_it() {
        connect();
        Bytes key = pool.keyIn(1);
        pool.lead(1, 2);
        cache.call(put(key));
        assertThat(pool.value(key)).isEqualTo(VALUE);
        assertThat(pool.made).hasSize(1);
    }

    @Test
    void a_call_waits_for_an_election() {
        connect();
        Bytes key = pool.keyIn(1);
        pool.lead(1, Routes.NOBODY);
        pool.push();
        CompletableFuture<Reply> read = cache.callAsync(get(key)).toCompletableFuture();
        CompletableFuture<Reply> written = cache.callAsync(put(key)).toCompletableFuture();
        assertThat(read).isNotDone();
        pool.lead(1, 0);
        pool.push();
        assertThat(read.join()).isNotNull();
        assertThat(((Reply.Changed) written.join()).applied()).isTrue();
    }

    @Test
    void a_node_that_has_lost_its_data_gets_no_calls() throws IOException {
        connect();
        ScriptedNode lost = pool.nodes.get(1);
        lost.stop();
        lost.hello = new Hello.Node(Hello.VERSION, 0, "n1", 2, 1 << 20, 4096, 30_000);
        lost.restart();
        eventually(() -> {
            assertThat(client.pool().nodes().get(1).reason()).contains("lost its data");
            assertThat(client.pool().nodes().get(1).state()).isEqualTo(NodeListener.State.DOWN);
        });
        Bytes key = pool.keyIn(1);
        CompletableFuture<Reply> written = cache.callAsync(put(key)).toCompletableFuture();
        pool.leadInsteadOf(1, 2);
        pool.push();
        assertThat(written.join()).isInstanceOf(Reply.Changed.class);
        assertThat(pool.value(key)).isEqualTo(VALUE);
    }

    @Test
    void a_node_that_becomes_one_of_a_replicated_pool_takes_its_clients_along() throws Exception {
        pool.nodes.get(0).hello = new Hello.Node(Hello.VERSION, 0, "n0", 1, 1 << 20, 4096, 30_000);
        pool.leadInsteadOf(1, 0);
        pool.leadInsteadOf(2, 0);
        connect();
        assertThat(client.pool().groups()).isZero();
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Integer> counting = CompletableFuture.supplyAsync(() -> {
            int count = 0;
            while (!over.get()) {
                cache.callOnce(add(pool.keyIn(count++ % GROUPS)));
                cache.call(get(pool.keyIn(count % GROUPS)));
            }
            return count;
        });
        TimeUnit.MILLISECONDS.sleep(50);
        pool.push();
        eventually(() -> assertThat(client.pool().nodes())
                .hasSize(3)
                .allMatch(node -> node.state() == NodeListener.State.HEALTHY));
        pool.lead(1, 1);
        pool.lead(2, 2);
        pool.push();
        TimeUnit.MILLISECONDS.sleep(100);
        over.set(true);
        assertThat(pool.made).hasSize(counting.get());
        assertThat(count(pool.nodes.get(2), Opcode.ONCE)).isPositive();
        assertThat(count(pool.nodes.get(1), Opcode.OPEN_CACHE)).isEqualTo(1);
    }

    @Test
    void subscriptions_are_on_all_nodes() {
        connect();
        cache.subscribe(0x0f, 0, false, (event, acknowledge) -> acknowledge.run());
        for (ScriptedNode node : pool.nodes) {
            assertThat(node.peer().received).contains(new Command.Subscribe(cache.handle(), 0x0f, 0, false));
        }
    }

    // --- when there is no leader

    @Test
    void a_lost_majority_is_said_with_the_members_and_what_is_known_of_each() throws IOException {
        connect(ClientConfig.builder().callTimeout(Duration.ofMillis(500)), BOOKS);
        pool.nodes.get(1).stop();
        pool.nodes.get(2).stop();
        pool.faults = (node, command) -> Fate.UNAVAILABLE;
        eventually(() -> assertThat(client.pool().nodes().get(1).state() == NodeListener.State.DOWN
                        && client.pool().nodes().get(2).state() == NodeListener.State.DOWN)
                .isTrue());
        for (Command.OnEntry command : List.of(get(pool.keyIn(0)), put(pool.keyIn(1)))) {
            assertThatThrownBy(() -> cache.call(command))
                    .isInstanceOf(UnreachableException.class)
                    .hasMessageContaining("no leader of group " + pool.routes().groupOf(command.key()))
                    .hasMessageContaining("n0 (" + pool.nodes.get(0).address() + ") is connected")
                    .hasMessageContaining("n2 (" + pool.nodes.get(2).address() + ") is down")
                    .hasMessageContaining("reaches 1 of 3 members; a majority of 2");
        }
        assertThat(pool.made).isEmpty();
    }

    @Test
    void under_miss_reads_miss_when_time_is_over_and_writes_fail() {
        CacheDefinition missing = new CacheDefinition(
                "shop",
                "missing",
                CacheDefinition.Expiry.ETERNAL,
                0,
                0,
                CacheDefinition.WhenFull.EVICT,
                CacheDefinition.Durability.LOGGED,
                Map.of(FailurePolicy.ATTRIBUTE, "miss"));
        connect(ClientConfig.builder().callTimeout(Duration.ofMillis(300)), missing);
        pool.faults = (node, command) -> Fate.UNAVAILABLE;
        Bytes key = pool.keyIn(0);
        assertThat(cache.call(get(key))).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(((Reply.Many) cache.call(new Command.GetAll(cache.handle(), List.of(key, pool.keyIn(1))))).replies())
                .containsOnly(Reply.Miss.INSTANCE);
        assertThat(cache.call(new Command.Size(cache.handle()))).isEqualTo(new Reply.Count(0));
        // It may be sent once more just before its time is over.
        assertThatThrownBy(() -> cache.call(put(key)))
                .isInstanceOfAny(UnreachableException.class, IndeterminateException.class);
        assertThat(client.pool().droppedWrites()).isZero();
    }

    // --- changes that are made once

    @Test
    void every_change_of_an_entry_has_a_number() {
        connect();
        Bytes key = pool.keyIn(0);
        cache.call(put(key));
        cache.call(new Command.Remove(cache.handle(), key, Condition.ALWAYS, false));
        cache.call(new Command.PutAll(
                cache.handle(),
                List.of(new Command.Pair(key, VALUE), new Command.Pair(pool.keyIn(1), VALUE)),
                false,
                0));
        cache.call(new Command.RemoveAll(cache.handle(), List.of(key, pool.keyIn(1), pool.keyIn(2))));
        assertThat(IntStream.range(0, 3)
                        .mapToLong(i -> count(pool.nodes.get(i), Opcode.ONCE))
                        .sum())
                .isEqualTo(7);
        for (Opcode plain : EnumSet.of(Opcode.PUT, Opcode.REMOVE, Opcode.PUT_ALL, Opcode.REMOVE_ALL)) {
            pool.nodes.forEach(node -> assertThat(count(node, plain)).isZero());
        }
    }

    @Test
    void a_change_whose_reply_is_lost_is_asked_for_at_the_next_leader_and_made_once() {
        connect();
        for (Fate fate : List.of(Fate.REPLY_LOST, Fate.COMMAND_LOST, Fate.INDETERMINATE)) {
            pool.made.clear();
            Bytes key = pool.keyIn(1);
            Bytes before = pool.value(key);
            int leader = pool.leaderOf(key);
            int next = (leader + 1) % 3;
            AtomicBoolean lost = new AtomicBoolean();
            pool.faults = (node, command) -> {
                if (command.opcode() == Opcode.ONCE && lost.compareAndSet(false, true)) {
                    CompletableFuture.runAsync(
                            () -> {
                                pool.lead(1, next);
                                pool.push();
                            },
                            CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS));
                    return fate;
                }
                return Fate.ANSWERED;
            };
            Reply reply = cache.callOnce(add(key));
            assertThat(((Reply.Value) reply).value())
                    .as("%s", fate)
                    .isEqualTo(before == null ? ScriptedReplicas.number(1) : plusOne(before));
            assertThat(pool.made).as("%s", fate).hasSize(1);
            eventually(
                    () -> client.pool().nodes().stream().allMatch(node -> node.state() == NodeListener.State.HEALTHY));
        }
        assertThat(client.pool().repeatedChanges()).isPositive();
    }

    private static Bytes plusOne(Bytes number) {
        return ScriptedReplicas.number(
                java.nio.ByteBuffer.wrap(number.array(), number.offset() + 1, 8).getLong() + 1);
    }

    @Test
    void a_call_at_a_leader_that_stands_still_goes_to_the_next_one_in_its_time() {
        connect();
        Bytes key = pool.keyIn(1);
        pool.faults = (node, command) -> node == 1 ? Fate.IGNORED : Fate.ANSWERED;
        long begun = System.nanoTime();
        CompletableFuture<Reply> written = cache.callAsync(put(key)).toCompletableFuture();
        CompletableFuture<Reply> read = cache.callAsync(get(key)).toCompletableFuture();
        eventually(() -> assertThat(count(pool.nodes.get(1), Opcode.ONCE) == 1).isTrue());
        pool.lead(1, 2);
        pool.push();
        assertThat(written.join()).isInstanceOf(Reply.Changed.class);
        assertThat(read.join()).isNotNull();
        assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(2));
        assertThat(pool.made).hasSize(1);
    }

    @Test
    void a_group_that_does_not_answer_uses_up_no_numbers_of_the_others() {
        connect(ClientConfig.builder().callTimeout(Duration.ofSeconds(10)).maxInFlight(4096), BOOKS);
        pool.faults = (node, command) -> command instanceof Command.Once once
                        && pool.routes().groupOf(once.key()) == 1
                        && pool.leaderOf(once.key()) == 1
                ? Fate.IGNORED
                : Fate.ANSWERED;
        List<CompletableFuture<Reply>> stuck = IntStream.range(0, 2100)
                .mapToObj(i -> cache.callOnceAsync(add(pool.keyIn(1))).toCompletableFuture())
                .toList();
        for (int i = 0; i < 100; i++) {
            cache.callOnce(add(pool.keyIn(2)));
        }
        assertThat(pool.made).hasSize(100);
        pool.lead(1, 2);
        pool.push();
        stuck.forEach(CompletableFuture::join);
        assertThat(pool.value(pool.keyIn(1))).isEqualTo(ScriptedReplicas.number(2100));
        assertThat(count(pool.nodes.get(1), Opcode.ADD) + count(pool.nodes.get(2), Opcode.ADD))
                .isZero();
    }

    @Test
    void sums_are_exact_while_leaders_change_and_connections_break() throws Exception {
        connect(ClientConfig.builder().callTimeout(Duration.ofSeconds(20)), BOOKS);
        AtomicInteger count = new AtomicInteger();
        pool.faults = (node, command) -> {
            int number = count.incrementAndGet();
            return number % 97 == 0
                    ? Fate.REPLY_LOST
                    : number % 61 == 0 ? Fate.COMMAND_LOST : number % 43 == 0 ? Fate.INDETERMINATE : Fate.ANSWERED;
        };
        AtomicBoolean over = new AtomicBoolean();
        Thread elections = new Thread(() -> {
            for (int i = 0; !over.get(); i++) {
                pool.lead(i % GROUPS, i % 5 == 4 ? Routes.NOBODY : i % 3);
                pool.push();
                try {
                    Thread.sleep(20);
                } catch (InterruptedException e) {
                    return;
                }
            }
            for (int group = 0; group < GROUPS; group++) {
                pool.lead(group, group % 3);
            }
            pool.push();
        });
        elections.start();
        List<CompletableFuture<Void>> callers = new ArrayList<>();
        int each = 100;
        for (int caller = 0; caller < 4; caller++) {
            callers.add(CompletableFuture.runAsync(
                    () -> {
                        for (int i = 0; i < each; i++) {
                            cache.call(add(pool.keyIn(i % GROUPS)));
                        }
                    },
                    task -> new Thread(task).start()));
        }
        TimeUnit.SECONDS.sleep(1);
        over.set(true);
        elections.join();
        for (CompletableFuture<Void> caller : callers) {
            caller.get(40, TimeUnit.SECONDS);
        }
        for (int group = 0; group < GROUPS; group++) {
            assertThat(pool.value(pool.keyIn(group))).isEqualTo(ScriptedReplicas.number(4L * each / GROUPS));
        }
        assertThat(pool.made).hasSize(4 * each);
        System.out.println("sums: " + count + " commands for " + 4 * each + " changes, "
                + client.pool().repeatedChanges() + " repeated");
    }

    // --- many entries, whole caches

    @Test
    void many_entries_are_cut_by_leader_and_what_one_does_not_lead_any_more_is_cut_anew() {
        connect();
        List<Bytes> keys = IntStream.range(0, GROUPS).mapToObj(pool::keyIn).toList();
        List<Command.Pair> pairs =
                keys.stream().map(key -> new Command.Pair(key, VALUE)).toList();
        assertThat(cache.call(new Command.PutAll(cache.handle(), pairs, false, Ttl.DEFINED)))
                .isEqualTo(new Reply.Affected(GROUPS, 0));
        pool.lead(0, 1);
        pool.lead(3, 2);
        Reply.Many found = (Reply.Many) cache.call(new Command.GetAll(cache.handle(), keys));
        assertThat(found.replies())
                .hasSize(GROUPS)
                .allMatch(reply ->
                        reply instanceof Reply.Value value && value.value().equals(VALUE));
        pool.lead(1, 0);
        assertThat(cache.call(new Command.RemoveAll(cache.handle(), keys)))
                .isEqualTo(new Reply.Affected(GROUPS, GROUPS));
    }

    @Test
    void many_changes_are_each_made_once_when_replies_are_lost() {
        connect(ClientConfig.builder().callTimeout(Duration.ofSeconds(20)), BOOKS);
        AtomicInteger count = new AtomicInteger();
        pool.faults = (node, command) -> count.incrementAndGet() % 150 == 0 ? Fate.REPLY_LOST : Fate.ANSWERED;
        List<Command.Pair> pairs = IntStream.range(0, 1000)
                .mapToObj(i -> new Command.Pair(Bytes.ofUtf8("\u0002many" + i), VALUE))
                .toList();
        assertThat(cache.call(new Command.PutAll(cache.handle(), pairs, true, Ttl.DEFINED)))
                .isEqualTo(new Reply.Affected(1000, 0));
        assertThat(pool.made).hasSize(1000);
        assertThat(cache.call(new Command.Size(cache.handle()))).isEqualTo(new Reply.Count(1000));
    }

    @Test
    void a_command_on_a_whole_cache_is_done_for_each_group_by_its_leader_and_summed() {
        connect();
        for (int group = 0; group < GROUPS; group++) {
            cache.call(put(pool.keyIn(group)));
        }
        pool.lead(0, 2);
        assertThat(cache.call(new Command.Size(cache.handle()))).isEqualTo(new Reply.Count(GROUPS));
        pool.lead(1, 2);
        assertThat(cache.call(new Command.RemoveEvery(cache.handle()))).isEqualTo(new Reply.Affected(GROUPS, GROUPS));
        cache.call(put(pool.keyIn(2)));
        assertThat(cache.call(new Command.Clear(cache.handle()))).isEqualTo(Reply.Ok.INSTANCE);
        assertThat(cache.call(new Command.Size(cache.handle()))).isEqualTo(new Reply.Count(0));
        assertThat(pool.made.stream().filter(command -> command.opcode() == Opcode.OF_GROUP))
                .hasSize(2 * GROUPS);
    }

    @Test
    void a_scan_goes_from_leader_to_leader_and_on_with_the_next_if_one_changes() {
        connect();
        Set<Bytes> keys = new HashSet<>();
        for (int i = 0; i < 300; i++) {
            Bytes key = Bytes.ofUtf8("\u0002scanned" + i);
            cache.call(put(key));
            keys.add(key);
        }
        RemoteCache.Pages pages = cache.pages(100, true, Bytes.EMPTY);
        List<Bytes> found = new ArrayList<>();
        for (int page = 0; ; page++) {
            List<Reply.Item> items = pages.next();
            if (items == null) {
                break;
            }
            items.forEach(item -> found.add(item.key()));
            if (page % 10 == 5) {
                pool.lead(page / 16, (page / 10) % 3);
            }
        }
        assertThat(found).hasSize(300);
        assertThat(new HashSet<>(found)).isEqualTo(keys);
    }

    /** The first node is alone as long as {@code alone} says, and its shards are others than those of a member. */
    private List<Bytes> putAtNodeAlone(AtomicBoolean alone) {
        ScriptedNode node = pool.nodes.get(0);
        Hello.Node asMember = node.hello;
        node.hello = new Hello.Node(Hello.VERSION, 0, "n0", 1, 1 << 20, 4096, 30_000);
        pool.leadInsteadOf(1, 0);
        pool.leadInsteadOf(2, 0);
        connect();
        List<Bytes> keys = IntStream.range(0, 300)
                .mapToObj(i -> Bytes.ofUtf8("\u0002scanned" + i))
                .toList();
        keys.forEach(key -> cache.call(put(key)));
        ScriptedNode.Script member = node.script;
        node.script = (peer, request, command) -> {
            if (!(command instanceof Command.Scan scan) || node.hello.equals(asMember)) {
                return member.answer(peer, request, command);
            }
            if (!alone.get()) {
                node.hello = asMember;
                peer.reply(request, new Reply.Failure(Status.DRAINING, "it starts anew"));
                peer.hangUp();
                return true;
            }
            int page = (int) (scan.cursor() >>> 43);
            peer.reply(
                    request,
                    new Reply.Page(
                            page == 5 ? -1 : page + 1L << 43,
                            keys.subList(50 * page, 50 * page + 50).stream()
                                    .map(key -> new Reply.Item(key, 1, null))
                                    .toList()));
            return true;
        };
        return keys;
    }

    private void becomeMember() {
        pool.nodes.get(0).hello = new Hello.Node(Hello.VERSION, Hello.REPLICATED, "n0", 1, 1 << 20, 4096, 30_000);
        pool.push();
        eventually(() -> assertThat(client.pool().nodes())
                .hasSize(3)
                .allMatch(node -> node.state() == NodeListener.State.HEALTHY));
    }

    private static List<Bytes> next(RemoteCache.Pages pages) {
        List<Reply.Item> items = pages.next();
        return items == null ? List.of() : items.stream().map(Reply.Item::key).toList();
    }

    private static List<Bytes> rest(RemoteCache.Pages pages) {
        List<Bytes> found = new ArrayList<>();
        for (List<Reply.Item> items = pages.next(); items != null; items = pages.next()) {
            items.forEach(item -> found.add(item.key()));
        }
        return found;
    }

    @Test
    void a_scan_begins_anew_when_its_node_becomes_a_member_of_a_replicated_pool() {
        List<Bytes> keys = putAtNodeAlone(new AtomicBoolean(true));
        RemoteCache.Pages pages = cache.pages(50, true, Bytes.EMPTY);
        assertThat(next(pages)).hasSize(50);
        assertThat(next(pages)).hasSize(50);
        becomeMember();
        assertThat(rest(pages)).containsExactlyInAnyOrderElementsOf(keys);
    }

    @Test
    void a_scan_that_is_over_does_not_begin_anew() {
        List<Bytes> keys = putAtNodeAlone(new AtomicBoolean(true));
        RemoteCache.Pages pages = cache.pages(50, true, Bytes.EMPTY);
        List<Bytes> found = new ArrayList<>();
        for (int page = 0; page < 6; page++) {
            found.addAll(next(pages));
        }
        assertThat(found).containsExactlyElementsOf(keys);
        becomeMember();
        assertThat(pages.next()).isNull();
    }

    @Test
    void a_scan_whose_node_starts_anew_as_a_member_waits_for_it() {
        AtomicBoolean alone = new AtomicBoolean(true);
        List<Bytes> keys = putAtNodeAlone(alone);
        RemoteCache.Pages pages = cache.pages(50, true, Bytes.EMPTY);
        alone.set(false);
        assertThat(rest(pages)).containsExactlyInAnyOrderElementsOf(keys);
    }

    /** The cursor that it has from before would be taken for one of a member. */
    @Test
    void a_scan_that_has_begun_and_whose_node_starts_anew_as_a_member_waits_for_it_and_begins_anew() {
        AtomicBoolean alone = new AtomicBoolean(true);
        List<Bytes> keys = putAtNodeAlone(alone);
        RemoteCache.Pages pages = cache.pages(50, true, Bytes.EMPTY);
        assertThat(next(pages)).hasSize(50);
        alone.set(false);
        assertThat(rest(pages)).containsExactlyInAnyOrderElementsOf(keys);
    }

    // --- leases

    private Reply settle(Reply.Leased lease, Bytes key) {
        Reply.Many many = (Reply.Many) cache.call(new Command.Settle(
                cache.handle(),
                List.of(new Command.Settlement(
                        key, lease.token(), List.of(new EntryChange.Put(VALUE, Ttl.DEFINED)), null))));
        return many.replies().get(0);
    }

    private Reply.Leased lease(Bytes key) {
        return (Reply.Leased) cache.call(new Command.Lease(cache.handle(), key, false, 10_000));
    }

    private static Status status(Reply reply) {
        return ((Reply.Failure) reply).status();
    }

    @Test
    void a_lease_ends_with_its_leader_and_that_is_told_from_one_that_took_too_long() {
        connect();
        Bytes key = pool.keyIn(1);
        assertThat(settle(lease(key), key)).isInstanceOf(Reply.Changed.class);
        Reply.Leased lease = lease(key);
        pool.lead(1, 2);
        pool.push();
        eventually(
                () -> assertThat(client.pool().nodes().get(2).groupsLed() == 2).isTrue());
        assertThat(status(settle(lease, key))).isEqualTo(Status.NOT_LEADER);
        assertThat(status(settle(new Reply.Leased(12345, 1, null), key))).isEqualTo(Status.LEASE_LOST);
    }

    @Test
    void a_settlement_that_did_not_arrive_is_known_not_to_have_been_applied() {
        connect();
        Bytes key = pool.keyIn(1);
        cache.call(put(key));
        Reply.Leased lease = lease(key);
        pool.made.clear();
        AtomicBoolean lost = new AtomicBoolean();
        pool.faults = (node, command) -> command.opcode() == Opcode.SETTLE && lost.compareAndSet(false, true)
                ? Fate.COMMAND_LOST
                : Fate.ANSWERED;
        assertThat(status(settle(lease, key))).isEqualTo(Status.NOT_LEADER);
        assertThat(pool.made).isEmpty();
    }

    @Test
    void a_settlement_at_a_leader_that_stands_still_is_found_out_about_at_the_next() {
        connect();
        Bytes key = pool.keyIn(1);
        cache.call(put(key));
        Reply.Leased lease = lease(key);
        pool.faults = (node, command) -> node == 1 ? Fate.IGNORED : Fate.ANSWERED;
        CompletableFuture<Reply> settled = CompletableFuture.supplyAsync(() -> settle(lease, key));
        eventually(() -> assertThat(count(pool.nodes.get(1), Opcode.SETTLE)).isEqualTo(1));
        pool.lead(1, 2);
        pool.push();
        assertThat(status(settled.join())).isEqualTo(Status.NOT_LEADER);
    }

    @Test
    void a_call_that_a_node_had_wait_for_longer_than_calls_take_has_its_time_anew_at_the_next_leader()
            throws Exception {
        connect(ClientConfig.builder().callTimeout(Duration.ofMillis(400)), BOOKS);
        Bytes key = pool.keyIn(1);
        ScriptedNode waiting = pool.nodes.get(1);
        ScriptedNode.Script usual = waiting.script;
        waiting.script = (peer, request, command) -> {
            if (command.opcode() != Opcode.LEASE && command.opcode() != Opcode.ONCE) {
                return usual.answer(peer, request, command);
            }
            peer.push(new Push.Queued(request, 5000));
            return true;
        };
        CompletableFuture<Reply> leased = cache.callAsync(
                        new Command.Lease(cache.handle(), pool.keyIn(1), false, 10_000))
                .toCompletableFuture();
        CompletableFuture<Reply> written = cache.callAsync(put(key)).toCompletableFuture();
        TimeUnit.MILLISECONDS.sleep(700);
        assertThat(leased).isNotDone();
        pool.lead(1, Routes.NOBODY);
        pool.push();
        TimeUnit.MILLISECONDS.sleep(250);
        pool.lead(1, 2);
        pool.push();
        assertThat(leased.get()).isInstanceOf(Reply.Leased.class);
        assertThat(written.get()).isInstanceOf(Reply.Changed.class);
    }

    @Test
    void a_settlement_whose_reply_is_lost_is_asked_for_at_the_next_leader_also_of_an_entry_that_was_not_there() {
        connect();
        Bytes key = pool.keyIn(1);
        Reply.Leased lease = lease(key);
        AtomicInteger settlements = new AtomicInteger();
        pool.faults = (node, command) -> {
            if (command.opcode() != Opcode.SETTLE) {
                return Fate.ANSWERED;
            }
            if (settlements.incrementAndGet() == 1) {
                return Fate.REPLY_LOST;
            }
            if (settlements.get() == 2) {
                pool.lead(1, 2);
                pool.push();
            }
            return Fate.ANSWERED;
        };
        assertThat(settle(lease, key)).isInstanceOf(Reply.Changed.class);
        assertThat(settlements.get()).isGreaterThan(2);
        assertThat(pool.made).hasSize(1);
        assertThat(client.pool().repeatedChanges()).isPositive();
    }

    @Test
    void of_several_settlements_each_is_known_to_be_applied_or_not() {
        connect();
        List<Command.Settlement> settlements = new ArrayList<>();
        for (int group = 0; group < GROUPS; group++) {
            Bytes key = pool.keyIn(group);
            settlements.add(new Command.Settlement(
                    key,
                    lease(key).token(),
                    List.of(new EntryChange.Put(VALUE, Ttl.DEFINED)),
                    group == 2 ? new Command.Share.Keep() : null));
        }
        AtomicInteger settled = new AtomicInteger();
        // Groups 0 and 3 are the first node's, group 1 the second's.
        pool.faults = (node, command) -> command.opcode() != Opcode.SETTLE || settled.incrementAndGet() > 3
                ? Fate.ANSWERED
                : node == 0 ? Fate.REPLY_LOST : node == 1 ? Fate.COMMAND_LOST : Fate.INDETERMINATE;
        Reply.Many many = (Reply.Many) cache.call(new Command.Settle(cache.handle(), settlements));
        assertThat(many.replies().get(0)).isInstanceOf(Reply.Changed.class);
        assertThat(status(many.replies().get(1))).isEqualTo(Status.NOT_LEADER);
        assertThat(many.replies().get(2)).isInstanceOf(Reply.Changed.class);
        assertThat(many.replies().get(3)).isInstanceOf(Reply.Changed.class);
        assertThat(pool.made).hasSize(3);
    }

    @Test
    void the_old_value_comes_although_the_reply_was_lost_unless_it_is_large() {
        connect();
        Bytes key = pool.keyIn(1);
        byte[] large = new byte[Command.Once.MOST_OLD_BYTES + 1];
        large[0] = ValueTag.BYTES;
        cache.call(put(key));
        AtomicInteger changes = new AtomicInteger();
        pool.faults = (node, command) ->
                command.opcode() == Opcode.ONCE && changes.incrementAndGet() % 2 == 1 ? Fate.REPLY_LOST : Fate.ANSWERED;
        Command put = new Command.Put(cache.handle(), key, Bytes.of(large), Condition.ALWAYS, Ttl.DEFINED, true);
        assertThat(((Reply.Changed) cache.call(put)).old()).isEqualTo(VALUE);
        assertThatThrownBy(() -> cache.call(new Command.Remove(cache.handle(), key, Condition.ALWAYS, true)))
                .isInstanceOf(IndeterminateException.class)
                .hasMessageContaining("has been made once");
        assertThat(pool.value(key)).isNull();
        assertThat(changes).hasValue(4);
    }

    @Test
    void a_clear_whose_reply_is_lost_takes_nothing_away_that_was_put_after_it() {
        connect();
        Bytes key = pool.keyIn(1);
        cache.call(put(key));
        AtomicInteger clears = new AtomicInteger();
        pool.faults = (node, command) -> {
            if (node != 1 || command.opcode() != Opcode.OF_GROUP) {
                return Fate.ANSWERED;
            }
            if (clears.incrementAndGet() == 2) {
                pool.putByOther(key, VALUE);
            }
            return clears.get() == 1 ? Fate.REPLY_LOST : Fate.ANSWERED;
        };
        assertThat(cache.call(new Command.Clear(cache.handle()))).isEqualTo(Reply.Ok.INSTANCE);
        assertThat(clears).hasValue(2);
        assertThat(pool.value(key)).isEqualTo(VALUE);
    }

    // --- caches

    @Test
    void without_a_majority_what_is_asked_about_caches_is_refused_with_the_members_and_what_is_known_of_each()
            throws IOException {
        connect(ClientConfig.builder().callTimeout(Duration.ofMillis(500)), BOOKS);
        pool.nodes.get(1).stop();
        pool.nodes.get(2).stop();
        eventually(() -> assertThat(client.pool().nodes().get(1).state() == NodeListener.State.DOWN
                        && client.pool().nodes().get(2).state() == NodeListener.State.DOWN)
                .isTrue());
        CacheDefinition pens = CacheDefinition.of("shop", "pens");
        for (ScriptedReplicas.Fate fate : List.of(ScriptedReplicas.Fate.UNAVAILABLE, ScriptedReplicas.Fate.IGNORED)) {
            pool.faultsOfCaches = (node, command) -> fate;
            assertTellsOfMembers(
                    "opening cache pens was not done", () -> client.remote().open(pens));
            assertTellsOfMembers(
                    "looking for cache pens was not done", () -> client.remote().attach("shop", "pens"));
            assertTellsOfMembers(
                    "LIST_CACHES was not done", () -> client.remote().list("shop"));
            assertTellsOfMembers("destroying cache pens was ", () -> client.destroy("shop", "pens"));
        }
    }

    private void assertTellsOfMembers(String what, ThrowingCallable call) {
        long before = System.nanoTime();
        assertThatThrownBy(call)
                .hasMessageContaining(what)
                .hasMessageContaining("the members of the replicated pool have not agreed on it")
                .hasMessageContaining("n0 (" + pool.nodes.get(0).address() + ") is ")
                .hasMessageContaining("n2 (" + pool.nodes.get(2).address() + ") is down")
                .hasMessageContaining("a majority of 2 has to run");
        assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(2));
    }

    @Test
    void a_cache_is_destroyed_by_one_command_and_opened_everywhere() {
        connect();
        assertThat(cache.created()).isTrue();
        assertThat(client.remote().list("shop")).isNotEmpty();
        assertThat(client.destroy("shop", "books")).isTrue();
        assertThat(pool.nodes.stream()
                        .mapToLong(node -> count(node, Opcode.DESTROY_CACHE))
                        .sum())
                .isEqualTo(1);
    }

    @Test
    void what_was_not_applied_is_not_repeated_for_ever() {
        connect(ClientConfig.builder().callTimeout(Duration.ofMillis(300)), BOOKS);
        Bytes key = pool.keyIn(1);
        pool.lead(1, Routes.NOBODY);
        pool.push();
        CompletableFuture<Reply> write = cache.callAsync(put(key)).toCompletableFuture();
        assertThatThrownBy(write::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(UnreachableException.class)
                .hasMessageContaining("nobody is known to lead it in term 2");
        assertThat(count(pool.nodes.get(1), Opcode.ONCE)).isLessThan(70);
    }
}
