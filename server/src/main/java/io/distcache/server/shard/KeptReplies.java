package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.KeySlot;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.ValueTag;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.shard.operation.Cause;
import io.distcache.server.store.EntryRecord;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One shard's replies to changes made once. A reply is an entry of {@link OnceCache} in the shard of the key that was changed, in one record of
 * the log with the change: neither is there without the other after a restart.
 *
 * <pre>
 *  the value of such an entry, BYTES; its key is in {@link ReplyIndex}:
 *  offset  bytes  field
 *       0      8  first open  what the change said of it
 *       8      1  kind        the reply's code on the wire: 0x42 VALUE, 0x44 CHANGED, 0x4a COUNT
 *       9      n  reply       VALUE: version (8), the new value; CHANGED: 1 existed, 2 applied, 4 the old value follows (1), version (8),
 *                             the old value; COUNT: the count (8)
 * </pre>
 *
 * An old value is kept if it has {@value io.distcache.protocol.Command.Once#MOST_OLD_BYTES} bytes at most, and all replies together take
 * less than one part in {@value #PART_OF_BYTES} of the bytes that the node may keep.
 *
 * <p>Guarded by the shard's lock.
 */
final class KeptReplies {
    static final int MOST_KEEP_MILLIS = 600_000;
    /** How many replies are kept of one client, in each shard. */
    static final int MOST_OF_CLIENT = 4096;
    /** All clients together have one reply for so many of the bytes that the node may keep. */
    static final int BYTES_FOR_ONE = 1024;
    /** While the replies take less than this part of the bytes that the node may keep, old values are kept with them. */
    static final int PART_OF_BYTES = 16;

    static final int TICK_EVERY_MILLIS = 10_000;
    private static final int REPLY_AT = 1 + Long.BYTES;

    private final OnceCache once;
    private final EntryRules rules;
    private final Commits commits;
    private final ShardState state;
    private final ReplyIndex index;
    private final Bytes keyOfShard;
    private long lastTickMillis;

    KeptReplies(OnceCache once, EntryRules rules, Commits commits, ShardState state) {
        this.once = once;
        this.rules = rules;
        this.commits = commits;
        this.state = state;
        this.index = state.replies();
        this.keyOfShard = SlotText.key(rules.index() * (KeySlot.SLOTS / rules.shards()));
    }

    /** Whether this change of a key was made before. */
    boolean has(Bytes changed, Command.OnceNumber as, Outcome outcome) {
        return find(changed, as, outcome) != null;
    }

    /** The reply that was given to this change of a key before; null if it was not made, or its reply is no longer kept. */
    @Nullable
    Reply kept(Bytes changed, Command.OnceNumber as, Outcome outcome) {
        byte[] kept = find(changed, as, outcome);
        return kept == null ? null : decode(EntryRecord.value(kept));
    }

    /** The reply that was given to this change of a key before, or why it is not to be made; null if it is to be made now. */
    @Nullable
    Reply answer(Bytes changed, Command.OnceNumber as, Outcome outcome) {
        if (as.number() < as.firstOpen()) {
            return late(as, as.firstOpen());
        }
        if (commits.isUncertain(changed, as)) {
            return new Reply.Failure(
                    Status.INDETERMINATE,
                    "logging this change failed before. This node has taken it back; it may come again if the node restarts"
                            + " before bin/distcache resume");
        }
        byte[] kept = find(changed, as, outcome);
        Cache cache = once.present();
        if (kept != null) {
            return decode(EntryRecord.value(kept));
        }
        CacheShard part = cache == null ? null : cache.part(rules.index());
        if (cache == null || part == null) {
            return null;
        }
        long client = as.client();
        if (index.knows(client)) {
            if (as.number() < index.firstOpen(client)) {
                return late(as, index.firstOpen(client));
            }
            state.gotReplies(cache, part, client, as.firstOpen());
            if (index.kept(client) >= MOST_OF_CLIENT) {
                return overloaded(index.kept(client) + " replies of this client");
            }
        }
        return cache.entries() >= rules.maxBytes() / BYTES_FOR_ONE ? overloaded(cache.entries() + " replies") : null;
    }

    private byte @Nullable [] find(Bytes changed, Command.OnceNumber as, Outcome outcome) {
        Cache cache = once.present();
        CacheShard part = cache == null ? null : cache.part(rules.index());
        if (cache == null || part == null) {
            return null;
        }
        Bytes key = ReplyIndex.key(changed, as.client(), as.number());
        byte[] record = part.get(key);
        commits.look(cache, part, key, record, outcome);
        return record == null || EntryRecord.isExpired(record, outcome.millis()) ? null : record;
    }

    private static Reply.Failure late(Command.OnceNumber as, long firstOpen) {
        return new Reply.Failure(
                Status.BAD_REQUEST,
                "change " + as.number() + " comes late: its client has got the replies to all before " + firstOpen
                        + ". It was not made now");
    }

    private static Reply.Failure overloaded(String what) {
        return new Reply.Failure(
                Status.OVERLOADED,
                what + " to changes made once are kept here already; nothing was applied. They go as their clients say"
                        + " that they have got them, or with time");
    }

    /**
     * Keeps the reply to a change that was made; a refusal is not kept.
     *
     * @param changed the cache that was changed: with it the reply is logged, or not
     * @param changedKey the key that was changed
     */
    void keep(Cache changed, Bytes changedKey, Command.OnceNumber as, Reply reply, Outcome outcome) {
        Cache present = once.present();
        boolean hasRoom = present == null || present.bytes() < rules.maxBytes() / PART_OF_BYTES;
        Bytes value = encode(reply, as.firstOpen(), hasRoom);
        if (value == null) {
            return;
        }
        Cache cache = once.orNew();
        CacheShard part = cache.partOrNew(rules, outcome.millis());
        long deadline = outcome.millis() + Math.min(as.keepMillis(), MOST_KEEP_MILLIS);
        Bytes key = ReplyIndex.key(changedKey, as.client(), as.number());
        int hash = cache.hash(key);
        byte[] record = EntryRecord.create(key, value, rules.nextVersion(), deadline);
        Mutation.OnEntry kept = new Mutation.Store(cache.id(), Bytes.of(record));
        if (changed.isLogged()) {
            commits.apply(cache, part, kept, Cause.STORED, hash, outcome);
        } else {
            state.apply(cache, part, kept, hash);
        }
    }

    /** Stands for the changed key of what changes all entries of the shard, where a shard has a range of slots. */
    Bytes keyOfShard() {
        return keyOfShard;
    }

    /** Forgets clients that have not come for as long as they might repeat something; their entries expire by themselves. */
    void tick(Outcome outcome) {
        long now = outcome.millis();
        // Time may have jumped back.
        if (index.clients() > 0 && (now - lastTickMillis >= TICK_EVERY_MILLIS || now < lastTickMillis)) {
            lastTickMillis = now;
            index.forgetIdle(now);
        }
    }

    /** How many clients are known here. */
    int clients() {
        return index.clients();
    }

    /** How many replies are known here to be kept. */
    int known() {
        return index.known();
    }

    private static @Nullable Bytes encode(Reply reply, long firstOpen, boolean hasRoom) {
        if (reply instanceof Reply.Value value) {
            Bytes bytes = value.value();
            return Bytes.of(begun(reply, firstOpen, Long.BYTES + bytes.length())
                    .putLong(value.version())
                    .put(bytes.array(), bytes.offset(), bytes.length())
                    .array());
        }
        if (reply instanceof Reply.Changed changed) {
            Bytes all = changed.old();
            Bytes old = all != null && hasRoom && all.length() <= Command.Once.MOST_OLD_BYTES ? all : null;
            byte bits = (byte) ((changed.existed() ? 1 : 0) | (changed.applied() ? 2 : 0) | (old == null ? 0 : 4));
            ByteBuffer kept = begun(reply, firstOpen, 1 + Long.BYTES + (old == null ? 0 : old.length()))
                    .put(bits)
                    .putLong(changed.version());
            return Bytes.of((old == null ? kept : kept.put(old.array(), old.offset(), old.length())).array());
        }
        return reply instanceof Reply.Count count
                ? Bytes.of(begun(reply, firstOpen, Long.BYTES)
                        .putLong(count.value())
                        .array())
                : null;
    }

    private static ByteBuffer begun(Reply reply, long firstOpen, int bytes) {
        return ByteBuffer.allocate(REPLY_AT + 1 + bytes)
                .put(ValueTag.BYTES)
                .putLong(firstOpen)
                .put((byte) reply.kind().code());
    }

    private static Reply decode(Bytes value) {
        ByteBuffer in = ByteBuffer.wrap(value.array(), value.offset() + REPLY_AT, value.length() - REPLY_AT);
        byte kind = in.get();
        return switch (Reply.Kind.of(kind)) {
            case VALUE -> {
                long version = in.getLong();
                yield new Reply.Value(version, Bytes.of(value.array(), in.position(), in.remaining()));
            }
            case CHANGED -> {
                byte bits = in.get();
                long version = in.getLong();
                Bytes old = (bits & 4) == 0 ? null : Bytes.of(value.array(), in.position(), in.remaining());
                yield new Reply.Changed((bits & 1) != 0, (bits & 2) != 0, version, old);
            }
            case COUNT -> new Reply.Count(in.getLong());
            default -> throw new IllegalStateException("a reply of kind " + kind + " is never kept");
        };
    }
}
