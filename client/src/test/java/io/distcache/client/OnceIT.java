package io.distcache.client;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.distcache.client.RequestRefusedException.Reason;
import io.distcache.client.spi.RemoteCache;
import io.distcache.fixtures.ScriptedNode;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Opcode;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a client sends again when replies to changes made once do not come, and what it never does; the node is scripted. */
@Timeout(60)
class OnceIT {
    private static final CacheDefinition BOOKS = CacheDefinition.of("shop", "books");
    private static final Bytes KEY = Bytes.ofUtf8("\002key");
    private static final Reply DONE = new Reply.Changed(false, true, 7, null);

    private ScriptedNode node;
    private DistCacheClient client;
    private RemoteCache cache;

    /** The two ways to have a change made once. */
    enum Face {
        WAITING {
            @Override
            Reply call(RemoteCache cache, Command.OnEntry change) {
                return cache.callOnce(change);
            }
        },
        STAGED {
            @Override
            Reply call(RemoteCache cache, Command.OnEntry change) {
                try {
                    return cache.callOnceAsync(change).toCompletableFuture().join();
                } catch (CompletionException e) {
                    throw e.getCause() instanceof RuntimeException cause ? cause : e;
                }
            }
        };

        abstract Reply call(RemoteCache cache, Command.OnEntry change);
    }

    /** What the node does with one more arrival of a change. */
    private interface Act {
        void on(ScriptedNode.Peer peer, int request) throws IOException;
    }

    private static Act answer(Reply reply) {
        return (peer, request) -> peer.reply(request, reply);
    }

    private static Act refuse(Status status) {
        return answer(new Reply.Failure(status, "scripted"));
    }

    private static final Act HANG_UP = (peer, request) -> peer.hangUp();
    private static final Act SAY_NOTHING = (peer, request) -> {};

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

    private void connect(Duration callTimeout) {
        client = DistCacheClient.connect(ClientConfig.parse(node.address()).toBuilder()
                .callTimeout(callTimeout)
                .minBackoff(Duration.ofMillis(10))
                .maxBackoff(Duration.ofMillis(50))
                .build());
        cache = client.remote().open(BOOKS);
    }

    private void connect() {
        connect(Duration.ofSeconds(10));
    }

    /** Each arrival of a change is met by the next act; the last goes on. */
    private void script(Act... acts) {
        AtomicInteger arrivals = new AtomicInteger();
        node.script = (peer, request, command) -> {
            if (command.opcode() == Opcode.ONCE) {
                acts[Math.min(acts.length - 1, arrivals.getAndIncrement())].on(peer, request);
            }
            return command.opcode() == Opcode.ONCE;
        };
    }

    private Command.OnEntry remove() {
        return new Command.Remove(cache.handle(), KEY, Condition.ALWAYS, false);
    }

    private Command put() {
        return new Command.Put(cache.handle(), KEY, KEY, Condition.ALWAYS, Ttl.DEFINED, false);
    }

    private List<Command> received(Opcode opcode) {
        List<Command> all = new ArrayList<>();
        for (ScriptedNode.Peer peer : node.peers) {
            peer.received.stream().filter(command -> command.opcode() == opcode).forEach(all::add);
        }
        return all;
    }

    private List<Command.Once> arrived() {
        return received(Opcode.ONCE).stream().map(Command.Once.class::cast).toList();
    }

    /** The next change says that no other is open. */
    private void assertAllClosed() {
        script(answer(DONE));
        assertThat(Face.WAITING.call(cache, remove())).isEqualTo(DONE);
        Command.Once last = arrived().get(arrived().size() - 1);
        assertThat(last.firstOpen()).isEqualTo(last.number());
    }

    private static Throwable failureOf(Face face, RemoteCache cache, Command.OnEntry change) {
        return catchThrowable(() -> face.call(cache, change));
    }

    @ParameterizedTest
    @EnumSource
    void a_change_that_is_answered_is_sent_once_with_a_number(Face face) {
        connect();
        script(answer(DONE));
        assertThat(face.call(cache, remove())).isEqualTo(DONE);
        assertThat(face.call(cache, remove())).isEqualTo(DONE);
        assertThat(arrived()).hasSize(2).allSatisfy(once -> {
            assertThat(once.change()).isEqualTo(remove());
            assertThat(once.keepMillis()).as("longer than a call may take").isGreaterThan(10_000);
        });
        assertThat(arrived().get(1).number()).isEqualTo(arrived().get(0).number() + 1);
        assertThat(arrived().get(1).client()).isEqualTo(arrived().get(0).client());
        assertAllClosed();
    }

