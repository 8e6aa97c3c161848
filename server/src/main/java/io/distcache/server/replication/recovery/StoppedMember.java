package io.distcache.server.replication.recovery;

import io.distcache.protocol.Routes;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.Loop;
import io.distcache.server.consensus.Peers;
import io.distcache.server.consensus.StoredGroup;
import io.distcache.server.consensus.micro.StoredGroups;
import io.distcache.server.replication.Layout;
import io.distcache.server.replication.Replication;
import io.distcache.server.replication.ReplicationConfig;
import io.distcache.server.replication.files.StoppedFiles;
import io.distcache.server.shard.AcknowledgementBook;
import io.distcache.server.shard.Budget;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.LeaseConfig;
import io.distcache.server.shard.OnceCache;
import io.distcache.server.shard.Partitioning;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Shards;
import io.distcache.server.shard.StoreConfig;
import io.distcache.server.snapshot.SnapshotHeader;
import io.distcache.server.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What a stopped member of a replicated pool holds, brought back from its files alone by what brings it back in a running one.
 *
 * <pre>
 *  log/, groups/ -> StoppedFiles -> StoredGroups -> Replication -> shards -> snapshots/
 * </pre>
 *
 * <p>All entries of its log count, also those of which it is not known whether the pool agreed on them: they may have been acknowledged.
 * Confined to one thread.
 */
public final class StoppedMember {
    /** What is asked and agreed on while nothing is. */
    private static final Duration NEVER = Duration.ofMinutes(1);
    /** Where the log begins of the node that goes on. */
    private static final long POSITION = 0;

    private final StoppedFiles files;
    private final StoredGroups groups;
    private final NodeClock clock;
    private final Caches caches;
    private final Shards shards;
    private final long newestMillis;
    private final long lastCacheId;

    private StoppedMember(Path directory, int groupsOfKeys) throws IOException {
        Layout layout = new Layout(groupsOfKeys);
        clock = NodeClock.system();
        files = new StoppedFiles(directory, layout.consensusGroups());
        AcknowledgementBook book = new AcknowledgementBook(NEVER);
        caches = new Caches(Routes.PARTITIONS, book, CommitLog.NONE);
        Made made = new Made(files, layout.consensusGroups());
        Replication replication = new Replication(
                new ReplicationConfig(layout, 0, 1, 1, 1, 1, Long.MAX_VALUE, NEVER, NEVER, true, false),
                clock,
                new Here(),
                new Nobody(),
                caches,
                made::groups,
                member -> "member " + member);
        Budget budget = new Budget(
                new StoreConfig(Routes.PARTITIONS, Runtime.getRuntime().maxMemory(), 0));
        LeaseConfig leases = new LeaseConfig(NEVER, NEVER, NEVER);
        AtomicLong tokens = new AtomicLong();
        OnceCache once = new OnceCache(caches);
        shards = new Shards(
                Partitioning.RANGES,
                Routes.PARTITIONS,
                i -> new Shard(
                        i,
                        Routes.PARTITIONS,
                        0,
                        clock,
                        replication.log(),
                        leases,
                        book,
                        budget,
                        tokens,
                        replication.gate(i),
                        once));
        replication.start(shards, new SecureRandom().nextLong(), made);
        groups = made.groups();
        lastCacheId = replication.nameAll(shards);
        newestMillis = Math.max(files.newestMillis(), replication.newestMillis());
    }

    /** The groups, once the replication has asked for its consensus; and what it says, to which nobody listens. */
    private static final class Made implements Replication.Listener {
        private final StoppedFiles files;
        private final int count;
        private @Nullable StoredGroups groups;

        Made(StoppedFiles files, int count) {
            this.files = files;
            this.count = count;
        }

        StoredGroups groups(Applier applier, Peers peers) {
            StoredGroups made = new StoredGroups(applier, files, count);
            groups = made;
            return made;
        }

        StoredGroups groups() {
            StoredGroups made = groups;
            if (made == null) {
                throw new IllegalStateException("no groups were asked for");
            }
            return made;
        }

        @Override
        public void viewChanged() {}

        @Override
        public void failed(IOException cause) {}
    }

    /** The thread that reads is the only one. */
    private static final class Here implements Loop {
        @Override
        public boolean isHere() {
            return true;
        }

        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public void schedule(Runnable task, long delayNanos) {}
    }

    /** There are no other members. */
    private static final class Nobody implements Peers {
        @Override
        public void send(int peer, byte[] frame) {}

        @Override
        public void flush() {}

        @Override
        public boolean isConnected(int peer) {
            return false;
        }

        @Override
        public void receiver(Receiver receiver) {}
    }

    /**
     * Reads all that a member holds; takes as much memory as its node did.
     *
     * @param directory with its {@code log} and {@code groups}; nobody may have it open
     * @param groupsOfKeys how many groups its pool has, without the one that knows the caches
     * @throws io.distcache.server.log.DamagedException if a file is not what was written, and not by a crash
     */
    public static StoppedMember read(Path directory, int groupsOfKeys) throws IOException {
        return new StoppedMember(directory, groupsOfKeys);
    }

    /** How far each group has come here; the first one is the one that knows the caches. */
    public List<StoredGroup> groups() {
        return groups.groups();
    }

    /** Whether the machine went down under the node, and took along what was acknowledged and not on disk. */
    public boolean lostPower() {
        return files.mayHaveForgotten();
    }

    /** About when the newest change was made. */
    public long newestMillis() {
        return newestMillis;
    }

    private List<Cache> ofClients() {
        return caches.all().stream()
                .filter(cache -> !cache.definition().namespace().equals(OnceCache.NAMESPACE))
                .toList();
    }

    /** How many caches clients have there. */
    public int caches() {
        return ofClients().size();
    }

    /** How many entries are in them, expired ones that are not reclaimed yet included. */
    public long entries() {
        long sum = 0;
        for (Cache cache : ofClients()) {
            for (Shard shard : shards) {
                sum += shard.replica().entries(cache);
            }
        }
        return sum;
    }

    /**
     * Writes a snapshot with all of it, from which a node on its own starts with an empty log.
     *
     * @param snapshots where a start looks for it
     * @return the file, which is on disk
     */
    public Path writeSnapshot(Path snapshots) throws IOException {
        // As a node's start would count it.
        long incarnation = Math.max(files.incarnation() + 1, clock.millis() << 20);
        clock.notBefore(newestMillis);
        SnapshotHeader header = new SnapshotHeader(
                shards.size(),
                incarnation,
                POSITION,
                clock.millis(),
                Math.max(incarnation, shards.lastVersion()),
                lastCacheId);
        try (SnapshotWriter out = new SnapshotWriter(snapshots, header)) {
            shards.snapshot(caches.all(), () -> POSITION, out);
            return out.commit(POSITION, clock.millis());
        }
    }
}
