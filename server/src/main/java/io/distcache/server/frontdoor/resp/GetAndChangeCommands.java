package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Ttl;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** The commands that read a string and remove it or give it another time. Stateless. */
final class GetAndChangeCommands {

    private GetAndChangeCommands() {}

    static void bind(RespActions actions) {
        actions.write("getdel", (c, r) -> c.execute(new GetDel(c, r.tagged(1))));
        actions.write("getex", GetAndChangeCommands::getex);
    }

    private static final class GetDel extends RespVerb {
        private @Nullable Bytes old;

        GetDel(RespClient c, Bytes key) {
            super(c, key);
        }

        @Override
        protected long valueBytes() {
            return length(old);
        }

        @Override
        void run(EntryView entry) {
            old = entry.exists() ? entry.value() : null;
            entry.remove();
        }

        @Override
        @Nullable
        Bytes shown() {
            return old;
        }

        @Override
        void answer(ByteBuf out) {
            Replies.valueOrNil(out, protocol(), old);
        }
    }

    private static void getex(RespClient c, Request r) {
        boolean persist = false;
        int unit = 0;
        for (int i = 2; i < r.count(); i++) {
            if (r.is(i, "persist") && unit == 0) {
                persist = true;
            } else if (Expiry.isOption(r, i)
                    && (unit == 0 || Expiry.isSameOption(r, unit, i))
                    && !persist
                    && i + 1 < r.count()) {
                unit = i++;
            } else {
                c.error(Errors.SYNTAX);
                return;
            }
        }
        if (unit == 0 && !persist) {
            c.execute(new ReadCommands.Get(c, r.tagged(1)));
            return;
        }
        // Of a key that is not there, it does not matter that the time is wrong.
        c.execute(new GetEx(c, r.tagged(1), unit == 0 ? Expiry.NONE : Expiry.read(c, r, unit)));
    }

    private static final class GetEx extends RespVerb {
        /** To be read with it; none at all to take away the one it has. */
        private final Expiry deadline;

        private @Nullable Bytes found;

        GetEx(RespClient c, Bytes key, Expiry deadline) {
            super(c, key);
            this.deadline = deadline;
        }

        @Override
        protected long valueBytes() {
            return length(found);
        }

        @Override
        void run(EntryView entry) {
            if (!entry.exists()) {
                return;
            }
            if (deadline.wrong() != null) {
                fail(deadline.wrong());
                return;
            }
            found = entry.value();
            if (!deadline.said()) {
                if (entry.deadlineMillis() != Ttl.ETERNAL) {
                    entry.expireIn(Ttl.ETERNAL);
                }
            } else {
                long ttl = deadline.ttl(entry);
                if (ttl == Ttl.NOW) {
                    entry.remove();
                } else {
                    entry.expireIn(ttl);
                }
            }
        }

        @Override
        @Nullable
        Bytes shown() {
            return found;
        }

        @Override
        void answer(ByteBuf out) {
            Replies.valueOrNil(out, protocol(), found);
        }
    }
}
