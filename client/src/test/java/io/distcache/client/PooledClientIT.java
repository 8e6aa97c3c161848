package io.distcache.client;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.spi.RemoteCache;
import io.distcache.fixtures.ScriptedNode;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Opcode;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.ring.HashRing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a client says to the nodes of a pool, and in which order; the nodes do what each test wants. */
@Timeout(60)
class PooledClientIT {
    private static final CacheDefinition BOOKS = CacheDefinition.of("shop", "books");

    private final List<ScriptedNode> nodes = new ArrayList<>();
    private Membership members;
    private DistCacheClient client;
    private RemoteCache cache;

    @BeforeEach
    void start() throws IOException {
        for (int i = 0; i < 3; i++) {
            ScriptedNode node = new ScriptedNode();
            node.reports = true;
            nodes.add(node);
        }
        members = new Membership(
                1,
                IntStream.range(0, 3)
                        .mapToObj(i -> new PoolMember("n" + i, nodes.get(i).address(), 1))
                        .toList());
    }

    @AfterEach
    void stop() throws IOException {
        if (client != null) {
            client.close();
        }
        for (ScriptedNode node : nodes) {
            node.close();
        }
    }

    private static List<Member> shown(Membership membership) {
        return membership.members().stream()
                .map(member -> new Member(member.name(), member.address(), member.weight()))
                .toList();
    }

    /** Whether calls go by exactly these members. */
    private boolean goesBy(Membership membership) {
        PoolStatus pool = client.pool();
        return pool.epoch() == membership.epoch() && pool.members().equals(shown(membership));
    }

    private void connect(ClientConfig.Builder config, CacheDefinition definition) {
        client = DistCacheClient.connect(config.members(shown(members)).build());
        cache = client.remote().open(definition);
    }

    private void connect() {
        connect(ClientConfig.builder(), BOOKS);
    }

    /** A key that belongs to this node. */
    private Bytes keyOf(int node) {
        HashRing ring = new HashRing(members);
        return IntStream.range(0, 1000)
                .mapToObj(i -> Bytes.ofUtf8("\u0002key" + i))
                .filter(key -> ring.ownerOf(key) == node)
                .findFirst()
                .orElseThrow();
    }

    /** Who serves a key while its owner is away. */
    private int nextOf(Bytes key) {
        HashRing ring = new HashRing(members);
        int owner = ring.ownerOf(key);
        return ring.firstOf(key, member -> member != owner);
    }

    private Command get(Bytes key) {
        return new Command.Get(cache.handle(), key);
    }

    private Command put(Bytes key) {
        return new Command.Put(cache.handle(), key, key, Condition.ALWAYS, Ttl.DEFINED, false);
    }

    private NodeListener.State stateOf(int node) {
        return client.pool().nodes().get(node).state();
    }

    private static long count(ScriptedNode.Peer peer, Opcode opcode) {
        return peer.received.stream()
                .filter(command -> command.opcode() == opcode)
                .count();
    }

    @Test
    void every_node_is_told_of_the_pool_before_it_is_asked_and_gets_the_keys_that_are_its_own() {
        connect();
        for (int i = 0; i < 3; i++) {
            cache.call(put(keyOf(i)));
            assertThat(nodes.get(i).entries).containsOnlyKeys(keyOf(i));
            assertThat(nodes.get(i).peer().received)
                    .containsSubsequence(
                            new Command.Pool("n" + i, members),
                            new Command.Away(List.of()),
                            new Command.OpenCache(cache.handle(), BOOKS, true),
                            put(keyOf(i)));
        }
    }

