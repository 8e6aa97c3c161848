package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.server.dispatch.Glob;
import io.distcache.server.dispatch.Keyspace;
import io.distcache.server.dispatch.MultiKeyStep;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The commands on keys, whatever their values. */
final class KeyCommands {
    private static final String NO_SUCH_KEY = "ERR no such key";
    /** What Redis says where it counts uses, as it is done here ({@link RespDoor#EVICTION_POLICY}). */
    private static final String NO_IDLE_TIME =
            "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between"
                    + " policies at runtime LRU and LFU data will take some time to adjust.";

    private static final int SCAN_PAGE = 10;
    /** However many a client asks for: COUNT is a wish, and others wait for a page. */
    private static final int MAX_SCAN_PAGE = 10_000;

    private static final Pattern CURSOR = Pattern.compile("|([-+]?)0*(\\d{1,20})");

    private static final int RANDOM_WORK = 64;
    private static final Glob ANY = new Glob(Bytes.ofUtf8("*"));
    private static final int EMBEDDED_BYTES = 44;

    private KeyCommands() {}

    static void bind(RespActions actions) {
        actions.write("del", (c, r) -> count(c, r, key -> new Delete(c, key), true));
        actions.write("unlink", (c, r) -> count(c, r, key -> new Delete(c, key), true));
        actions.read("exists", (c, r) -> count(c, r, key -> new Look(c, key), false));
        actions.read("touch", (c, r) -> count(c, r, key -> new Touch(c, key), false));
        actions.read(
                "type",
                (c, r) -> c.execute(new Told(c, r.tagged(1), (e, out) -> {
                    Replies.simple(out, e.exists() ? "string" : "none");
                })));
        actions.read("ttl", (c, r) -> c.execute(new Counted(c, r.tagged(1), e -> ttl(e, 1000))));
        actions.read("pttl", (c, r) -> c.execute(new Counted(c, r.tagged(1), e -> ttl(e, 1))));
        actions.read("expiretime", (c, r) -> c.execute(new Counted(c, r.tagged(1), e -> deadline(e, 1000))));
        actions.read("pexpiretime", (c, r) -> c.execute(new Counted(c, r.tagged(1), e -> deadline(e, 1))));
        actions.write("expire", (c, r) -> expire(c, r, 1000, false));
        actions.write("pexpire", (c, r) -> expire(c, r, 1, false));
        actions.write("expireat", (c, r) -> expire(c, r, 1000, true));
        actions.write("pexpireat", (c, r) -> expire(c, r, 1, true));
        actions.write("persist", (c, r) -> c.execute(new Persist(c, r.tagged(1))));
        actions.write("rename", (c, r) -> rename(c, r, false));
        actions.write("renamenx", (c, r) -> rename(c, r, true));
        actions.write("copy", KeyCommands::copy);
        actions.write("move", KeyCommands::move);
        actions.read("randomkey", KeyCommands::randomkey);
        actions.read("keys", KeyCommands::keys);
        actions.read("scan", KeyCommands::scan);
        actions.read("object|encoding", KeyCommands::encoding);
        actions.read(
                "object|refcount",
                (c, r) -> c.execute(new Told(c, r.tagged(2), (e, out) -> {
                    if (e.exists()) {
                        Replies.integer(out, 1);
                    } else {
                        Replies.nil(out, c.protocol());
                    }
                })));
        actions.read(
                "object|freq",
                (c, r) -> c.execute(new Told(c, r.tagged(2), (e, out) -> {
                    if (e.exists()) {
                        Replies.integer(out, e.frequency());
                    } else {
                        Replies.nil(out, c.protocol());
                    }
                })));
        actions.read("object|idletime", (c, r) -> c.execute(Told.refusing(c, r.tagged(2), NO_IDLE_TIME)));
        actions.control(
                "object|help",
                (c, r) -> help(
                        c,
                        "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                        "ENCODING <key>",
                        "    Return the kind of internal representation used in order to store the value",
                        "    associated with a <key>.",
                        "FREQ <key>",
                        "    Return the access frequency index of the <key>, 0 to 3.",
                        "REFCOUNT <key>",
                        "    Return the number of references of the value associated with the specified",
                        "    <key>.",
                        "HELP",
                        "    Print this help."));
    }

