package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** BITFIELD and BITFIELD_RO: integers of 1 to 64 bits anywhere in a string, read, set and added to in one step. Stateless. */
final class BitFieldCommand {
    private static final String BAD_TYPE =
            "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported" + " but i64 is.";
    private static final String READS_ONLY = "ERR BITFIELD_RO only supports the GET subcommand";

    private BitFieldCommand() {}

    static void bind(RespActions actions) {
        actions.write("bitfield", (c, r) -> run(c, r, false));
        actions.read("bitfield_ro", (c, r) -> run(c, r, true));
    }

    private static void run(RespClient c, Request r, boolean readsOnly) {
        Wish wish = new Wish();
        String wrong = wish.read(r);
        if (wrong == null && readsOnly && wish.bytes > 0) {
            wrong = READS_ONLY;
        }
        if (wrong == null) {
            c.execute(new BitField(c, r.tagged(1), wish));
        } else {
            c.error(wrong);
        }
    }

    private enum Overflow {
        WRAP,
        SAT,
        FAIL
    }

    private enum Kind {
        GET,
        SET,
        INCRBY
    }

    /** A number of so many bits, the highest first, from a bit on. */
    private record Field(Kind kind, Overflow overflow, boolean signed, int bits, long offset, long operand) {

        long get(byte[] string) {
            long value = 0;
            for (long bit = offset; bit < offset + bits; bit++) {
                int at = (int) (bit >> 3);
                value = value << 1 | (at < string.length ? string[at] >> (7 - (bit & 7)) & 1 : 0);
            }
            return signed ? value << (Long.SIZE - bits) >> (Long.SIZE - bits) : value;
        }

        void set(byte[] string, long value) {
            for (int i = 0; i < bits; i++) {
                long bit = offset + bits - 1 - i;
                int mask = 0x80 >> (bit & 7);
                int at = (int) (bit >> 3);
                string[at] = (byte) ((value >> i & 1) == 0 ? string[at] & ~mask : string[at] | mask);
            }
        }

        /** What the field becomes; null if that would be too much for it, which is to fail. */
        @Nullable
        Long next(long present) {
            long base = kind == Kind.SET ? operand : present;
            long more = kind == Kind.SET ? 0 : operand;
            int over = signed ? signedOverflow(base, more) : unsignedOverflow(base, more);
            if (over == 0 || overflow == Overflow.WRAP) {
                return cut(base + more);
            }
            if (overflow == Overflow.FAIL) {
                return null;
            }
            long highest = signed ? Long.MAX_VALUE >> (Long.SIZE - bits) : (1L << bits) - 1;
            return over > 0 ? highest : signed ? -highest - 1 : 0;
        }

        private long cut(long value) {
            return signed ? value << (Long.SIZE - bits) >> (Long.SIZE - bits) : value & (1L << bits) - 1;
        }

        /** Above 0 if the sum is too high, below if it is too low. The base of a SET may be too much by itself. */
        private int signedOverflow(long base, long more) {
            long highest = Long.MAX_VALUE >> (Long.SIZE - bits);
            long lowest = -highest - 1;
            if (base > highest || base < lowest) {
                return base > highest ? 1 : -1;
            }
            if (more >= 0) {
                return more > 0 && base > 0 && more > highest - base || bits < Long.SIZE && more > highest - base
                        ? 1
                        : 0;
            }
            return base < 0 && more < lowest - base || bits < Long.SIZE && more < lowest - base ? -1 : 0;
        }

        /** The same; a base below 0 stands for a number over 2^63. At most 63 bits, so that the highest is below that. */
        private int unsignedOverflow(long base, long more) {
            long highest = (1L << bits) - 1;
            if (base < 0 || base > highest || more > highest - base) {
                return 1;
            }
            return more < -base ? -1 : 0;
        }
    }

    /** All that is asked for. */
    private static final class Wish {
        final List<Field> fields = new ArrayList<>(4);
        /** So long must the string be; 0 if nothing is written. */
        long bytes;

        private int bits;
        private boolean signed;
        private long offset;

