package io.distcache.server.consensus.micro;

import io.microraft.RaftNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Snapshots of one group that somebody has asked for. One is made for all who ask, and not while another is being written: for that the loop would
 * stand still. Confined to the consensus loop.
 */
final class WantedSnapshots {
    private final EngineLoop loop;
    private final OwnSnapshots made;
    private final Supplier<RaftNode> engine;
    private final List<Consumer<@Nullable Throwable>> waiting = new ArrayList<>();

    WantedSnapshots(EngineLoop loop, OwnSnapshots made, Supplier<RaftNode> engine) {
        this.loop = loop;
        this.made = made;
        this.engine = engine;
    }

    /**
     * Has one made.
     *
     * @param told when it is on disk, with null, or why there is none
     */
    void add(Consumer<@Nullable Throwable> told) {
        waiting.add(told);
        make();
    }

    private void make() {
        CompletableFuture<Void> before = made.written();
        if (!before.isDone()) {
            before.whenComplete((done, failure) -> loop.execute(this::make));
            return;
        }
        if (waiting.isEmpty()) {
            return;
        }
        List<Consumer<@Nullable Throwable>> all = List.copyOf(waiting);
        waiting.clear();
        engine.get()
                .takeSnapshot()
                .thenCompose(done -> made.written())
                .whenComplete((done, failure) -> all.forEach(told -> told.accept(failure)));
    }
}
