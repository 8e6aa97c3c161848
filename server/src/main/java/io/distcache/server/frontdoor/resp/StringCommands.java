package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.server.dispatch.Keyspace;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.shard.operation.EntryView;
import io.distcache.server.shard.operation.NumberValue;
import io.netty.buffer.ByteBuf;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The commands on strings. Each method is named as its command. */
final class StringCommands {
    static final String SYNTAX = "ERR syntax error";
    static final String NO_INTEGER = "ERR value is not an integer or out of range";
    /** Adding numbers of thousands of digits takes as long as copying this. */
    private static final int LONG_NUMBER_BYTES = 1 << 20;

    static final String TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";

    private StringCommands() {}

    static void bind(RespActions actions) {
        actions.read("get", StringCommands::get);
        actions.write("set", StringCommands::set);
        actions.write("setnx", (c, r) -> c.execute(new SetNx(c, r.tagged(1), r.tagged(2))));
        actions.write("setex", (c, r) -> setWithTtl(c, r, 1000));
        actions.write("psetex", (c, r) -> setWithTtl(c, r, 1));
        actions.write(
                "getset", (c, r) -> c.execute(new SetVerb(c, r.tagged(1), r.tagged(2), SetVerb.GET, Deadline.NONE)));
        actions.write("getdel", (c, r) -> c.execute(new GetDel(c, r.tagged(1))));
        actions.write("getex", StringCommands::getex);
        actions.read("mget", StringCommands::mget);
        actions.write("mset", StringCommands::mset);
        actions.write("msetnx", StringCommands::msetnx);
        actions.write("append", (c, r) -> c.execute(new Append(c, r.tagged(1), r.copied(2))));
        actions.read("strlen", (c, r) -> c.execute(new Strlen(c, r.tagged(1))));
        actions.read("getrange", StringCommands::getrange);
        actions.read("substr", StringCommands::getrange);
        actions.write("setrange", StringCommands::setrange);
        actions.write("incr", (c, r) -> c.execute(new IncrBy(c, r.tagged(1), 1)));
        actions.write("decr", (c, r) -> c.execute(new IncrBy(c, r.tagged(1), -1)));
        actions.write("incrby", StringCommands::incrby);
        actions.write("decrby", StringCommands::decrby);
        actions.write("incrbyfloat", StringCommands::incrbyfloat);
    }

    // --- reads ---

    private static void get(RespConnection c, Request r) {
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
        private final Keyspace keyspace;
        private @Nullable Bytes found;

        Get(RespConnection c, Bytes key) {
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
            Bytes value = found;
            if (value == null) {
                Replies.nil(out, protocol());
            } else {
                Replies.value(out, value);
            }
        }
    }

