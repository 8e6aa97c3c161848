package io.distcache.server.node;

import io.distcache.protocol.HealthReport.Figure;
import io.distcache.protocol.Reply;
import io.distcache.server.dispatch.Replicas;
import io.distcache.server.frontdoor.wire.PeerDoor;
import io.distcache.server.persistence.SnapshotBackups;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Shards;
import io.distcache.server.shard.WriteGate;
import io.distcache.server.tls.NodeTls;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What a node has more that is a member of a replicated pool. Thread-safe. */
public interface ReplicaPart extends Replicas {
    /** By which its shards commit. */
    CommitLog log();

    /** Lets a shard be changed. */
    WriteGate gate(int shard);

    /** Takes the connections of the other members. */
    PeerDoor door();

    /** The node listens: it can connect to the others. */
    void connect(Vertx vertx, @Nullable NodeTls tls);

    /**
     * Brings back what the node has, and takes part.
     *
     * @return one line that says what was found
     */
    String load(Shards shards) throws IOException;

    /** The sources of the figures that only such a node has. */
    Map<Figure, LongSupplier> figures();

    /** Why it is not safe yet to stop the next node of the pool; empty if it is. */
    String notReady();

    /** Makes snapshots of all groups. */
    void snapshot(Consumer<Reply> responder);

    /** Backups of all that the pool has. */
    SnapshotBackups backups();

    /** Hands all groups that it leads to others, for at most some seconds. */
    void handOver();

    /** Ends, and gives the data directory back. */
    void close();

    /** After {@link #close}: what could not be kept, or null. */
    @Nullable
    String unkept();
}
