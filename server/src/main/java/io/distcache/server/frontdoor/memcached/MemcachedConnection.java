package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.server.frontdoor.memcached.MemcachedDoor.Counter;
import io.distcache.server.frontdoor.memcached.StoreVerb.Mode;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.distcache.server.frontdoor.stream.Strangers;
import io.distcache.server.frontdoor.stream.StreamConnection;
import io.distcache.server.frontdoor.stream.StreamServer;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.memory.Buffers;
import io.distcache.server.shard.EntryEdit;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One client of memcached: reads lines and the data blocks after them, and does what they say (memcached, doc/protocol.txt). Confined
 * to its event loop.
 */
final class MemcachedConnection extends StreamConnection {
    static final int MAX_KEY_BYTES = 250;

    private static final int MAX_LINE_BYTES = 2048;
    private static final int KEYS_STEP_BYTES = 1024;
    private static final int LONG_LINE_BYTES = 128 * 1024;
    private static final byte[] CRLF = MemcachedVerb.ascii("\r\n");
    private static final byte[] VALUE = MemcachedVerb.ascii("VALUE ");
    private static final byte[] END = MemcachedVerb.ascii("END\r\n");
    private static final String ERROR = "ERROR";
    private static final String BAD_FORMAT = "CLIENT_ERROR bad command line format";
    private static final String TOO_LARGE = "SERVER_ERROR object too large for cache";
    private static final String BAD_TIME = "CLIENT_ERROR invalid exptime argument";

    /** What is to be done with the data block that comes next. */
    private interface Block {
        void take(Bytes tagged);
    }

    private final MemcachedDoor door;
    private final Words words = new Words();
    private int scanned;
    private @Nullable Block block;
    private int blockBytes;
    private boolean blockSilent;
    private long toSwallow;
    /** Of a line of get whose keys are taken some at a time: how many bytes are left, and how many end the line. */
    private int keysBytes;

    private int afterKeys;
    private boolean keysWithCas;

    MemcachedConnection(MemcachedDoor door, StreamServer server, ChannelHandlerContext socket, String peer) {
        super(server, socket, peer);
        this.door = door;
    }

    // --- lines and blocks ---

    @Override
    protected boolean executeNext() {
        if (toSwallow > 0) {
            int gone = (int) Math.min(toSwallow, to - from);
            from += gone;
            toSwallow -= gone;
            return true;
        }
        if (block != null) {
            return takeBlock();
        }
        if (keysBytes > 0) {
            return takeKeys();
        }
        int end = from + scanned;
        while (end < to && in[end] != '\n') {
            end++;
        }
        if (end == to) {
            scanned = end - from;
            refuseTooLongLine();
            return false;
        }
        scanned = 0;
        int line = from;
        int lineEnd = end > from && in[end - 1] == '\r' ? end - 1 : end;
        if (lineEnd - line > MAX_LINE_BYTES && beginKeys(line, lineEnd, end + 1)) {
            return true;
        }
        from = end + 1;
        words.split(in, line, lineEnd);
        dispatch();
        words.trim();
        return !isClosing();
    }

    @Override
    protected boolean isMidway() {
        return keysBytes > 0;
    }

    @Override
    protected int wantedBytes() {
        if (block != null) {
            return blockBytes + 2;
        }
        // A line of many keys, which may go on as long again.
        return keysBytes == 0 && to - from >= LONG_LINE_BYTES ? 2 * (to - from) : 0;
    }

    @Override
    protected void refuseForRoom() {
        if (block == null) {
            hangUp("there is no room for a line of over " + (to - from) + " bytes (server.max-buffered-bytes)");
            return;
        }
        swallow(blockBytes, blockSilent ? null : "SERVER_ERROR out of memory storing object");
        block = null;
        int gone = (int) Math.min(toSwallow, to - from);
        from += gone;
        toSwallow -= gone;
    }

