package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
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
        actions.write("setnx", (c, r) -> c.execute(new SetNx(c, r.tagged(1), r.tagged(2))));
        actions.write("setex", (c, r) -> setWithTtl(c, r, 1000));
        actions.write("psetex", (c, r) -> setWithTtl(c, r, 1));
        actions.write(
                "getset", (c, r) -> c.execute(new SetVerb(c, r.tagged(1), r.tagged(2), SetVerb.GET, Expiry.NONE)));
        actions.write("mset", SetCommands::mset);
        actions.write("msetnx", SetCommands::msetnx);
    }

    private static void set(RespClient c, Request r) {
        int flags = 0;
        Expiry deadline = Expiry.NONE;
        int unit = 0;
        for (int i = 3; i < r.count(); i++) {
            boolean hasNext = i + 1 < r.count();
            // Saying the same again is allowed; the last counts.
            boolean otherwise = (unit != 0 && !Expiry.isSameOption(r, unit, i)) || (flags & SetVerb.KEEP_TTL) != 0;
            if (r.is(i, "nx") && (flags & SetVerb.XX) == 0) {
                flags |= SetVerb.NX;
            } else if (r.is(i, "xx") && (flags & SetVerb.NX) == 0) {
                flags |= SetVerb.XX;
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
        if (unit != 0) {
            deadline = Expiry.read(c, r, unit);
            if (deadline == null) {
                return;
            }
        }
        c.execute(new SetVerb(c, r.tagged(1), r.tagged(2), flags, deadline));
    }

    private static void setWithTtl(RespClient c, Request r, int unitMillis) {
        Expiry deadline = Expiry.read(c, r, 2, unitMillis, false);
        if (deadline != null) {
            c.execute(new SetVerb(c, r.tagged(1), r.tagged(3), 0, deadline));
        }
    }

    private static final class SetVerb extends RespVerb {
        static final int NX = 1;
        static final int XX = 2;
        static final int GET = 4;
        static final int KEEP_TTL = 8;

        private final Bytes value;
        private final int flags;
        private final Expiry deadline;
        private boolean done;
        private @Nullable Bytes old;

        SetVerb(RespClient c, Bytes key, Bytes value, int flags, Expiry deadline) {
            super(c, key);
            this.value = value;
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
            if (((flags & NX) != 0 && entry.exists()) || ((flags & XX) != 0 && !entry.exists())) {
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
                Bytes before = old;
                if (before == null) {
                    Replies.nil(out, protocol());
                } else {
                    Replies.value(out, before);
                }
            } else if (done) {
                out.writeBytes(Replies.OK);
            } else {
                Replies.nil(out, protocol());
            }
        }
    }

    private static final class SetNx extends RespVerb {
        private final Bytes value;
        private boolean done;

        SetNx(RespClient c, Bytes key, Bytes value) {
            super(c, key);
            this.value = value;
        }

        @Override
        public long bytes() {
            return key().length() + (long) value.length();
        }

        @Override
        void run(EntryView entry) {
            if (!entry.exists()) {
                done = entry.store(value, entry.creationTtl());
            }
        }

        @Override
        void answer(ByteBuf out) {
            Replies.integer(out, done ? 1 : 0);
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
            Reply reply = c.part(c.keyspace(), new SetVerb(c, words[i], words[i + 1], 0, Expiry.NONE));
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
