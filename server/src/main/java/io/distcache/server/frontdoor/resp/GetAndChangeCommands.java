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
            Bytes before = old;
            if (before == null) {
                Replies.nil(out, protocol());
            } else {
                Replies.value(out, before);
            }
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
        // Of a key that is not there, the time is not even looked at.
        GetEx verb = new GetEx(c, r.tagged(1), persist);
        if (unit != 0) {
            verb.readTime(c, r, unit);
        }
        c.execute(verb);
    }

    private static final class GetEx extends RespVerb {
        private final boolean persist;
        private Expiry deadline = Expiry.NONE;
        private @Nullable String wrongTime;
        private @Nullable Bytes found;

        GetEx(RespClient c, Bytes key, boolean persist) {
            super(c, key);
            this.persist = persist;
        }

        @Override
        protected long valueBytes() {
            return length(found);
        }

        void readTime(RespClient c, Request r, int option) {
            boolean seconds = r.is(option, "ex") || r.is(option, "exat");
            boolean absolute = r.is(option, "exat") || r.is(option, "pxat");
            int unitMillis = seconds ? 1000 : 1;
            if (!r.isInteger(option + 1)) {
                wrongTime = Errors.NO_INTEGER;
            } else if (r.number() <= 0
                    || r.number() > Long.MAX_VALUE / unitMillis
                    || (!absolute
                            && r.number() * unitMillis
                                    > Long.MAX_VALUE - c.node().clock().millis())) {
                wrongTime = "ERR invalid expire time in '" + c.current().name() + "' command";
            } else {
                deadline = new Expiry(true, absolute, r.number() * unitMillis);
            }
        }

        @Override
        void run(EntryView entry) {
            if (!entry.exists()) {
                return;
            }
            if (wrongTime != null) {
                fail(wrongTime);
                return;
            }
            found = entry.value();
            if (persist) {
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
            Bytes value = found;
            if (value == null) {
                Replies.nil(out, protocol());
            } else {
                Replies.value(out, value);
            }
        }
    }
}
