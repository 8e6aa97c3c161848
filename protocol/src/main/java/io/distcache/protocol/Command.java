package io.distcache.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks of a node. {@code cache} is a handle that the client chose in {@link OpenCache} for its connection; keys
 * and values begin with their {@link ValueTag}. Every command gets one {@link Reply}, save {@link Ack}. Immutable.
 */
public sealed interface Command {

    /** What is asked, for switches without default. */
    Opcode opcode();

    /** What the command does to a node. */
    default Effect effect() {
        return opcode().effect();
    }

    /** A command about one cache, which the connection has open. */
    sealed interface OnCache extends Command {
        /** The handle of the cache. */
        int cache();
    }

    /** A command about one entry. */
    sealed interface OnEntry extends OnCache {
        /** The entry's key. */
        Bytes key();

        /** How many bytes of values it has. */
        default long valueBytes() {
            return 0;
        }
    }

    /** A command about several entries, each for itself. */
    sealed interface OnEntries extends OnCache {
        /** How many entries it names; one may be named twice. */
        int count();

        /** The key of one of them, 0 to before {@link #count}. */
        Bytes key(int index);
    }

    /**
     * Opens a cache under a handle, a number that the same connection has not used before. With {@code create} a missing cache is
     * created; an existing one must have the same definition. Without, the definition's bounds and attributes are ignored and
     * the reply tells the real ones. Reply: {@link Reply.Opened} or NO_SUCH_CACHE, DEFINITION_DIFFERS.
     */
    record OpenCache(int cache, CacheDefinition definition, boolean create) implements OnCache {
        @Override
        public Opcode opcode() {
            return Opcode.OPEN_CACHE;
        }
    }

    /** Gives a handle and its subscription back; the cache and its entries stay. Reply: {@link Reply.Ok}. */
    record CloseCache(int cache) implements OnCache {
        @Override
        public Opcode opcode() {
            return Opcode.CLOSE_CACHE;
        }
    }

    /** Removes a cache with its entries; no events. Reply: {@link Reply.Ok} or NO_SUCH_CACHE. */
    record DestroyCache(String namespace, String name) implements Command {
        @Override
        public Opcode opcode() {
            return Opcode.DESTROY_CACHE;
        }
    }

    /** The caches of a namespace. Reply: {@link Reply.Caches}. */
    record ListCaches(String namespace) implements Command {
        @Override
        public Opcode opcode() {
            return Opcode.LIST_CACHES;
        }
    }

    /** Counters of one cache on this node. Reply: {@link Reply.Info}. */
    record CacheInfo(int cache) implements OnCache {
        @Override
        public Opcode opcode() {
            return Opcode.CACHE_INFO;
        }
    }

    /**
     * Says which events of a cache this connection wants from now on; replaces what it said before, 0 ends it. Masks are of
     * {@link EventKind#bit()}. For kinds in {@code syncKinds} the client whose command caused the event is answered only after
     * this connection has sent {@link Ack}. Reply: {@link Reply.Ok}.
     */
    record Subscribe(int cache, int kinds, int syncKinds, boolean oldValues) implements OnCache {
        @Override
        public Opcode opcode() {
            return Opcode.SUBSCRIBE;
        }
    }

    /** The listeners of a synchronous event have run. No reply. */
    record Ack(long ackId) implements Command {
        @Override
        public Opcode opcode() {
            return Opcode.ACK;
        }
    }

    /** Asks for a sign of life. Reply: {@link Reply.Ok}. */
    record Ping() implements Command {
        @Override
        public Opcode opcode() {
            return Opcode.PING;
        }
    }

    /** Has the node write a snapshot now. Reply: {@link Reply.Files} with that one, or BAD_REQUEST if it keeps nothing on disk. */
    record Snapshot() implements Command {
        @Override
        public Opcode opcode() {
            return Opcode.SNAPSHOT;
        }
    }

    /** Has a node that turned read-only try its log again. Reply: {@link Reply.Ok} if it takes changes now, or READ_ONLY. */
    record Resume() implements Command {
        @Override
        public Opcode opcode() {
            return Opcode.RESUME;
        }
    }

