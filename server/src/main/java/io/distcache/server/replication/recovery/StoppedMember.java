package io.distcache.server.replication.recovery;

import io.distcache.protocol.Routes;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.Loop;
import io.distcache.server.consensus.PastGroup;
import io.distcache.server.consensus.Peers;
import io.distcache.server.consensus.StoredGroup;
import io.distcache.server.consensus.micro.PastGroups;
import io.distcache.server.consensus.micro.StoredGroups;
import io.distcache.server.consensus.micro.UnledGroups;
import io.distcache.server.replication.Layout;
import io.distcache.server.replication.Replication;
import io.distcache.server.replication.ReplicationConfig;
import io.distcache.server.replication.Times;
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
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What a member of a replicated pool holds, or held at a moment, brought back from its files alone by what brings it back in a running one.
 *
 * <pre>
 *  log/, groups/ -> StoppedFiles -> StoredGroups | PastGroups -> Replication -> shards -> snapshots/
 * </pre>
 *
 * <p>All entries of its log count, or all from before the moment, also those of which it is not known whether the pool agreed on them: they may
 * have been acknowledged.
 * Confined to one thread.
 */
public final class StoppedMember {
    /** What is asked and agreed on while nothing is. */
    private static final Duration NEVER = Duration.ofMinutes(1);
    /** Where the log begins of the node that goes on. */
    private static final long POSITION = 0;

    private final StoppedFiles files;
    private final UnledGroups groups;
    private final NodeClock clock;
    private final Caches caches;
    private final Shards shards;
    private final long newestMillis;
    private final long lastMillis;
    private final long lastCacheId;

    private StoppedMember(Path directory, int groupsOfKeys, @Nullable Instant until) throws IOException {
        Layout layout = new Layout(groupsOfKeys);
        clock = NodeClock.system();
        files = new StoppedFiles(directory, layout.consensusGroups(), until != null);
        AcknowledgementBook book = new AcknowledgementBook(NEVER);
        caches = new Caches(Routes.PARTITIONS, book, CommitLog.NONE);
        Made made = new Made(files, layout.consensusGroups(), until);
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
        lastMillis = replication.newestMillis();
        newestMillis = Math.max(files.newestMillis(), lastMillis);
    }

    /** The groups, once the replication has asked for its consensus; and what it says, to which nobody listens. */
    private static final class Made implements Replication.Listener {
        private final StoppedFiles files;
        private final int count;
        private final @Nullable Instant until;
        private @Nullable UnledGroups groups;

        Made(StoppedFiles files, int count, @Nullable Instant until) {
            this.files = files;
            this.count = count;
            this.until = until;
        }

        UnledGroups groups(Applier applier, Peers peers) {
            UnledGroups made = until == null
                    ? new StoredGroups(applier, files, count)
                    : new PastGroups(applier, files, count, new Times(), until);
            groups = made;
            return made;
        }

        UnledGroups groups() {
            UnledGroups made = groups;
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
        return new StoppedMember(directory, groupsOfKeys, null);
    }

    /**
     * Reads what a member had at a moment, by the clocks of the leaders that decided it; the member may run.
     *
     * @param directory with its {@code log} and {@code groups}
     * @param groupsOfKeys how many groups its pool has, without the one that knows the caches
     * @throws io.distcache.server.log.DamagedException if a file is not what was written, and not by a crash
     * @throws IOException if what the member keeps does not reach back so far, or it does not know what the pool had then
     */
    public static StoppedMember at(Path directory, int groupsOfKeys, Instant until) throws IOException {
        return new StoppedMember(directory, groupsOfKeys, until);
    }

    /** What it had of each group from before the moment; nothing if no moment was asked for. */
    public List<PastGroup> past() {
        return groups instanceof PastGroups past ? past.past() : List.of();
    }

    /** How far each group has come here; the first one is the one that knows the caches. */
    public List<StoredGroup> groups() {
        return groups.groups();
    }

    /** Whether the machine went down under the node, and took along what was acknowledged and not on disk. */
    public boolean lostPower() {
        return files.mayHaveForgotten();
    }

    /** About when the newest change was made of all that is in its log. */
    public long newestMillis() {
        return newestMillis;
    }

    /** When the newest change was decided of those that were brought back; 0 if there is none. */
    public long lastMillis() {
        return lastMillis;
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
