package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.server.dispatch.MultiKeyStep;
import io.distcache.server.frontdoor.value.PlainValue;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * LCS: what two strings have in common, by the table of the lengths of their beginnings' subsequences. Of the table two rows are kept,
 * and a
 * bit for each field, which is what going back through it wants to know. How long it may take is bounded as in Redis: by the memory that a
 * table of 32-bit numbers would take. Stateless.
 */
final class LcsCommand {
    /** Fields of the table whose filling counts as one unit of work. */
    private static final int FIELDS_OF_UNIT = 512;

    private LcsCommand() {}

    static void bind(RespActions actions) {
        actions.read("lcs", LcsCommand::lcs);
    }

    /** What is wanted of it. */
    private static final class Wish {
        boolean length;
        boolean ranges;
        boolean withLengths;
        long leastLength;

        /** What is wrong with the options, or null. */
        @Nullable
        String read(Request r) {
            for (int i = 3; i < r.count(); i++) {
                if (r.is(i, "idx")) {
                    ranges = true;
                } else if (r.is(i, "len")) {
                    length = true;
                } else if (r.is(i, "withmatchlen")) {
                    withLengths = true;
                } else if (r.is(i, "minmatchlen") && i + 1 < r.count()) {
                    if (!r.isInteger(++i)) {
                        return Errors.NO_INTEGER;
                    }
                    leastLength = Math.max(0, r.number());
                } else {
                    return Errors.SYNTAX;
                }
            }
            return length && ranges ? "ERR If you want both the length and indexes, please just use IDX." : null;
        }
    }

    private static void lcs(RespClient c, Request r) {
        Wish wish = new Wish();
        String wrong = wish.read(r);
        if (wrong != null) {
            c.error(wrong);
            return;
        }
        ReadCommands.Get first = new ReadCommands.Get(c, r.tagged(1));
        ReadCommands.Get second = new ReadCommands.Get(c, r.tagged(2));
        if (c.isInside()) {
            if (!c.isRefused(c.part(c.keyspace(), first)) && !c.isRefused(c.part(c.keyspace(), second))) {
                compare(c, wish, first.found(), second.found());
            }
            return;
        }
        // Both at one moment; what comes then needs no lock. Nothing is written, so this never has to wait.
        MultiKeyStep together = c.node().dispatcher().multiKeyStep();
        together.needs(c.keyspace(), first.key(), false);
        together.needs(c.keyspace(), second.key(), false);
        Reply reply = together.run(c.session(), late -> {}, () -> {}, running -> {
            Reply[] both = new Reply[2];
            c.inside(running, null, () -> {
                both[0] = c.part(c.keyspace(), first);
                both[1] = c.part(c.keyspace(), second);
            });
            return both[0] instanceof Reply.Failure ? both[0] : both[1];
        });
        if (reply != null && !c.isRefused(reply)) {
            compare(c, wish, first.found(), second.found());
        }
    }

    private static void compare(RespClient c, Wish wish, @Nullable Bytes one, @Nullable Bytes other) {
        Bytes a = one == null ? Bytes.EMPTY : PlainValue.plain(one);
        Bytes b = other == null ? Bytes.EMPTY : PlainValue.plain(other);
        long fields = (a.length() + 1L) * (b.length() + 1L);
        if (fields * Integer.BYTES > c.node().limits().maxRequestBytes()) {
            c.error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
            return;
        }
        if (!c.mayDo(fields / FIELDS_OF_UNIT)) {
            return;
        }
        Table table = new Table(a, b, !wish.length);
        ByteBuf out = c.out();
        if (wish.length) {
            Replies.integer(out, table.length);
        } else if (wish.ranges) {
            table.goBack(wish.leastLength);
            Replies.map(out, c.protocol(), 2);
            Replies.bulk(out, "matches");
            Replies.array(out, table.ranges);
            for (int i = 0; i < table.ranges; i++) {
                table.writeRange(out, i, wish.withLengths);
            }
            Replies.bulk(out, "len");
            Replies.integer(out, table.length);
        } else {
            table.goBack(0);
            Replies.bulk(out, table.common, 0, table.common.length);
        }
    }

    /** The table of two strings, and the way back through it. */
    private static final class Table {
        final int length;
        byte[] common = new byte[0];
        int ranges;
        private final Bytes a;
        private final Bytes b;
        /** For each field, whether the one above it is greater than the one to its left. */
        private final long[] above;
        /** Four numbers for each range: where it begins and ends in the one and in the other. */
        private int[] bounds = new int[16];

        Table(Bytes a, Bytes b, boolean isGoingBack) {
            this.a = a;
            this.b = b;
            long fields = (long) a.length() * b.length();
            this.above = new long[isGoingBack ? Math.toIntExact((fields >> 6) + 1) : 0];
            int[] before = new int[b.length() + 1];
            int[] row = new int[b.length() + 1];
            long field = 0;
            for (int i = 0; i < a.length(); i++) {
                byte letter = a.get(i);
                for (int j = 0; j < b.length(); j++, field++) {
                    if (letter == b.get(j)) {
                        row[j + 1] = before[j] + 1;
                    } else if (before[j + 1] > row[j]) {
                        row[j + 1] = before[j + 1];
                        if (isGoingBack) {
                            above[(int) (field >> 6)] |= 1L << field;
                        }
                    } else {
                        row[j + 1] = row[j];
                    }
                }
                int[] swapped = before;
                before = row;
                row = swapped;
            }
            this.length = before[b.length()];
        }

        /** Collects the common bytes and the ranges of at least a length, from the end on. */
        void goBack(long leastLength) {
            common = new byte[length];
            int left = length;
            int i = a.length();
            int j = b.length();
            int begin = -1;
            int other = -1;
            int end = -1;
            while (i > 0 && j > 0) {
                boolean isOver;
                if (a.get(i - 1) == b.get(j - 1)) {
                    common[--left] = a.get(i - 1);
                    isOver = false;
                    if (begin < 0) {
                        begin = i - 1;
                        other = j - 1;
                        end = i - 1;
                    } else {
                        begin--;
                        other--;
                    }
                    isOver |= begin == 0 || other == 0;
                    i--;
                    j--;
                } else {
                    long field = (long) (i - 1) * b.length() + j - 1;
                    if ((above[(int) (field >> 6)] >>> field & 1) != 0) {
                        i--;
                    } else {
                        j--;
                    }
                    isOver = begin >= 0;
                }
                if (isOver) {
                    add(begin, end, other, leastLength);
                    begin = -1;
                }
            }
        }

        private void add(int begin, int end, int other, long leastLength) {
            int matched = end - begin + 1;
            if (leastLength > 0 && matched < leastLength) {
                return;
            }
            if (ranges * 4 == bounds.length) {
                bounds = Arrays.copyOf(bounds, bounds.length * 2);
            }
            bounds[ranges * 4] = begin;
            bounds[ranges * 4 + 1] = end;
            bounds[ranges * 4 + 2] = other;
            bounds[ranges * 4 + 3] = other + matched - 1;
            ranges++;
        }

        void writeRange(ByteBuf out, int index, boolean withLength) {
            int at = index * 4;
            Replies.array(out, withLength ? 3 : 2);
            Replies.array(out, 2);
            Replies.integer(out, bounds[at]);
            Replies.integer(out, bounds[at + 1]);
            Replies.array(out, 2);
            Replies.integer(out, bounds[at + 2]);
            Replies.integer(out, bounds[at + 3]);
            if (withLength) {
                Replies.integer(out, bounds[at + 1] - bounds[at] + 1L);
            }
        }
    }
}