    private void refuseTooLongLine() {
        if (scanned <= MAX_LINE_BYTES) {
            return;
        }
        int at = from;
        while (at < to && in[at] == ' ' && at - from <= 100) {
            at++;
        }
        String begin = new String(in, at, Math.min(5, to - at), StandardCharsets.ISO_8859_1);
        boolean isGet = begin.startsWith("get ") || begin.equals("gets ");
        if (!isGet || scanned > door.limits().maxRequestBytes()) {
            hangUp("a line is longer than " + MAX_LINE_BYTES + " bytes");
        }
    }

    // --- get with very many keys: some of them in each turn ---

    /** Whether the line is one of get or gets that has keys; then these are to be taken next, unless one is too long. */
    private boolean beginKeys(int line, int lineEnd, int next) {
        int at = line;
        while (at < lineEnd && in[at] == ' ') {
            at++;
        }
        String begin = new String(in, at, Math.min(5, lineEnd - at), StandardCharsets.ISO_8859_1);
        if (!begin.startsWith("get ") && !begin.equals("gets ")) {
            return false;
        }
        at += begin.indexOf(' ');
        int length = 0;
        int longest = 0;
        for (int i = at; i < lineEnd; i++) {
            length = in[i] == ' ' ? 0 : length + 1;
            longest = Math.max(longest, length);
        }
        if (longest == 0) {
            return false;
        }
        if (longest > MAX_KEY_BYTES) {
            from = next;
            say(BAD_FORMAT);
            return true;
        }
        from = at;
        keysBytes = lineEnd - at;
        afterKeys = next - lineEnd;
        keysWithCas = begin.equals("gets ");
        return true;
    }

    private boolean takeKeys() {
        int end = from + keysBytes;
        int cut = Math.min(end, from + KEYS_STEP_BYTES);
        while (cut < end && in[cut] != ' ') {
            cut++;
        }
        words.split(in, from, cut);
        from = cut;
        keysBytes = end - cut;
        if (!getEach(0, keysWithCas)) {
            from = end + afterKeys;
            keysBytes = 0;
        } else if (keysBytes == 0) {
            from += afterKeys;
            out().writeBytes(END);
        }
        return !isClosing();
    }

    private boolean takeBlock() {
        Block then = block;
        if (then == null || to - from < blockBytes + 2) {
            return false;
        }
        int end = from + blockBytes;
        boolean ends = in[end] == '\r' && in[end + 1] == '\n';
        int begin = from;
        from = end + 2;
        block = null;
        if (ends) {
            // A large block stays where it is: its array is not used for anything else, and before it is the end of its
            // line.
            then.take(
                    blockBytes >= Buffers.LARGE_BYTES && begin > 0
                            ? PlainValue.inPlace(in, begin, blockBytes)
                            : PlainValue.of(in, begin, blockBytes));
        } else if (!blockSilent) {
            say("CLIENT_ERROR bad data chunk");
        }
        return true;
    }

    private void awaitBlock(int bytes, boolean silent, Block then) {
        blockBytes = bytes;
        blockSilent = silent;
        block = then;
    }

    private void dispatch() {
        if (words.count() == 0) {
            say(ERROR);
            return;
        }
        // get and delete in small letters are commands of memcached's, too, but not with what only HTTP says after
        // them.
        if (words.count() == 3
                && words.first(2) == 'H'
                && Strangers.isHttpRequest(words.text(0), words.text(1), words.text(2))) {
            refuseStranger(Strangers.HTTP);
            return;
        }
        switch (words.text(0)) {
            case "get" -> get(false);
            case "gets" -> get(true);
            case "gat" -> gat(false);
            case "gats" -> gat(true);
            case "set" -> store(Mode.SET, false);
            case "add" -> store(Mode.ADD, false);
            case "replace" -> store(Mode.REPLACE, false);
            case "append" -> store(Mode.APPEND, false);
            case "prepend" -> store(Mode.PREPEND, false);
            case "cas" -> store(Mode.SET, true);
            case "delete" -> delete();
            case "incr" -> arithmetic(false);
            case "decr" -> arithmetic(true);
            case "touch" -> touch();
            case "flush_all" -> flushAll();
            case "version" -> say("VERSION " + MemcachedDoor.MEMCACHED_VERSION);
            case "verbosity" -> verbosity();
            case "stats" -> stats();
            case "quit" -> closeAfterReplies();
            case "shutdown" -> say("ERROR: shutdown not enabled");
            case "mn" -> say("MN");
            case "mg" -> metaGet();
            case "ms" -> metaSet();
            case "md" -> metaDelete();
            case "ma" -> metaArithmetic();
            case "me" -> metaDebug();
            default -> {
                if (isHttp()) {
                    refuseStranger(Strangers.HTTP);
                } else {
                    say(ERROR);
                }
            }
        }
    }

