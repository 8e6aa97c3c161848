package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Ttl;
import io.distcache.server.shard.operation.EntryView;
import io.distcache.server.shard.operation.Expire;
import io.netty.buffer.ByteBuf;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.ToLongFunction;

/** The commands on the times of keys. Stateless. */
final class ExpiryCommands {
    /** The last moment at which an entry can expire. */
    private static final long LAST = Ttl.ETERNAL - 1;

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
        return deadlineMillis == LAST ? Long.MAX_VALUE : deadlineMillis;
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
        Set<Command.DeadlineIs> conditions = EnumSet.noneOf(Command.DeadlineIs.class);
        for (int i = 3; i < r.count(); i++) {
            if (r.is(i, "nx")) {
                conditions.add(Command.DeadlineIs.NONE);
            } else if (r.is(i, "xx")) {
                conditions.add(Command.DeadlineIs.SOME);
            } else if (r.is(i, "gt")) {
                conditions.add(Command.DeadlineIs.EARLIER);
            } else if (r.is(i, "lt")) {
                conditions.add(Command.DeadlineIs.LATER);
            } else {
                c.error("ERR Unsupported option " + r.text(i));
                return;
            }
        }
        if (conditions.contains(Command.DeadlineIs.NONE) && conditions.size() > 1) {
            c.error("ERR NX and XX, GT or LT options at the same time are not compatible");
            return;
        }
        if (conditions.contains(Command.DeadlineIs.EARLIER) && conditions.contains(Command.DeadlineIs.LATER)) {
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
        c.execute(new ExpireVerb(c, r.tagged(1), when * unit, absolute, conditions));
    }

    private static final class ExpireVerb extends RespVerb {
        private final long millis;
        private final boolean absolute;
        private final Set<Command.DeadlineIs> conditions;
        private boolean done;

        ExpireVerb(RespClient c, Bytes key, long millis, boolean absolute, Set<Command.DeadlineIs> conditions) {
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
            long when = Math.min(LAST, absolute ? entry.ofWall(millis) : beyond ? LAST : now + millis);
            for (Command.DeadlineIs condition : conditions) {
                if (!Expire.mayMove(entry.deadlineMillis(), when, condition)) {
                    return;
                }
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
