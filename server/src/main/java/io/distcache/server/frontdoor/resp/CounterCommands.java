package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.FlaggedValue;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.shard.operation.EntryView;
import io.distcache.server.shard.operation.NumberValue;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** The commands that add to numbers. Stateless. */
final class CounterCommands {
    /** Adding numbers of thousands of digits takes as long as copying this. */
    private static final int LONG_NUMBER_BYTES = 1 << 20;

    private CounterCommands() {}

    static void bind(RespActions actions) {
        actions.write("incr", (c, r) -> c.execute(new IncrBy(c, r.tagged(1), 1)));
        actions.write("decr", (c, r) -> c.execute(new IncrBy(c, r.tagged(1), -1)));
        actions.write("incrby", CounterCommands::incrby);
        actions.write("decrby", CounterCommands::decrby);
        actions.write("incrbyfloat", CounterCommands::incrbyfloat);
    }

    private static void incrby(RespClient c, Request r) {
        if (r.isInteger(2)) {
            c.execute(new IncrBy(c, r.tagged(1), r.number()));
        } else {
            c.error(Errors.NO_INTEGER);
        }
    }

    private static void decrby(RespClient c, Request r) {
        if (!r.isInteger(2)) {
            c.error(Errors.NO_INTEGER);
        } else if (r.number() == Long.MIN_VALUE) {
            c.error("ERR decrement would overflow");
        } else {
            c.execute(new IncrBy(c, r.tagged(1), -r.number()));
        }
    }

    private static final class IncrBy extends RespVerb {
        private final long diff;
        private long number;

        IncrBy(RespClient c, Bytes key, long diff) {
            super(c, key);
            this.diff = diff;
        }

        @Override
        void run(EntryView entry) {
            Bytes old = entry.value();
            NumberValue before = entry.exists() ? whole(old) : NumberValue.ZERO;
            if (before == null) {
                fail(Errors.NO_INTEGER);
                return;
            }
            NumberValue sum = before.plus(NumberValue.ofWhole(diff));
            if (sum == null) {
                fail("ERR increment or decrement would overflow");
                return;
            }
            number = sum.whole();
            entry.store(PlainValue.like(old, sum.toBytes()));
        }

        @Override
        void answer(ByteBuf out) {
            Replies.integer(out, number);
        }
    }

    /** The integer that a value is to a client: by its tag, or by its text; null if it is none. */
    private static @Nullable NumberValue whole(Bytes value) {
        // A composite is no number, and to show it as text would take its time.
        if (!PlainValue.isShort(value)) {
            return null;
        }
        NumberValue number =
                NumberValue.of(PlainValue.isWhole(value) ? FlaggedValue.bare(value) : RangeCommands.text(value));
        return number == null || number.isDouble() ? null : number;
    }

    private static void incrbyfloat(RespClient c, Request r) {
        Bytes said = r.copied(2);
        c.execute(new IncrByFloat(c, r.tagged(1), LongDouble.parse(said)));
    }

    private static final class IncrByFloat extends RespVerb {
        private final @Nullable LongDouble diff;
        private String number = "";

        IncrByFloat(RespClient c, Bytes key, @Nullable LongDouble diff) {
            super(c, key);
            this.diff = diff;
        }

        @Override
        void run(EntryView entry) {
            Bytes old = entry.value();
            LongDouble before = LongDouble.ZERO;
            if (entry.exists()) {
                // A composite is no number, and to show it as text would take its time.
                before = LongDouble.parse(PlainValue.isShort(old) ? PlainValue.plain(old) : Bytes.EMPTY);
            }
            if (before == null || diff == null) {
                fail("ERR value is not a valid float");
                return;
            }
            LongDouble sum = LongDouble.sum(before, diff);
            if (sum.isInfinite()) {
                fail("ERR increment would produce NaN or Infinity");
                return;
            }
            if ((before.isLong() || diff.isLong()) && !mayCopy(LONG_NUMBER_BYTES)) {
                return;
            }
            String text = sum.print();
            // A Java client that stored a Double finds one.
            boolean isDouble = PlainValue.isDouble(old);
            double asDouble = isDouble ? Double.parseDouble(text) : 0;
            if (Double.isInfinite(asDouble)) {
                fail("ERR increment would produce NaN or Infinity");
                return;
            }
            number = text;
            entry.store(PlainValue.like(old, isDouble ? PlainValue.ofDouble(asDouble) : PlainValue.ofText(number)));
        }

        @Override
        void answer(ByteBuf out) {
            Replies.bulk(out, number);
        }
    }
}