    static void help(RespConnection c, String... lines) {
        ByteBuf out = c.out();
        Replies.array(out, lines.length);
        for (String line : lines) {
            Replies.simple(out, line);
        }
    }

    // --- looks ---

    /** Whether an entry is there, and which. */
    static class Look extends RespVerb {
        private boolean exists;
        private Bytes value = Bytes.EMPTY;
        private long version;
        private long deadlineMillis;

        Look(RespConnection c, Bytes key) {
            super(c, key);
        }

        @Override
        public boolean isRead() {
            return true;
        }

        @Override
        void run(EntryView entry) {
            exists = entry.exists();
            value = entry.value();
            version = entry.version();
            deadlineMillis = entry.deadlineMillis();
        }

        final boolean exists() {
            return exists;
        }

        final Bytes value() {
            return value;
        }

        final long version() {
            return version;
        }

        final long deadlineMillis() {
            return deadlineMillis;
        }

        @Override
        void answer(ByteBuf out) {
            Replies.integer(out, exists ? 1 : 0);
        }
    }

    private static final class Touch extends Look {
        Touch(RespConnection c, Bytes key) {
            super(c, key);
        }

        @Override
        void run(EntryView entry) {
            super.run(entry);
            entry.read();
        }
    }

    /** A number made of what is there. */
    private static final class Counted extends RespVerb {
        private final ToLongFunction<EntryView> number;
        private long found;

