package io.distcache.server.node;

import io.distcache.protocol.OwnThread;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.consensus.Consensus;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.FileFailure;
import io.distcache.server.log.SyncPolicy;
import io.distcache.server.persistence.Followed;
import io.distcache.server.replication.FirstState;
import io.distcache.server.replication.PoolPlan;
import io.distcache.server.replication.Replication;
import io.distcache.server.replication.Shipping;
import io.distcache.server.shard.AcknowledgementBook;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a node on its own the first member of a replicated pool, which begins with what the node has, while the node goes on serving.
 *
 * <pre>
 *  snapshot   what the node has becomes what the groups begin with
 *  lead       the groups are led from here: the other members get that, and what has come to the node's log since, and serve nobody yet
 *  drain      when they have nearly all, the node takes no more commands, and the rest is shipped
 *  decide     the directory says that the node is a member: from here on the pool has the data, whatever fails
 *  open       the others may lead, and are asked to; they serve
 *  anew       the node starts as a member
 * </pre>
 *
 * <p>Before it is decided nothing of it counts: if anything fails, the node goes on as it was, or starts so. Thread-safe; works on a thread of
 * its own.
 */
final class Founder {
    private static final Logger LOG = LoggerFactory.getLogger(Founder.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** How many entries others may lack when the node stops taking commands. */
    private static final int NEAR = 64;
    /** So many bytes of the log are shipped in no time. */
    private static final long FEW_BYTES = 256 << 10;
    /** From so many rounds on more is shipped at last: the node is given changes as fast as they are shipped. */
    private static final int MANY_ROUNDS = 200;

    private static final long LEAST_MOST_BYTES = 8 << 20;
    private static final long LOOK_MILLIS = 20;
    /** Of all groups there is one entry under way, in several copies. */
    private static final int ENTRY_BYTES = 64 << 10;
    /** The founder has nothing to make a snapshot of, so there is room for all entries: some ten minutes' worth. */
    private static final int SNAPSHOT_ENTRIES = 1 << 16;

    private static final int MOST_ENTRIES = SNAPSHOT_ENTRIES - 1000;
    private static final String FIRST = "first";

    private final PoolPlan plan;
    private final OwnNode node;
    private final Path path;
    private final Runnable startAnew;
    private final Consumer<Reply> responder;
    private final long mostBytes;
    private volatile @Nullable PoolParts parts;
    private volatile @Nullable String failure;
    private volatile boolean ended;
    private volatile boolean drained;
    /** The index of the first entry in a group, about: all begin alike. */
    private long firstEntry;

    private volatile boolean decided;

    /**
     * Of a node that is asked to found a pool.
     *
     * @param plan in which it founds
     * @param startAnew has the node closed, and another made in its place
     * @param responder told when it is done, or has failed
     */
    Founder(PoolPlan plan, OwnNode node, Runnable startAnew, Consumer<Reply> responder) {
        this.plan = plan;
        this.node = node;
        this.path = Path.of(node.config().node().dataDir());
        this.startAnew = startAnew;
        this.responder = responder;
        long room = Runtime.getRuntime().maxMemory() - node.config().store().maxBytes();
        this.mostBytes = Math.max(LEAST_MOST_BYTES, room / 2);
    }

    void begin() {
        OwnThread.make(this::run, "distcache-founder").start();
    }

    PoolPlan plan() {
        return plan;
    }

    /** The connections to the others; null if there are none yet. */
    @Nullable
    LatePeers peers() {
        PoolParts made = parts;
        return made == null ? null : made.peers();
    }

    /** Whether it has come to its end, whatever became of it: nothing of it is at work any more. */
    boolean hasEnded() {
        return ended;
    }

    private void run() {
        try {
            found();
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            String why = e instanceof IOException io ? FileFailure.text(io) : e.toString();
            if (decided) {
                LOG.warn("the members of the replicated pool find leaders without this node's help: {}", why);
            } else {
                LOG.error("no replicated pool was made, and the node goes on by itself: {}", why, e);
                failure = why;
            }
        }
        PoolParts made = parts;
        parts = null;
        if (made != null) {
            made.close();
        }
        if (!drained) {
            removeFiles();
        }
        ended = true;
        responder.accept(
                decided
                        ? Reply.Ok.INSTANCE
                        : new Reply.Failure(
                                Status.INTERNAL,
                                "it serves by itself as before, for the pool could not be made: " + failure));
        if (drained) {
            startAnew.run();
        }
    }

    private void removeFiles() {
        try {
            FoundersFiles.remove(path);
        } catch (IOException e) {
            LOG.warn("{} is of no use and could not be removed: {}", FoundersFiles.of(path), FileFailure.text(e));
        }
    }

    private void found() throws IOException {
        long began = System.nanoTime();
        FoundersFiles.remove(path);
        try (Followed followed = node.follow()) {
            PoolParts made = open();
            parts = made;
            Replication replication = made.replication();
            FirstState first = replication.firstState(FoundersFiles.of(path).resolve(FIRST));
            first.read(followed.snapshot());
            node.connect(made::connect);
            Shipping shipping = made.call(() -> replication.found(
                    node.shards(),
                    new SecureRandom().nextLong(),
                    first,
                    node.clock().millis(),
                    new Replication.Listener() {
                        @Override
                        public void viewChanged() {}

                        @Override
                        public void failed(IOException cause) {
                            failure = FileFailure.text(cause);
                        }
                    }));
            first.close();
            awaitLeading(replication);
            firstEntry = get(replication.consensus().progress(0).toCompletableFuture())
                    .last();
            LOG.info("{} entries are on their way to the other members of the replicated pool", first.entries());
            follow(replication, followed, shipping);
            long drainBegan = System.nanoTime();
            drained = true;
            node.drain();
            // What was begun before comes to its end: nobody has to be told that it was refused.
            pause();
            followed.end();
            ship(replication, followed, shipping);
            plan.founded().write(path);
            decided = true;
            // They connect to the others while these begin to lead.
            node.tell(plan.routes());
            openAll(replication.consensus());
            made.leaderships().begin();
            made.leaderships().handOver();
            LOG.info(
                    "this node is a member of a replicated pool of {} nodes, which began with {} entries of it: {} ms, of which it"
                            + " took no commands for {} ms",
                    plan.members(),
                    first.entries(),
                    (System.nanoTime() - began) / 1_000_000,
                    (System.nanoTime() - drainBegan) / 1_000_000);
        }
    }

    private PoolParts open() throws IOException {
        DataDirectory directory = DataDirectory.open(
                FoundersFiles.of(path), "process " + ProcessHandle.current().pid());
        Caches caches = new Caches(
                node.shards().size(),
                new AcknowledgementBook(node.config().lease().listenerLimit()),
                CommitLog.NONE);
        return new PoolParts(
                plan,
                node.config(),
                node.clock(),
                caches,
                directory,
                new SecureRandom().nextLong() >>> 1,
                // The others need what only it has until they may lead: a loss of power must not take it.
                node.config().log().synced(SyncPolicy.ALWAYS),
                new PoolParts.Sizes(1, ENTRY_BYTES, SNAPSHOT_ENTRIES));
    }

    /** Ships until the others have nearly all. */
    private void follow(Replication replication, Followed followed, Shipping shipping) throws IOException {
        int rounds = 0;
        int fewest = Integer.MAX_VALUE;
        long deadline = 0;
        while (true) {
            long bytes = ship(replication, followed, shipping);
            int[] lacking = lacking(replication.consensus());
            int lack = Arrays.stream(lacking).sum();
            if (lack < fewest) {
                fewest = lack;
                deadline = System.nanoTime() + PATIENCE.toNanos();
            }
            boolean waits = System.nanoTime() - deadline < 0;
            long near = Arrays.stream(lacking).filter(groups -> groups == 0).count();
            if (!waits && near <= plan.members() / 2) {
                throw new IOException(namesOfFar(lacking) + " got nothing more for " + PATIENCE.toSeconds() + " s");
            }
            if (lack == 0 || !waits) {
                rounds++;
                if (bytes <= FEW_BYTES || rounds > MANY_ROUNDS) {
                    return;
                }
            }
            pause();
        }
    }

    private String namesOfFar(int[] lacking) {
        return IntStream.range(0, lacking.length)
                .filter(member -> lacking[member] > 0)
                .mapToObj(plan::nameOf)
                .collect(Collectors.joining(", "));
    }

    /** By member in how many groups it lacks more than a little. */
    private int[] lacking(Consensus consensus) throws IOException {
        int[] groups = new int[plan.members()];
        for (int group = 0; group <= plan.routes().groups(); group++) {
            Consensus.Progress progress = get(consensus.progress(group).toCompletableFuture());
            if (progress.last() - firstEntry > MOST_ENTRIES) {
                throw new IOException("so much is changed meanwhile that the others have not got it after "
                        + MOST_ENTRIES + " entries of a group");
            }
            List<Long> behind = progress.behind();
            for (int member = 0; member < groups.length; member++) {
                boolean far = behind.isEmpty() || behind.get(member) > NEAR;
                groups[member] += far && member != plan.self() ? 1 : 0;
            }
        }
        return groups;
    }

    /** Ships what has come to the log since the last time; returns how many bytes. What may be lost with a leadership is shipped again. */
    private long ship(Replication replication, Followed followed, Shipping shipping) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return followed.read(new Followed.Records() {
                    @Override
                    public void record(int shard, int shards, long position, byte[] array, int offset, int length)
                            throws IOException {
                        refuseTooMuch(shipping);
                        shipping.record(shard, shards, position, array, offset, length);
                    }

                    @Override
                    public void end() throws IOException {
                        shipping.await();
                    }
                });
            } catch (IOException e) {
                refuseIfFailed();
                if (replication.leadsAll() && System.nanoTime() - deadline >= 0) {
                    throw e;
                }
                awaitLeading(replication);
                pause();
            }
        }
    }

    /** What is shipped stays on the heap until others have all. It is the last time to look before the node takes no more commands. */
    private void refuseTooMuch(Shipping shipping) throws IOException {
        if (!drained && shipping.bytes() > mostBytes) {
            failure =
                    "more than " + mostBytes + " bytes were changed before the others had what the node has, as much as"
                            + " fits beside its store. Make the pool when there is less to do, or give the node more heap (-Xmx)";
            refuseIfFailed();
        }
    }

    private void awaitLeading(Replication replication) throws IOException {
        await(replication::leadsAll, "a majority of the members was not in reach");
    }

    private void openAll(Consensus consensus) throws IOException {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int group = 0; group <= plan.routes().groups(); group++) {
            all.add(consensus.open(group).toCompletableFuture());
        }
        get(CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)));
    }

    private void await(BooleanSupplier done, String what) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!done.getAsBoolean()) {
            refuseIfFailed();
            if (System.nanoTime() - deadline >= 0) {
                throw new IOException(what + " for " + PATIENCE.toSeconds() + " s");
            }
            pause();
        }
    }

    private void refuseIfFailed() throws IOException {
        String failed = failure;
        if (failed != null) {
            throw new IOException(failed);
        }
    }

    private static <T> T get(CompletableFuture<T> stage) throws IOException {
        try {
            return stage.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("the members did not answer within " + PATIENCE.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the node stops", e);
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the node stops", e);
        }
    }
}
