package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.server.dispatch.NamedCache;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** The commands that read strings: whole, in part, or how long they are. Stateless. */
final class ReadCommands {

    private ReadCommands() {}

    static void bind(RespActions actions) {
        actions.read("get", ReadCommands::get);
        actions.read("mget", ReadCommands::mget);
        actions.read("strlen", (c, r) -> c.execute(new Strlen(c, r.tagged(1))));
        actions.read("getrange", ReadCommands::getrange);
        actions.read("substr", ReadCommands::getrange);
    }

    private static void get(RespClient c, Request r) {
        if (c.isInside()) {
            c.execute(new Get(c, r.tagged(1)));
            return;
        }
        Reply reply = c.keyspace().get(r.tagged(1), c.session());
        if (reply == null) {
            c.execute(new Get(c, r.tagged(1)));
        } else if (reply instanceof Reply.Value value) {
            Replies.value(c.outFor(value.value().length()), value.value());
        } else if (reply instanceof Reply.Failure failure) {
            c.error(Failures.text(failure));
        } else {
            Replies.nil(c.out(), c.protocol());
        }
    }

    /** A read; its value may be kept, since what is stored never changes. */
    static class Get extends RespVerb {
        private final NamedCache keyspace;
        private @Nullable Bytes found;

        Get(RespClient c, Bytes key) {
            super(c, key);
            keyspace = c.keyspace();
        }

        @Override
        public boolean isRead() {
            return true;
        }

        @Override
        void run(EntryView entry) {
            found = entry.exists() ? entry.value() : null;
            entry.read();
            keyspace.countRead(found != null);
        }

        final @Nullable Bytes found() {
            return found;
        }

        @Override
        @Nullable
        Bytes shown() {
            return found;
        }

        @Override
        protected long valueBytes() {
            return length(found);
        }

        @Override
        void answer(ByteBuf out) {
            Replies.valueOrNil(out, protocol(), found);
        }
    }

    private static final class Strlen extends Get {
        Strlen(RespClient c, Bytes key) {
            super(c, key);
        }

        @Override
        protected long valueBytes() {
            return 0;
        }

        @Override
        void answer(ByteBuf out) {
            Bytes value = found();
            Replies.integer(out, value == null ? 0 : PlainValue.plainLength(value));
        }
    }

    private static void mget(RespClient c, Request r) {
        if (r.count() == 2 && !c.isInside()) {
            Replies.array(c.out(), 1);
            Reply reply = c.keyspace().get(r.tagged(1), c.session());
            if (reply == null) {
                c.execute(new Get(c, r.tagged(1)));
            } else if (reply instanceof Reply.Value value) {
                Replies.value(c.outFor(value.value().length()), value.value());
            } else {
                Replies.nil(c.out(), c.protocol());
            }
            return;
        }
        if (!c.isInside()) {
            new ManyKeys.Values(c, r).begin();
            return;
        }
        Replies.array(c.out(), r.count() - 1L);
        for (int i = 1; i < r.count(); i++) {
            c.execute(new Get(c, r.tagged(i)));
        }
    }

    private static void getrange(RespClient c, Request r) {
        if (!r.isInteger(2)) {
            c.error(Errors.NO_INTEGER);
            return;
        }
        long start = r.number();
        if (!r.isInteger(3)) {
            c.error(Errors.NO_INTEGER);
            return;
        }
        c.execute(new GetRange(c, r.tagged(1), start, r.number()));
    }

    private static final class GetRange extends Get {
        private final long start;
        private final long end;

        GetRange(RespClient c, Bytes key, long start, long end) {
            super(c, key);
            this.start = start;
            this.end = end;
        }

        @Override
        void answer(ByteBuf out) {
            Bytes value = found();
            Bytes text = value == null ? Bytes.EMPTY : PlainValue.plain(value);
            int length = text.length();
            if (start < 0 && end < 0 && start > end) {
                Replies.bulk(out, Bytes.EMPTY);
                return;
            }
            long first = start < 0 ? Math.max(0, length + start) : start;
            long last = end < 0 ? Math.max(0, length + end) : Math.min(end, length - 1L);
            if (first > last || length == 0) {
                Replies.bulk(out, Bytes.EMPTY);
            } else {
                Replies.bulk(out, text.array(), text.offset() + (int) first, (int) (last - first + 1));
            }
        }
    }
}
