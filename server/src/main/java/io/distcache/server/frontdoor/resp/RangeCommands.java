package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.FlaggedValue;
import io.distcache.protocol.ValueTag;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.shard.operation.Append;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;

/** The commands that change a part of a string. Stateless. */
final class RangeCommands {

    private RangeCommands() {}

    static void bind(RespActions actions) {
        actions.write("append", (c, r) -> c.execute(new AppendVerb(c, r.tagged(1), r.tagged(2))));
        actions.write("setrange", RangeCommands::setrange);
    }

    /** Stores what a client's bytes, from 1 on in an array of their own, have become. */
    static boolean storeBytes(EntryView entry, byte[] tagged) {
        return entry.store(PlainValue.like(entry.value(), PlainValue.ofOwn(tagged)));
    }

    /** A value as text or bytes, which is what a client sees of it. */
    static Bytes text(Bytes value) {
        Bytes bare = FlaggedValue.bare(value);
        if (PlainValue.isVerbatim(bare)) {
            return bare;
        }
        Bytes plain = PlainValue.plain(bare);
        return PlainValue.of(plain.array(), plain.offset(), plain.length());
    }

    private static final class AppendVerb extends RespVerb {
        private final Bytes more;
        private long length;

        AppendVerb(RespClient c, Bytes key, Bytes more) {
            super(c, key);
            this.more = more;
        }

        @Override
        public long bytes() {
            return key().length() + (long) more.length();
        }

        @Override
        void run(EntryView entry) {
            if (!mayCopy(entry.value().length())) {
                return;
            }
            Bytes old = text(entry.value());
            length = old.length() + more.length() - 2L;
            if (length > entry.maxValueBytes()) {
                fail(Errors.TOO_LONG);
                return;
            }
            Bytes whole = Append.joined(old, more);
            if (whole.get(0) == ValueTag.TEXT) {
                entry.store(PlainValue.like(entry.value(), whole));
            } else {
                // Two pieces of which one is no text may be text together.
                storeBytes(entry, whole.array());
            }
        }

        @Override
        void answer(ByteBuf out) {
            Replies.integer(out, length);
        }
    }

    private static void setrange(RespClient c, Request r) {
        if (!r.isInteger(2)) {
            c.error(Errors.NO_INTEGER);
        } else if (r.number() < 0) {
            c.error("ERR offset is out of range");
        } else {
            c.execute(new SetRange(c, r.tagged(1), r.number(), r.copied(3)));
        }
    }

    private static final class SetRange extends RespVerb {
        private final long offset;
        private final Bytes part;
        private long length;

        SetRange(RespClient c, Bytes key, long offset, Bytes part) {
            super(c, key);
            this.offset = offset;
            this.part = part;
        }

        @Override
        public long bytes() {
            return key().length() + (long) part.length();
        }

        @Override
        void run(EntryView entry) {
            int most = entry.maxValueBytes();
            if (!mayCopy(Math.max(entry.value().length(), Math.min(offset, most)))) {
                return;
            }
            Bytes old = PlainValue.plain(entry.value());
            length = old.length();
            if (part.length() == 0) {
                return;
            }
            if (offset > most || offset + part.length() > most) {
                fail(Errors.TOO_LONG);
                return;
            }
            length = Math.max(length, offset + part.length());
            byte[] tagged = new byte[(int) length + 1];
            System.arraycopy(old.array(), old.offset(), tagged, 1, old.length());
            System.arraycopy(part.array(), part.offset(), tagged, 1 + (int) offset, part.length());
            storeBytes(entry, tagged);
        }

        @Override
        void answer(ByteBuf out) {
            Replies.integer(out, length);
        }
    }
}