    /**
     * Has the node look at once at the files of its certificate and of its users. Reply: {@link Reply.Reloaded} with what holds now, or
     * BAD_REQUEST if a file cannot be used, which changes nothing of what it says.
     */
    record Reload() implements Command {
        @Override
        public Opcode opcode() {
            return Opcode.RELOAD;
        }
    }

    /**
     * Has the node write a snapshot and hold it, with the log that belongs to it, for this connection to read with {@link
     * ReadBackup}, until it asks again or ends. Reply: {@link Reply.Files}, or BAD_REQUEST if the node keeps nothing on disk.
     */
    record Backup() implements Command {
        @Override
        public Opcode opcode() {
            return Opcode.BACKUP;
        }
    }

    /**
     * Reads from a file of this connection's {@link Backup}.
     *
     * @param file its index in the reply to that
     * @param offset of the first byte wanted
     */
    record ReadBackup(int file, long offset) implements Command {
        @Override
        public Opcode opcode() {
            return Opcode.READ_BACKUP;
        }
    }

    /** Reads an entry; counts as an access. Reply: {@link Reply.Value} or {@link Reply.Miss}. */
    record Get(int cache, Bytes key) implements OnEntry {
        @Override
        public Opcode opcode() {
            return Opcode.GET;
        }
    }

    /** Whether an entry is there; no access. Reply: {@link Reply.Count} 0 or 1. */
    record Contains(int cache, Bytes key) implements OnEntry {
        @Override
        public Opcode opcode() {
            return Opcode.CONTAINS;
        }
    }

    /**
     * Stores a value if the condition holds; a failed VALUE_IS or VERSION_IS on a present entry counts as an access. Reply:
     * {@link Reply.Changed}, with the old value if {@code returnOld}.
     */
    record Put(int cache, Bytes key, Bytes value, Condition condition, long ttlMillis, boolean returnOld)
            implements OnEntry {
        @Override
        public Opcode opcode() {
            return Opcode.PUT;
        }

        @Override
        public long valueBytes() {
            return value.length() + condition.valueBytes();
        }
    }

    /** Removes an entry if the condition holds, with access and reply as for {@link Put}. */
    record Remove(int cache, Bytes key, Condition condition, boolean returnOld) implements OnEntry {
        @Override
        public Opcode opcode() {
            return Opcode.REMOVE;
        }

        @Override
        public long valueBytes() {
            return condition.valueBytes();
        }
    }

    /**
     * Adds to a number. An integer stays of its width while it fits; with a double it becomes one; text that is a decimal number becomes
     * INT64 or DOUBLE. The deadline stays. Reply: {@link Reply.Value} with the new value, or BAD_REQUEST if it is no number, is a double to
     * which an integer is to be added, or would leave its range.
     *
     * @param diff tagged INT64 or DOUBLE
     * @param initial the value that a missing entry gets instead, tagged INT64 or DOUBLE
     * @param ttlMillis of a missing entry
     */
    record Add(int cache, Bytes key, Bytes diff, Bytes initial, long ttlMillis) implements OnEntry {
        @Override
        public Opcode opcode() {
            return Opcode.ADD;
        }
    }

    /**
     * Puts a piece behind or before text or bytes; a missing entry becomes the piece. Text stays text if the piece is text, else it
     * becomes bytes. The deadline stays. Reply: {@link Reply.Count} of the value's bytes now, or BAD_REQUEST if it is neither.
     *
     * @param piece tagged TEXT or BYTES
     */
    record Append(int cache, Bytes key, Bytes piece, boolean front) implements OnEntry {
        @Override
        public Opcode opcode() {
            return Opcode.APPEND;
        }

        @Override
        public long valueBytes() {
            return piece.length();
        }
    }

    /**
     * Gives an entry another deadline, if its present one is as the client says. Reply: {@link Reply.Changed}.
     *
     * @param ttlMillis {@link Ttl#DEFINED}: as an access does, and counts as one
     */
    record Expire(int cache, Bytes key, long ttlMillis, DeadlineIs when) implements OnEntry {
        @Override
        public Opcode opcode() {
            return Opcode.EXPIRE;
        }
    }