    @ParameterizedTest
    @EnumSource
    void if_its_reply_is_lost_the_same_number_comes_again_on_the_next_connection(Face face) {
        connect();
        script(HANG_UP, HANG_UP, HANG_UP, answer(DONE));
        assertThat(face.call(cache, remove())).isEqualTo(DONE);
        assertThat(arrived()).hasSize(4).allMatch(arrived().get(0)::equals);
        assertThat(node.peers).hasSize(4);
        assertAllClosed();
    }

    @ParameterizedTest
    @EnumSource
    void it_comes_again_to_a_node_that_was_started_anew(Face face) {
        connect();
        script(
                (peer, request) -> {
                    node.stop();
                    new Thread(() -> {
                                try {
                                    node.restart();
                                } catch (IOException e) {
                                    throw new java.io.UncheckedIOException(e);
                                }
                            })
                            .start();
                },
                answer(DONE));
        assertThat(face.call(cache, remove())).isEqualTo(DONE);
        assertThat(arrived()).hasSize(2).allMatch(arrived().get(0)::equals);
        assertAllClosed();
    }

    @ParameterizedTest
    @EnumSource
    void while_the_node_starts_or_stops_it_comes_again(Face face) {
        connect();
        script(HANG_UP, refuse(Status.STARTING), refuse(Status.DRAINING), answer(DONE));
        assertThat(face.call(cache, remove())).isEqualTo(DONE);
        assertThat(arrived()).hasSize(4).allMatch(arrived().get(0)::equals);
        assertAllClosed();
    }

    @ParameterizedTest
    @EnumSource
    void what_was_surely_not_made_is_tried_again_with_another_number(Face face) {
        connect();
        script(refuse(Status.STARTING), refuse(Status.NOT_OWNER), answer(DONE));
        assertThat(face.call(cache, remove())).isEqualTo(DONE);
        assertThat(arrived()).hasSize(3);
        assertThat(arrived().stream().map(Command.Once::number)).doesNotHaveDuplicates();
        assertAllClosed();
    }

    @ParameterizedTest
    @EnumSource
    void what_cannot_be_sent_waits_for_the_node_and_arrives_once(Face face) throws Exception {
        connect();
        script(answer(DONE));
        node.stop();
        eventually("lost", () -> client.state() == NodeListener.State.SUSPECT);
        CompletableFuture<Reply> waiting = CompletableFuture.supplyAsync(() -> face.call(cache, remove()));
        node.restart();
        assertThat(waiting.get()).isEqualTo(DONE);
        assertThat(arrived()).hasSize(1);
        assertAllClosed();
    }

    @ParameterizedTest
    @EnumSource
    void a_node_that_no_longer_owns_the_key_cannot_tell(Face face) {
        connect();
        script(HANG_UP, refuse(Status.NOT_OWNER), answer(DONE));
        assertThat(failureOf(face, cache, remove()))
                .isInstanceOf(IndeterminateException.class)
                .satisfies(e -> assertThat(e.getSuppressed())
                        .singleElement()
                        .satisfies(why -> assertThat(why).hasMessageContaining("NOT_OWNER")));
        assertThat(arrived()).hasSize(2);
        assertAllClosed();
    }

    @ParameterizedTest
    @EnumSource
    void a_node_that_has_become_read_only_cannot_tell(Face face) {
        connect();
        script(HANG_UP, refuse(Status.READ_ONLY));
        assertThat(failureOf(face, cache, remove()))
                .isInstanceOf(IndeterminateException.class)
                .satisfies(e -> assertThat(e.getSuppressed())
                        .singleElement()
                        .satisfies(why -> assertThat(why).hasMessageContaining("READ_ONLY")));
        assertThat(arrived()).hasSize(2);
        assertAllClosed();
    }

    @ParameterizedTest
    @EnumSource
    void a_node_that_refuses_the_change_itself_had_not_made_it(Face face) {
        connect();
        for (Reason reason : List.of(Reason.BAD_REQUEST, Reason.TOO_LARGE)) {
            script(HANG_UP, refuse(Status.valueOf(reason.name())));
            assertThat(failureOf(face, cache, remove()))
                    .isInstanceOfSatisfying(
                            RequestRefusedException.class,
                            e -> assertThat(e.reason()).isEqualTo(reason));
        }
        assertThat(arrived()).hasSize(4);
        assertAllClosed();
    }

    @ParameterizedTest
    @EnumSource
    void a_refusal_is_told_at_once(Face face) {
        connect();
        script(refuse(Status.BAD_REQUEST), refuse(Status.READ_ONLY), refuse(Status.FULL), refuse(Status.LEASE_TIMEOUT));
        assertThat(failureOf(face, cache, remove())).isInstanceOf(RequestRefusedException.class);
        assertThat(failureOf(face, cache, remove())).isInstanceOf(RequestRefusedException.class);
        assertThat(failureOf(face, cache, remove())).isInstanceOf(OverloadedException.class);
        assertThat(failureOf(face, cache, remove())).isInstanceOf(LeaseTimeoutException.class);
        assertThat(arrived()).hasSize(4);
        assertAllClosed();
    }

