package io.distcache.server.pool;

import static io.distcache.server.shard.TestShards.pool;
import static io.distcache.server.shard.TestShards.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.dispatch.MultiKeyStep;
import io.distcache.server.dispatch.NamedCache;
import io.distcache.server.shard.RecordingSession;
import io.distcache.server.shard.TestShards;
import io.distcache.server.shard.operation.EntryOperation;
import io.distcache.server.shard.operation.EntryView;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Clients of protocols that know no pools, at node "b" of a, b and c: a key of another node is refused, and not kept where nobody looks. */
class DoorsInAPoolTest {
    private static final Membership ABC = pool(1, "a", "b", "c");
    private static final PoolView VIEW = new PoolView(ABC, "b");

    private final TestShards node = new TestShards();
    private final RecordingSession door = RecordingSession.ofOneNode("door", node.dispatcher);
    private final NamedCache keyspace = node.dispatcher.keyspace(CacheDefinition.of("", "main"));
    private final List<Reply> late = new ArrayList<>();

    private record Store(Bytes key) implements EntryOperation {
        @Override
        public boolean isRead() {
            return false;
        }

        @Override
        public Reply decide(EntryView entry) {
            entry.store(text("v"), Ttl.ETERNAL);
            return Reply.Ok.INSTANCE;
        }
    }

    private record Look(Bytes key) implements EntryOperation {
        @Override
        public boolean isRead() {
            return true;
        }

        @Override
        public Reply decide(EntryView entry) {
            assertThat(entry.exists()).isTrue();
            return Reply.Ok.INSTANCE;
        }
    }

    private static Bytes key(boolean own) {
        for (int i = 0; ; i++) {
            Bytes key = text("k" + i);
            if (VIEW.owns(key) == own) {
                return key;
            }
        }
    }

    private static void assertNotHere(Reply reply) {
        assertThat(reply).isInstanceOfSatisfying(Reply.Failure.class, refused -> {
            assertThat(refused.status()).isEqualTo(Status.NOT_OWNER);
            assertThat(refused.message())
                    .containsPattern("the key is one of node [ac] of the pool")
                    .contains("reaches the keys of node b only", "Nothing was applied");
        });
    }

    @Test
    void a_key_of_another_node_is_refused() {
        assertThat(keyspace.execute(new Store(key(false)), door.session(), late::add))
                .isEqualTo(Reply.Ok.INSTANCE);
        node.poolClient("client", "b", ABC);

        assertNotHere(keyspace.execute(new Store(key(false)), door.session(), late::add));
        assertNotHere(keyspace.execute(new Look(key(false)), door.session(), late::add));
        assertNotHere(keyspace.get(key(false), door.session()));
        assertThat(keyspace.size()).isZero();
        assertThat(late).isEmpty();
    }

    @Test
    void a_key_of_this_node_is_taken() {
        node.poolClient("client", "b", ABC);

        assertThat(keyspace.execute(new Store(key(true)), door.session(), late::add))
                .isEqualTo(Reply.Ok.INSTANCE);
        assertThat(keyspace.execute(new Look(key(true)), door.session(), late::add))
                .isEqualTo(Reply.Ok.INSTANCE);
        assertThat(keyspace.get(key(true), door.session())).isInstanceOf(Reply.Value.class);
    }

    @Test
    void of_a_step_over_several_keys_nothing_is_done_if_one_is_another_nodes() {
        node.poolClient("client", "b", ABC);
        MultiKeyStep together = node.dispatcher.multiKeyStep();
        together.needs(keyspace, key(true), true);
        together.needs(keyspace, key(false), false);

        assertNotHere(together.run(
                door.session(), late::add, () -> {}, step -> step.execute(keyspace, new Store(key(true)))));

        assertThat(keyspace.size()).isZero();
    }

    @Test
    void the_only_node_of_a_pool_has_all_keys() {
        node.poolClient("client", "b", pool(1, "b"));

        assertThat(keyspace.execute(new Store(key(false)), door.session(), late::add))
                .isEqualTo(Reply.Ok.INSTANCE);
    }
}