    /**
     * What an entry's present deadline must be for {@link Expire} to move it; the wire byte is {@link #ordinal()}. No deadline counts as
     * later than any.
     */
    enum DeadlineIs {
        ANY,
        NONE,
        SOME,
        EARLIER,
        LATER
    }

    /** When an entry expires; no access. Reply: {@link Reply.Count} of milliseconds from now, -1 for never, -2 if it is not there. */
    record TtlOf(int cache, Bytes key) implements OnEntry {
        @Override
        public Opcode opcode() {
            return Opcode.TTL_OF;
        }
    }

    /**
     * A change that is made once, however often it comes: the node keeps the reply and gives it again. As in RIFL (Lee et al., Implementing
     * Linearizability at Large Scale and Low Latency, SOSP 2015), except that replies are kept for a time. Reply: that of the change, or
     * OVERLOADED if too many are kept.
     *
     * <p>An old value of over {@value #MOST_OLD_BYTES} bytes need not be kept: if the change comes again, its reply may say that there was one
     * and not have it. Clients of single nodes do not send changes with {@code returnOld} so, since older ones refuse them.
     *
     * @param client a random number that no other client has
     * @param number of the change among those of the client; not below {@code firstOpen}
     * @param firstOpen the lowest number whose reply the client has not got; what is kept for lower ones may go, and those are refused
     * @param keepMillis how long the client may send it again; over ten minutes is ten minutes
     * @param change {@link Put}, {@link Remove}, {@link Add}, {@link Append} or {@link Expire}
     */
    record Once(long client, long number, long firstOpen, int keepMillis, OnEntry change) implements OnEntry {
        /** The longest old value that is kept with the reply. */
        public static final int MOST_OLD_BYTES = 64 << 10;

        /** Refuses what is not to be changed once. */
        public Once {
            if (!isFor(change)) {
                throw new ProtocolException(change.opcode() + " cannot be made once");
            }
        }

        /** Whether a command can be made once. */
        public static boolean isFor(Command command) {
            return command instanceof Put
                    || command instanceof Remove
                    || command instanceof Add
                    || command instanceof Append
                    || command instanceof Expire;
        }

        /** The number without what has it. */
        public OnceNumber as() {
            return new OnceNumber(client, number, firstOpen, keepMillis);
        }

        @Override
        public int cache() {
            return change.cache();
        }

        @Override
        public Bytes key() {
            return change.key();
        }

        @Override
        public long valueBytes() {
            return change.valueBytes();
        }

        @Override
        public Opcode opcode() {
            return Opcode.ONCE;
        }
    }

    /** By which something that is made once is known again; its parts are those of {@link Once}. */
    record OnceNumber(long client, long number, long firstOpen, int keepMillis) {}

    /**
     * A command about a whole cache, of one group of keys of a replicated pool only; the group's leader executes it. Reply: that of the
     * command, or NOT_LEADER; BAD_REQUEST from a node that is in no replicated pool, or if there is no such group.
     *
     * @param group 0 to before the number of groups in {@link Routes}
     * @param whole {@link Size}, {@link Clear} or {@link RemoveEvery}
     * @param as of a {@link Clear}: it is made once under this number. Else null
     */
    record OfGroup(int group, OnCache whole, @Nullable OnceNumber as) implements OnCache {
        /** Refuses what is not about the entries of a whole cache. */
        public OfGroup {
            if (!isFor(whole)) {
                throw new ProtocolException(whole.opcode() + " cannot be done for one group of keys");
            }
            if (as != null && !(whole instanceof Clear)) {
                throw new ProtocolException(whole.opcode() + " of a group cannot be made once");
            }
        }

        /** Without a number. */
        public OfGroup(int group, OnCache whole) {
            this(group, whole, null);
        }

        /** Whether a command can be done for one group of keys. */
        public static boolean isFor(Command command) {
            return command instanceof Size || command instanceof Clear || command instanceof RemoveEvery;
        }

