package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.server.dispatch.NamedCache;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The commands on the bits of a string: bit 0 is the highest of the first byte. Reads count outside the shard's lock, since what is stored
 * never changes. Stateless.
 */
final class BitCommands {
    static final String BAD_OFFSET = "ERR bit offset is not an integer or out of range";
    private static final String BAD_BIT = "ERR bit is not an integer or out of range";
    /** The longest string that Redis has, in bytes, by which it judges an offset. */
    private static final long MOST_BYTES_OF_REDIS = 512L << 20;
    /** Counting bits takes an eighth of the time that copying as much does. */
    private static final int CHEAPER_THAN_COPYING = 8;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private BitCommands() {}

    static void bind(RespActions actions) {
        actions.read("getbit", BitCommands::getbit);
        actions.write("setbit", BitCommands::setbit);
        actions.read("bitcount", (c, r) -> c.execute(new BitCount(c, r)));
        actions.read("bitpos", BitCommands::bitpos);
    }

    /** Whether the argument is an offset of a bit, which is the request's number then; if not, the client is told so. */
    private static boolean isOffset(RespClient c, Request r, int index) {
        if (r.isInteger(index) && isOffset(r.number())) {
            return true;
        }
        c.error(BAD_OFFSET);
        return false;
    }

    /** Whether a string may have a bit there. */
    static boolean isOffset(long bit) {
        return bit >= 0 && bit >> 3 < MOST_BYTES_OF_REDIS;
    }

    // --- reads ---

    /** A number made of a value's bytes. */
    private abstract static class OfBytes extends RespVerb {
        private final NamedCache keyspace;
        private Bytes value = Bytes.EMPTY;
        private boolean exists;

        OfBytes(RespClient c, Bytes key) {
            super(c, key);
            this.keyspace = c.keyspace();
        }

        @Override
        public final boolean isRead() {
            return true;
        }

        @Override
        void run(EntryView entry) {
            exists = entry.exists();
            keyspace.countRead(exists);
            String wrong = wrong();
            if (exists && wrong != null) {
                fail(wrong);
            } else if (exists && mayCopy(entry.value().length() / CHEAPER_THAN_COPYING)) {
                entry.read();
                value = entry.value();
            }
        }

        /** What is wrong with the request, of which a client hears only if the entry is there; null if nothing is. */
        @Nullable
        String wrong() {
            return null;
        }

        @Override
        final void answer(ByteBuf out) {
            Replies.integer(out, exists ? number(PlainValue.plain(value)) : absent());
        }

        long absent() {
            return 0;
        }

        abstract long number(Bytes text);
    }

    private static void getbit(RespClient c, Request r) {
        if (isOffset(c, r, 2)) {
            c.execute(new GetBit(c, r.tagged(1), r.number()));
        }
    }

    private static final class GetBit extends OfBytes {
        private final long offset;

        GetBit(RespClient c, Bytes key, long offset) {
            super(c, key);
            this.offset = offset;
        }

        @Override
        long number(Bytes text) {
            return offset >> 3 < text.length() && isSet(text, offset) ? 1 : 0;
        }
    }

    private static boolean isSet(Bytes text, long offset) {
        return (text.get((int) (offset >> 3)) & mask(offset)) != 0;
    }

    private static int mask(long offset) {
        return 0x80 >> (offset & 7);
    }

    /** What part of a string is looked at, as the words of a request say; numbers below zero count from its end. */
    private static final class Range {
        @Nullable
        String wrong;

        private long start;
        private long end = -1;
        private boolean ofBits;
        boolean hasEnd;
        private boolean isNothing;

        /** Of BITCOUNT: both ends, then their unit. */
        static Range ofCount(Request r) {
            Range range = new Range();
            if (r.count() == 2) {
                return range;
            }
            if (r.count() != 4 && r.count() != 5) {
                range.wrong = Errors.SYNTAX;
                return range;
            }
            range.readStart(r, 2);
            range.readEnd(r, 3);
            range.isNothing = range.start < 0 && range.end < 0 && range.start > range.end;
            if (range.wrong == null && !range.isNothing && r.count() == 5) {
                range.readUnit(r, 4);
            }
            return range;
        }

        /** Of BITPOS: the begin, then the end, then their unit, which it looks at before the end. */
        static Range ofPosition(Request r) {
            Range range = new Range();
            if (r.count() == 3) {
                return range;
            }
            if (r.count() > 6) {
                range.wrong = Errors.SYNTAX;
                return range;
            }
            range.readStart(r, 3);
            if (range.wrong == null && r.count() == 6) {
                range.readUnit(r, 5);
            }
            if (r.count() >= 5) {
                range.readEnd(r, 4);
            }
            return range;
        }

        private void readStart(Request r, int index) {
            if (r.isInteger(index)) {
                start = r.number();
            } else {
                wrong = Errors.NO_INTEGER;
            }
        }

        private void readEnd(Request r, int index) {
            if (wrong != null) {
                return;
            }
            hasEnd = true;
            if (r.isInteger(index)) {
                end = r.number();
            } else {
                wrong = Errors.NO_INTEGER;
            }
        }