    @Test
    void what_was_changed_elsewhere_is_invalidated_at_its_owner_before_calls_go_there_again() throws IOException {
        connect();
        Bytes key = keyOf(1);
        int next = nextOf(key);
        ScriptedNode keeper = nodes.get(next);
        keeper.script = (peer, request, command) -> {
            if (command.equals(new Command.Away(List.of())) && count(peer, Opcode.HANDED_OVER) == 0) {
                peer.reply(
                        request, new Reply.Hints(List.of(new Reply.Hint("n1", "shop", "books", false, List.of(key)))));
                return true;
            }
            return false;
        };
        nodes.get(1).stop();
        eventually("told", () -> keeper.peer().received.contains(new Command.Away(List.of("n1"))));
        cache.call(put(key));
        assertThat(keeper.entries).containsKey(key);

        nodes.get(1).script = (peer, request, command) -> {
            if (command.opcode() == Opcode.INVALIDATE) {
                peer.reply(request, Reply.Ok.INSTANCE);
                return true;
            }
            return false;
        };
        nodes.get(1).restart();
        eventually("healthy", () -> stateOf(1) == NodeListener.State.HEALTHY);
        cache.call(get(key));

        assertThat(nodes.get(1).peer().received)
                .containsSubsequence(
                        new Command.Pool("n1", members),
                        new Command.Invalidate("shop", "books", false, List.of(key)),
                        get(key));
        assertThat(keeper.peer().received).containsSubsequence(new Command.Away(List.of()), new Command.HandedOver());
    }

    @Test
    void a_connection_lost_for_a_moment_is_reason_enough_to_ask_for_hints() throws IOException {
        connect();
        for (int round = 2; round < 5; round++) {
            int connections = round;
            nodes.get(1).peer().hangUp();
            eventually(
                    "back", () -> nodes.get(1).peers.size() == connections && stateOf(1) == NodeListener.State.HEALTHY);
            assertThat(cache.call(get(keyOf(1)))).isEqualTo(Reply.Miss.INSTANCE);
            for (int other : new int[] {0, 2}) {
                assertThat(nodes.get(other).peer().received.stream()
                                .filter(new Command.Away(List.of())::equals)
                                .count())
                        .isGreaterThanOrEqualTo(connections);
            }
        }
    }

    @Test
    void a_node_on_which_nothing_can_be_invalidated_gets_no_calls() throws IOException {
        connect();
        Bytes key = keyOf(1);
        for (ScriptedNode node : nodes) {
            node.script = (peer, request, command) -> {
                if (command.equals(new Command.Away(List.of())) && peer != node.peers.get(0)) {
                    return false;
                }
                if (command.equals(new Command.Away(List.of()))) {
                    peer.reply(
                            request, new Reply.Hints(List.of(new Reply.Hint("n1", "shop", "books", true, List.of()))));
                    return true;
                }
                return false;
            };
        }
        nodes.get(1).stop();
        eventually("down", () -> stateOf(1) == NodeListener.State.DOWN);
        // It refuses INVALIDATE, as one that is read-only does.
        nodes.get(1).restart();
        eventually("tried", () -> nodes.get(1).peers.size() > 2);
        assertThat(cache.call(get(key))).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(nodes.get(1).peer().received).doesNotContain(get(key));
    }

    @Test
    void a_refusal_by_a_node_that_sees_the_pool_otherwise_is_told_to_nobody() {
        connect();
        Bytes key = keyOf(0);
        AtomicInteger refusals = new AtomicInteger(2);
        nodes.get(0).script = (peer, request, command) -> {
            if (command.opcode() == Opcode.PUT && refusals.getAndDecrement() > 0) {
                peer.reply(request, new Reply.Failure(Status.NOT_OWNER, "say POOL and AWAY"));
                return true;
            }
            return false;
        };
        assertThat(cache.call(put(key))).isInstanceOf(Reply.Changed.class);
        assertThat(count(nodes.get(0).peer(), Opcode.POOL)).isGreaterThan(1);
        assertThat(count(nodes.get(0).peer(), Opcode.AWAY)).isGreaterThan(1);
    }