    @ParameterizedTest
    @EnumSource
    void when_time_is_over_first_nobody_knows(Face face) throws IOException {
        connect(Duration.ofMillis(400));
        script(SAY_NOTHING);
        long start = System.nanoTime();
        assertThat(failureOf(face, cache, remove())).isInstanceOf(IndeterminateException.class);
        script(HANG_UP);
        assertThat(failureOf(face, cache, remove())).isInstanceOf(IndeterminateException.class);
        script((peer, request) -> node.stop());
        assertThat(failureOf(face, cache, remove())).isInstanceOf(IndeterminateException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
        node.restart();
        eventually("back", () -> client.state() == NodeListener.State.HEALTHY);
        assertAllClosed();
    }

    @Test
    void hundreds_that_were_on_their_way_come_again_each_with_its_own_number() {
        connect();
        int count = 600;
        AtomicInteger arrivals = new AtomicInteger();
        node.script = (peer, request, command) -> {
            if (!(command instanceof Command.Once once)) {
                return false;
            }
            int arrival = arrivals.incrementAndGet();
            if (arrival == count) {
                peer.hangUp();
            } else if (arrival > count) {
                peer.reply(request, new Reply.Count(once.number()));
            }
            return true;
        };
        List<CompletableFuture<Reply>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(cache.callOnceAsync(remove()).toCompletableFuture());
        }
        List<Reply> replies = all.stream().map(CompletableFuture::join).toList();
        assertThat(new HashSet<>(replies)).hasSize(count);
        Map<Long, Long> times = arrived().stream()
                .collect(java.util.stream.Collectors.groupingBy(
                        Command.Once::number, java.util.stream.Collectors.counting()));
        assertThat(times)
                .hasSize(count)
                .allSatisfy((number, often) -> assertThat(often).isEqualTo(2));
        assertAllClosed();
    }

    @Test
    void a_plain_set_is_not_repeated() {
        connect();
        AtomicInteger puts = new AtomicInteger();
        node.script = (peer, request, command) -> {
            if (command.opcode() == Opcode.PUT && puts.incrementAndGet() == 1) {
                peer.hangUp();
                return true;
            }
            return false;
        };
        assertThatThrownBy(() -> cache.call(put())).isInstanceOf(IndeterminateException.class);
        assertThat(cache.call(put())).isInstanceOf(Reply.Changed.class);
        assertThat(received(Opcode.PUT)).hasSize(2);
    }

    @Test
    void the_verbs_that_depend_on_what_is_there_are_sent_with_a_number_and_no_others() {
        connect();
        AtomicReference<Opcode> last = new AtomicReference<>();
        node.script = (peer, request, command) -> {
            if (command instanceof Command.OnEntry || command instanceof Command.PutAll) {
                last.set(command.opcode());
                peer.reply(request, new Reply.Failure(Status.BAD_REQUEST, "scripted"));
                return true;
            }
            return false;
        };
        List<Runnable> numbered = List.of(
                () -> client.add("k", "v"),
                () -> client.replace("k", "v"),
                () -> client.set("k", "v", null, SetIf.ABSENT),
                () -> client.set("k", "v", null, SetIf.PRESENT),
                () -> client.cas("k", "v", 1),
                () -> client.append("k", "v"),
                () -> client.prepend("k", "v"),
                () -> client.delete("k"),
                () -> client.increment("k"),
                () -> client.decrement("k"),
                () -> client.increment("k", 1L),
                () -> client.increment("k", 1.5),
                () -> client.expire("k", Duration.ofSeconds(1)),
                () -> client.persist("k"),
                () -> client.touch("k"));
        for (Runnable verb : numbered) {
            assertThat(catchThrowableOfType(RequestRefusedException.class, verb::run))
                    .isNotNull();
            assertThat(last.get()).isEqualTo(Opcode.ONCE);
        }
        List<Runnable> plain = List.of(
                () -> client.get("k"),
                () -> client.set("k", "v"),
                () -> client.set("k", "v", null, SetIf.ALWAYS),
                () -> client.getAndSet("k", "v"),
                () -> client.getAndDelete("k"),
                () -> client.setMany(Map.of("k", "v")),
                () -> client.exists("k"),
                () -> client.ttl("k"));
        for (Runnable verb : plain) {
            assertThat(catchThrowableOfType(RequestRefusedException.class, verb::run))
                    .isNotNull();
            assertThat(last.get()).isNotEqualTo(Opcode.ONCE);
        }
        assertThat(arrived()).hasSize(numbered.size());
    }
}