    /**
     * Whether a line that is no command of memcached's is one of HTTP. memcached looks only whether the last word begins with HTTP/ ; but
     * with line ends in its path a request's first line has no more than method and path, and what follows them was made up.
     */
    private boolean isHttp() {
        return words.is(0, "Host:")
                || words.count() > 1
                        && (Strangers.isHttpVersion(words.text(words.count() - 1))
                                || Strangers.isHttpTarget(words.text(1)));
    }

    @Override
    protected @Nullable String strangeProtocol(byte first) {
        return first == '*' ? "RESP" : super.strangeProtocol(first);
    }

    @Override
    protected void writeFailure(Reply.Failure failure, ByteBuf out) {
        out.writeBytes(MemcachedVerb.ascii(MemcachedVerb.failure(failure))).writeBytes(CRLF);
    }

    private void say(String line) {
        ByteBuf out = out();
        out.writeBytes(MemcachedVerb.ascii(line));
        out.writeBytes(CRLF);
    }

    private void sayUnless(boolean silent, String line) {
        if (!silent) {
            say(line);
        }
    }

    private void execute(MemcachedVerb verb) {
        reply(verb, door.keyspace().execute(verb, this, verb));
    }

    private @Nullable Bytes key(int index) {
        return words.length(index) > MAX_KEY_BYTES ? null : words.tagged(index);
    }

    private boolean hasTooLongKey(int first) {
        for (int i = first; i < words.count(); i++) {
            if (words.length(i) > MAX_KEY_BYTES) {
                return true;
            }
        }
        return false;
    }

    void counted(boolean hit, Counter hits, Counter misses) {
        door.count(hit ? hits : misses);
        if (hits == Counter.GET_HITS) {
            door.keyspace().countRead(hit);
        }
    }

    // --- retrieval ---

    private void get(boolean withCas) {
        if (words.count() < 2) {
            say(ERROR);
            return;
        }
        if (hasTooLongKey(1)) {
            say(BAD_FORMAT);
            return;
        }
        if (getEach(1, withCas)) {
            out().writeBytes(END);
        }
    }

    /** Writes the values of the words from {@code first} on; false if the node refuses, which the client has been told. */
    private boolean getEach(int first, boolean withCas) {
        for (int i = first; i < words.count(); i++) {
            Bytes key = words.tagged(i);
            door.count(Counter.CMD_GET);
            Reply reply = door.keyspace().get(key);
            if (reply instanceof Reply.Value value) {
                door.count(Counter.GET_HITS);
                ByteBuf unused = outWithRoom();
                value(outFor(value.value().length()), key, value.value(), value.version(), withCas);
            } else if (reply instanceof Reply.Failure failure) {
                say(MemcachedVerb.failure(failure));
                return false;
            } else {
                door.count(Counter.GET_MISSES);
            }
        }
        return true;
    }

    private static void value(ByteBuf out, Bytes key, Bytes value, long version, boolean withCas) {
        Bytes plain = PlainValue.isVerbatim(value)
                ? Bytes.of(value.array(), value.offset() + 1, value.length() - 1)
                : PlainValue.plain(value);
        out.writeBytes(VALUE).writeBytes(key.array(), key.offset() + 1, key.length() - 1);
        out.writeBytes(MemcachedVerb.ascii(" " + Integer.toUnsignedString(PlainValue.flags(value)) + " "
                + plain.length() + (withCas ? " " + Long.toUnsignedString(version) : "") + "\r\n"));
        out.writeBytes(plain.array(), plain.offset(), plain.length()).writeBytes(CRLF);
    }

