package io.distcache.client;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.distcache.client.RequestRefusedException.Reason;
import io.distcache.client.internal.pool.LastReport;
import io.distcache.client.spi.RemoteCache;
import io.distcache.fixtures.ScriptedNode;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Opcode;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DistCacheClientIT {
    private static final Bytes KEY = Bytes.ofUtf8("\002key");
    private static final Bytes VALUE = Bytes.ofUtf8("\002value");
    private static final CacheDefinition BOOKS = CacheDefinition.of("shop", "books");
    private static final int ALL_KINDS = 0x0f;

    private ScriptedNode node;
    private DistCacheClient client;

    @BeforeEach
    void start() throws IOException {
        node = new ScriptedNode();
    }

    @AfterEach
    void stop() throws IOException {
        if (client != null) {
            client.close();
        }
        node.close();
    }

    private ClientConfig.Builder config() {
        return ClientConfig.parse(node.address()).toBuilder().callTimeout(Duration.ofSeconds(5));
    }

    private RemoteCache open(ClientConfig.Builder config) {
        client = DistCacheClient.connect(config.build());
        return client.remote().open(BOOKS);
    }

    private static Command get(RemoteCache cache, Bytes key) {
        return new Command.Get(cache.handle(), key);
    }

    private static Command put(RemoteCache cache, Bytes key, Bytes value) {
        return new Command.Put(cache.handle(), key, value, Condition.ALWAYS, Ttl.DEFINED, false);
    }

    private static Push.Event created(RemoteCache cache, Bytes key, int cause) {
        return new Push.Event(cache.handle(), EventKind.CREATED, key, VALUE, null, 1, 0, cause);
    }

    private void ignoreAll(Opcode silentFor) {
        node.script = (peer, request, command) -> command.opcode() == silentFor;
    }

    private boolean received(ScriptedNode.Peer peer, Opcode opcode) {
        return peer.received.stream().anyMatch(command -> command.opcode() == opcode);
    }

    // --- handshake

    @Test
    void a_client_introduces_itself_and_stores_and_reads() {
        RemoteCache cache = open(config().clientName("till-3").token("s3cret"));

        assertThat(cache.call(get(cache, KEY))).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(cache.call(put(cache, KEY, VALUE))).isInstanceOf(Reply.Changed.class);
        assertThat(cache.call(get(cache, KEY))).isEqualTo(new Reply.Value(1, VALUE));

        Hello.Client said = node.peer().hello;
        assertThat(said.client()).isEqualTo("till-3");
        assertThat(said.token().reveal()).isEqualTo("s3cret");
        assertThat(said.healthMillis()).isEqualTo(1000);
        assertThat(client.node()).contains("scripted").contains(node.address());
    }

    @Test
    void a_refused_version_is_told_in_the_nodes_words() {
        node.refusal = new Reply.Failure(Status.VERSION_MISMATCH, "this node speaks 7 to 9, the client 1");

        assertThatThrownBy(() -> open(config()))
                .isInstanceOfSatisfying(
                        RequestRefusedException.class,
                        e -> assertThat(e.reason()).isEqualTo(Reason.VERSION_MISMATCH))
                .hasMessageContaining("this node speaks 7 to 9")
                .hasMessageContaining(node.address());
    }

    @Test
    void a_node_that_accepts_and_is_silent_is_unreachable_within_the_connect_timeout() {
        node.silentHello = true;
        long start = System.nanoTime();

        assertThatThrownBy(() -> open(config().connectTimeout(Duration.ofMillis(300))))
                .isInstanceOf(UnreachableException.class);

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
    }

    @Test
    void the_first_reachable_node_serves_and_an_unreachable_pool_names_each_node() throws IOException {
        int freePort;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            freePort = taken.getLocalPort();
        }
        NodeAddress nobody = new NodeAddress("127.0.0.1", freePort);
        // Nobody knows what the other one may have changed on its behalf, so it is told to drop what it has.
        node.script = (peer, request, command) -> {
            if (command instanceof Command.Invalidate) {
                peer.reply(request, Reply.Ok.INSTANCE);
                return true;
            }
            return false;
        };
        client = DistCacheClient.connect(config().nodes(List.of(nobody, NodeAddress.parse(node.address())))
                .build());
        assertThat(client.remote().open(BOOKS).created()).isTrue();

        assertThatThrownBy(() -> DistCacheClient.connect(ClientConfig.of(nobody)))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining(nobody.toString())
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    }

    @Test
    void a_definition_that_differs_is_refused_and_attach_tells_the_real_one() {
        RemoteCache cache = open(config());
        CacheDefinition other = new CacheDefinition(
                "shop",
                "books",
                CacheDefinition.Expiry.ETERNAL,
                10,
                0,
                CacheDefinition.WhenFull.EVICT,
                CacheDefinition.Durability.LOGGED,
                Map.of());

        assertThatThrownBy(() -> client.remote().open(other))
                .isInstanceOf(DefinitionDiffersException.class)
                .hasMessageContaining("maxEntries");
        assertThat(client.remote().attach("shop", "books").orElseThrow().definition())
                .isEqualTo(cache.definition());
        assertThat(client.remote().attach("shop", "missing")).isEmpty();
        assertThat(client.remote().list("shop")).containsExactly(BOOKS);
    }

    // --- pipelining

    @Test
    void replies_out_of_order_reach_the_right_one_of_64_threads() throws Exception {
        List<Runnable> held = new ArrayList<>();
        Random random = new Random(7);
        node.script = (peer, request, command) -> {
            if (!(command instanceof Command.Get get)) {
                return false;
            }
            Reply echo = new Reply.Value(1, get.key());
            synchronized (held) {
                held.add(() -> {
                    try {
                        peer.reply(request, echo);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
                if (held.size() >= 8) {
                    Collections.shuffle(held, random);
                    held.forEach(Runnable::run);
                    held.clear();
                }
            }
            return true;
        };
        RemoteCache cache = open(config());
        AtomicInteger wrong = new AtomicInteger();
        AtomicInteger running = new AtomicInteger(64);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 64; t++) {
            int number = t;
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 1000; i++) {
                    Bytes key = Bytes.ofUtf8(number + ":" + i);
                    if (!cache.call(get(cache, key)).equals(new Reply.Value(1, key))) {
                        wrong.incrementAndGet();
                    }
                }
                running.decrementAndGet();
            });
            threads.add(thread);
            thread.start();
        }
        // The last few would wait for each other; somebody has to fill the batches up.
        while (running.get() > 0) {
            for (int i = 0; i < 8; i++) {
                cache.callAsync(get(cache, KEY));
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wrong).hasValue(0);
    }

    @Test
    void async_calls_complete_and_fail_like_calls_that_wait() {
        RemoteCache cache = open(config().callTimeout(Duration.ofMillis(300)));
        List<CompletableFuture<Reply>> futures = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            futures.add(cache.callAsync(put(cache, Bytes.ofUtf8("" + i), VALUE)).toCompletableFuture());
        }
        futures.forEach(future -> assertThat(future.join()).isInstanceOf(Reply.Changed.class));

        ignoreAll(Opcode.PUT);
        assertThatThrownBy(() -> cache.callAsync(put(cache, KEY, VALUE))
                        .toCompletableFuture()
                        .join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(IndeterminateException.class);
    }

    // --- events

    @Test
    void own_events_come_before_the_reply_and_others_go_to_the_listener() {
        RemoteCache cache = open(config());
        List<Push.Event> heard = new CopyOnWriteArrayList<>();
        cache.subscribe(ALL_KINDS, 0, true, (event, done) -> heard.add(event));
        node.script = (peer, request, command) -> {
            if (command instanceof Command.Put put) {
                peer.push(created(cache, put.key(), request));
                peer.push(created(cache, Bytes.ofUtf8("other"), 0));
                peer.push(created(cache, put.key(), request));
            }
            return false;
        };
        List<Push.Event> own = new ArrayList<>();

        cache.call(put(cache, KEY, VALUE), own::add);

        assertThat(own).extracting(Push.Event::key).containsExactly(KEY, KEY);
        assertThat(heard).extracting(Push.Event::key).containsExactly(Bytes.ofUtf8("other"));

        cache.call(put(cache, KEY, VALUE));
        assertThat(heard).hasSize(4);
    }

    @Test
    void an_event_that_nobody_hears_or_whose_listener_fails_is_acknowledged() throws IOException {
        RemoteCache cache = open(config());
        AtomicReference<Runnable> acknowledge = new AtomicReference<>();
        cache.subscribe(ALL_KINDS, ALL_KINDS, false, (event, done) -> {
            if (event.ackId() == 77) {
                throw new IllegalArgumentException("a listener's fault");
            }
            acknowledge.set(done);
        });
        Push.Event event = new Push.Event(cache.handle(), EventKind.REMOVED, KEY, null, null, 1, 77, 0);
        node.script = (peer, request, command) -> {
            if (command.opcode() == Opcode.SIZE) {
                peer.push(event);
            }
            return false;
        };

        cache.call(new Command.Size(cache.handle()));

        eventually("acknowledged", () -> node.peer().received.contains(new Command.Ack(77)));
        assertThat(cache.call(get(cache, KEY))).isEqualTo(Reply.Miss.INSTANCE);
        node.peer().push(new Push.Event(cache.handle(), EventKind.REMOVED, KEY, null, null, 2, 78, 0));
        eventually("heard", () -> acknowledge.get() != null);
        assertThat(node.peer().received).doesNotContain(new Command.Ack(78));
        acknowledge.get().run();
        eventually("acknowledged", () -> node.peer().received.contains(new Command.Ack(78)));
    }

    @Test
    void a_listener_that_calls_on_the_event_loop_is_told_so_instead_of_waiting_for_itself() {
        RemoteCache cache = open(config());
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        cache.subscribe(
                ALL_KINDS, 0, false, (event, done) -> thrown.set(catchThrowable(() -> cache.call(get(cache, KEY)))));
        node.script = (peer, request, command) -> {
            if (command.opcode() == Opcode.PUT) {
                peer.push(created(cache, KEY, 0));
            }
            return false;
        };

        cache.call(put(cache, KEY, VALUE));

        assertThat(thrown.get()).isInstanceOf(IllegalStateException.class).hasMessageContaining("event loop");
    }

    @Test
    void health_reports_reach_the_client_and_its_listeners() throws IOException {
        client = DistCacheClient.connect(config().build());
        assertThat(client.health()).contains(new LastReport(ScriptedNode.health(HealthReport.State.SERVING)));
        List<NodeReport> heard = new CopyOnWriteArrayList<>();
        client.addListener(new NodeListener() {
            @Override
            public void health(NodeReport report) {
                heard.add(report);
            }
        });
        HealthReport report = ScriptedNode.health(HealthReport.State.READ_ONLY);

        node.peer().push(new Push.Health(report));

        eventually("reported", () -> heard.contains(new LastReport(report)));
        assertThat(client.health()).contains(new LastReport(report));
    }

    // --- time

    @Test
    void a_silent_node_costs_a_read_its_time_limit_and_nothing_more() {
        RemoteCache cache = open(config().callTimeout(Duration.ofMillis(200)));
        ignoreAll(Opcode.GET);
        long start = System.nanoTime();

        assertThatThrownBy(() -> cache.call(get(cache, KEY)))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("GET on cache shop/books")
                .hasMessageContaining("scripted");

        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(190), Duration.ofSeconds(3));
        assertThat(cache.call(put(cache, KEY, VALUE))).isInstanceOf(Reply.Changed.class);
    }

    @Test
    void a_change_that_is_not_answered_in_time_is_indeterminate() {
        RemoteCache cache = open(config().callTimeout(Duration.ofMillis(200)));
        ignoreAll(Opcode.PUT);

        assertThatThrownBy(() -> cache.call(put(cache, KEY, VALUE))).isInstanceOf(IndeterminateException.class);
    }

    @Test
    void a_call_that_queues_for_a_lease_is_given_the_time_the_node_announces() {
        RemoteCache cache = open(config().callTimeout(Duration.ofMillis(300)));
        node.script = (peer, request, command) -> {
            if (command.opcode() != Opcode.PUT) {
                return false;
            }
            peer.push(new Push.Queued(request, 5000));
            new Thread(() -> {
                        try {
                            TimeUnit.MILLISECONDS.sleep(700);
                            peer.reply(request, new Reply.Changed(false, true, 9, null));
                        } catch (IOException | InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    })
                    .start();
            return true;
        };

        assertThat(cache.call(put(cache, KEY, VALUE))).isEqualTo(new Reply.Changed(false, true, 9, null));
    }

    @Test
    void a_node_that_announces_waits_without_end_is_not_believed() {
        RemoteCache cache = open(config().callTimeout(Duration.ofMillis(100)).leaseLimit(Duration.ofMillis(100)));
        node.script = (peer, request, command) -> {
            for (int i = 0; command.opcode() == Opcode.PUT && i < 100; i++) {
                peer.push(new Push.Queued(request, Long.MAX_VALUE));
            }
            return command.opcode() == Opcode.PUT;
        };

        assertThatThrownBy(() -> cache.call(put(cache, KEY, VALUE))).isInstanceOf(IndeterminateException.class);
    }

    @Test
    void a_lease_granted_too_late_is_given_back() {
        RemoteCache cache = open(config().callTimeout(Duration.ofMillis(100)));
        node.script = (peer, request, command) -> {
            if (command.opcode() == Opcode.LEASE) {
                new Thread(() -> {
                            try {
                                TimeUnit.MILLISECONDS.sleep(300);
                                peer.reply(request, new Reply.Leased(55, 0, null));
                            } catch (IOException | InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        })
                        .start();
            }
            return command.opcode() == Opcode.LEASE;
        };

        assertThatThrownBy(() -> cache.call(new Command.Lease(cache.handle(), KEY, false, 1000)))
                .isInstanceOf(UnreachableException.class);

        Command givenBack =
                new Command.Settle(cache.handle(), List.of(new Command.Settlement(KEY, 55, List.of(), null)));
        eventually("settled", () -> node.peer().received.contains(givenBack));
    }

    @Test
    void an_interrupt_does_not_end_a_call_and_is_not_lost() {
        RemoteCache cache = open(config());
        Thread.currentThread().interrupt();

        assertThat(cache.call(get(cache, KEY))).isEqualTo(Reply.Miss.INSTANCE);

        assertThat(Thread.interrupted()).isTrue();
    }

    // --- bounds

    @Test
    void past_the_in_flight_bound_callers_wait_and_then_are_told_to_back_off() {
        node.hello = new Hello.Node(Hello.VERSION, 0, "scripted", 1, 1 << 20, 2, 30_000);
        RemoteCache cache = open(config().callTimeout(Duration.ofMillis(300)));
        List<Runnable> answers = new CopyOnWriteArrayList<>();
        node.script = (peer, request, command) -> {
            answers.add(() -> {
                try {
                    peer.reply(request, Reply.Miss.INSTANCE);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            return true;
        };
        cache.callAsync(get(cache, KEY));
        cache.callAsync(get(cache, KEY));

        assertThatThrownBy(() -> cache.call(get(cache, KEY)))
                .isInstanceOf(OverloadedException.class)
                .hasMessageContaining("all 2 places");

        answers.forEach(Runnable::run);
        node.script = (peer, request, command) -> false;
        eventually("a place is free again", () -> {
            try {
                return cache.call(get(cache, KEY)) != null;
            } catch (OverloadedException e) {
                return false;
            }
        });
    }

    @Test
    void a_frame_over_the_nodes_limit_is_refused_before_anything_is_sent() {
        node.hello = new Hello.Node(Hello.VERSION, 0, "scripted", 1, 1000, 64, 30_000);
        RemoteCache cache = open(config());

        for (int bytes : new int[] {5000, 1000, 990}) {
            assertThatThrownBy(() -> cache.call(put(cache, KEY, Bytes.of(new byte[bytes]))))
                    .isInstanceOfSatisfying(
                            RequestRefusedException.class,
                            e -> assertThat(e.reason()).isEqualTo(Reason.TOO_LARGE))
                    .hasMessageContaining("at most 1000");
        }

        assertThat(received(node.peer(), Opcode.PUT)).isFalse();
        assertThat(cache.call(put(cache, KEY, Bytes.of(new byte[900])))).isInstanceOf(Reply.Changed.class);
    }

    // --- lost connections

    @Test
    void a_connection_lost_in_mid_call_leaves_a_put_indeterminate_and_a_get_unreachable() {
        RemoteCache cache = open(config());
        node.script = (peer, request, command) -> {
            boolean entry = command instanceof Command.OnEntry;
            if (entry) {
                peer.hangUp();
            }
            return entry;
        };
        long start = System.nanoTime();

        assertThatThrownBy(() -> cache.call(put(cache, KEY, VALUE))).isInstanceOf(IndeterminateException.class);
        assertThatThrownBy(() -> cache.call(get(cache, KEY)))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("was not answered");

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
    }

    @Test
    void after_a_restart_caches_are_created_and_subscribed_again_before_calls_go_on() throws IOException {
        RemoteCache cache = open(config());
        List<Push.Event> heard = new CopyOnWriteArrayList<>();
        cache.subscribe(3, 1, true, (event, done) -> heard.add(event));
        int handle = cache.handle();

        node.stop();
        node.caches.clear();
        node.restart();

        assertThat(cache.call(get(cache, KEY))).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(node.peer().received)
                .startsWith(new Command.OpenCache(handle, BOOKS, true), new Command.Subscribe(handle, 3, 1, true))
                .containsSubsequence(new Command.Pool("", Membership.NONE), get(cache, KEY));
        assertThat(cache.destroyed()).isFalse();
        node.peer().push(created(cache, KEY, 0));
        eventually("the listener hears again", () -> heard.size() == 1);
    }

    @Test
    void a_cache_destroyed_while_the_connection_was_away_is_destroyed_here_too() throws IOException {
        RemoteCache cache = open(config());

        node.caches.clear();
        node.peer().hangUp();

        eventually("destroyed", cache::destroyed);
        assertThatThrownBy(() -> cache.call(get(cache, KEY))).isInstanceOf(NoSuchCacheException.class);
        assertThat(client.remote().open(BOOKS).created()).isTrue();
    }

    @Test
    void a_cache_destroyed_by_another_client_or_by_this_one_is_destroyed_here_too() throws IOException {
        RemoteCache cache = open(config());
        node.peer().push(new Push.Destroyed(cache.handle()));
        eventually("destroyed", cache::destroyed);

        RemoteCache again = client.remote().open(BOOKS);
        assertThat(client.destroy("shop", "books")).isTrue();
        assertThat(again.destroyed()).isTrue();
        assertThat(client.destroy("shop", "books")).isFalse();
    }

    @Test
    void calls_during_an_outage_wait_first_and_fail_at_once_when_the_node_is_down() throws IOException {
        RemoteCache cache = open(config().callTimeout(Duration.ofMillis(500)));
        List<NodeListener.State> states = new CopyOnWriteArrayList<>();
        client.addListener(new NodeListener() {
            @Override
            public void stateChanged(String name, State state, String reason) {
                states.add(state);
            }
        });
        node.stop();
        eventually("lost", () -> client.state() == NodeListener.State.SUSPECT);

        assertThatThrownBy(() -> cache.call(put(cache, KEY, VALUE)))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("was not sent");
        eventually("down", () -> client.state() == NodeListener.State.DOWN);
        long start = System.nanoTime();
        assertThatThrownBy(() -> cache.call(put(cache, KEY, VALUE))).isInstanceOf(UnreachableException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(400));

        node.restart();
        eventually("back", () -> client.state() == NodeListener.State.HEALTHY);
        assertThat(cache.call(put(cache, KEY, VALUE))).isInstanceOf(Reply.Changed.class);
        assertThat(states).startsWith(NodeListener.State.SUSPECT, NodeListener.State.DOWN, NodeListener.State.HEALTHY);
    }

    @Test
    void a_frozen_node_is_given_up_and_connected_anew() {
        RemoteCache cache = open(config().callTimeout(Duration.ofSeconds(1))
                .healthInterval(Duration.ofMillis(50))
                .silenceLimit(Duration.ofMillis(300)));
        ScriptedNode.Peer frozen = node.peer();

        eventually("connected anew", () -> node.peer() != frozen && received(node.peer(), Opcode.OPEN_CACHE));

        eventually("calls go on", () -> {
            try {
                return cache.call(get(cache, KEY)) == Reply.Miss.INSTANCE;
            } catch (UnreachableException e) {
                return false;
            }
        });
    }

    @Test
    void garbage_ends_the_connection_and_the_calls_on_it() {
        RemoteCache cache = open(config());
        AtomicInteger puts = new AtomicInteger();
        node.script = (peer, request, command) -> {
            boolean first = command.opcode() == Opcode.PUT && puts.getAndIncrement() == 0;
            if (first) {
                peer.send(Unpooled.wrappedBuffer(new byte[] {0, 0, 0, 9, 0x7e, 1, 2, 3, 4, 5, 6, 7, 8}));
            }
            return first;
        };

        assertThatThrownBy(() -> cache.call(put(cache, KEY, VALUE)))
                .isInstanceOf(IndeterminateException.class)
                .hasMessageContaining("no frame of this protocol");
        assertThat(cache.call(put(cache, KEY, VALUE))).isInstanceOf(Reply.Changed.class);
    }

    @Test
    void a_huge_announced_frame_ends_the_connection_before_it_is_stored() {
        RemoteCache cache = open(config().maxReplyBytes(1 << 20));
        AtomicInteger gets = new AtomicInteger();
        node.script = (peer, request, command) -> {
            boolean first = command.opcode() == Opcode.GET && gets.getAndIncrement() == 0;
            if (first) {
                peer.send(Unpooled.wrappedBuffer(new byte[] {0x7f, 0, 0, 0, 0x42, 0, 0, 0, 1}));
            }
            return first;
        };

        assertThatThrownBy(() -> cache.call(get(cache, KEY)))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("announces");
        assertThat(cache.call(get(cache, KEY))).isEqualTo(Reply.Miss.INSTANCE);
    }

    // --- closing

    @Test
    void closing_ends_calls_that_wait() throws Exception {
        RemoteCache cache = open(config());
        ignoreAll(Opcode.PUT);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        CountDownLatch ended = new CountDownLatch(1);
        new Thread(() -> {
                    thrown.set(catchThrowable(() -> cache.call(put(cache, KEY, VALUE))));
                    ended.countDown();
                })
                .start();
        eventually("sent", () -> received(node.peer(), Opcode.PUT));

        client.close();

        assertThat(ended.await(2, TimeUnit.SECONDS)).isTrue();
        assertThat(thrown.get()).isInstanceOf(IndeterminateException.class).hasMessageContaining("closed");
        assertThatThrownBy(() -> cache.call(get(cache, KEY))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_closed_cache_gives_its_handle_back_and_takes_no_calls() {
        RemoteCache cache = open(config());

        cache.close();

        eventually("given back", () -> node.peer().received.contains(new Command.CloseCache(cache.handle())));
        assertThatThrownBy(() -> cache.call(get(cache, KEY))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void the_last_client_takes_its_threads_with_it() {
        RemoteCache cache = open(config());
        try (DistCacheClient second = DistCacheClient.connect(config().build())) {
            assertThat(second.remote().open(BOOKS).created()).isFalse();
        }
        assertThat(cache.call(get(cache, KEY))).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(vertxThreads()).isNotEmpty().allMatch(Thread::isDaemon);

        client.close();

        eventually("no thread is left", () -> vertxThreads().isEmpty());
    }

    private static List<Thread> vertxThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("vert"))
                .toList();
    }
}