        @Override
        public int cache() {
            return whole.cache();
        }

        @Override
        public Effect effect() {
            return whole.effect();
        }

        @Override
        public Opcode opcode() {
            return Opcode.OF_GROUP;
        }
    }

    /**
     * A read of a cache that {@linkplain CacheDefinition#allowsStaleReads allows it}, to be answered by any member of a replicated pool from
     * what it has applied, while nobody leads the group of the key. No access. Reply: {@link Reply.Stale}, in which the parts of a {@link
     * Reply.Many} may be failures; NOT_LEADER if the member knows a leader, or an election may be under way; UNAVAILABLE if what it has is
     * not to be shown; BAD_REQUEST if the cache does not allow it, or the node is in no replicated pool.
     *
     * @param read {@link Get}, {@link Contains} or {@link GetAll}
     */
    record Stale(OnCache read) implements OnCache {
        /** Refuses what is no such read. */
        public Stale {
            if (!isFor(read)) {
                throw new ProtocolException(read.opcode() + " cannot be answered by who does not lead");
            }
        }

        /** Whether a command can be answered by who does not lead. */
        public static boolean isFor(Command command) {
            return command instanceof Get || command instanceof Contains || command instanceof GetAll;
        }

        @Override
        public int cache() {
            return read.cache();
        }

        @Override
        public Opcode opcode() {
            return Opcode.STALE;
        }
    }

    /** A new ttl for an entry that still has {@code version}. */
    record Touch(Bytes key, long version, long ttlMillis) {}

    /** Gives entries new deadlines; those changed since are left alone. Reply: {@link Reply.Ok}. */
    record TouchAll(int cache, List<Touch> touches) implements OnCache {
        @Override
        public Opcode opcode() {
            return Opcode.TOUCH_ALL;
        }
    }

    /** Reads entries. Reply: {@link Reply.Many} of Value or Miss, in the order of the keys. */
    record GetAll(int cache, List<Bytes> keys) implements OnEntries {
        @Override
        public int count() {
            return keys.size();
        }

        @Override
        public Bytes key(int index) {
            return keys.get(index);
        }

        @Override
        public Opcode opcode() {
            return Opcode.GET_ALL;
        }
    }

    /** A key and the value to store. */
    record Pair(Bytes key, Bytes value) {}

    /** Stores entries, one by one, not all or none. Reply: {@link Reply.Affected}. */
    record PutAll(int cache, List<Pair> pairs, boolean onlyIfAbsent, long ttlMillis) implements OnEntries {
        @Override
        public int count() {
            return pairs.size();
        }

        @Override
        public Bytes key(int index) {
            return pairs.get(index).key();
        }

        @Override
        public Opcode opcode() {
            return Opcode.PUT_ALL;
        }
    }

    /** Removes entries, one by one. Reply: {@link Reply.Affected}. */
    record RemoveAll(int cache, List<Bytes> keys) implements OnEntries {
        @Override
        public int count() {
            return keys.size();
        }

        @Override
        public Bytes key(int index) {
            return keys.get(index);
        }

        @Override
        public Opcode opcode() {
            return Opcode.REMOVE_ALL;
        }
    }

    /** Drops all entries of a cache on this node; no events. Leased entries are dropped too. Reply: {@link Reply.Ok}. */
    record Clear(int cache) implements OnCache {
        @Override
        public Opcode opcode() {
            return Opcode.CLEAR;
        }
    }

    /** Removes all entries of a cache on this node, each with its event. Reply: {@link Reply.Affected}. */
    record RemoveEvery(int cache) implements OnCache {
        @Override
        public Opcode opcode() {
            return Opcode.REMOVE_EVERY;
        }
    }

    /** How many entries of a cache this node holds, expired ones not yet reclaimed included. Reply: {@link Reply.Count}. */
    record Size(int cache) implements OnCache {
        @Override
        public Opcode opcode() {
            return Opcode.SIZE;
        }
    }