    private void gat(boolean withCas) {
        if (words.count() < 2) {
            say(ERROR);
            return;
        }
        Long seconds = Numbers.time(words.text(1));
        if (seconds == null) {
            say(BAD_TIME);
            return;
        }
        // Those before a key that is too long are touched, but nothing is told of them.
        boolean mute = hasTooLongKey(2);
        for (int i = 2; i < words.count(); i++) {
            Bytes key = key(i);
            if (key == null) {
                say(BAD_FORMAT);
                return;
            }
            execute(new GetAndTouch(this, key, seconds, withCas, mute));
        }
        Ending ending = new Ending(this);
        reply(ending, Reply.Ok.INSTANCE);
    }

    /** The line after the values. */
    private static final class Ending extends PendingReply {
        Ending(MemcachedConnection connection) {
            super(connection);
        }

        @Override
        protected boolean isExecuted() {
            return true;
        }

        @Override
        protected void encode(Reply reply, ByteBuf out) {
            out.writeBytes(END);
        }
    }

    private static final class GetAndTouch extends MemcachedVerb {
        private final MemcachedConnection connection;
        private final long seconds;
        private final boolean withCas;
        private @Nullable Bytes found;
        private long version;

        GetAndTouch(MemcachedConnection connection, Bytes key, long seconds, boolean withCas, boolean mute) {
            super(connection, key, false, mute);
            this.connection = connection;
            this.seconds = seconds;
            this.withCas = withCas;
        }

        @Override
        protected long valueBytes() {
            Bytes value = found;
            return value == null ? 0 : value.length();
        }

        @Override
        void run(EntryEdit entry) {
            connection.door.count(Counter.CMD_TOUCH);
            connection.counted(entry.exists(), Counter.TOUCH_HITS, Counter.TOUCH_MISSES);
            connection.counted(entry.exists(), Counter.GET_HITS, Counter.GET_MISSES);
            if (entry.exists()) {
                found = entry.value();
                version = entry.version();
                entry.read();
                entry.expireIn(Numbers.ttl(seconds, entry, Ttl.ETERNAL));
            }
        }

        @Override
        void answer(ByteBuf out) {
            Bytes value = found;
            if (value != null) {
                value(out, key(), value, version, withCas);
            }
        }
    }

    // --- storage ---

    private void store(Mode mode, boolean withCas) {
        int wanted = withCas ? 6 : 5;
        if (words.count() != wanted && words.count() != wanted + 1) {
            say(ERROR);
            return;
        }
        boolean silent = words.isLast("noreply");
        Bytes key = key(1);
        Long flags = Numbers.unsigned(words.text(2));
        Long seconds = Numbers.time(words.text(3));
        Long bytes = Numbers.signed(words.text(4));
        Long cas = withCas ? Numbers.unsigned(words.text(5)) : null;
        if (key == null
                || flags == null
                || seconds == null
                || bytes == null
                || bytes < 0
                || bytes > Integer.MAX_VALUE - 2
                || (withCas && cas == null)) {
            if (!silent) {
                say(BAD_FORMAT);
            }
            return;
        }
        if (bytes > door.limits().maxRequestBytes()) {
            swallow(bytes, silent ? null : TOO_LARGE);
            if (mode == Mode.SET && !withCas) {
                // What was there is not what the client wants there.
                execute(new Delete(this, key, true));
            }
            return;
        }
        StoreVerb.Wish wish = new StoreVerb.Wish(mode, flags.intValue(), seconds, cas, false, null);
        awaitBlock(bytes.intValue(), silent, data -> {
            door.count(Counter.CMD_SET);
            execute(new StoreVerb(this, key, wish, data, silent) {
                @Override
                void run(EntryEdit entry) {
                    super.run(entry);
                    if (cas != null) {
                        door.count(
                                result() == Result.STORED
                                        ? Counter.CAS_HITS
                                        : result() == Result.EXISTS ? Counter.CAS_BADVAL : Counter.CAS_MISSES);
                    }
                }
            });
        });
    }

    private void swallow(long bytes, @Nullable String message) {
        toSwallow = bytes + 2;
        if (message != null) {
            say(message);
        }
    }

