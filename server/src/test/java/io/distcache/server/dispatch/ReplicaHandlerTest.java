package io.distcache.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Status;
import io.distcache.server.shard.RecordingSession;
import io.distcache.server.shard.TestShards;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ReplicaHandlerTest {
    private static final Routes ROUTES = new Routes(
            9, 2, List.of(new Routes.Node("a", "h", 1)), List.of(Routes.Leader.UNKNOWN, new Routes.Leader(3, 0)));

    private final TestShards node = new TestShards();
    private final RecordingSession client = node.client("client");

    /** A member that leads group 1 of two. */
    private static final class Member implements Replicas {
        @Override
        public Routes routes() {
            return ROUTES;
        }

        @Override
        public void look(Consumer<List<Reply.Group>> told) {
            told.accept(List.of());
        }

        @Override
        public boolean isReplicated() {
            return true;
        }

        @Override
        public int groups() {
            return ROUTES.groups();
        }

        @Override
        public boolean leads(int group) {
            return group == 1;
        }

        @Override
        public int groupOf(int shard) {
            return ROUTES.groupOfPartition(shard);
        }

        @Override
        public int firstShard(int group) {
            return group * Routes.PARTITIONS / 2;
        }

        @Override
        public int endShard(int group) {
            return firstShard(group + 1);
        }

        @Override
        public CompletionStage<Opened> open(CacheDefinition definition) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Boolean> destroy(String namespace, String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Void> catchUp() {
            throw new UnsupportedOperationException();
        }
    }

    private static Command.OfGroup size(int group) {
        return new Command.OfGroup(group, new Command.Size(TestShards.HANDLE));
    }

    @Test
    void a_node_in_no_replicated_pool_says_so() {
        assertThat(client.ask(new Command.Routes())).isEqualTo(new Reply.Routes(Routes.NONE));
        assertThat(client.ask(size(0))).isInstanceOfSatisfying(Reply.Failure.class, failure -> {
            assertThat(failure.status()).isEqualTo(Status.BAD_REQUEST);
            assertThat(failure.message()).contains("no replicated pool");
        });
    }

    @Test
    void a_member_does_for_a_group_what_it_leads() {
        ReplicaHandler handler = new ReplicaHandler(
                new Member(),
                node.shards,
                node.log,
                new ScanHandler(
                        node.shards, node.log, Replicas.NONE, new WholeCache(node.pool, node.log), Runnable::run));
        assertThat(handler.routes(new Command.Routes(), client.session(), 1, reply -> {}))
                .isEqualTo(new Reply.Routes(ROUTES));
        assertThat(handler.ofGroup(size(1), client.session(), 1, reply -> {})).isEqualTo(new Reply.Count(0));
        assertThat(status(handler.ofGroup(size(0), client.session(), 1, reply -> {})))
                .isEqualTo(Status.NOT_LEADER);
        assertThat(status(handler.ofGroup(size(2), client.session(), 1, reply -> {})))
                .isEqualTo(Status.BAD_REQUEST);
    }

    private static Object status(Object reply) {
        return reply instanceof Reply.Failure failure ? failure.status() : reply;
    }
}