    /**
     * The next entries of a scan; start with cursor 0. An entry that is there throughout the scan comes exactly once. No access.
     * Reply: {@link Reply.Page}, which may be empty and not the last.
     *
     * @param match only entries whose key is text that this pattern matches, with {@code * ? [a-c] \} as in Redis; UTF-8, empty for all
     */
    record Scan(int cache, long cursor, int maxEntries, boolean keysOnly, Bytes match) implements OnCache {
        @Override
        public Opcode opcode() {
            return Opcode.SCAN;
        }
    }

    /**
     * Makes the caller the only one who may change an entry until it settles, dies, or {@code leaseMillis} pass. Others that want
     * the entry queue, first come first served; reads go on. With {@code onMiss} a present entry is simply read and no lease is
     * given. Reply: {@link Reply.Leased}, or with {@code onMiss} also {@link Reply.Value} (it is there), {@link Reply.Miss} or
     * {@link Reply.LoadFailed} (what an earlier holder's {@link Share} says); LEASE_TIMEOUT.
     */
    record Lease(int cache, Bytes key, boolean onMiss, long leaseMillis) implements OnEntry {
        @Override
        public Opcode opcode() {
            return Opcode.LEASE;
        }
    }

    /**
     * Leases on many entries, without waiting for any. Reply: {@link Reply.Many} in the order of the keys, each as for
     * {@link Lease} or a Failure LEASE_BUSY.
     */
    record LeaseMany(int cache, List<Bytes> keys, boolean onMiss, long leaseMillis) implements OnEntries {
        @Override
        public int count() {
            return keys.size();
        }

        @Override
        public Bytes key(int index) {
            return keys.get(index);
        }

        @Override
        public Opcode opcode() {
            return Opcode.LEASE_MANY;
        }
    }

    /**
     * The end of one lease.
     *
     * @param changes applied in order, each with its own version and events; may be empty
     * @param share what those get who wait on the same entry with {@code onMiss}; null to let the next of them have the lease;
     *     {@link Share.Keep} to go on
     * @param as in a replicated pool: its changes are made once under this number, and their reply is kept with them. Whoever leads the
     *     entry's group gives it again; LEASE_LOST from there says that they were not made and will not be. Else null
     */
    record Settlement(
            Bytes key,
            long token,
            List<EntryChange> changes,
            @Nullable Share share,
            @Nullable OnceNumber as) {

        /** Without a number. */
        public Settlement(Bytes key, long token, List<EntryChange> changes, @Nullable Share share) {
            this(key, token, changes, share, null);
        }
    }

    /** What the holder leaves for those who wait for the entry. */
    sealed interface Share {
        /** There is nothing: they miss. */
        record Miss() implements Share {}

        /** It failed: they get these bytes as {@link Reply.LoadFailed}. */
        record Failed(Bytes error) implements Share {}

        /**
         * Not the end yet: the changes are applied, and the holder keeps the lease for as long again as it was granted. A
         * settlement that is refused ends the lease all the same.
         */
        record Keep() implements Share {}
    }

    /**
     * Who is in the pool, and as which of them the client has come to this node. The node keeps the newer of this and its own; what it
     * keeps on entries that it did not own before and after is dropped then, before it answers. From then on it takes commands of this
     * connection on entries only while both know the same. Epoch 0 without members only asks. Reply: {@link Reply.Members}, what the
     * node knows now.
     *
     * @param self the name of the member that this node is; empty if only asking
     */
    record Pool(String self, Membership membership) implements Command {
        @Override
        public Opcode opcode() {
            return Opcode.POOL;
        }
    }

    /**
     * The members that this client cannot reach, all of them; changes of their entries that come by this connection are on their
     * behalf and leave hints. That others are not away ends what other connections said of them, until they say it again. Reply:
     * {@link Reply.Hints} for members that are not away; while another connection hands them over, it comes later.
     */
    record Away(List<String> names) implements Command {
        @Override
        public Opcode opcode() {
            return Opcode.AWAY;
        }
    }

