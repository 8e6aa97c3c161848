package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.FlaggedValue;
import io.distcache.protocol.Ttl;
import io.distcache.server.frontdoor.memcached.DoorState.Counter;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * mg, md, ma and me on one entry. The reply's line is made under the lock, since flags tell what is there then. Made on its connection's
 * event loop, decides under the shard's lock.
 */
abstract class MetaVerb extends MemcachedVerb {
    /** Bits beside a value: it is stale; somebody was told to make it anew; its key came in base 64 when it was stored. */
    static final int STALE = 1;

    static final int WON = 2;
    static final int BINARY_KEY = 4;

    final MemcachedConnection connection;
    final MetaFlags flags;
    private final StringBuilder line = new StringBuilder();
    private @Nullable Bytes data;
    private boolean hidden;
    private boolean isMade;

    MetaVerb(MemcachedConnection connection, MetaFlags flags, boolean isRead) {
        super(connection, flags.key(), isRead, false);
        this.connection = connection;
        this.flags = flags;
    }

    final void line(String code) {
        line.append(code);
    }

    /** The same with what flags ask for that can be told of a missing entry, too. */
    final void missing(String code) {
        line.append(code);
        flags.tell(line, flags.isBinary(), (flag, reply) -> {});
    }

    /** What those flags ask for that the command knows, of an entry that is there. */
    final void tell(EntryView entry, String known, boolean isBinary, boolean wasRead) {
        // As it is now: T may say that it has expired.
        Bytes value = entry.value();
        long version = entry.version();
        flags.tell(line, isBinary, (flag, reply) -> {
            switch (known.indexOf(flag) < 0 ? ' ' : flag) {
                case 's' -> reply.append(" s").append(PlainValue.plainLength(value));
                case 't' -> reply.append(" t").append(seconds(entry));
                case 'c' -> reply.append(" c").append(Long.toUnsignedString(version));
                case 'f' -> reply.append(" f").append(Integer.toUnsignedString(PlainValue.flags(value)));
                case 'h' -> reply.append(" h").append(wasRead ? 1 : 0);
                case 'T' -> touch(entry);
                default -> {
                    // Asks for nothing to be told.
                }
            }
        });
    }

    void touch(EntryView entry) {}

    final void expireIn(EntryView entry) {
        Long seconds = flags.number('T');
        if (seconds != null && !(isMade && flags.comesFirst('T', 'N'))) {
            entry.expireIn(Numbers.ttl(seconds, entry, Ttl.ETERNAL));
        }
    }

    static long seconds(EntryView entry) {
        return entry.deadlineMillis() == Ttl.ETERNAL
                ? -1
                : Math.max(0, (entry.deadlineMillis() - entry.nowMillis() + 999) / 1000);
    }

    final void data(Bytes plain) {
        data = plain;
    }

    /** Nothing is answered after all. */
    final void hide() {
        hidden = true;
    }

    @Override
    protected final long valueBytes() {
        Bytes value = data;
        return value == null ? 0 : value.length();
    }

    @Override
    final void answer(ByteBuf out) {
        if (hidden && flags.error() == null) {
            return;
        }
        String error = flags.error();
        if (error != null && line.indexOf("CLIENT_ERROR") != 0) {
            out.writeBytes(ascii(error + "\r\n"));
            return;
        }
        Bytes block = data;
        out.writeBytes(MetaFlags.bytes(line));
        if (block != null) {
            out.writeBytes(block.array(), block.offset(), block.length())
                    .writeByte('\r')
                    .writeByte('\n');
        }
    }

    final void vivify(EntryView entry, Bytes value, long seconds) {
        isMade = true;
        connection.count(Counter.TOTAL_ITEMS);
        entry.store(value, Numbers.ttl(seconds, entry, entry.creationTtl()));
    }

    private static void bits(EntryView entry, int bits) {
        Bytes value = entry.value();
        boolean wasRead = entry.wasRead();
        if (entry.store(PlainValue.flagged(FlaggedValue.bare(value), PlainValue.flags(value), bits)) && wasRead) {
            entry.setRead();
        }
    }

    /** mg. */
    static final class Get extends MetaVerb {
        private boolean mustWrite;

        Get(MemcachedConnection connection, MetaFlags flags, boolean isRead) {
            super(connection, flags, isRead);
        }

        /** Whether this read found something that it has to change: then a write has to do it. */
        boolean mustWrite() {
            return mustWrite;
        }

