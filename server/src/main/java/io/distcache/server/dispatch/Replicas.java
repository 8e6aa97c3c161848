package io.distcache.server.dispatch;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Status;
import io.distcache.server.shard.Cache;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the commands have to know of a node's replicated pool. Thread-safe. */
public interface Replicas {
    /** What is answered to commands that only members of replicated pools do. */
    Reply.Failure NOT_REPLICATED = new Reply.Failure(Status.BAD_REQUEST, "this node is in no replicated pool");

    /** Of a node that is in no replicated pool. */
    Replicas NONE = new Replicas() {
        @Override
        public Routes routes() {
            return Routes.NONE;
        }

        @Override
        public void look(Consumer<List<Reply.Group>> told) {
            told.accept(List.of());
        }

        @Override
        public boolean isReplicated() {
            return false;
        }

        @Override
        public int groups() {
            return 0;
        }

        @Override
        public boolean leads(int group) {
            return false;
        }

        @Override
        public int groupOf(int shard) {
            return 0;
        }

        @Override
        public int firstShard(int group) {
            return 0;
        }

        @Override
        public int endShard(int group) {
            return 0;
        }

        @Override
        public Reply.Failure staleRefusal(int group) {
            return NOT_REPLICATED;
        }

        @Override
        public Reply.Failure staleRefusalOfCaches() {
            return NOT_REPLICATED;
        }

        @Override
        public CompletionStage<Opened> open(CacheDefinition definition) {
            return CompletableFuture.failedFuture(new IllegalStateException("in no replicated pool"));
        }

        @Override
        public CompletionStage<Boolean> destroy(String namespace, String name) {
            return CompletableFuture.failedFuture(new IllegalStateException("in no replicated pool"));
        }

        @Override
        public CompletionStage<Void> catchUp() {
            return CompletableFuture.failedFuture(new IllegalStateException("in no replicated pool"));
        }
    };

    /** Who leads which group, as far as this node knows. */
    Routes routes();

    /** Tells how the groups are; on any thread, perhaps here and now. */
    void look(Consumer<List<Reply.Group>> told);

    /** Whether the node is in a replicated pool. */
    boolean isReplicated();

    /** How many groups of keys there are; 0 in no replicated pool. */
    int groups();

    /** Whether this node leads a group, 0 to before {@link #groups}. */
    boolean leads(int group);

    /** The group of a shard. */
    int groupOf(int shard);

    /** The first shard of a group. */
    int firstShard(int group);

    /** The first shard after those of a group. */
    int endShard(int group);

    /** Why what this node has of a group is not to be shown to who may see something old; null if it is, since nobody leads. */
    Reply.@Nullable Failure staleRefusal(int group);

    /** Why which caches this node knows is not to be shown to such; null if it is. */
    Reply.@Nullable Failure staleRefusalOfCaches();

    /** A cache, and whether asking for it made it. */
    record Opened(Cache cache, boolean created) {}

    /**
     * Has all nodes agree on a cache, and gives it; makes it if it is not there.
     *
     * @return fails with {@link io.distcache.server.shard.RefusedException}
     */
    CompletionStage<Opened> open(CacheDefinition definition);

    /** Has all nodes agree that a cache is gone; tells whether it was there. */
    CompletionStage<Boolean> destroy(String namespace, String name);

    /** Completes when this node knows of caches what any node has told before the call. */
    CompletionStage<Void> catchUp();
}