        /** What is wrong with the words, or null. */
        @Nullable
        String read(Request r) {
            Overflow overflow = Overflow.WRAP;
            for (int i = 2; i < r.count(); ) {
                int left = r.count() - i - 1;
                Kind kind = r.is(i, "get") && left >= 2
                        ? Kind.GET
                        : r.is(i, "set") && left >= 3 ? Kind.SET : r.is(i, "incrby") && left >= 3 ? Kind.INCRBY : null;
                if (kind == null && r.is(i, "overflow") && left >= 1) {
                    Overflow named = overflow(r, i + 1);
                    if (named == null) {
                        return "ERR Invalid OVERFLOW type specified";
                    }
                    overflow = named;
                    i += 2;
                    continue;
                }
                if (kind == null) {
                    return Errors.SYNTAX;
                }
                if (!isType(r.text(i + 1))) {
                    return BAD_TYPE;
                }
                if (!isOffset(r, i + 2)) {
                    return BitCommands.BAD_OFFSET;
                }
                long operand = 0;
                if (kind != Kind.GET) {
                    if (!r.isInteger(i + 3)) {
                        return Errors.NO_INTEGER;
                    }
                    operand = r.number();
                    bytes = Math.max(bytes, (offset + bits - 1 >> 3) + 1);
                }
                fields.add(new Field(kind, overflow, signed, bits, offset, operand));
                i += kind == Kind.GET ? 3 : 4;
            }
            return null;
        }

        private static @Nullable Overflow overflow(Request r, int index) {
            return r.is(index, "wrap")
                    ? Overflow.WRAP
                    : r.is(index, "sat") ? Overflow.SAT : r.is(index, "fail") ? Overflow.FAIL : null;
        }

        private boolean isType(String word) {
            if (!word.matches("i([1-9]|[1-5][0-9]|6[0-4])|u([1-9]|[1-5][0-9]|6[0-3])")) {
                return false;
            }
            signed = word.charAt(0) == 'i';
            bits = Integer.parseInt(word, 1, word.length(), 10);
            return true;
        }

        /** A bit, or with a # before it the how manieth field of this type. */
        private boolean isOffset(Request r, int index) {
            boolean counted = r.begin(index, 1).equals("#");
            if (!(counted ? r.isIntegerAfterMark(index) : r.isInteger(index))) {
                return false;
            }
            offset = counted ? r.number() * bits : r.number();
            return BitCommands.isOffset(offset);
        }
    }

    /** Reads the fields, and writes those that are to be written. */
    private static final class BitField extends RespVerb {
        private final Wish wish;
        private final int most;
        private final List<@Nullable Long> found;

        BitField(RespClient c, Bytes key, Wish wish) {
            super(c, key);
            this.wish = wish;
            this.most = c.node().limits().maxRequestBytes();
            this.found = new ArrayList<>(wish.fields.size());
        }

        @Override
        public boolean isRead() {
            return wish.bytes == 0;
        }

        @Override
        void run(EntryView entry) {
            if (wish.bytes > most) {
                fail(Errors.TOO_LONG);
                return;
            }
            if (!mayCopy(Math.max(entry.value().length(), wish.bytes))) {
                return;
            }
            if (wish.bytes == 0 && entry.exists()) {
                entry.read();
            }
            Bytes old = PlainValue.plain(entry.value());
            byte[] string = new byte[(int) Math.max(old.length(), wish.bytes)];
            System.arraycopy(old.array(), old.offset(), string, 0, old.length());
            boolean changed = string.length > old.length();
            for (Field field : wish.fields) {
                long present = field.get(string);
                if (field.kind == Kind.GET) {
                    found.add(present);
                    continue;
                }
                Long next = field.next(present);
                found.add(next == null || field.kind == Kind.INCRBY ? next : Long.valueOf(present));
                if (next != null && next != present) {
                    field.set(string, next);
                    changed = true;
                }
            }
            if (changed) {
                byte[] tagged = new byte[string.length + 1];
                System.arraycopy(string, 0, tagged, 1, string.length);
                RangeCommands.storeBytes(entry, tagged);
            }
        }

        @Override
        void answer(ByteBuf out) {
            Replies.array(out, found.size());
            for (Long value : found) {
                if (value == null) {
                    Replies.nil(out, protocol());
                } else {
                    Replies.integer(out, value);
                }
            }
        }
    }
}