    private static final class Strlen extends Get {
        Strlen(RespConnection c, Bytes key) {
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

    private static void mget(RespConnection c, Request r) {
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

    private static void getrange(RespConnection c, Request r) {
        if (!r.isInteger(2)) {
            c.error(NO_INTEGER);
            return;
        }
        long start = r.number();
        if (!r.isInteger(3)) {
            c.error(NO_INTEGER);
            return;
        }
        c.execute(new GetRange(c, r.tagged(1), start, r.number()));
    }

    private static final class GetRange extends Get {
        private final long start;
        private final long end;

        GetRange(RespConnection c, Bytes key, long start, long end) {
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

    // --- SET and its like ---

    /**
     * When an entry is to expire: nothing said, never, or a moment.
     *
     * @param millis since 1970 if {@code absolute}, else from now
     */
    record Deadline(boolean said, boolean absolute, long millis) {
        static final Deadline NONE = new Deadline(false, false, 0);

        /** The ttl from now on; 0 if the deadline has passed. */
        long ttl(EntryView entry) {
            return absolute ? Math.max(Ttl.NOW, entry.ofWall(millis) - entry.nowMillis()) : millis;
        }
    }

    private static void set(RespConnection c, Request r) {
        int flags = 0;
        Deadline deadline = Deadline.NONE;
        int unit = 0;
        for (int i = 3; i < r.count(); i++) {
            boolean hasNext = i + 1 < r.count();
            // Saying the same again is allowed; the last counts.
            boolean otherwise = (unit != 0 && !isSame(r, unit, i)) || (flags & SetVerb.KEEP_TTL) != 0;
            if (r.is(i, "nx") && (flags & SetVerb.XX) == 0) {
                flags |= SetVerb.NX;
            } else if (r.is(i, "xx") && (flags & SetVerb.NX) == 0) {
                flags |= SetVerb.XX;
            } else if (r.is(i, "get")) {
                flags |= SetVerb.GET;
            } else if (r.is(i, "keepttl") && unit == 0) {
                flags |= SetVerb.KEEP_TTL;
            } else if (isTime(r, i) && !otherwise && hasNext) {
                unit = i++;
            } else {
                c.error(SYNTAX);
                return;
            }
        }
        if (unit != 0) {
            deadline = deadline(c, r, unit);
            if (deadline == null) {
                return;
            }
        }
        c.execute(new SetVerb(c, r.tagged(1), r.tagged(2), flags, deadline));
    }

    private static boolean isTime(Request r, int i) {
        return r.is(i, "ex") || r.is(i, "px") || r.is(i, "exat") || r.is(i, "pxat");
    }

    private static boolean isSame(Request r, int one, int other) {
        return r.is(other, r.text(one).toLowerCase(Locale.ROOT));
    }

    /** The deadline said by an option and the word after it; null if it is refused, which the client has been told. */
    private static @Nullable Deadline deadline(RespConnection c, Request r, int option) {
        boolean seconds = r.is(option, "ex") || r.is(option, "exat");
        boolean absolute = r.is(option, "exat") || r.is(option, "pxat");
        return deadline(c, r, option + 1, seconds ? 1000 : 1, absolute);
    }

    private static @Nullable Deadline deadline(RespConnection c, Request r, int at, int unitMillis, boolean absolute) {
        if (!r.isInteger(at)) {
            c.error(NO_INTEGER);
            return null;
        }
        long number = r.number();
        long now = c.door().clock().millis();
        if (number <= 0
                || number > Long.MAX_VALUE / unitMillis
                || (!absolute && number * unitMillis > Long.MAX_VALUE - now)) {
            c.error("ERR invalid expire time in '" + c.current().name() + "' command");
            return null;
        }
        return new Deadline(true, absolute, number * unitMillis);
    }

    private static void setWithTtl(RespConnection c, Request r, int unitMillis) {
        Deadline deadline = deadline(c, r, 2, unitMillis, false);
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
        private final Deadline deadline;
        private boolean done;
        private @Nullable Bytes old;

        SetVerb(RespConnection c, Bytes key, Bytes value, int flags, Deadline deadline) {
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
                entry.store(value, deadline.said ? deadline.ttl(entry) : entry.creationTtl());
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

        SetNx(RespConnection c, Bytes key, Bytes value) {
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

    private static final class GetDel extends RespVerb {
        private @Nullable Bytes old;

        GetDel(RespConnection c, Bytes key) {
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

    private static void getex(RespConnection c, Request r) {
        boolean persist = false;
        int unit = 0;
        for (int i = 2; i < r.count(); i++) {
            if (r.is(i, "persist") && unit == 0) {
                persist = true;
            } else if (isTime(r, i) && (unit == 0 || isSame(r, unit, i)) && !persist && i + 1 < r.count()) {
                unit = i++;
            } else {
                c.error(SYNTAX);
                return;
            }
        }
        if (unit == 0 && !persist) {
            c.execute(new Get(c, r.tagged(1)));
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
        private Deadline deadline = Deadline.NONE;
        private @Nullable String wrongTime;
        private @Nullable Bytes found;

        GetEx(RespConnection c, Bytes key, boolean persist) {
            super(c, key);
            this.persist = persist;
        }

        @Override
        protected long valueBytes() {
            return length(found);
        }

        void readTime(RespConnection c, Request r, int option) {
            boolean seconds = r.is(option, "ex") || r.is(option, "exat");
            boolean absolute = r.is(option, "exat") || r.is(option, "pxat");
            int unitMillis = seconds ? 1000 : 1;
            if (!r.isInteger(option + 1)) {
                wrongTime = NO_INTEGER;
            } else if (r.number() <= 0
                    || r.number() > Long.MAX_VALUE / unitMillis
                    || (!absolute
                            && r.number() * unitMillis
                                    > Long.MAX_VALUE - c.door().clock().millis())) {
                wrongTime = "ERR invalid expire time in '" + c.current().name() + "' command";
            } else {
                deadline = new Deadline(true, absolute, r.number() * unitMillis);
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

    // --- many keys ---

    private static void mset(RespConnection c, Request r) {
        if (r.count() % 2 == 0) {
            c.error("ERR wrong number of arguments for 'mset' command");
            return;
        }
        Bytes[] words = r.tagged();
        c.atomically(words, 2, () -> {
            Reply.Failure failure = setAll(c, words);
            if (failure == null) {
                c.ok();
            } else {
                c.error(Failures.text(failure));
            }
        });
    }

    private static Reply.@Nullable Failure setAll(RespConnection c, Bytes[] words) {
        for (int i = 0; i < words.length; i += 2) {
            Reply reply = c.part(c.keyspace(), new SetVerb(c, words[i], words[i + 1], 0, Deadline.NONE));
            if (reply instanceof Reply.Failure failure) {
                return failure;
            }
        }
        return null;
    }

    private static void msetnx(RespConnection c, Request r) {
        if (r.count() % 2 == 0) {
            c.error("ERR wrong number of arguments for 'msetnx' command");
            return;
        }
        Bytes[] words = r.tagged();
        c.atomically(words, 2, () -> {
            Set<Bytes> looked = new HashSet<>();
            for (int i = 0; i < words.length; i += 2) {
                KeyCommands.Look look = new KeyCommands.Look(c, words[i]);
                if (looked.add(look.key())) {
                    Reply reply = c.part(c.keyspace(), look);
                    if (reply instanceof Reply.Failure failure) {
                        c.error(Failures.text(failure));
                        return;
                    }
                    if (look.exists()) {
                        Replies.integer(c.out(), 0);
                        return;
                    }
                }
            }
            Reply.Failure failure = setAll(c, words);
            if (failure == null) {
                Replies.integer(c.out(), 1);
            } else {
                c.error(Failures.text(failure));
            }
        });
    }

    // --- parts of strings ---

    /** Stores what a client's bytes, from 1 on in an array of their own, have become. */
    static boolean storeBytes(EntryView entry, byte[] tagged) {
        return entry.store(PlainValue.like(entry.value(), PlainValue.ofOwn(tagged)));
    }

    private static final class Append extends RespVerb {
        private final Bytes more;
        private final int most;
        private long length;

        Append(RespConnection c, Bytes key, Bytes more) {
            super(c, key);
            this.more = more;
            this.most = c.door().limits().maxRequestBytes();
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
            Bytes old = PlainValue.plain(entry.value());
            length = (long) old.length() + more.length();
            if (length > most) {
                fail(TOO_LONG);
                return;
            }
            byte[] tagged = new byte[(int) length + 1];
            System.arraycopy(old.array(), old.offset(), tagged, 1, old.length());
            System.arraycopy(more.array(), more.offset(), tagged, 1 + old.length(), more.length());
            storeBytes(entry, tagged);
        }

        @Override
        void answer(ByteBuf out) {
            Replies.integer(out, length);
        }
    }

    private static void setrange(RespConnection c, Request r) {
        if (!r.isInteger(2)) {
            c.error(NO_INTEGER);
        } else if (r.number() < 0) {
            c.error("ERR offset is out of range");
        } else {
            c.execute(new SetRange(c, r.tagged(1), r.number(), r.copied(3)));
        }
    }

    private static final class SetRange extends RespVerb {
        private final long offset;
        private final Bytes part;
        private final int most;
        private long length;

        SetRange(RespConnection c, Bytes key, long offset, Bytes part) {
            super(c, key);
            this.offset = offset;
            this.part = part;
            this.most = c.door().limits().maxRequestBytes();
        }

        @Override
        public long bytes() {
            return key().length() + (long) part.length();
        }

        @Override
        void run(EntryView entry) {
            if (!mayCopy(Math.max(entry.value().length(), Math.min(offset, most)))) {
                return;
            }
            Bytes old = PlainValue.plain(entry.value());
            length = old.length();
            if (part.length() == 0) {
                return;
            }
            if (offset > most || offset + part.length() > most) {
                fail(TOO_LONG);
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

    // --- numbers ---

    private static void incrby(RespConnection c, Request r) {
        if (r.isInteger(2)) {
            c.execute(new IncrBy(c, r.tagged(1), r.number()));
        } else {
            c.error(NO_INTEGER);
        }
    }

    private static void decrby(RespConnection c, Request r) {
        if (!r.isInteger(2)) {
            c.error(NO_INTEGER);
        } else if (r.number() == Long.MIN_VALUE) {
            c.error("ERR decrement would overflow");
        } else {
            c.execute(new IncrBy(c, r.tagged(1), -r.number()));
        }
    }

    private static final class IncrBy extends RespVerb {
        private final long diff;
        private long number;

        IncrBy(RespConnection c, Bytes key, long diff) {
            super(c, key);
            this.diff = diff;
        }

        @Override
        void run(EntryView entry) {
            Bytes old = entry.value();
            long before = 0;
            if (entry.exists()) {
                if (PlainValue.isWhole(old)) {
                    before = PlainValue.whole(old);
                } else {
                    Bytes text = PlainValue.isShort(old) ? PlainValue.plain(old) : Bytes.EMPTY;
                    if (!Decimal.isCanonical(text.array(), text.offset(), text.length())) {
                        fail(NO_INTEGER);
                        return;
                    }
                    before = Decimal.value(text.array(), text.offset(), text.length());
                }
            }
            number = before + diff;
            if (((before ^ number) & (diff ^ number)) < 0) {
                fail("ERR increment or decrement would overflow");
                return;
            }
            entry.store(PlainValue.like(old, NumberValue.whole(old, number)));
        }

        @Override
        void answer(ByteBuf out) {
            Replies.integer(out, number);
        }
    }

    private static void incrbyfloat(RespConnection c, Request r) {
        Bytes said = r.copied(2);
        c.execute(new IncrByFloat(c, r.tagged(1), LongDouble.parse(said)));
    }

    private static final class IncrByFloat extends RespVerb {
        private final @Nullable LongDouble diff;
        private String number = "";

        IncrByFloat(RespConnection c, Bytes key, @Nullable LongDouble diff) {
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
