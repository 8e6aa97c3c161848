package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.shard.operation.Append;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * set, add, replace, append, prepend and cas, and ms in all its modes. Made on its connection's event loop, decides under the shard's lock.
 */
class StoreVerb extends MemcachedVerb {

    /** What a storage command asks of the entry that is there. */
    enum Mode {
        SET,
        ADD,
        REPLACE,
        APPEND,
        PREPEND
    }

    /** How it went; the words of the classic commands, and of the meta commands. */
    enum Result {
        STORED("STORED", "HD"),
        NOT_STORED("NOT_STORED", "NS"),
        EXISTS("EXISTS", "EX"),
        NOT_FOUND("NOT_FOUND", "NF");

        final String classic;
        final String meta;

        Result(String classic, String meta) {
            this.classic = classic;
            this.meta = meta;
        }
    }

    /**
     * A storage command's line.
     *
     * @param cas the version that must be there; null if any may
     * @param invalidates a lower version is taken, too, and makes the entry stale
     * @param vivifySeconds of an append to nothing, the expiry time of the entry made for it; null to store nothing
     * @param bits to be kept beside the value
     */
    record Wish(
            Mode mode,
            int flags,
            int bits,
            long seconds,
            @Nullable Long cas,
            boolean invalidates,
            @Nullable Long vivifySeconds) {}

    private final Wish wish;
    private final Bytes data;
    private Result result = Result.NOT_STORED;
    private long version;

    StoreVerb(MemcachedConnection connection, Bytes key, Wish wish, Bytes data, boolean silent) {
        super(connection, key, false, silent);
        this.wish = wish;
        this.data = data;
    }

    @Override
    void run(EntryView entry) {
        result = store(entry);
        // Of what it did not store it tells none.
        version = result == Result.STORED ? entry.version() : 0;
    }

    /** As memcached decides it: with a version, set and replace are the same, and add does not look at it. */
    private Result store(EntryView entry) {
        Mode mode = wish.mode();
        Long cas = wish.cas();
        if (!entry.exists()) {
            return switch (mode) {
                case ADD -> put(entry);
                case SET -> cas == null ? put(entry) : Result.NOT_FOUND;
                case REPLACE -> cas == null ? Result.NOT_STORED : Result.NOT_FOUND;
                case APPEND, PREPEND -> vivify(entry);
            };
        }
        boolean matches = cas != null && cas == entry.version();
        return switch (mode) {
            case ADD -> Result.NOT_STORED;
            case SET, REPLACE -> cas == null || matches ? put(entry) : putStale(entry, cas);
            case APPEND, PREPEND -> cas == null || cas == 0 || matches ? join(entry) : Result.EXISTS;
        };
    }

    private Result put(EntryView entry) {
        entry.store(
                PlainValue.flagged(data, wish.flags(), wish.bits()),
                Numbers.ttl(wish.seconds(), entry, entry.creationTtl()));
        return Result.STORED;
    }

    /**
     * A value made from an older version than is there may be better than none: it is stored as stale, and expires when that would
     * have.
     */
    private Result putStale(EntryView entry, long cas) {
        if (!wish.invalidates() || cas == 0 || Long.compareUnsigned(cas, entry.version()) > 0) {
            return Result.EXISTS;
        }
        int bits = PlainValue.bits(entry.value()) & MetaVerb.WON | MetaVerb.STALE | wish.bits();
        entry.store(PlainValue.flagged(data, wish.flags(), bits));
        return Result.STORED;
    }

    private Result vivify(EntryView entry) {
        Long seconds = wish.vivifySeconds();
        if (seconds == null) {
            return Result.NOT_STORED;
        }
        entry.store(
                PlainValue.flagged(data, wish.flags(), wish.bits()), Numbers.ttl(seconds, entry, entry.creationTtl()));
        return Result.STORED;
    }

    private Result join(EntryView entry) {
        Bytes old = PlainValue.verbatim(entry.value());
        if (Append.isTooLong(entry, old, data)) {
            return Result.NOT_STORED;
        }
        Bytes whole = wish.mode() == Mode.APPEND ? Append.joined(old, data) : Append.joined(data, old);
        // Half a letter and the other half are text.
        entry.store(PlainValue.flagged(PlainValue.ofOwn(whole.array()), PlainValue.flags(entry.value()), 0));
        return Result.STORED;
    }

    @Override
    public long bytes() {
        return key().length() + (long) data.length();
    }

    /** Whether it wants a version, and stores nothing where there is none. */
    final boolean isCas() {
        return wish.cas() != null && (wish.mode() == Mode.SET || wish.mode() == Mode.REPLACE);
    }

    final Result result() {
        return result;
    }

    final long version() {
        return version;
    }

    @Override
    void answer(ByteBuf out) {
        out.writeBytes(ascii(result.classic + "\r\n"));
    }
}