    @Test
    void calls_that_wait_for_a_node_that_comes_back_do_not_keep_it_from_coming_back() throws Exception {
        connect(ClientConfig.builder().callTimeout(Duration.ofSeconds(5)), BOOKS);
        List<Bytes> keys = IntStream.range(0, 1000)
                .mapToObj(i -> Bytes.ofUtf8("\u0002key" + i))
                .filter(key -> new HashRing(members).ownerOf(key) == 1)
                .limit(16)
                .toList();
        assertThat(keys).extracting(this::nextOf).contains(0, 2);
        AtomicBoolean slow = new AtomicBoolean();
        for (ScriptedNode node : nodes) {
            // As a node does: it serves keys of another one while that is away for all the connection has said.
            Map<ScriptedNode.Peer, List<String>> away = new ConcurrentHashMap<>();
            node.script = (peer, request, command) -> {
                if (command instanceof Command.Away said) {
                    away.put(peer, said.names());
                    return false;
                }
                if (command.opcode() == Opcode.STANDING && slow.get()) {
                    later(() -> peer.reply(request, new Reply.Standing(false, List.of(), false, 1000, List.of())));
                    return true;
                }
                if (node != nodes.get(1)
                        && command instanceof Command.Put put
                        && keys.contains(put.key())
                        && !away.getOrDefault(peer, List.of()).contains("n1")) {
                    peer.reply(request, new Reply.Failure(Status.NOT_OWNER, "n1 is not away"));
                    return true;
                }
                return false;
            };
        }
        nodes.get(1).stop();
        eventually("down", () -> stateOf(1) == NodeListener.State.DOWN);
        keys.forEach(key -> assertThat(cache.call(put(key))).isInstanceOf(Reply.Changed.class));
        slow.set(true);
        nodes.get(1).restart();
        List<CompletableFuture<Reply>> meanwhile = new ArrayList<>();
        while (stateOf(1) == NodeListener.State.DOWN) {
            keys.forEach(key -> meanwhile.add(cache.callAsync(put(key)).toCompletableFuture()));
            LockSupport.parkNanos(5_000_000);
            assertThat(meanwhile).as("calls until it is back").hasSizeLessThan(20_000);
        }

        for (CompletableFuture<Reply> call : meanwhile) {
            assertThat(call.get(10, TimeUnit.SECONDS)).isInstanceOf(Reply.Changed.class);
        }
    }