        @Override
        void run(EntryView entry) {
            boolean existed = entry.exists();
            int bits = PlainValue.bits(entry.value());
            boolean wins = existed && (bits & WON) == 0 && ((bits & STALE) != 0 || isToBeRecached(entry));
            if (isRead() && wins) {
                mustWrite = true;
                return;
            }
            boolean wasRead = entry.wasRead();
            Long vivifySeconds = flags.vivifySeconds();
            boolean isHit = existed || vivifySeconds != null;
            connection.countedRead(isHit, isHit && flags.has('T'));
            if (!existed && vivifySeconds != null) {
                vivify(entry, PlainValue.flagged(PlainValue.ofText(""), 0, WON), vivifySeconds);
                wins = true;
            } else if (!existed) {
                if (flags.has('q')) {
                    hide();
                }
                missing("EN");
                return;
            } else if (wins) {
                bits(entry, bits | WON);
            }
            if (!flags.has('u')) {
                entry.read();
            }
            boolean sendsValue = flags.has('v');
            Bytes plain = PlainValue.plain(entry.value());
            line(sendsValue ? "VA " + plain.length() : "HD");
            tell(entry, "stcfhT", (PlainValue.bits(entry.value()) & BINARY_KEY) != 0, wasRead);
            // The order is memcached's: somebody else has won, it is stale, this one has won.
            line(existed && (bits & WON) != 0 ? " Z" : "");
            line((bits & STALE) != 0 ? " X" : "");
            line(wins ? " W" : "");
            if (sendsValue) {
                data(plain);
            }
        }

        private boolean isToBeRecached(EntryView entry) {
            Long within = flags.number('R');
            if (within == null) {
                return false;
            }
            Long touched = flags.comesFirst('T', 'R') ? flags.number('T') : null;
            if (touched != null) {
                // Flags count in their order: this asks about the time that it has just been given.
                long ttl = Numbers.ttl(touched, entry, Ttl.ETERNAL);
                return ttl != Ttl.ETERNAL && ttl < within * 1000;
            }
            return entry.deadlineMillis() != Ttl.ETERNAL && seconds(entry) < within;
        }

        @Override
        void touch(EntryView entry) {
            expireIn(entry);
        }
    }

    /** md. */
    static final class Delete extends MetaVerb {

        Delete(MemcachedConnection connection, MetaFlags flags) {
            super(connection, flags, false);
        }

        @Override
        void run(EntryView entry) {
            Long cas = flags.number('C');
            boolean isMismatch = entry.exists() && cas != null && cas != entry.version();
            if (!entry.exists() || isMismatch) {
                connection.count(Counter.DELETE_MISSES);
                missing(isMismatch ? "EX" : "NF");
            } else {
                if (flags.has('I')) {
                    // Whoever is told now to make it anew is so because of this.
                    bits(entry, (PlainValue.bits(entry.value()) | STALE) & ~WON);
                    expireIn(entry);
                } else {
                    connection.count(Counter.DELETE_HITS);
                    entry.remove();
                }
                if (flags.has('q')) {
                    hide();
                }
                missing("HD");
            }
        }
    }

    /** ma. */
    static final class Arithmetic extends MetaVerb {
        private final boolean decrements;

        Arithmetic(MemcachedConnection connection, MetaFlags flags, boolean decrements) {
            super(connection, flags, false);
            this.decrements = decrements;
        }

        @Override
        void run(EntryView entry) {
            Long cas = flags.number('C');
            Long vivifySeconds = flags.vivifySeconds();
            Long initial = flags.number('J');
            Long delta = flags.number('D');
            long number;
            if (!entry.exists()) {
                if (vivifySeconds == null) {
                    connection.count(decrements ? Counter.DECR_MISSES : Counter.INCR_MISSES);
                    missing("NF");
                    return;
                }
                number = initial == null ? 0 : initial;
                vivify(entry, Numbers.value(number), vivifySeconds);
            } else {
                // memcached sees that there is nothing before it looks at the version, and at what there is after it.
                boolean isEmpty = PlainValue.plainLength(entry.value()) == 0;
                if (cas != null && cas != 0 && cas != entry.version() && !isEmpty) {
                    missing("EX");
                    return;
                }
                Long after = Numbers.add(entry, delta == null ? 1 : delta, decrements);
                if (after == null) {
                    line(Errors.NO_NUMBER);
                    return;
                }
                connection.count(decrements ? Counter.DECR_HITS : Counter.INCR_HITS);
                number = after;
                // Whoever makes the entry is told so in any case.
                if (flags.has('q')) {
                    hide();
                }
            }
            String text = Long.toUnsignedString(number);
            line(flags.has('v') ? "VA " + text.length() : "HD");
            tell(entry, "tcT", flags.isBinary(), false);
            if (flags.has('v')) {
                data(Bytes.ofUtf8(text));
            }
        }

        @Override
        void touch(EntryView entry) {
            expireIn(entry);
        }
    }

    /** me. */
    static final class Debug extends MetaVerb {
        Debug(MemcachedConnection connection, MetaFlags flags) {
            super(connection, flags, true);
        }

        @Override
        void run(EntryView entry) {
            if (!entry.exists()) {
                line("EN");
                return;
            }
            String shown = MetaFlags.shown(key(), (PlainValue.bits(entry.value()) & BINARY_KEY) != 0);
            // memcached 1.6.18 tells the time that is left with the wrong sign.
            long left = entry.deadlineMillis() == Ttl.ETERNAL ? 1 : seconds(entry);
            line("ME " + shown.replaceFirst(" b$", "") + " exp=" + -left + " cas="
                    + Long.toUnsignedString(entry.version()) + " fetch=" + (entry.wasRead() ? "yes" : "no")
                    + " cls=1 size=" + (key().length() + entry.value().length()));
        }
    }
}
