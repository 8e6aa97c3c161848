package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import io.distcache.server.shard.operation.Conditions;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The commands that set strings, one or several, on conditions and with times. Stateless. */
final class SetCommands {

    private SetCommands() {}

    static void bind(RespActions actions) {
        actions.write("set", SetCommands::set);
        actions.write(
                "setnx",
                (c, r) -> c.execute(
                        new SetVerb(c, r.tagged(1), r.tagged(2), Condition.ABSENT, SetVerb.NUMBER, Expiry.NONE)));
        actions.write("setex", (c, r) -> setWithTtl(c, r, 1000));
        actions.write("psetex", (c, r) -> setWithTtl(c, r, 1));
        actions.write(
                "getset",
                (c, r) -> c.execute(
                        new SetVerb(c, r.tagged(1), r.tagged(2), Condition.ALWAYS, SetVerb.GET, Expiry.NONE)));
        actions.write("mset", SetCommands::mset);
        actions.write("msetnx", SetCommands::msetnx);
    }

    private static void set(RespClient c, Request r) {
        Condition condition = Condition.ALWAYS;
        int flags = 0;
        int unit = 0;
        for (int i = 3; i < r.count(); i++) {
            boolean hasNext = i + 1 < r.count();
            // Saying the same again is allowed; the last counts.
            boolean otherwise = (unit != 0 && !Expiry.isSameOption(r, unit, i)) || (flags & SetVerb.KEEP_TTL) != 0;
            if (r.is(i, "nx") && condition.kind() != Condition.Kind.PRESENT) {
                condition = Condition.ABSENT;
            } else if (r.is(i, "xx") && condition.kind() != Condition.Kind.ABSENT) {
                condition = Condition.PRESENT;
            } else if (r.is(i, "get")) {
                flags |= SetVerb.GET;
            } else if (r.is(i, "keepttl") && unit == 0) {
                flags |= SetVerb.KEEP_TTL;
            } else if (Expiry.isOption(r, i) && !otherwise && hasNext) {
                unit = i++;
            } else {
                c.error(Errors.SYNTAX);
                return;
            }
        }
        Expiry deadline = unit == 0 ? Expiry.NONE : Expiry.read(c, r, unit);
        if (deadline.wrong() != null) {
            c.error(deadline.wrong());
            return;
        }
        c.execute(new SetVerb(c, r.tagged(1), r.tagged(2), condition, flags, deadline));
    }

    private static void setWithTtl(RespClient c, Request r, int unitMillis) {
        Expiry deadline = Expiry.read(c, r, 2, unitMillis, false);
        if (deadline.wrong() != null) {
            c.error(deadline.wrong());
        } else {
            c.execute(new SetVerb(c, r.tagged(1), r.tagged(3), Condition.ALWAYS, 0, deadline));
        }
    }

    private static final class SetVerb extends RespVerb {
        /** The answer is the old value. */
        static final int GET = 1;

        static final int KEEP_TTL = 2;
        /** The answer is 1 or 0. */
        static final int NUMBER = 4;

        private final Bytes value;
        private final Condition condition;
        private final int flags;
        private final Expiry deadline;
        private boolean done;
        private @Nullable Bytes old;

        SetVerb(RespClient c, Bytes key, Bytes value, Condition condition, int flags, Expiry deadline) {
            super(c, key);
            this.value = value;
            this.condition = condition;
            this.flags = flags;
            this.deadline = deadline;
        }

        @Override
        public long bytes() {
            return key().length() + (long) value.length();
        }

        @Override
        protected long valueBytes() {
            return length(old);
        }

        @Override
        void run(EntryView entry) {
            if ((flags & GET) != 0 && entry.exists()) {
                old = entry.value();
            }
            if (!Conditions.hold(condition, entry)) {
                return;
            }
            done = true;
            if ((flags & KEEP_TTL) != 0) {
                entry.store(value);
            } else {
                entry.store(value, deadline.said() ? deadline.ttl(entry) : entry.creationTtl());
            }
        }

        @Override
        @Nullable
        Bytes shown() {
            return old;
        }

        @Override
        void answer(ByteBuf out) {
            if ((flags & GET) != 0) {
                Replies.valueOrNil(out, protocol(), old);
            } else if ((flags & NUMBER) != 0) {
                Replies.integer(out, done ? 1 : 0);
            } else if (done) {
                out.writeBytes(Replies.OK);
            } else {
                Replies.nil(out, protocol());
            }
        }
    }

    // --- many keys ---

    private static void mset(RespClient c, Request r) {
        if (r.count() % 2 == 0) {
            c.error("ERR wrong number of arguments for 'mset' command");
            return;
        }
        Bytes[] words = r.tagged();
        Step.atomically(c, words, 2, () -> {
            if (!c.isRefused(setAll(c, words))) {
                c.ok();
            }
        });
    }

    private static Reply.@Nullable Failure setAll(RespClient c, Bytes[] words) {
        for (int i = 0; i < words.length; i += 2) {
            Reply reply =
                    c.part(c.keyspace(), new SetVerb(c, words[i], words[i + 1], Condition.ALWAYS, 0, Expiry.NONE));
            if (reply instanceof Reply.Failure failure) {
                return failure;
            }
        }
        return null;
    }

    private static void msetnx(RespClient c, Request r) {
        if (r.count() % 2 == 0) {
            c.error("ERR wrong number of arguments for 'msetnx' command");
            return;
        }
        Bytes[] words = r.tagged();
        Step.atomically(c, words, 2, () -> {
            Set<Bytes> looked = new HashSet<>();
            for (int i = 0; i < words.length; i += 2) {
                Look look = new Look(c, words[i]);
                if (looked.add(look.key())) {
                    if (c.isRefused(c.part(c.keyspace(), look))) {
                        return;
                    }
                    if (look.exists()) {
                        Replies.integer(c.out(), 0);
                        return;
                    }
                }
            }
            if (!c.isRefused(setAll(c, words))) {
                Replies.integer(c.out(), 1);
            }
        });
    }
}