        Counted(RespConnection c, Bytes key, ToLongFunction<EntryView> number) {
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

    /** A reply made of what is there, at once. */
    static final class Told extends RespVerb {
        interface Telling {
            void tell(EntryView entry, ByteBuf out);
        }

        private final Telling telling;
        private final ByteBuf reply = Unpooled.buffer(32);

        Told(RespConnection c, Bytes key, Telling telling) {
            super(c, key);
            this.telling = telling;
        }

        @Override
        public boolean isRead() {
            return true;
        }

        @Override
        void run(EntryView entry) {
            telling.tell(entry, reply);
        }

        /** The same for what an existing entry is refused. */
        static Told refusing(RespConnection c, Bytes key, String message) {
            return new Told(c, key, (entry, out) -> {
                if (entry.exists()) {
                    Replies.error(out, message);
                } else {
                    Replies.nil(out, c.protocol());
                }
            });
        }

        @Override
        void answer(ByteBuf out) {
            out.writeBytes(reply);
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

    private static void encoding(RespConnection c, Request r) {
        c.execute(new Told(c, r.tagged(2), (e, out) -> {
            if (!e.exists()) {
                Replies.nil(out, c.protocol());
                return;
            }
            Bytes text = PlainValue.isShort(e.value()) ? PlainValue.plain(e.value()) : e.value();
            if (Decimal.isCanonical(text.array(), text.offset(), text.length())) {
                Replies.bulk(out, "int");
            } else {
                Replies.bulk(out, text.length() <= EMBEDDED_BYTES ? "embstr" : "raw");
            }
        }));
    }

    // --- DEL, EXISTS and such: how many of the keys ---

    private static void count(RespConnection c, Request r, Function<Bytes, Look> verbs, boolean isWrite) {
        if (r.count() == 2) {
            c.execute(verbs.apply(r.tagged(1)));
            return;
        }
        if (!c.isInside()) {
            new ManyKeys.Counted(c, r, verbs, isWrite).begin();
            return;
        }
        long found = 0;
        for (int i = 1; i < r.count(); i++) {
            Look verb = verbs.apply(r.tagged(i));
            if (c.part(c.keyspace(), verb) instanceof Reply.Failure failure) {
                c.error(Failures.text(failure));
                return;
            }
            found += verb.exists() ? 1 : 0;
        }
        Replies.integer(c.out(), found);
    }

    /** Removes an entry; exists tells whether it was there. */
    private static final class Delete extends Look {
        Delete(RespConnection c, Bytes key) {
            super(c, key);
        }

        @Override
        public boolean isRead() {
            return false;
        }

        @Override
        void run(EntryView entry) {
            super.run(entry);
            entry.remove();
        }
    }

    // --- expiry ---

    private static void expire(RespConnection c, Request r, int unit, boolean absolute) {
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
            c.error(StringCommands.NO_INTEGER);
            return;
        }
        long when = r.number();
        if (when > Long.MAX_VALUE / unit
                || when < Long.MIN_VALUE / unit
                || (!absolute && when * unit > Long.MAX_VALUE - c.door().clock().millis())) {
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

        Expire(RespConnection c, Bytes key, long millis, boolean absolute, int conditions) {
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

        Persist(RespConnection c, Bytes key) {
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

    // --- from one key to another ---

    /** Stores a value as it is, with an absolute deadline. */
    private static final class Place extends RespVerb {
        private final Bytes value;
        private final long deadlineMillis;

        Place(RespConnection c, Bytes key, Look from) {
            super(c, key);
            this.value = from.value();
            this.deadlineMillis = from.deadlineMillis();
        }

        @Override
        void run(EntryView entry) {
            entry.store(
                    value,
                    deadlineMillis == Ttl.ETERNAL
                            ? Ttl.ETERNAL
                            : Math.max(Ttl.NOW, deadlineMillis - entry.nowMillis()));
        }

        @Override
        void answer(ByteBuf out) {
            out.writeBytes(Replies.OK);
        }
    }

    private static void rename(RespConnection c, Request r, boolean onlyIfAbsent) {
        Request own = r.copy();
        c.atomically(c.current(), own, () -> {
            Keyspace keyspace = c.keyspace();
            Look from = new Look(c, own.tagged(1));
            Look to = new Look(c, own.tagged(2));
            if (isRefused(c, c.part(keyspace, from)) || isRefused(c, c.part(keyspace, to))) {
                return;
            }
            if (!from.exists()) {
                c.error(NO_SUCH_KEY);
            } else if (onlyIfAbsent && to.exists()) {
                Replies.integer(c.out(), 0);
            } else if (from.key().equals(to.key())) {
                c.ok();
            } else if (c.mayCopy(from.value())
                    && !isRefused(c, c.part(keyspace, new Place(c, to.key(), from)))
                    && !isRefused(c, c.part(keyspace, new Delete(c, from.key())))) {
                if (onlyIfAbsent) {
                    Replies.integer(c.out(), 1);
                } else {
                    c.ok();
                }
            }
        });
    }

    private static boolean isRefused(RespConnection c, Reply reply) {
        if (reply instanceof Reply.Failure failure) {
            c.error(Failures.text(failure));
            return true;
        }
        return false;
    }

    private static void copy(RespConnection c, Request r) {
        boolean replace = false;
        Keyspace target = c.keyspace();
        for (int i = 3; i < r.count(); i++) {
            if (r.is(i, "replace")) {
                replace = true;
            } else if (r.is(i, "db") && i + 1 < r.count()) {
                if (!r.isInteger(i + 1) || r.number() != (int) r.number()) {
                    c.error(StringCommands.NO_INTEGER);
                    return;
                }
                if (r.number() < 0 || r.number() >= RespDoor.DATABASES) {
                    c.error("ERR DB index is out of range");
                    return;
                }
                target = c.door().database((int) r.number());
                i++;
            } else {
                c.error(StringCommands.SYNTAX);
                return;
            }
        }
        if (target == c.keyspace() && r.tagged(1).equals(r.tagged(2))) {
            c.error("ERR source and destination objects are the same");
            return;
        }
        Keyspace to = target;
        boolean over = replace;
        Request own = r.copy();
        Runnable body = () -> {
            Look from = new Look(c, own.tagged(1));
            Look there = new Look(c, own.tagged(2));
            if (isRefused(c, c.part(c.keyspace(), from)) || isRefused(c, c.part(to, there))) {
                return;
            }
            if (!from.exists() || (there.exists() && !over)) {
                Replies.integer(c.out(), 0);
            } else if (c.mayCopy(from.value()) && !isRefused(c, c.part(to, new Place(c, there.key(), from)))) {
                Replies.integer(c.out(), 1);
            }
        };
        if (c.isInside()) {
            body.run();
            return;
        }
        MultiKeyStep together = c.door().dispatcher().multiKeyStep();
        nameCopied(together, own, c.keyspace(), to);
        Step.run(c, together, body);
    }

    static void nameCopied(MultiKeyStep together, Request r, Keyspace from, Keyspace to) {
        together.needs(from, r.tagged(1), false);
        together.needs(to, r.tagged(2), true);
    }

    /** The keyspace that COPY goes to, if it says so and that makes sense; else the one given. */
    static Keyspace copyTarget(RespConnection c, Request r, Keyspace from) {
        Keyspace target = from;
        for (int i = 3; i + 1 < r.count(); i++) {
            if (r.is(i, "db") && r.isInteger(i + 1) && r.number() >= 0 && r.number() < RespDoor.DATABASES) {
                target = c.door().database((int) r.number());
            }
        }
        return target;
    }

    private static void move(RespConnection c, Request r) {
        if (!r.isInteger(2) || r.number() != (int) r.number()) {
            c.error(StringCommands.NO_INTEGER);
            return;
        }
        if (r.number() < 0 || r.number() >= RespDoor.DATABASES) {
            c.error("ERR DB index is out of range");
            return;
        }
        Keyspace from = c.keyspace();
        Keyspace to = c.door().database((int) r.number());
        if (from == to) {
            c.error("ERR source and destination objects are the same");
            return;
        }
        Bytes key = r.tagged(1);
        Runnable body = () -> {
            Look here = new Look(c, key);
            Look there = new Look(c, key);
            if (isRefused(c, c.part(from, here)) || isRefused(c, c.part(to, there))) {
                return;
            }
            if (!here.exists() || there.exists()) {
                Replies.integer(c.out(), 0);
            } else if (c.mayCopy(here.value())
                    && !isRefused(c, c.part(to, new Place(c, key, here)))
                    && !isRefused(c, c.part(from, new Delete(c, key)))) {
                Replies.integer(c.out(), 1);
            }
        };
        if (c.isInside()) {
            body.run();
            return;
        }
        MultiKeyStep together = c.door().dispatcher().multiKeyStep();
        together.needs(from, key, true);
        together.needs(to, key, true);
        together.keeps(r.totalBytes());
        Step.run(c, together, body);
    }

    /** Names what MOVE touches, if its words make sense. */
    static void nameMoved(MultiKeyStep together, RespConnection c, Request r, Keyspace from) {
        together.needs(from, r.tagged(1), true);
        if (r.isInteger(2) && r.number() >= 0 && r.number() < RespDoor.DATABASES) {
            together.needs(c.door().database((int) r.number()), r.tagged(1), true);
        }
    }

    // --- all keys ---

    private static void randomkey(RespConnection c, Request r) {
        if (!c.mayDo(RANDOM_WORK)) {
            return;
        }
        Bytes key = c.keyspace().randomKey(PlainValue::isNameable);
        if (key == null) {
            Replies.nil(c.out(), c.protocol());
        } else {
            key(c.out(), key);
        }
    }

    static void key(ByteBuf out, Bytes key) {
        Replies.bulk(out, key.array(), key.offset() + 1, key.length() - 1);
    }

    private static void keys(RespConnection c, Request r) {
        Glob pattern = pattern(c, r, 1, false);
        if (pattern == null) {
            return;
        }
        if (!c.isInside()) {
            new AllKeys(c, pattern).begin();
            return;
        }
        if (!c.mayDo(c.keyspace().size())) {
            return;
        }
        List<Bytes> found = new ArrayList<>();
        try {
            long cursor = 0;
            do {
                cursor = c.keyspace().scan(cursor, MAX_SCAN_PAGE, key -> addIfFits(found, key, pattern));
            } while (cursor != 0);
        } catch (Glob.TooCostly e) {
            c.error("ERR " + e.getMessage());
            return;
        }
        Replies.array(c.out(), found.size());
        for (Bytes key : found) {
            key(c.out(), key);
        }
    }

    /** The pattern that a word is; null if it is too long, which the client has been told. */
    static @Nullable Glob pattern(RespConnection c, Request r, int index, boolean ignoreCase) {
        if (r.length(index) > Glob.MAX_BYTES) {
            c.error("ERR a pattern of " + r.length(index) + " bytes is too long, at most " + Glob.MAX_BYTES
                    + " are taken");
            return null;
        }
        return new Glob(r.copied(index).toByteArray(), ignoreCase);
    }

    static boolean fits(Bytes key, Glob pattern) {
        return PlainValue.isNameable(key)
                && (pattern.isAny() || pattern.matches(key.array(), key.offset() + 1, key.offset() + key.length()));
    }

    /** What looking at a key takes, of what a scan may in one go: its bytes, and its match. */
    static long cost(Bytes key, Glob pattern) {
        return key.length() + pattern.cost(key.length());
    }

    private static long addIfFits(List<Bytes> found, Bytes key, Glob pattern) {
        if (fits(key, pattern)) {
            found.add(key);
        }
        return cost(key, pattern);
    }

    private static void scan(RespConnection c, Request r) {
        long cursor = cursor(r);
        if (cursor < 0) {
            c.error("ERR invalid cursor");
            return;
        }
        Glob pattern = ANY;
        long count = SCAN_PAGE;
        boolean strings = true;
        for (int i = 2; i < r.count(); i += 2) {
            boolean hasNext = i + 1 < r.count();
            if (r.is(i, "count") && hasNext) {
                if (!r.isInteger(i + 1)) {
                    c.error(StringCommands.NO_INTEGER);
                    return;
                }
                count = r.number();
                if (count < 1) {
                    c.error(StringCommands.SYNTAX);
                    return;
                }
            } else if (r.is(i, "match") && hasNext) {
                pattern = pattern(c, r, i + 1, false);
                if (pattern == null) {
                    return;
                }
            } else if (r.is(i, "type") && hasNext) {
                strings = r.is(i + 1, "string");
            } else {
                c.error(StringCommands.SYNTAX);
                return;
            }
        }
        long most = Math.min(count, MAX_SCAN_PAGE);
        if (c.isInside() && !c.mayDo(most)) {
            return;
        }
        List<Bytes> found = new ArrayList<>();
        Glob wanted = pattern;
        boolean all = strings;
        long next;
        try {
            next = c.keyspace().scan(cursor, most, key -> all ? addIfFits(found, key, wanted) : 1);
        } catch (Glob.TooCostly e) {
            c.error("ERR " + e.getMessage());
            return;
        }
        ByteBuf out = c.out();
        Replies.array(out, 2);
        Replies.bulk(out, Long.toString(next));
        Replies.array(out, found.size());
        for (Bytes key : found) {
            key(c.outOfMany(), key);
        }
    }

    /**
     * A cursor as {@code strtoul} reads it, without white space in front: nothing is 0, and below zero it counts from the end of 64 bits.
     * Those that no scan gave are as one that has seen everything. -1 if it is none.
     */
    private static long cursor(Request r) {
        String text = r.text(1);
        int end = text.indexOf('\0');
        Matcher parts = CURSOR.matcher(end < 0 ? text : text.substring(0, end));
        if (!parts.matches()) {
            return -1;
        }
        String digits = parts.group(2);
        if (digits == null) {
            return 0;
        }
        try {
            long magnitude = Long.parseUnsignedLong(digits);
            return ("-".equals(parts.group(1)) ? -magnitude : magnitude) & Long.MAX_VALUE;
        } catch (NumberFormatException tooLarge) {
            return -1;
        }
    }
}
