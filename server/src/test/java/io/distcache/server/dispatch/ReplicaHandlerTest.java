package io.distcache.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Status;
import io.distcache.server.shard.RecordingSession;
import io.distcache.server.shard.TestShards;
import org.junit.jupiter.api.Test;

class ReplicaHandlerTest {
    private final TestShards node = new TestShards();
    private final RecordingSession client = node.client("client");

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
                new ScriptedMember(),
                node.shards,
                node.log,
                new ScanHandler(
                        node.shards, node.log, Replicas.NONE, new WholeCache(node.pool, node.log), Runnable::run));
        assertThat(handler.routes(new Command.Routes(), client.session(), 1, reply -> {}))
                .isEqualTo(new Reply.Routes(ScriptedMember.ROUTES));
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