    /** After a while, in which calls come. */
    private static void later(SomeWork work) {
        CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS).execute(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // The connection has ended.
            }
        });
    }

    private interface SomeWork {
        void run() throws IOException;
    }

    @Test
    void calls_that_are_tried_again_in_vain_keep_no_other_from_its_next_attempt() throws Exception {
        connect(ClientConfig.builder().callTimeout(Duration.ofSeconds(5)), BOOKS);
        AtomicInteger refusals = new AtomicInteger(1);
        nodes.get(0).script = (peer, request, command) -> refuse(peer, request, command, true);
        nodes.get(1).script = (peer, request, command) ->
                refuse(peer, request, command, command.opcode() == Opcode.PUT && refusals.getAndDecrement() > 0);
        List<CompletableFuture<Reply>> inVain = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            inVain.add(cache.callAsync(put(keyOf(0))).toCompletableFuture());
        }
        eventually("all were tried again", () -> count(nodes.get(0).peer(), Opcode.PUT) >= 2L * inVain.size());

        Reply reply = cache.callAsync(put(keyOf(1))).toCompletableFuture().get(2, TimeUnit.SECONDS);

        assertThat(reply).isInstanceOf(Reply.Changed.class);
        assertThat(refusals.get()).isNegative();
        assertThat(inVain).noneMatch(CompletableFuture::isDone);
    }

    private static boolean refuse(ScriptedNode.Peer peer, int request, Command command, boolean isRefused)
            throws IOException {
        if (command.opcode() != Opcode.PUT || !isRefused) {
            return false;
        }
        peer.reply(request, new Reply.Failure(Status.DRAINING, "stopping"));
        return true;
    }

    @Test
    void a_node_that_stops_is_left_without_a_failed_call_and_its_leases_are_settled_there() throws IOException {
        connect();
        Bytes key = keyOf(2);
        ScriptedNode stopping = nodes.get(2);
        stopping.script = (peer, request, command) -> {
            if (command.opcode() == Opcode.LEASE) {
                peer.reply(request, new Reply.Leased(77, 0, null));
                return true;
            }
            if (command.opcode() == Opcode.SETTLE) {
                peer.reply(request, new Reply.Many(List.of(new Reply.Changed(false, true, 1, null))));
                return true;
            }
            if (stopping.state == HealthReport.State.DRAINING && command.opcode() == Opcode.PUT) {
                peer.reply(request, new Reply.Failure(Status.DRAINING, "stopping"));
                return true;
            }
            return false;
        };
        cache.call(new Command.Lease(cache.handle(), key, false, 1000));
        stopping.state = HealthReport.State.DRAINING;
        // A call that is on its way when the node says so is refused, and goes elsewhere.
        assertThat(cache.call(put(key))).isInstanceOf(Reply.Changed.class);
        stopping.peer().push(new Push.Health(ScriptedNode.health(HealthReport.State.DRAINING)));
        eventually("left", () -> stateOf(2) == NodeListener.State.DOWN);
        assertThat(cache.call(put(key))).isInstanceOf(Reply.Changed.class);
        assertThat(nodes.get(nextOf(key)).entries).containsKey(key);

        Command settle = new Command.Settle(cache.handle(), List.of(new Command.Settlement(key, 77, List.of(), null)));
        assertThat(cache.call(settle)).isInstanceOf(Reply.Many.class);
        assertThat(stopping.peers.get(0).received).contains(settle);
        eventually(
                "the client has closed the connection",
                () -> stopping.peers.get(0).isClosed());
    }

    @Test
    void a_lease_whose_node_is_gone_is_lost_and_nothing_is_sent_elsewhere() throws IOException {
        connect();
        Bytes key = keyOf(2);
        nodes.get(2).script = (peer, request, command) -> {
            if (command.opcode() == Opcode.LEASE) {
                peer.reply(request, new Reply.Leased(77, 0, null));
            }
            return command.opcode() == Opcode.LEASE;
        };
        cache.call(new Command.Lease(cache.handle(), key, false, 1000));
        nodes.get(2).stop();
        eventually("down", () -> stateOf(2) == NodeListener.State.DOWN);
        Reply.Many settled = (Reply.Many) cache.call(
                new Command.Settle(cache.handle(), List.of(new Command.Settlement(key, 77, List.of(), null))));
        assertThat(settled.replies())
                .singleElement()
                .isInstanceOfSatisfying(
                        Reply.Failure.class,
                        failure -> assertThat(failure.status()).isEqualTo(Status.LEASE_LOST));
        assertThat(nodes)
                .allSatisfy(
                        node -> assertThat(count(node.peer(), Opcode.SETTLE)).isZero());
    }

    @Test
    void a_write_of_unknown_outcome_is_told_as_such_and_sent_to_nobody_else() {
        connect();
        Bytes key = keyOf(0);
        nodes.get(0).script = (peer, request, command) -> {
            if (command.opcode() == Opcode.PUT) {
                nodes.get(0).stop();
            }
            return command.opcode() == Opcode.PUT;
        };
        assertThatThrownBy(() -> cache.call(put(key))).isInstanceOf(IndeterminateException.class);
        assertThat(nodes.get(nextOf(key)).entries).isEmpty();
    }

    @Test
    void a_change_made_once_of_unknown_outcome_is_sent_to_nobody_else_and_the_next_one_goes_on_there() {
        connect(ClientConfig.builder().callTimeout(Duration.ofMillis(600)), BOOKS);
        Bytes key = keyOf(0);
        Command.OnEntry change = new Command.Remove(cache.handle(), key, Condition.ALWAYS, false);
        Reply done = new Reply.Changed(false, false, 0, null);
        nodes.get(0).script = (peer, request, command) -> {
            if (command.opcode() == Opcode.ONCE) {
                nodes.get(0).stop();
            }
            return command.opcode() == Opcode.ONCE;
        };
        nodes.get(nextOf(key)).script = (peer, request, command) -> {
            if (command.opcode() == Opcode.ONCE) {
                peer.reply(request, done);
            }
            return command.opcode() == Opcode.ONCE;
        };
        assertThatThrownBy(() -> cache.callOnce(change)).isInstanceOf(IndeterminateException.class);
        assertThat(count(nodes.get(nextOf(key)).peer(), Opcode.ONCE)).isZero();
        eventually("down", () -> stateOf(0) == NodeListener.State.DOWN);
        assertThat(cache.callOnce(change)).isEqualTo(done);
        assertThat(cache.callOnceAsync(change).toCompletableFuture().join()).isEqualTo(done);
        assertThat(count(nodes.get(nextOf(key)).peer(), Opcode.ONCE)).isEqualTo(2);
    }

    @Test
    void a_change_that_a_node_refuses_since_it_is_not_its_own_is_made_where_it_belongs() {
        connect();
        Bytes key = keyOf(0);
        AtomicInteger refused = new AtomicInteger();
        nodes.get(0).script = (peer, request, command) -> {
            if (command.opcode() != Opcode.ONCE) {
                return false;
            }
            boolean first = refused.getAndIncrement() == 0;
            peer.reply(
                    request,
                    first ? new Reply.Failure(Status.NOT_OWNER, "not mine") : new Reply.Changed(true, true, 0, null));
            return true;
        };
        Command.OnEntry change = new Command.Remove(cache.handle(), key, Condition.ALWAYS, false);
        assertThat(cache.callOnce(change)).isEqualTo(new Reply.Changed(true, true, 0, null));
        assertThat(refused.get()).isEqualTo(2);
    }

    @Test
    void a_read_that_is_cut_off_is_answered_by_the_next_node() {
        connect();
        Bytes key = keyOf(0);
        nodes.get(0).script = (peer, request, command) -> {
            if (command.opcode() == Opcode.GET) {
                nodes.get(0).stop();
            }
            return command.opcode() == Opcode.GET;
        };
        assertThat(cache.call(get(key))).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(client.pool().servedElsewhere()).isPositive();
    }

    @Test
    void a_lost_report_makes_a_node_suspect_and_silence_makes_it_down() throws IOException {
        List<String> heard = new CopyOnWriteArrayList<>();
        connect(
                ClientConfig.builder()
                        .healthInterval(Duration.ofMillis(200))
                        .silenceLimit(Duration.ofMillis(1500))
                        .minBackoff(Duration.ofMillis(20))
                        .maxBackoff(Duration.ofMillis(100)),
                BOOKS);
        nodes.get(0).silentHello = true;
        nodes.get(0).reports = false;
        client.addListener(new NodeListener() {
            @Override
            public void stateChanged(String node, State state, String reason) {
                if (node.startsWith("n0")) {
                    heard.add(state.toString());
                }
            }
        });
        eventually("suspect", () -> stateOf(0) == NodeListener.State.SUSPECT);
        nodes.get(0).peer().push(new Push.Health(ScriptedNode.health(HealthReport.State.SERVING)));
        eventually("healthy again", () -> stateOf(0) == NodeListener.State.HEALTHY);
        assertThat(heard).doesNotContain("DOWN");
        eventually("down", () -> stateOf(0) == NodeListener.State.DOWN);
        assertThat(heard).endsWith("SUSPECT", "DOWN");
    }

    @Test
    void new_members_are_told_to_all_nodes_before_calls_go_by_them() throws IOException {
        connect();
        ScriptedNode fourth = new ScriptedNode();
        nodes.add(fourth);
        List<PoolMember> more = new ArrayList<>(members.members());
        more.add(new PoolMember("n3", fourth.address(), 1));
        more.remove(0);
        Membership changed = new Membership(2, more);
        ScriptedNode told = nodes.get(1);
        told.membership = changed;
        told.peer().push(new Push.Members(changed));

        eventually("goes by the new members", () -> goesBy(changed));
        assertThat(nodes.get(2).peer().received).contains(new Command.Pool("n2", changed));
        eventually("the one that is out is left", () -> nodes.get(0).peer().isClosed());
        members = changed;
        HashRing ring = new HashRing(changed);
        Bytes key = IntStream.range(0, 1000)
                .mapToObj(i -> Bytes.ofUtf8("\u0002k" + i))
                .filter(k -> changed.members().get(ring.ownerOf(k)).name().equals("n3"))
                .findFirst()
                .orElseThrow();
        cache.call(put(key));
        assertThat(fourth.entries).containsKey(key);
        assertThat(fourth.peer().received).contains(new Command.OpenCache(cache.handle(), BOOKS, true));
    }

    @Test
    void a_walk_goes_on_at_the_node_that_was_alone_when_others_come_beside_it() throws IOException {
        Membership grown = members;
        members = new Membership(1, members.members().subList(0, 1));
        List<Bytes> keys = IntStream.range(0, 30)
                .mapToObj(i -> Bytes.ofUtf8("\u0002walked" + i))
                .toList();
        for (ScriptedNode node : nodes) {
            node.script = (peer, request, command) -> {
                if (!(command instanceof Command.Scan scan)) {
                    return false;
                }
                int page = (int) scan.cursor();
                peer.reply(
                        request,
                        node != nodes.get(0)
                                ? new Reply.Page(-1, List.of())
                                : new Reply.Page(
                                        page == 2 ? -1 : page + 1,
                                        keys.subList(10 * page, 10 * page + 10).stream()
                                                .map(key -> new Reply.Item(key, 1, null))
                                                .toList()));
                return true;
            };
        }
        connect();
        RemoteCache.Pages pages = cache.pages(10, true, Bytes.EMPTY);
        List<Bytes> found = new ArrayList<>();
        for (List<Reply.Item> items = pages.next(); items != null; items = pages.next()) {
            items.forEach(item -> found.add(item.key()));
            if (found.size() == 10) {
                Membership told = new Membership(2, grown.members());
                nodes.get(0).membership = told;
                nodes.get(0).peer().push(new Push.Members(told));
                eventually("goes by the new members", () -> goesBy(told));
            }
        }
        assertThat(found).isEqualTo(keys);
    }

    @Test
    void members_of_an_absurd_epoch_are_not_taken_and_whoever_says_so_is_not_used() throws IOException {
        connect();
        ScriptedNode mad = nodes.get(1);
        Membership absurd = new Membership(1L << 61, members.members().subList(1, 2));
        mad.membership = absurd;
        mad.peer().push(new Push.Members(absurd));

        eventually("it is down", () -> stateOf(1) == NodeListener.State.DOWN);
        assertThat(goesBy(members)).as(client.pool().toString()).isTrue();
        assertThat(client.pool().nodes().get(1).toString()).contains("more than 1000000 changes away from epoch 1");
        Bytes key = keyOf(1);
        cache.call(put(key));
        assertThat(nodes.get(nextOf(key)).entries).containsKey(key);

        Membership changed = new Membership(
                2, List.of(members.members().get(0), members.members().get(2)));
        ScriptedNode told = nodes.get(2);
        told.membership = changed;
        told.peer().push(new Push.Members(changed));
        eventually("later changes go on", () -> goesBy(changed));
    }

    @Test
    void a_cache_that_throws_names_the_node_and_how_it_is() throws IOException {
        CacheDefinition strict = new CacheDefinition(
                "shop",
                "strict",
                CacheDefinition.Expiry.ETERNAL,
                0,
                0,
                CacheDefinition.WhenFull.EVICT,
                CacheDefinition.Durability.LOGGED,
                Map.of(FailurePolicy.ATTRIBUTE, "throw"));
        connect(ClientConfig.builder(), strict);
        Bytes key = keyOf(1);
        nodes.get(1).stop();
        eventually("down", () -> stateOf(1) == NodeListener.State.DOWN);
        assertThatThrownBy(() -> cache.call(get(key)))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("n1 (" + nodes.get(1).address() + ") is down")
                .hasMessageContaining("throw");
        assertThat(cache.call(get(keyOf(0)))).isEqualTo(Reply.Miss.INSTANCE);
    }
}
