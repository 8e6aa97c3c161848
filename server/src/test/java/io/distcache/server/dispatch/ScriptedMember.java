package io.distcache.server.dispatch;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A member of a replicated pool of two groups that leads the second, never comes to agree on a cache, and does else what a test says. Confined to one thread. */
final class ScriptedMember implements Replicas {
    static final Routes ROUTES = new Routes(
            9, 2, List.of(new Routes.Node("a", "h", 1)), List.of(Routes.Leader.UNKNOWN, new Routes.Leader(3, 0)));

    /** By group why it shows nothing while nobody leads. */
    final Reply.@Nullable Failure[] refusals = new Reply.Failure[2];

    Reply.@Nullable Failure refusalOfCaches;
    /** What others were asked to agree on. */
    final List<CacheDefinition> asked = new ArrayList<>();

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
    public Reply.@Nullable Failure staleRefusal(int group) {
        return refusals[group];
    }

    @Override
    public Reply.@Nullable Failure staleRefusalOfCaches() {
        return refusalOfCaches;
    }

    @Override
    public CompletionStage<Opened> open(CacheDefinition definition) {
        asked.add(definition);
        return new CompletableFuture<>();
    }

    @Override
    public CompletionStage<Boolean> destroy(String namespace, String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Void> catchUp() {
        return new CompletableFuture<>();
    }
}
