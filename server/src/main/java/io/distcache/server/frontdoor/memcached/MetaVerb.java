package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.FlaggedValue;
import io.distcache.protocol.Ttl;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.shard.EntryEdit;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** mg, md, ma and me on one entry. The reply's line is made under the lock, since flags tell what is there then. */
abstract class MetaVerb extends MemcachedVerb {
    /** Bits beside a value: it is stale; somebody was told to make it anew. */
    static final int STALE = 1;

    static final int WON = 2;

    final MetaFlags flags;
    private final StringBuilder line = new StringBuilder();
    private @Nullable Bytes data;
    private boolean hidden;
    private boolean isMade;

    MetaVerb(MemcachedConnection connection, MetaFlags flags, boolean isRead) {
        super(connection, flags.key(), isRead, false);
        this.flags = flags;
    }

    final void line(String code) {
        line.append(code);
    }

    /** The same with what flags ask for that can be told of a missing entry, too. */
    final void missing(String code) {
        line.append(code);
        flags.tell(line, (flag, reply) -> {});
    }

    /** What flags ask for, of an entry that is there. */
    final void tell(EntryEdit entry, boolean wasRead) {
        // As it is now: T may say that it has expired.
        Bytes value = entry.value();
        long version = entry.version();
        flags.tell(line, (flag, reply) -> {
            switch (flag) {
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

    void touch(EntryEdit entry) {}

    final void expireIn(EntryEdit entry) {
        Long seconds = flags.number('T');
        if (seconds != null && !(isMade && flags.comesFirst('T', 'N'))) {
            entry.expireIn(Numbers.ttl(seconds, entry, Ttl.ETERNAL));
        }
    }

    static long seconds(EntryEdit entry) {
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

    final void vivify(EntryEdit entry, Bytes value, long seconds) {
        isMade = true;
        entry.store(value, Numbers.ttl(seconds, entry, entry.creationTtl()));
    }

    private static void bits(EntryEdit entry, int bits) {
        Bytes value = entry.value();
        entry.store(PlainValue.flagged(FlaggedValue.bare(value), PlainValue.flags(value), bits));
    }

    /** mg. */
    static final class Get extends MetaVerb {
        private final MemcachedConnection connection;
        private boolean mustWrite;

        Get(MemcachedConnection connection, MetaFlags flags, boolean isRead) {
            super(connection, flags, isRead);
            this.connection = connection;
        }

        /** Whether this read found something that it has to change: then a write has to do it. */
        boolean mustWrite() {
            return mustWrite;
        }

        @Override
        void run(EntryEdit entry) {
            boolean existed = entry.exists();
            int bits = PlainValue.bits(entry.value());
            boolean wins = existed && (bits & WON) == 0 && ((bits & STALE) != 0 || isToBeRecached(entry));
            if (isRead() && wins) {
                mustWrite = true;
                return;
            }
            connection.counted(existed, MemcachedDoor.Counter.GET_HITS, MemcachedDoor.Counter.GET_MISSES);
            boolean wasRead = entry.wasRead();
            Long vivifySeconds = flags.vivifySeconds();
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
            entry.read();
            boolean sendsValue = flags.has('v');
            Bytes plain = PlainValue.plain(entry.value());
            line(sendsValue ? "VA " + plain.length() : "HD");
            tell(entry, wasRead);
            // The order is memcached's: somebody else has won, it is stale, this one has won.
            line(existed && (bits & WON) != 0 ? " Z" : "");
            line((bits & STALE) != 0 ? " X" : "");
            line(wins ? " W" : "");
            if (sendsValue) {
                data(plain);
            }
        }

        private boolean isToBeRecached(EntryEdit entry) {
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
        void touch(EntryEdit entry) {
            expireIn(entry);
        }
    }

    /** md. */
    static final class Delete extends MetaVerb {
        private final MemcachedConnection connection;

        Delete(MemcachedConnection connection, MetaFlags flags) {
            super(connection, flags, false);
            this.connection = connection;
        }

        @Override
        void run(EntryEdit entry) {
            Long cas = flags.number('C');
            connection.counted(entry.exists(), MemcachedDoor.Counter.DELETE_HITS, MemcachedDoor.Counter.DELETE_MISSES);
            if (!entry.exists()) {
                missing("NF");
            } else if (cas != null && cas != entry.version()) {
                missing("EX");
            } else {
                if (flags.has('I')) {
                    // Whoever is told now to make it anew is so because of this.
                    bits(entry, (PlainValue.bits(entry.value()) | STALE) & ~WON);
                    expireIn(entry);
                } else {
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
        private final MemcachedConnection connection;
        private final boolean decrements;

        Arithmetic(MemcachedConnection connection, MetaFlags flags, boolean decrements) {
            super(connection, flags, false);
            this.connection = connection;
            this.decrements = decrements;
        }

        @Override
        void run(EntryEdit entry) {
            Long cas = flags.number('C');
            Long vivifySeconds = flags.vivifySeconds();
            Long initial = flags.number('J');
            Long delta = flags.number('D');
            long number;
            connection.counted(
                    entry.exists(),
                    decrements ? MemcachedDoor.Counter.DECR_HITS : MemcachedDoor.Counter.INCR_HITS,
                    decrements ? MemcachedDoor.Counter.DECR_MISSES : MemcachedDoor.Counter.INCR_MISSES);
            if (!entry.exists()) {
                if (vivifySeconds == null) {
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
                Long before = Numbers.stored(entry.value());
                if (before == null) {
                    line("CLIENT_ERROR cannot increment or decrement non-numeric value");
                    return;
                }
                long by = delta == null ? 1 : delta;
                number = decrements ? (Long.compareUnsigned(by, before) > 0 ? 0 : before - by) : before + by;
                entry.store(PlainValue.like(entry.value(), Numbers.value(number)));
                // Whoever makes the entry is told so in any case.
                if (flags.has('q')) {
                    hide();
                }
            }
            String text = Long.toUnsignedString(number);
            line(flags.has('v') ? "VA " + text.length() : "HD");
            tell(entry, false);
            if (flags.has('v')) {
                data(Bytes.ofUtf8(text));
            }
        }

        @Override
        void touch(EntryEdit entry) {
            expireIn(entry);
        }
    }

    /** me. */
    static final class Debug extends MetaVerb {
        private final String shownKey;

        Debug(MemcachedConnection connection, MetaFlags flags, String shownKey) {
            super(connection, flags, true);
            this.shownKey = shownKey;
        }

        @Override
        void run(EntryEdit entry) {
            if (!entry.exists()) {
                line("EN");
                return;
            }
            line("ME " + shownKey + " exp=" + seconds(entry) + " cas=" + Long.toUnsignedString(entry.version())
                    + " fetch=" + (entry.wasRead() ? "yes" : "no") + " cls=1 size="
                    + (key().length() + entry.value().length()));
        }
    }
}