        private void readUnit(Request r, int index) {
            ofBits = r.is(index, "bit");
            if (!ofBits && !r.is(index, "byte")) {
                wrong = Errors.SYNTAX;
            }
        }

        /** The first bit that is looked at, of so many bytes. */
        long first(int bytes) {
            long first = start < 0 ? Math.max(0, length(bytes) + start) : start;
            // A begin after the end is one just after it: times 8 it might be no number.
            return ofBits ? first : Math.min(first, bytes + 1L) * 8;
        }

        /** The last bit of so many bytes; before the first if there is none. */
        long last(int bytes) {
            long length = length(bytes);
            long last = Math.min(length - 1, end < 0 ? Math.max(0, length + end) : end);
            return isNothing ? -1 : ofBits ? last : last * 8 + 7;
        }

        private long length(int bytes) {
            return ofBits ? bytes * 8L : bytes;
        }
    }

    private static final class BitCount extends OfBytes {
        private final Range range;

        BitCount(RespClient c, Request r) {
            super(c, r.tagged(1));
            this.range = Range.ofCount(r);
        }

        @Override
        @Nullable
        String wrong() {
            return range.wrong;
        }

        @Override
        long number(Bytes text) {
            long first = range.first(text.length());
            long last = range.last(text.length());
            long count = 0;
            for (; first <= last && (first & 7) != 0; first++) {
                count += isSet(text, first) ? 1 : 0;
            }
            for (; first <= last && (last & 7) != 7; last--) {
                count += isSet(text, last) ? 1 : 0;
            }
            return first > last ? count : count + ones(text, (int) (first >> 3), (int) (last >> 3) + 1);
        }

        private static long ones(Bytes text, int from, int to) {
            byte[] array = text.array();
            int at = text.offset() + from;
            int end = text.offset() + to;
            long count = 0;
            for (; at <= end - Long.BYTES; at += Long.BYTES) {
                count += Long.bitCount((long) LONG.get(array, at));
            }
            for (; at < end; at++) {
                count += Integer.bitCount(array[at] & 0xff);
            }
            return count;
        }
    }

    private static void bitpos(RespClient c, Request r) {
        if (!r.isInteger(2)) {
            c.error(Errors.NO_INTEGER);
        } else if (r.number() != 0 && r.number() != 1) {
            c.error("ERR The bit argument must be 1 or 0.");
        } else {
            c.execute(new BitPos(c, r, r.number() == 1));
        }
    }

    private static final class BitPos extends OfBytes {
        private final Range range;
        private final boolean one;

        BitPos(RespClient c, Request r, boolean one) {
            super(c, r.tagged(1));
            this.range = Range.ofPosition(r);
            this.one = one;
        }

        @Override
        @Nullable
        String wrong() {
            return range.wrong;
        }

        @Override
        long absent() {
            return one ? -1 : 0;
        }

        @Override
        long number(Bytes text) {
            long first = range.first(text.length());
            long last = range.last(text.length());
            if (first > last) {
                return -1;
            }
            long dull = one ? 0 : -1;
            long at = first;
            while (at <= last) {
                int index = (int) (at >> 3);
                if ((at & 7) == 0
                        && last - at >= Long.SIZE - 1
                        && (long) LONG.get(text.array(), text.offset() + index) == dull) {
                    at += Long.SIZE;
                } else if (isSet(text, at) == one) {
                    return at;
                } else {
                    at++;
                }
            }
            // Without an end the string goes on in zeros.
            return one || range.hasEnd ? -1 : last + 1;
        }
    }

    // --- SETBIT ---

    private static void setbit(RespClient c, Request r) {
        if (!isOffset(c, r, 2)) {
            return;
        }
        long offset = r.number();
        if (!r.isInteger(3) || r.number() < 0 || r.number() > 1) {
            c.error(BAD_BIT);
            return;
        }
        c.execute(new SetBit(c, r.tagged(1), offset, r.number() == 1));
    }

    private static final class SetBit extends RespVerb {
        private final long offset;
        private final boolean on;
        private boolean was;

        SetBit(RespClient c, Bytes key, long offset, boolean on) {
            super(c, key);
            this.offset = offset;
            this.on = on;
        }

        @Override
        void run(EntryView entry) {
            if (offset >> 3 >= entry.maxValueBytes()) {
                fail(Errors.TOO_LONG);
                return;
            }
            int at = (int) (offset >> 3);
            if (!mayCopy(Math.max(entry.value().length(), at))) {
                return;
            }
            Bytes old = PlainValue.plain(entry.value());
            was = at < old.length() && isSet(old, offset);
            if (at < old.length() && was == on) {
                return;
            }
            byte[] tagged = new byte[Math.max(old.length(), at + 1) + 1];
            System.arraycopy(old.array(), old.offset(), tagged, 1, old.length());
            tagged[1 + at] = (byte) (on ? tagged[1 + at] | mask(offset) : tagged[1 + at] & ~mask(offset));
            RangeCommands.storeBytes(entry, tagged);
        }

        @Override
        void answer(ByteBuf out) {
            Replies.integer(out, was ? 1 : 0);
        }
    }
}
