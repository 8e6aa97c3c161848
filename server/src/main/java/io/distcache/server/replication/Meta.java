package io.distcache.server.replication;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.consensus.Consensus;
import io.distcache.server.consensus.GroupView;
import io.distcache.server.consensus.Loop;
import io.distcache.server.mutation.MutationCodec;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.RefusedException;
import io.distcache.server.shard.Shards;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The first group: which caches there are. Any node may ask; what is asked goes to the leader of the group and from there into its log, and is
 * done on every node when it is applied there (Raft, section 8: a state machine). Whoever asked hears of it from its own state, which has all
 * before it by then. What is lost on the way is asked again, and nothing asked here does harm twice.
 *
 * <pre>
 *  what is asked
 *  offset  bytes  field
 *       0      1  mark     0x7f, which no message of the consensus begins with
 *       1      1  kind     1 open, 2 destroy, 3 nothing
 *       2      1  node     who asks
 *       3      8  number   of what it asks
 *      11      n  open: the definition; destroy: namespace, 0, name
 * </pre>
 *
 * <p>Thread-safe; what is not said otherwise is confined to the consensus loop.
 */
final class Meta {
    static final byte MARK = 0x7f;

    private static final byte OPEN = 1;
    private static final byte DESTROY = 2;
    private static final byte NOTHING = 3;
    private static final int CONTENTS_AT = 11;
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
    private final LongSupplier nanos;
    private final Sender sender;
    private final CacheTable caches;
    private final Shards shards;
    private final Map<Long, Asked> open = new HashMap<>();
    private long lastNumber;
    private long epoch;
    private volatile boolean leads;

    /**
     * Of a node that has asked nothing.
     *
     * @param firstNumber differs between any two starts of the node
     * @param patience how long it is tried to have something done
     */
    Meta(
            int self,
            long firstNumber,
            Duration patience,
            Consensus consensus,
            Loop loop,
            LongSupplier nanos,
            Sender sender,
            CacheTable caches,
            Shards shards) {
        this.self = self;
        this.lastNumber = firstNumber;
        this.patience = patience;
        this.consensus = consensus;
        this.loop = loop;
        this.nanos = nanos;
        this.sender = sender;
        this.caches = caches;
        this.shards = shards;
    }

    // --- asked, on any thread ---

    /** The cache of a name, made if it is not there, in the order of all that is asked of caches. */
    CompletionStage<Done> open(CacheDefinition definition) {
        return ask(OPEN, MutationCodec.definition(definition));
    }

    /** Destroys a cache; {@link Done#changed} says whether it was there. */
    CompletionStage<Done> destroy(String namespace, String name) {
        return ask(DESTROY, (namespace + '\0' + name).getBytes(StandardCharsets.UTF_8));
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
                    .put((byte) self)
                    .putLong(number)
                    .put(contents)
                    .array();
            Asked asked = new Asked(what, nanos.getAsLong() + patience.toNanos());
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
        if (nanos.getAsLong() - asked.untilNanos >= 0) {
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
        // Who asked asks again, should it fail.
        CompletionStage<Long> unused = consensus.propose(Layout.META, epoch, what);
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
        int node = in.get();
        long number = in.getLong();
        byte[] contents = new byte[in.remaining()];
        in.get(contents);
        Done done;
        switch (kind) {
            case OPEN -> {
                long before = caches.lastId();
                Cache cache = caches.open(MutationCodec.definition(contents));
                done = new Done(cache, cache.id() > before);
            }
            case DESTROY -> {
                String[] names = new String(contents, StandardCharsets.UTF_8).split("\0", -1);
                done = new Done(null, caches.destroy(names[0], names[1], shards));
            }
            default -> done = new Done(null, false);
        }
        Asked asked = node == self ? open.remove(number) : null;
        if (asked != null) {
            asked.stage.complete(done);
        }
    }

    void snapshot(Consumer<byte[]> pieces) {
        List<Cache> named = caches.named();
        List<byte[]> definitions = named.stream()
                .map(cache -> MutationCodec.definition(cache.definition()))
                .toList();
        int bytes = Long.BYTES;
        for (byte[] definition : definitions) {
            bytes += Long.BYTES + Integer.BYTES + definition.length;
        }
        ByteBuffer out = ByteBuffer.allocate(bytes).putLong(caches.lastId());
        for (int i = 0; i < definitions.size(); i++) {
            out.putLong(named.get(i).id()).putInt(definitions.get(i).length).put(definitions.get(i));
        }
        pieces.accept(out.array());
    }

    void install(Iterable<byte[]> pieces) {
        for (byte[] piece : pieces) {
            ByteBuffer in = ByteBuffer.wrap(piece);
            long lastId = in.getLong();
            Map<Long, CacheDefinition> definitions = new LinkedHashMap<>();
            while (in.hasRemaining()) {
                long id = in.getLong();
                byte[] definition = new byte[in.getInt()];
                in.get(definition);
                definitions.put(id, MutationCodec.definition(definition));
            }
            caches.restore(lastId, definitions, shards);
        }
    }
}
