package io.distcache.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.spi.NodeInProcess;
import io.distcache.client.spi.RemoteCache;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EmbeddedNode;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.Hello;
import io.distcache.protocol.NodeLink;
import io.distcache.protocol.Opcode;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class EmbeddedClientTest {
    private static final Bytes KEY = Bytes.ofUtf8("\002key");

    private final LinkedNode node = new LinkedNode();
    private final DistCacheClient client = DistCacheClient.embedded(
            new NodeInProcess(node),
            ClientConfig.of().toBuilder()
                    .callTimeout(Duration.ofMillis(200))
                    .maxInFlight(3)
                    .build());
    private final RemoteCache cache = client.remote().open(CacheDefinition.of("", "books"));

    private Command put() {
        return new Command.Put(cache.handle(), KEY, KEY, Condition.ALWAYS, Ttl.DEFINED, false);
    }

    @Test
    void commands_run_on_the_callers_thread() {
        assertThat(cache.call(put())).isInstanceOf(Reply.Changed.class);
        assertThat(node.lastThread).isSameAs(Thread.currentThread());
        assertThat(client.node()).isEqualTo("linked (embedded)");
    }

    @Test
    void own_events_go_to_their_call_and_others_to_the_listener() {
        List<Push.Event> heard = new ArrayList<>();
        List<Push.Event> own = new ArrayList<>();
        cache.subscribe(1, 0, false, (event, done) -> heard.add(event));

        cache.call(put(), own::add);
        cache.call(put());

        assertThat(own).hasSize(1);
        assertThat(heard).hasSize(1);
    }

    @Test
    void a_reply_that_does_not_come_costs_the_time_limit() {
        node.silent = true;

        assertThatThrownBy(() -> cache.call(put())).isInstanceOf(IndeterminateException.class);
        assertThatThrownBy(() -> cache.callAsync(put()).toCompletableFuture().join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(IndeterminateException.class);
    }

    @Test
    void closing_ends_what_waits_and_leaves_the_node_running() {
        node.silent = true;
        var waiting = cache.callAsync(put()).toCompletableFuture();

        client.close();

        assertThat(waiting).isCompletedExceptionally();
        assertThat(node.linksClosed).isEqualTo(1);
        assertThat(node.closed).isFalse();
        assertThatThrownBy(() -> cache.call(put())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void places_come_back_with_every_reply() {
        for (int i = 0; i < 100; i++) {
            cache.call(put());
        }
        assertThat(cache.callAsync(put()).toCompletableFuture()).isCompleted();
    }

    @Test
    void an_error_reaches_the_caller_and_its_place_comes_back() {
        node.broken = true;
        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> cache.call(put())).isInstanceOf(OutOfMemoryError.class);
            assertThatThrownBy(
                            () -> cache.callAsync(put()).toCompletableFuture().join())
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(OutOfMemoryError.class);
        }
        node.broken = false;

        assertThat(cache.call(put())).isInstanceOf(Reply.Changed.class);
    }

    @Test
    void an_error_of_a_listener_stays_with_it() {
        List<NodeListener.State> heard = new ArrayList<>();
        client.addListener(new NodeListener() {
            @Override
            public void stateChanged(String address, State state, String reason) {
                throw new NoClassDefFoundError("com/acme/Missing");
            }
        });
        client.addListener(new NodeListener() {
            @Override
            public void stateChanged(String address, State state, String reason) {
                heard.add(state);
            }
        });
        cache.subscribe(1, 0, false, (event, done) -> {
            throw new NoClassDefFoundError("com/acme/Missing");
        });

        assertThat(cache.call(put())).isInstanceOf(Reply.Changed.class);
        client.close();

        assertThat(heard).containsExactly(NodeListener.State.CLOSED);
    }

    /** A node that answers on the caller's thread and pushes an event for every put. */
    private static final class LinkedNode implements EmbeddedNode {
        private volatile Thread lastThread;
        private volatile boolean silent;
        private volatile boolean broken;
        private volatile boolean closed;
        private volatile int linksClosed;

        @Override
        public NodeLink connect(String clientName, Consumer<Push> pushes) {
            return new NodeLink() {
                @Override
                public Hello.Node node() {
                    return new Hello.Node(Hello.VERSION, 0, "linked", 1, 1 << 20, 100, 30_000);
                }

                @Override
                public void send(int request, Command command, Consumer<Reply> reply) {
                    lastThread = Thread.currentThread();
                    if (command instanceof Command.OpenCache open) {
                        reply.accept(new Reply.Opened(true, open.definition()));
                    } else if (broken) {
                        throw new OutOfMemoryError("made up");
                    } else if (silent) {
                        return;
                    } else if (command instanceof Command.Put put) {
                        pushes.accept(new Push.Event(
                                put.cache(), EventKind.CREATED, put.key(), put.value(), null, 1, 0, request));
                        reply.accept(new Reply.Changed(false, true, 1, null));
                    } else if (command.opcode() != Opcode.ACK) {
                        reply.accept(Reply.Ok.INSTANCE);
                    }
                }

                @Override
                public void close() {
                    linksClosed = 1;
                }
            };
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