    // --- others ---

    private void delete() {
        if (words.count() < 2 || words.count() > 4) {
            say(ERROR);
            return;
        }
        boolean silent = words.isLast("noreply");
        if (words.count() > 2) {
            boolean zero = words.is(2, "0");
            if (!(words.count() == 3 && (zero || silent)) && !(words.count() == 4 && zero && silent)) {
                sayUnless(silent, BAD_FORMAT + ".  Usage: delete <key> [noreply]");
                return;
            }
        }
        Bytes key = key(1);
        if (key == null) {
            sayUnless(silent, BAD_FORMAT);
        } else {
            execute(new Delete(this, key, silent));
        }
    }

    private static final class Delete extends MemcachedVerb {
        private final MemcachedConnection connection;
        private boolean done;

        Delete(MemcachedConnection connection, Bytes key, boolean silent) {
            super(connection, key, false, silent);
            this.connection = connection;
        }

        @Override
        void run(EntryEdit entry) {
            done = entry.remove();
            connection.counted(done, Counter.DELETE_HITS, Counter.DELETE_MISSES);
        }

        @Override
        void answer(ByteBuf out) {
            out.writeBytes(ascii(done ? "DELETED\r\n" : "NOT_FOUND\r\n"));
        }
    }

    private void arithmetic(boolean decrements) {
        if (words.count() != 3 && words.count() != 4) {
            say(ERROR);
            return;
        }
        boolean silent = words.isLast("noreply");
        Bytes key = key(1);
        Long delta = Numbers.unsigned(words.text(2));
        if (key == null || delta == null) {
            if (!silent) {
                say(key == null ? BAD_FORMAT : "CLIENT_ERROR invalid numeric delta argument");
            }
            return;
        }
        execute(new Arithmetic(this, key, delta, decrements, silent));
    }

    private static final class Arithmetic extends MemcachedVerb {
        private final MemcachedConnection connection;
        private final long delta;
        private final boolean decrements;
        private String answer = "NOT_FOUND";

        Arithmetic(MemcachedConnection connection, Bytes key, long delta, boolean decrements, boolean silent) {
            super(connection, key, false, silent);
            this.connection = connection;
            this.delta = delta;
            this.decrements = decrements;
        }

        @Override
        void run(EntryEdit entry) {
            connection.counted(
                    entry.exists(),
                    decrements ? Counter.DECR_HITS : Counter.INCR_HITS,
                    decrements ? Counter.DECR_MISSES : Counter.INCR_MISSES);
            if (!entry.exists()) {
                return;
            }
            Long before = Numbers.stored(entry.value());
            if (before == null) {
                answer = "CLIENT_ERROR cannot increment or decrement non-numeric value";
                return;
            }
            long after = decrements ? (Long.compareUnsigned(delta, before) > 0 ? 0 : before - delta) : before + delta;
            entry.store(PlainValue.like(entry.value(), Numbers.value(after)));
            answer = Long.toUnsignedString(after);
        }

        @Override
        void answer(ByteBuf out) {
            out.writeBytes(ascii(answer + "\r\n"));
        }
    }

    private void touch() {
        if (words.count() != 3 && words.count() != 4) {
            say(ERROR);
            return;
        }
        boolean silent = words.isLast("noreply");
        Bytes key = key(1);
        Long seconds = Numbers.time(words.text(2));
        if (key == null || seconds == null) {
            if (!silent) {
                say(key == null ? BAD_FORMAT : BAD_TIME);
            }
            return;
        }
        execute(new Touch(this, key, seconds, silent));
    }

    private static final class Touch extends MemcachedVerb {
        private final MemcachedConnection connection;
        private final long seconds;
        private boolean done;

        Touch(MemcachedConnection connection, Bytes key, long seconds, boolean silent) {
            super(connection, key, false, silent);
            this.connection = connection;
            this.seconds = seconds;
        }

        @Override
        void run(EntryEdit entry) {
            done = entry.exists();
            entry.expireIn(Numbers.ttl(seconds, entry, Ttl.ETERNAL));
            connection.door.count(Counter.CMD_TOUCH);
            connection.counted(done, Counter.TOUCH_HITS, Counter.TOUCH_MISSES);
        }