    /**
     * What the last {@link Reply.Hints} on this connection named is invalidated at its owners: the hints go, and the entries kept on
     * behalf. Reply: the next {@link Reply.Hints}, empty if there are no more.
     */
    record HandedOver() implements Command {
        @Override
        public Opcode opcode() {
            return Opcode.HANDED_OVER;
        }
    }

    /**
     * Drops entries that were changed elsewhere while this node was away: no events, leases on them are lost. Reply: {@link
     * Reply.Ok}, also if there is no such cache.
     *
     * @param everything drop all entries of the cache; there are no keys then
     */
    record Invalidate(String namespace, String name, boolean everything, List<Bytes> keys) implements Command {
        @Override
        public Opcode opcode() {
            return Opcode.INVALIDATE;
        }
    }

    /**
     * Who is in use in the pool and who is not, so that the nodes can bear witness when a member returns ({@link Witness}). Departures are
     * told to all nodes before anything is done on behalf of those that left, and who is in use before it is used. Reply: {@link
     * Reply.Standing}, after what was said.
     *
     * @param departed members that this client does not use, as far as it has not told them on this connection
     * @param settled all members that it uses from now on; none if it does not say
     * @param waitsFor if this node is kept waiting: the members that may have changed its entries and cannot be asked
     */
    record Standing(List<Witness.Departed> departed, List<String> settled, List<String> waitsFor) implements Command {
        /** Only asks. */
        public static final Standing QUESTION = new Standing(List.of(), List.of(), List.of());

        @Override
        public Opcode opcode() {
            return Opcode.STANDING;
        }
    }

    /**
     * The node becomes a member of a replicated pool: it keeps that, and starts anew as one. Asked again with the same it does nothing. Reply:
     * {@link Reply.Ok}, or BAD_REQUEST if it is in another pool, or cannot be in one.
     *
     * @param pool its number, groups and members; leaders count for nothing
     * @param self which of the members the node is, from 0 on
     * @param founder the member whose entries the pool begins with; {@link io.distcache.protocol.Routes#NOBODY} if it begins empty
     * @param secret by which members know each other; of {@value #LEAST_SECRET_BYTES} bytes at least
     */
    record Replicate(io.distcache.protocol.Routes pool, int self, int founder, Bytes secret) implements Command {
        /** The shortest secret. */
        public static final int LEAST_SECRET_BYTES = 16;

        /** Refuses what cannot be. */
        public Replicate {
            int members = pool.nodes().size();
            if (!pool.isReplicated() || self < 0 || self >= members) {
                throw new ProtocolException("member " + self + " of a replicated pool of " + members);
            }
            if (founder < io.distcache.protocol.Routes.NOBODY || founder >= members) {
                throw new ProtocolException("founder " + founder + " of a replicated pool of " + members);
            }
            if (secret.length() < LEAST_SECRET_BYTES) {
                throw new ProtocolException("a pool's secret has " + secret.length() + " bytes; at least "
                        + LEAST_SECRET_BYTES + " are needed");
            }
        }

        @Override
        public Opcode opcode() {
            return Opcode.REPLICATE;
        }

        /** Without the secret. */
        @Override
        public String toString() {
            return "Replicate[pool=" + pool + ", self=" + self + ", founder=" + founder + "]";
        }
    }

    /** How the groups of the node's replicated pool are, as it sees them. Reply: {@link Reply.Groups}, of none if it is in no such pool. */
    record Groups() implements Command {
        @Override
        public Opcode opcode() {
            return Opcode.GROUPS;
        }
    }

    /** Which node leads which group of keys in the node's replicated pool. Reply: {@link Reply.Routes}, of no pool if it is in none. */
    record Routes() implements Command {
        @Override
        public Opcode opcode() {
            return Opcode.ROUTES;
        }
    }

    /** Ends leases. Reply: {@link Reply.Many} of {@link Reply.Changed} (of the last change) or Failure LEASE_LOST each. */
    record Settle(int cache, List<Settlement> settlements) implements OnCache {
        @Override
        public Opcode opcode() {
            return Opcode.SETTLE;
        }
    }
}
