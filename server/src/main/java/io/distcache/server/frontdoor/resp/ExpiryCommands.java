package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Ttl;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;
import java.util.function.ToLongFunction;

/** The commands on the times of keys. Stateless. */
final class ExpiryCommands {

    private ExpiryCommands() {}

    static void bind(RespActions actions) {
        actions.read("ttl", (c, r) -> c.execute(new Counted(c, r.tagged(1), e -> ttl(e, 1000))));
        actions.read("pttl", (c, r) -> c.execute(new Counted(c, r.tagged(1), e -> ttl(e, 1))));
        actions.read("expiretime", (c, r) -> c.execute(new Counted(c, r.tagged(1), e -> deadline(e, 1000))));
        actions.read("pexpiretime", (c, r) -> c.execute(new Counted(c, r.tagged(1), e -> deadline(e, 1))));
        actions.write("expire", (c, r) -> expire(c, r, 1000, false));
        actions.write("pexpire", (c, r) -> expire(c, r, 1, false));
        actions.write("expireat", (c, r) -> expire(c, r, 1000, true));
        actions.write("pexpireat", (c, r) -> expire(c, r, 1, true));
        actions.write("persist", (c, r) -> c.execute(new Persist(c, r.tagged(1))));
    }

    /** A number made of what is there. */
    private static final class Counted extends RespVerb {
        private final ToLongFunction<EntryView> number;
        private long found;

        Counted(RespClient c, Bytes key, ToLongFunction<EntryView> number) {
            super(c, key);
            this.number = number;
        }

        @Override
        public boolean isRead() {
            return true;
        }

        @Override
        void run(EntryView entry) {
            found = number.applyAsLong(entry);
        }

        @Override
        void answer(ByteBuf out) {
            Replies.integer(out, found);
        }
    }

    private static long ttl(EntryView entry, int unit) {
        if (!entry.exists()) {
            return -2;
        }
        if (entry.deadlineMillis() == Ttl.ETERNAL) {
            return -1;
        }
        return rounded(Math.max(0, told(entry.deadlineMillis()) - entry.nowMillis()), unit);
    }

    /**
     * A deadline as clients know it. Of the largest number, which is a moment to Redis, the store makes the millisecond before it, since
     * {@link Ttl#ETERNAL} is none; these two moments are one here.
     */
    private static long told(long deadlineMillis) {
        return deadlineMillis == Long.MAX_VALUE - 1 ? Long.MAX_VALUE : deadlineMillis;
    }

    /** To the nearest unit; half a unit over the largest number is no sign. */
    private static long rounded(long millis, int unit) {
        return unit == 1 ? millis : Long.divideUnsigned(millis + unit / 2, unit);
    }

    private static long deadline(EntryView entry, int unit) {
        if (!entry.exists()) {
            return -2;
        }
        if (entry.deadlineMillis() == Ttl.ETERNAL) {
            return -1;
        }
        return rounded(told(entry.toWall(entry.deadlineMillis())), unit);
    }

    private static void expire(RespClient c, Request r, int unit, boolean absolute) {
        int conditions = 0;
        for (int i = 3; i < r.count(); i++) {
            if (r.is(i, "nx")) {
                conditions |= Expire.NX;
            } else if (r.is(i, "xx")) {
                conditions |= Expire.XX;
            } else if (r.is(i, "gt")) {
                conditions |= Expire.GT;
            } else if (r.is(i, "lt")) {
                conditions |= Expire.LT;
            } else {
                c.error("ERR Unsupported option " + r.text(i));
                return;
            }
        }
        if ((conditions & Expire.NX) != 0 && (conditions & ~Expire.NX) != 0) {
            c.error("ERR NX and XX, GT or LT options at the same time are not compatible");
            return;
        }
        if ((conditions & Expire.GT) != 0 && (conditions & Expire.LT) != 0) {
            c.error("ERR GT and LT options at the same time are not compatible");
            return;
        }
        if (!r.isInteger(2)) {
            c.error(Errors.NO_INTEGER);
            return;
        }
        long when = r.number();
        if (when > Long.MAX_VALUE / unit
                || when < Long.MIN_VALUE / unit
                || (!absolute && when * unit > Long.MAX_VALUE - c.node().clock().millis())) {
            c.error("ERR invalid expire time in '" + c.current().name() + "' command");
            return;
        }
        c.execute(new Expire(c, r.tagged(1), when * unit, absolute, conditions));
    }

    private static final class Expire extends RespVerb {
        static final int NX = 1;
        static final int XX = 2;
        static final int GT = 4;
        static final int LT = 8;

        private final long millis;
        private final boolean absolute;
        private final int conditions;
        private boolean done;

        Expire(RespClient c, Bytes key, long millis, boolean absolute, int conditions) {
            super(c, key);
            this.millis = millis;
            this.absolute = absolute;
            this.conditions = conditions;
        }

        @Override
        void run(EntryView entry) {
            if (!entry.exists()) {
                return;
            }
            long now = entry.nowMillis();
            // The clock may have gone on since it was seen that the sum is a number.
            boolean beyond = !absolute && millis > Long.MAX_VALUE - now;
            long when = told(absolute ? entry.ofWall(millis) : beyond ? Long.MAX_VALUE : now + millis);
            boolean eternal = entry.deadlineMillis() == Ttl.ETERNAL;
            long current = told(entry.deadlineMillis());
            if (((conditions & NX) != 0 && !eternal)
                    || ((conditions & XX) != 0 && eternal)
                    || ((conditions & GT) != 0 && (eternal || when <= current))
                    || ((conditions & LT) != 0 && !eternal && when >= current)) {
                return;
            }
            done = true;
            if (when <= now) {
                entry.remove();
            } else {
                entry.expireIn(when - now);
            }
        }

        @Override
        void answer(ByteBuf out) {
            Replies.integer(out, done ? 1 : 0);
        }
    }

    private static final class Persist extends RespVerb {
        private boolean done;

        Persist(RespClient c, Bytes key) {
            super(c, key);
        }

        @Override
        void run(EntryView entry) {
            if (entry.exists() && entry.deadlineMillis() != Ttl.ETERNAL) {
                entry.expireIn(Ttl.ETERNAL);
                done = true;
            }
        }

        @Override
        void answer(ByteBuf out) {
            Replies.integer(out, done ? 1 : 0);
        }
    }
}
