package io.distcache.server.replication;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.consensus.Consensus;
import io.distcache.server.consensus.GroupView;
import io.distcache.server.consensus.Loop;
import io.distcache.server.mutation.MutationCodec;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.RefusedException;
import io.distcache.server.shard.Shards;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The first group: which caches there are. Any node may ask; what is asked goes to the leader of the group and from there into its log, and is
 * done on every node when it is applied there (Raft, section 8: a state machine). Whoever asked hears of it from its own state, which has all
 * before it by then. What is lost on the way is asked again, and done once all the same ({@link DoneOnce}): else a cache could be destroyed that somebody has made since.
 *
 * <pre>
 *  what is asked
 *  offset  bytes  field
 *       0      1  mark        0x7f, which no message of the consensus begins with
 *       1      1  kind        1 open, 2 destroy, 3 nothing
 *       2      8  start       of the process that asks
 *      10      8  number      of what it asks
 *      18      8  first open  the lowest number that it still waits for
 *      26      8  millis      the time of the leader that proposed it, since 1970; 0 until then
 *      34      n  open: the definition; destroy: 4 length of the namespace, namespace, name
 * </pre>
 *
 * <p>Thread-safe; what is not said otherwise is confined to the consensus loop.
 */
final class Meta {
    static final byte MARK = 0x7f;

    private static final byte OPEN = 1;
    private static final byte DESTROY = 2;
    private static final byte NOTHING = 3;
    private static final int MILLIS_AT = 26;
    private static final int CONTENTS_AT = 34;
    private static final Duration AGAIN = Duration.ofMillis(200);

    /** What became of it. */
    record Done(@Nullable Cache cache, boolean changed) {}

    private static final class Asked {
        private final byte[] what;
        private final long untilNanos;
        private final CompletableFuture<Done> stage = new CompletableFuture<>();

        Asked(byte[] what, long untilNanos) {
            this.what = what;
            this.untilNanos = untilNanos;
        }
    }

    /** Sends a frame to another node. */
    @FunctionalInterface
    interface Sender {
        void send(int node, byte[] frame);
    }

    private final int self;
    private final Duration patience;
    private final Consensus consensus;
    private final Loop loop;
    private final NodeClock clock;
    private final Sender sender;
    private final CacheTable caches;
    private final Shards shards;
    /** In their order, so that the first is the lowest. */
    private final TreeMap<Long, Asked> open = new TreeMap<>();

    private final DoneOnce once = new DoneOnce();
    private final long start;
    /** The newest time of a leader that was applied. */
    private long millis;

    private long lastNumber;
    private long epoch;
    private volatile boolean leads;

    /**
     * Of a node that has asked nothing.
     *
     * @param start random: differs from that of every other process of the pool
     * @param patience how long it is tried to have something done
     * @param beginMillis about when the newest was made of what the group begins with
     */
    Meta(
            int self,
            long start,
            Duration patience,
            Consensus consensus,
            Loop loop,
            NodeClock clock,
            Sender sender,
            CacheTable caches,
            Shards shards,
            long beginMillis) {
        this.self = self;
        this.start = start;
        this.patience = patience;
        this.consensus = consensus;
        this.loop = loop;
        this.clock = clock;
        this.sender = sender;
        this.caches = caches;
        this.shards = shards;
        this.millis = beginMillis;
    }

    // --- asked, on any thread ---

    /** The cache of a name, made if it is not there, in the order of all that is asked of caches. */
    CompletionStage<Done> open(CacheDefinition definition) {
        return ask(OPEN, MutationCodec.definition(definition));
    }

    /** Destroys a cache; {@link Done#changed} says whether it was there. */
    CompletionStage<Done> destroy(String namespace, String name) {
        byte[] space = namespace.getBytes(StandardCharsets.UTF_8);
        byte[] last = name.getBytes(StandardCharsets.UTF_8);
        return ask(
                DESTROY,
                ByteBuffer.allocate(Integer.BYTES + space.length + last.length)
                        .putInt(space.length)
                        .put(space)
                        .put(last)
                        .array());
    }

    /** Completes when this node has all that was done before the call. */
    CompletionStage<Done> catchUp() {
        return ask(NOTHING, new byte[0]);
    }

    private CompletionStage<Done> ask(byte kind, byte[] contents) {
        CompletableFuture<Done> stage = new CompletableFuture<>();
        loop.execute(() -> {
            long number = ++lastNumber;
            byte[] what = ByteBuffer.allocate(CONTENTS_AT + contents.length)
                    .put(MARK)
                    .put(kind)
                    .putLong(start)
                    .putLong(number)
                    .putLong(open.isEmpty() ? number : open.firstKey())
                    .putLong(0)
                    .put(contents)
                    .array();
            Asked asked = new Asked(what, clock.passedNanos() + patience.toNanos());
            open.put(number, asked);
            asked.stage.whenComplete((done, failure) -> {
                if (failure == null) {
                    stage.complete(done);
                } else {
                    stage.completeExceptionally(failure);
                }
            });
            send(number, asked);
        });
        return stage;
    }

