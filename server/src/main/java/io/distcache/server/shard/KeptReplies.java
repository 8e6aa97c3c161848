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
 *  the key, BYTES:
 *  offset  bytes  field
 *       0      1  brace    '{'
 *       1      3  slot     a text that lies in the slot of the changed key
 *       4      1  close    '}'
 *       5      8  client
 *      13      8  number
 *
 *  the value, BYTES:
 *  offset  bytes  field
 *       0      8  first open  what the change said of it
 *       8      1  kind        the reply's code on the wire: 0x42 VALUE, 0x44 CHANGED, 0x4a COUNT
 *       9      n  reply       VALUE: version (8), the new value; CHANGED: 1 existed, 2 applied (1), version (8); COUNT: the count (8)
 * </pre>
 *
 * <p>What a client has said it has got goes without a word to the log. A replay meets it again, and by the first open of later ones drops it
 * again. Guarded by the shard's lock.
 */
final class KeptReplies {
    static final int MOST_KEEP_MILLIS = 600_000;
    /** How many replies are kept of one client, in each shard. */
    static final int MOST_OF_CLIENT = 4096;
    /** All clients together have one reply for so many of the bytes that the node may keep. */
    static final int BYTES_FOR_ONE = 1024;

    static final int TICK_EVERY_MILLIS = 10_000;
    private static final int CLIENT_AT = 1 + 1 + SlotText.BYTES + 1;
    private static final int NUMBER_AT = CLIENT_AT + Long.BYTES;
    private static final int REPLY_AT = 1 + Long.BYTES;

    private final int index;
    private final OnceCache once;
    private final EntryChanges changes;
    private final Map<Long, OfClient> clients = new HashMap<>();
    private long lastTickMillis;

    /** What is kept of one client: by number, the slots of the changed keys. */
    private static final class OfClient {
        final TreeMap<Long, Integer> slots = new TreeMap<>();
        long firstOpen = Long.MIN_VALUE;
        long idleAtMillis = Long.MIN_VALUE;
    }

    KeptReplies(int index, OnceCache once, EntryChanges changes) {
        this.index = index;
        this.once = once;
        this.changes = changes;
    }

    /** Whether this change was made before. */
    boolean has(Command.Once command, Outcome outcome) {
        return find(command, outcome) != null;
    }

    /** The reply that was given to this change before, or why it is not to be made; null if it is to be made now. */
    @Nullable
    Reply answer(Command.Once command, Outcome outcome) {
        if (command.number() < command.firstOpen()) {
            return late(command, command.firstOpen());
        }
        byte[] kept = find(command, outcome);
        Cache cache = once.present();
        if (kept != null && cache != null) {
            // The log gets it again: an earlier record of it, with the change, may not be on disk yet, and is once this
            // one is.
            outcome.record(new Mutation.Store(cache.id(), Bytes.of(kept)));
            return decode(EntryRecord.value(kept));
        }
        OfClient client = clients.get(command.client());
        CacheShard part = cache == null ? null : cache.part(index);
        if (cache == null || part == null) {
            return null;
        }
        if (client != null) {
            if (command.number() < client.firstOpen) {
                return late(command, client.firstOpen);
            }
            raiseFirstOpen(client, command.client(), command.firstOpen(), part);
            changes.recount(cache, part);
            if (client.slots.size() >= MOST_OF_CLIENT) {
                return overloaded(client.slots.size() + " replies of this client");
            }
        }
        return cache.entries() >= changes.maxBytes() / BYTES_FOR_ONE ? overloaded(cache.entries() + " replies") : null;
    }

    private byte @Nullable [] find(Command.Once command, Outcome outcome) {
        Cache cache = once.present();
        CacheShard part = cache == null ? null : cache.part(index);
        if (part == null) {
            return null;
        }
        Bytes key = keyOf(KeySlot.of(command.key()), command.client(), command.number());
        byte[] record = part.entries.get(key, KeyHasher.hash(key));
        return record == null || EntryRecord.isExpired(record, outcome.nowMillis()) ? null : record;
    }

    private static Reply.Failure late(Command.Once command, long firstOpen) {
        return new Reply.Failure(
                Status.BAD_REQUEST,
                "change " + command.number() + " comes late: its client has got the replies to all before " + firstOpen
                        + ". It was not made now");
    }