        @Override
        void answer(ByteBuf out) {
            out.writeBytes(ascii(done ? "TOUCHED\r\n" : "NOT_FOUND\r\n"));
        }
    }

    private void flushAll() {
        if (words.count() > 3) {
            say(ERROR);
            return;
        }
        boolean silent = words.isLast("noreply");
        long seconds = 0;
        if (words.count() > (silent ? 2 : 1)) {
            Long said = Numbers.time(words.text(1));
            if (said == null) {
                if (!silent) {
                    say(BAD_TIME);
                }
                return;
            }
            seconds = said;
        }
        door.count(Counter.CMD_FLUSH);
        Flushing flushing = new Flushing(this, silent);
        long delay =
                Math.max(0, Numbers.ttl(seconds, door.router().clock().wall().millis(), 0));
        if (delay == 0 || delay == Ttl.ETERNAL) {
            door.flushesLater(null);
            reply(flushing, door.keyspace().clear(flushing));
        } else {
            door.flushesLater(afterwards(delay, () -> {
                door.keyspace().clear(reply -> {});
                door.router().flush();
            }));
            reply(flushing, Reply.Ok.INSTANCE);
        }
    }

    private static final class Flushing extends PendingReply {
        private final boolean silent;

        Flushing(MemcachedConnection connection, boolean silent) {
            super(connection);
            this.silent = silent;
        }

        @Override
        protected boolean isExecuted() {
            return true;
        }

        @Override
        protected void encode(Reply reply, ByteBuf out) {
            if (!silent) {
                out.writeBytes(MemcachedVerb.ascii(
                        reply instanceof Reply.Failure failure ? MemcachedVerb.failure(failure) + "\r\n" : "OK\r\n"));
            }
        }
    }

    private void verbosity() {
        boolean silent = words.isLast("noreply");
        if (words.count() != 2 && words.count() != 3) {
            say(ERROR);
        } else if (!silent) {
            say(Numbers.unsigned(words.text(1)) == null ? BAD_FORMAT : "OK");
        }
    }

    private void stats() {
        if (words.count() == 1) {
            out().writeBytes(MemcachedVerb.ascii(door.stats())).writeBytes(END);
            return;
        }
        switch (words.text(1)) {
            case "reset" -> {
                door.resetCounters();
                say("RESET");
            }
            case "items" -> {
                long size = door.keyspace().size();
                if (size > 0) {
                    say("STAT items:1:number " + size);
                    say("STAT items:1:evicted " + door.keyspace().evictions());
                    say("STAT items:1:reclaimed " + door.keyspace().expirations());
                }
                out().writeBytes(END);
            }
            case "slabs" -> {
                // There are no slabs: each entry takes what it needs.
                say("STAT 1:used_chunks " + door.keyspace().size());
                say("STAT active_slabs 1");
                say("STAT total_malloced " + door.keyspace().bytes());
                out().writeBytes(END);
            }
            case "settings" -> {
                say("STAT maxconns " + door.limits().maxConnections());
                say("STAT item_size_max " + door.limits().maxRequestBytes());
                say("STAT cas_enabled yes");
                say("STAT flush_enabled yes");
                out().writeBytes(END);
            }
            default -> say(ERROR);
        }
    }

    // --- meta commands ---

    /** Key and flags; null if they are wrong, which the client has been told. */
    private @Nullable MetaFlags flags(@Nullable String generic) {
        return flags(generic, 2);
    }

    private @Nullable MetaFlags flags(@Nullable String generic, int first) {
        if (words.count() < 2) {
            say(words.is(0, "me") ? BAD_FORMAT : ERROR);
            return null;
        }
        MetaFlags flags = new MetaFlags(words, first);
        String error = flags.error();
        if (error != null) {
            say(generic == null || !flags.isMalformed() ? error : generic);
            return null;
        }
        door.count(Counter.CMD_META);
        return flags;
    }