    private void send(long number, Asked asked) {
        if (open.get(number) != asked) {
            return;
        }
        if (clock.passedNanos() - asked.untilNanos >= 0) {
            open.remove(number);
            asked.stage.completeExceptionally(new RefusedException(new Reply.Failure(
                    Status.UNAVAILABLE,
                    "no leader of the group that knows the caches was found within " + patience.toMillis()
                            + " ms: fewer than a majority of the replicated pool's nodes are in reach of each other")));
            return;
        }
        int leader = consensus.view(Layout.META).leader();
        if (leads) {
            propose(asked.what);
        } else if (leader != GroupView.NOBODY && leader != self) {
            sender.send(leader, asked.what);
        }
        loop.schedule(() -> send(number, asked), AGAIN.toNanos());
    }

    // --- on the loop ---

    /** Another node asks this one, as the leader. */
    void received(byte[] what) {
        if (leads) {
            propose(what);
        }
    }

    private void propose(byte[] what) {
        byte[] now = what.clone();
        ByteBuffer.wrap(now).putLong(MILLIS_AT, Math.max(millis, clock.millis()));
        // Who asked asks again, should it fail.
        CompletionStage<Long> unused = consensus.propose(Layout.META, epoch, now);
    }

    void lead(long ofEpoch) {
        epoch = ofEpoch;
        leads = true;
    }

    void stopLeading() {
        leads = false;
    }

    boolean leads() {
        return leads;
    }

    void apply(byte[] what) {
        ByteBuffer in = ByteBuffer.wrap(what);
        in.get();
        byte kind = in.get();
        long from = in.getLong();
        long number = in.getLong();
        boolean isFirst = once.isFirst(from, number, in.getLong());
        millis = Math.max(millis, in.getLong());
        byte[] contents = new byte[in.remaining()];
        in.get(contents);
        Done done = switch (kind) {
            case OPEN -> opened(MutationCodec.definition(contents), isFirst);
            case DESTROY -> destroyed(ByteBuffer.wrap(contents), isFirst);
            default -> new Done(null, false);
        };
        Asked asked = from == start ? open.remove(number) : null;
        if (asked == null) {
            return;
        }
        if (kind == OPEN && done.cache() == null) {
            // A snapshot of another member had it, and somebody has destroyed it since.
            asked.stage.completeExceptionally(new RefusedException(new Reply.Failure(
                    Status.NO_SUCH_CACHE, "the cache was made, and destroyed again by another client; open it anew")));
        } else {
            asked.stage.complete(done);
        }
    }

    private Done opened(CacheDefinition definition, boolean isFirst) {
        if (!isFirst) {
            return new Done(caches.named(definition.namespace(), definition.name()), false);
        }
        long before = caches.lastId();
        Cache cache = caches.open(definition);
        return new Done(cache, cache.id() > before);
    }

    private Done destroyed(ByteBuffer in, boolean isFirst) {
        byte[] space = new byte[in.getInt()];
        in.get(space);
        byte[] name = new byte[in.remaining()];
        in.get(name);
        return new Done(
                null,
                !isFirst
                        || caches.destroy(
                                new String(space, StandardCharsets.UTF_8),
                                new String(name, StandardCharsets.UTF_8),
                                shards));
    }

    /** When the leader proposed what is in an entry. */
    static long millis(byte[] entry) {
        return ByteBuffer.wrap(entry).getLong(MILLIS_AT);
    }

    /** One piece, which begins with the newest time of a leader that is in it. */
    void snapshot(Consumer<Supplier<byte[]>> pieces) {
        List<Cache> named = caches.named();
        List<byte[]> definitions = named.stream()
                .map(cache -> MutationCodec.definition(cache.definition()))
                .toList();
        int bytes = Long.BYTES + once.bytes() + Long.BYTES;
        for (byte[] definition : definitions) {
            bytes += Long.BYTES + Integer.BYTES + definition.length;
        }
        ByteBuffer out = ByteBuffer.allocate(bytes).putLong(millis);
        once.write(out);
        out.putLong(caches.lastId());
        for (int i = 0; i < definitions.size(); i++) {
            out.putLong(named.get(i).id()).putInt(definitions.get(i).length).put(definitions.get(i));
        }
        pieces.accept(out::array);
    }

    void install(Iterable<byte[]> pieces) {
        for (byte[] piece : pieces) {
            ByteBuffer in = ByteBuffer.wrap(piece);
            millis = Math.max(millis, in.getLong());
            once.read(in);
            long lastId = in.getLong();
            caches.restore(lastId, definitions(in), shards);
        }
    }

    private static Map<Long, CacheDefinition> definitions(ByteBuffer in) {
        Map<Long, CacheDefinition> definitions = new LinkedHashMap<>();
        while (in.hasRemaining()) {
            long id = in.getLong();
            byte[] definition = new byte[in.getInt()];
            in.get(definition);
            definitions.put(id, MutationCodec.definition(definition));
        }
        return definitions;
    }

    /**
     * The caches in a snapshot, by their ids.
     *
     * @throws IllegalArgumentException if it is none of this version
     */
    static Map<Long, CacheDefinition> definitions(byte[] piece) {
        ByteBuffer in = ByteBuffer.wrap(piece);
        try {
            in.getLong();
            new DoneOnce().read(in);
            in.getLong();
            return definitions(in);
        } catch (BufferUnderflowException | NegativeArraySizeException e) {
            throw new IllegalArgumentException(
                    "the snapshot of the caches is cut off after " + in.position() + " bytes", e);
        }
    }
}