    private static Reply.Failure overloaded(String what) {
        return new Reply.Failure(
                Status.OVERLOADED,
                what + " to changes made once are kept here already; nothing was applied. They go as their clients say"
                        + " that they have got them, or with time");
    }

    /** Keeps the reply to a change that was made; a refusal is not kept. */
    void keep(Command.Once command, Reply reply, Outcome outcome) {
        Bytes value = encode(reply, command.firstOpen());
        if (value == null) {
            return;
        }
        Cache cache = once.orNew();
        CacheShard part = cache.partOrNew(index, outcome.nowMillis());
        long deadline = outcome.nowMillis() + Math.min(command.keepMillis(), MOST_KEEP_MILLIS);
        Bytes key = keyOf(KeySlot.of(command.key()), command.client(), command.number());
        int hash = KeyHasher.hash(key);
        byte[] record = EntryRecord.create(key, value, changes.nextVersion(), deadline);
        part.entries.put(record, hash);
        part.timers.deadlineMoved(hash, EntryRecord.NO_DEADLINE, deadline);
        outcome.record(new Mutation.Store(cache.id(), Bytes.of(record)));
        came(part, record);
        changes.recount(cache, part);
    }

    /** A reply is in the cache from now on, by a change or a replay. */
    void came(CacheShard part, byte[] record) {
        Bytes key = EntryRecord.key(record);
        long id = longAt(key, CLIENT_AT);
        OfClient client = clients.computeIfAbsent(id, c -> new OfClient());
        client.idleAtMillis = Math.max(client.idleAtMillis, EntryRecord.deadlineMillis(record));
        client.slots.put(longAt(key, NUMBER_AT), KeySlot.of(key));
        raiseFirstOpen(client, id, Math.max(client.firstOpen, longAt(EntryRecord.value(record), 1)), part);
    }

    /** A reply is no longer in the cache: its time was over. */
    void went(byte[] record) {
        Bytes key = EntryRecord.key(record);
        OfClient client = clients.get(longAt(key, CLIENT_AT));
        if (client != null) {
            client.slots.remove(longAt(key, NUMBER_AT), KeySlot.of(key));
        }
    }

    /** All went. */
    void allWent() {
        clients.clear();
    }

    private static void raiseFirstOpen(OfClient client, long id, long firstOpen, CacheShard part) {
        client.firstOpen = Math.max(client.firstOpen, firstOpen);
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
        long now = outcome.nowMillis();
        // Time may have jumped back.
        if (!clients.isEmpty() && (now - lastTickMillis >= TICK_EVERY_MILLIS || now < lastTickMillis)) {
            lastTickMillis = now;
            clients.values().removeIf(client -> client.idleAtMillis < now);
        }
    }

    /** How many clients are known here. */
    int clients() {
        return clients.size();
    }

    /** How many replies are known here to be kept. */
    int known() {
        return clients.values().stream().mapToInt(client -> client.slots.size()).sum();
    }

    private static Bytes keyOf(int slot, long client, long number) {
        ByteBuffer key = ByteBuffer.allocate(NUMBER_AT + Long.BYTES);
        key.put(ValueTag.BYTES).put((byte) '{');
        SlotText.put(slot, key);
        key.put((byte) '}').putLong(client).putLong(number);
        return Bytes.of(key.array());
    }

    private static long longAt(Bytes bytes, int at) {
        return ByteBuffer.wrap(bytes.array(), bytes.offset(), bytes.length()).getLong(bytes.offset() + at);
    }

    private static @Nullable Bytes encode(Reply reply, long firstOpen) {
        if (reply instanceof Reply.Value value) {
            Bytes bytes = value.value();
            return Bytes.of(begun(reply, firstOpen, Long.BYTES + bytes.length())
                    .putLong(value.version())
                    .put(bytes.array(), bytes.offset(), bytes.length())
                    .array());
        }
        if (reply instanceof Reply.Changed changed) {
            byte bits = (byte) ((changed.existed() ? 1 : 0) | (changed.applied() ? 2 : 0));
            return Bytes.of(begun(reply, firstOpen, 1 + Long.BYTES)
                    .put(bits)
                    .putLong(changed.version())
                    .array());
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
                yield new Reply.Changed((bits & 1) != 0, (bits & 2) != 0, in.getLong(), null);
            }
            case COUNT -> new Reply.Count(in.getLong());
            default -> throw new IllegalStateException("a reply of kind " + kind + " is never kept");
        };
    }
}