    private void metaGet() {
        MetaFlags flags = flags(null);
        if (flags == null) {
            return;
        }
        MetaVerb.Get read = new MetaVerb.Get(this, flags, !(flags.has('N') || flags.has('T')));
        Reply reply = door.keyspace().execute(read, this, read);
        if (read.mustWrite()) {
            execute(new MetaVerb.Get(this, flags, false));
        } else {
            reply(read, reply);
        }
    }

    private void metaDelete() {
        MetaFlags flags = flags("CLIENT_ERROR invalid or duplicate flag");
        if (flags != null) {
            execute(new MetaVerb.Delete(this, flags));
        }
    }

    private void metaArithmetic() {
        if (words.count() < 2) {
            say(ERROR);
            return;
        }
        MetaFlags flags = new MetaFlags(words, 2);
        if (flags.isKeyTooLong()) {
            say(BAD_FORMAT);
        } else if (flags.isMalformed()) {
            say("CLIENT_ERROR invalid or duplicate flag");
        } else if (!"I+D-".contains(flags.token('M', "I"))) {
            say("CLIENT_ERROR invalid mode for ma M token");
        } else {
            // An opaque token that is too long comes to light when the reply is made.
            door.count(Counter.CMD_META);
            execute(new MetaVerb.Arithmetic(this, flags, "D-".contains(flags.token('M', "I"))));
        }
    }

    private void metaDebug() {
        // It looks at the word after the key only for this flag, and at no other.
        MetaFlags flags = flags(BAD_FORMAT, words.count() > 2 && words.first(2) == 'b' ? 2 : words.count());
        if (flags != null) {
            execute(new MetaVerb.Debug(this, flags, words.text(1)));
        }
    }

    private void metaSet() {
        if (words.count() < 3) {
            say(words.count() < 2 ? ERROR : BAD_FORMAT);
            return;
        }
        MetaFlags flags = new MetaFlags(words, 3);
        Long bytes = Numbers.unsigned(words.text(2));
        if (flags.isKeyTooLong() || bytes == null || bytes < 0 || bytes > Integer.MAX_VALUE - 2) {
            say(BAD_FORMAT);
            return;
        }
        String error = flags.error();
        Mode mode = mode(flags.token('M', "S"));
        if (mode == null || error != null) {
            boolean isForMode = mode == null && !flags.isMalformed();
            swallow(bytes, isForMode || error == null ? "CLIENT_ERROR invalid mode for ms M token" : error);
            return;
        }
        if (bytes > door.limits().maxRequestBytes()) {
            swallow(bytes, TOO_LARGE);
            return;
        }
        Long seconds = flags.number('T');
        Long clientFlags = flags.number('F');
        StoreVerb.Wish wish = new StoreVerb.Wish(
                mode,
                clientFlags == null ? 0 : clientFlags.intValue(),
                seconds == null ? 0 : seconds,
                flags.number('C'),
                flags.has('I'),
                flags.number('N'));
        door.count(Counter.CMD_META);
        awaitBlock(bytes.intValue(), false, data -> {
            door.count(Counter.CMD_SET);
            execute(new MetaStore(this, flags, wish, data));
        });
    }

    private static @Nullable Mode mode(String token) {
        return switch (token) {
            case "S" -> Mode.SET;
            case "E" -> Mode.ADD;
            case "A" -> Mode.APPEND;
            case "P" -> Mode.PREPEND;
            case "R" -> Mode.REPLACE;
            default -> null;
        };
    }

    /** ms. */
    private static final class MetaStore extends StoreVerb {
        private final MetaFlags flags;

        MetaStore(MemcachedConnection connection, MetaFlags flags, Wish wish, Bytes data) {
            super(connection, flags.key(), wish, data, false);
            this.flags = flags;
        }

        @Override
        void answer(ByteBuf out) {
            if (result() == Result.STORED && flags.has('q')) {
                return;
            }
            StringBuilder line = new StringBuilder(result().meta);
            flags.tell(line, (flag, reply) -> {
                if (flag == 'c') {
                    reply.append(" c").append(Long.toUnsignedString(version()));
                }
            });
            out.writeBytes(MetaFlags.bytes(line));
        }
    }
}
