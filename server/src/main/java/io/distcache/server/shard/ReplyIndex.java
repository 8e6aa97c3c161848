package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.KeySlot;
import io.distcache.protocol.ValueTag;
import io.distcache.server.store.EntryRecord;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Which replies to changes made once are entries of a shard, by client: what {@link KeptReplies} asks, and what follows from the entries alone.
 * Guarded by the shard's lock.
 *
 * <pre>
 *  the key of such an entry, BYTES:
 *  offset  bytes  field
 *       0      1  brace    '{'
 *       1      3  slot     a text that lies in the slot of the changed key
 *       4      1  close    '}'
 *       5      8  client
 *      13      8  number
 *
 *  its value, BYTES, begins with:
 *  offset  bytes  field
 *       0      8  first open  what the change said of it
 * </pre>
 */
final class ReplyIndex {
    private static final int CLIENT_AT = 1 + 1 + SlotText.BYTES + 1;
    private static final int NUMBER_AT = CLIENT_AT + Long.BYTES;
    private static final int FIRST_OPEN_AT = 1;

    private final Map<Long, OfClient> clients = new HashMap<>();

    /** What is kept of one client: by number, the slots of the changed keys. */
    private static final class OfClient {
        final TreeMap<Long, Integer> slots = new TreeMap<>();
        long firstOpen = Long.MIN_VALUE;
        long idleAtMillis = Long.MIN_VALUE;
    }

    /** The key of the entry that keeps the reply to a change of a key. */
    static Bytes key(Bytes changed, long client, long number) {
        return key(KeySlot.of(changed), client, number);
    }

    private static Bytes key(int slot, long client, long number) {
        ByteBuffer key = ByteBuffer.allocate(NUMBER_AT + Long.BYTES);
        key.put(ValueTag.BYTES).put((byte) '{');
        SlotText.put(slot, key);
        key.put((byte) '}').putLong(client).putLong(number);
        return Bytes.of(key.array());
    }

    private static long longAt(Bytes bytes, int at) {
        return ByteBuffer.wrap(bytes.array(), bytes.offset(), bytes.length()).getLong(bytes.offset() + at);
    }

    /**
     * A reply is an entry from now on.
     *
     * @param got is told the keys of replies that the client has got, for all that is known now
     */
    void came(byte[] record, Consumer<Bytes> got) {
        Bytes key = EntryRecord.key(record);
        long id = longAt(key, CLIENT_AT);
        OfClient client = clients.computeIfAbsent(id, c -> new OfClient());
        client.idleAtMillis = Math.max(client.idleAtMillis, EntryRecord.deadlineMillis(record));
        client.slots.put(longAt(key, NUMBER_AT), KeySlot.of(key));
        drop(client, id, Math.max(client.firstOpen, longAt(EntryRecord.value(record), FIRST_OPEN_AT)), got);
    }

    /** A reply is no entry any more: its time was over. */
    void went(byte[] record) {
        Bytes key = EntryRecord.key(record);
        OfClient client = clients.get(longAt(key, CLIENT_AT));
        if (client != null) {
            client.slots.remove(longAt(key, NUMBER_AT), KeySlot.of(key));
        }
    }

    /** No reply is an entry any more. */
    void allWent() {
        clients.clear();
    }

    /** The lowest number of a client's changes whose reply it may not have got; {@link Long#MIN_VALUE} if it is not known. */
    long firstOpen(long id) {
        OfClient client = clients.get(id);
        return client == null ? Long.MIN_VALUE : client.firstOpen;
    }

    /** Whether replies of a client are kept, or were lately. */
    boolean knows(long id) {
        return clients.containsKey(id);
    }

    /** How many replies of a client are kept. */
    int kept(long id) {
        OfClient client = clients.get(id);
        return client == null ? 0 : client.slots.size();
    }

    /** A known client has got the replies to all its changes before this one; {@code got} is told their keys. */
    void raise(long id, long firstOpen, Consumer<Bytes> got) {
        OfClient client = clients.get(id);
        if (client != null) {
            drop(client, id, firstOpen, got);
        }
    }

    private static void drop(OfClient client, long id, long firstOpen, Consumer<Bytes> got) {
        client.firstOpen = Math.max(client.firstOpen, firstOpen);
        Iterator<Map.Entry<Long, Integer>> replies =
                client.slots.headMap(client.firstOpen).entrySet().iterator();
        while (replies.hasNext()) {
            Map.Entry<Long, Integer> reply = replies.next();
            got.accept(key(reply.getValue(), id, reply.getKey()));
            replies.remove();
        }
    }

    /** Forgets clients that cannot repeat anything any more at this moment; their entries expire by themselves. */
    void forgetIdle(long nowMillis) {
        clients.values().removeIf(client -> client.idleAtMillis < nowMillis);
    }

    /** How many clients are known. */
    int clients() {
        return clients.size();
    }

    /** How many replies of all clients are kept. */
    int known() {
        return clients.values().stream().mapToInt(client -> client.slots.size()).sum();
    }
}
