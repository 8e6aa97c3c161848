package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.ValueTag;
import io.distcache.protocol.ring.KeySlot;
import io.distcache.server.store.EntryRecord;
import io.distcache.server.store.KeyHasher;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One shard's replies to changes made once. A reply is an entry of {@link OnceCache} in the shard of the key that was changed, in one record of
 * the log with the change: neither is there without the other after a restart.
 *
 * <pre>
 *  key:    BYTES, '{', 3 of a text with the slot of the changed key, '}', 8 client, 8 number
 *  value:  1 kind, then
 *          0x42 VALUE    8 version, the new value
 *          0x44 CHANGED  1 bit 0 existed, bit 1 applied; 8 version
 *          0x4a COUNT    8
 * </pre>
 *
 * <p>What a client has said it has got goes without a word to the log: a replay brings it back until it expires, which does no harm.
 * Guarded by the shard's lock.
 */
final class KeptReplies {
    static final int MOST_KEEP_MILLIS = 600_000;

    private static final int TICK_EVERY_MILLIS = 10_000;
    private static final int HEADER_BYTES = 1 + SlotText.BYTES + 2;

    private final int index;
    private final OnceCache once;
    private final EntryChanges changes;
    private final Map<Long, OfClient> clients = new HashMap<>();
    private long lastTickMillis;

    /** What is kept of one client: by number, the slots of the changed keys. */
    private static final class OfClient {
        final TreeMap<Long, Integer> slots = new TreeMap<>();
        long firstOpen = Long.MIN_VALUE;
        long idleAtMillis;
    }

    KeptReplies(int index, OnceCache once, EntryChanges changes) {
        this.index = index;
        this.once = once;
        this.changes = changes;
    }

    /** The reply that was given to this change before, or a refusal if its client has got that; null if it is to be made now. */
    @Nullable
    Reply find(Command.Once command, Outcome outcome) {
        OfClient client = clients.get(command.client());
        if (client != null && command.number() < client.firstOpen) {
            return new Reply.Failure(
                    Status.BAD_REQUEST,
                    "change " + command.number() + " comes late: its client has got the replies to all before "
                            + client.firstOpen);
        }
        Cache cache = once.present();
        CacheShard part = cache == null ? null : cache.part(index);
        if (part == null) {
            return null;
        }
        Bytes key = keyOf(KeySlot.of(command.key()), command.client(), command.number());
        byte[] record = part.entries.get(key, KeyHasher.hash(key));
        return record == null || EntryRecord.isExpired(record, outcome.nowMillis())
                ? null
                : decode(EntryRecord.value(record));
    }

    /** Keeps the reply to a change that was made; a refusal is not kept. */
    void keep(Command.Once command, Reply reply, Outcome outcome) {
        Bytes value = encode(reply);
        if (value == null) {
            return;
        }
        Cache cache = once.orNew();
        CacheShard part = cache.partOrNew(index, outcome.nowMillis());
        long keepMillis = Math.min(command.keepMillis(), MOST_KEEP_MILLIS);
        int slot = KeySlot.of(command.key());
        Bytes key = keyOf(slot, command.client(), command.number());
        int hash = KeyHasher.hash(key);
        byte[] record = EntryRecord.create(key, value, changes.nextVersion(), outcome.nowMillis() + keepMillis);
        part.entries.put(record, hash);
        part.timers.deadlineMoved(hash, EntryRecord.NO_DEADLINE, outcome.nowMillis() + keepMillis);
        outcome.record(new Mutation.Store(cache.id(), Bytes.of(record)));

        OfClient client = clients.computeIfAbsent(command.client(), c -> new OfClient());
        client.idleAtMillis = outcome.nowMillis() + keepMillis;
        client.slots.put(command.number(), slot);
        if (command.firstOpen() > client.firstOpen) {
            client.firstOpen = command.firstOpen();
            forget(client, command.client(), part);
        }
        changes.recount(cache, part);
    }

    private static void forget(OfClient client, long id, CacheShard part) {
        Iterator<Map.Entry<Long, Integer>> got =
                client.slots.headMap(client.firstOpen).entrySet().iterator();
        while (got.hasNext()) {
            Map.Entry<Long, Integer> reply = got.next();
            Bytes key = keyOf(reply.getValue(), id, reply.getKey());
            part.entries.remove(key, KeyHasher.hash(key));
            got.remove();
        }
    }

    /** Forgets clients that have not come for as long as they might repeat something; their entries expire by themselves. */
    void tick(Outcome outcome) {
        if (!clients.isEmpty() && outcome.nowMillis() - lastTickMillis >= TICK_EVERY_MILLIS) {
            lastTickMillis = outcome.nowMillis();
            clients.values().removeIf(client -> client.idleAtMillis < lastTickMillis);
        }
    }

    private static Bytes keyOf(int slot, long client, long number) {
        ByteBuffer key = ByteBuffer.allocate(HEADER_BYTES + 2 * Long.BYTES);
        key.put(ValueTag.BYTES).put((byte) '{');
        SlotText.put(slot, key);
        key.put((byte) '}').putLong(client).putLong(number);
        return Bytes.of(key.array());
    }

    private static @Nullable Bytes encode(Reply reply) {
        byte kind = (byte) reply.kind().code();
        if (reply instanceof Reply.Value value) {
            Bytes bytes = value.value();
            ByteBuffer out = ByteBuffer.allocate(1 + Long.BYTES + bytes.length());
            out.put(kind).putLong(value.version()).put(bytes.array(), bytes.offset(), bytes.length());
            return Bytes.of(out.array());
        }
        if (reply instanceof Reply.Changed changed) {
            byte flags = (byte) ((changed.existed() ? 1 : 0) | (changed.applied() ? 2 : 0));
            return Bytes.of(ByteBuffer.allocate(2 + Long.BYTES)
                    .put(kind)
                    .put(flags)
                    .putLong(changed.version())
                    .array());
        }
        if (reply instanceof Reply.Count count) {
            return Bytes.of(ByteBuffer.allocate(1 + Long.BYTES)
                    .put(kind)
                    .putLong(count.value())
                    .array());
        }
        return null;
    }

    private static Reply decode(Bytes value) {
        ByteBuffer in = ByteBuffer.wrap(value.array(), value.offset(), value.length());
        return switch (Reply.Kind.of(in.get())) {
            case VALUE -> {
                long version = in.getLong();
                int at = 1 + Long.BYTES;
                yield new Reply.Value(version, Bytes.of(value.array(), value.offset() + at, value.length() - at));
            }
            case CHANGED -> {
                byte flags = in.get();
                yield new Reply.Changed((flags & 1) != 0, (flags & 2) != 0, in.getLong(), null);
            }
            case COUNT -> new Reply.Count(in.getLong());
            default -> throw new IllegalStateException("a reply of kind " + value.get(0) + " is never kept");
        };
    }
}
