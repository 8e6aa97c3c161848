package io.distcache.server.node;

import io.distcache.server.clock.NodeClock;
import io.distcache.server.replication.Replication;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.Shards;
import io.distcache.server.snapshot.SnapshotHeader;
import io.distcache.server.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * All that a member of a replicated pool has, as a snapshot from which a node on its own starts: what is committed, of each partition and cache as
 * it is at one moment. Immutable; waits, so it is for a thread that may.
 */
final class MemberCopy {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final int LOOK_MILLIS = 20;
    private static final long POSITION = 0;

    private final Replication replication;
    private final NodeClock clock;
    private final Caches caches;
    private final Shards shards;

    MemberCopy(Replication replication, NodeClock clock, Caches caches, Shards shards) {
        this.replication = replication;
        this.clock = clock;
        this.caches = caches;
        this.shards = shards;
    }

    /** Writes it into a directory, when all is applied that is in the member's log now. */
    Path writeTo(Path directory) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        await(replication.catchUp().toCompletableFuture(), deadline);
        for (int group = 0; group < replication.layout().consensusGroups(); group++) {
            awaitApplied(group, deadline);
        }
        // As a node's start would count it.
        long incarnation = clock.millis() << 20;
        SnapshotHeader header = new SnapshotHeader(
                shards.size(),
                incarnation,
                POSITION,
                clock.millis(),
                Math.max(incarnation, shards.lastVersion()),
                replication.lastCacheId());
        try (SnapshotWriter out = new SnapshotWriter(directory, header)) {
            shards.snapshotCommitted(caches.all(), out);
            return out.commit(POSITION, clock.millis());
        }
    }

    private void awaitApplied(int group, long deadline) throws IOException {
        long last = await(replication.consensus().progress(group).toCompletableFuture(), deadline)
                .last();
        while (await(replication.consensus().applied(group).toCompletableFuture(), deadline) < last) {
            if (System.nanoTime() - deadline >= 0) {
                throw late();
            }
            try {
                Thread.sleep(LOOK_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("the node stops", e);
            }
        }
    }

    private static <T> T await(Future<T> what, long deadline) throws IOException {
        try {
            return what.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw late();
        } catch (ExecutionException | CompletionException e) {
            throw new IOException(
                    String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the node stops", e);
        }
    }

    private static IOException late() {
        return new IOException("this member did not get everything from the leaders within " + PATIENCE.toSeconds()
                + " s; look at bin/distcache pool status, then try again");
    }
}
