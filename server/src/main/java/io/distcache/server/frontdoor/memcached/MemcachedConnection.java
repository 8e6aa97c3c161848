package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.frontdoor.memcached.MemcachedDoor.Counter;
import io.distcache.server.frontdoor.memcached.StoreVerb.Mode;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.distcache.server.frontdoor.stream.Strangers;
import io.distcache.server.frontdoor.stream.StreamConnection;
import io.distcache.server.frontdoor.stream.StreamServer;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.memory.Buffers;
import io.distcache.server.shard.operation.EntryView;
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
    private static final String TOO_MANY_FLAGS = "CLIENT_ERROR options flags too long";
    private static final String BAD_TIME = "CLIENT_ERROR invalid exptime argument";

    /** What is to be done with the data block that comes next. */
    private interface Block {
        void take(Bytes tagged);
    }

    private final MemcachedDoor door;
    private final long id;
    private final Words words = new Words();
    private int scanned;
    private @Nullable Block block;
    /** Why the command that is under way is refused, or null. */
    private Reply.@Nullable Failure refusal;

    private int blockBytes;
    private boolean blockSilent;
    private long toSwallow;
    /** Of a line of get whose keys are taken some at a time: how many bytes are left, and how many end the line. */
    private int keysBytes;

    private int afterKeys;
    private boolean keysWithCas;

    MemcachedConnection(MemcachedDoor door, StreamServer server, ChannelHandlerContext socket, String peer, long id) {
        super(server, socket, peer);
        this.door = door;
        this.id = id;
    }

    /** Differs from those of all other connections of the door. */
    long id() {
        return id;
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
        int end = at;
        while (end < lineEnd && in[end] != 0) {
            length = in[end++] == ' ' ? 0 : length + 1;
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
        keysBytes = end - at;
        afterKeys = next - end;
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
        door.count(Counter.CMD_SET);
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
        MemcachedCommand command = MemcachedCommand.of(words.text(0));
        if (command == null) {
            if (isHttp()) {
                refuseStranger(Strangers.HTTP);
            } else {
                say(ERROR);
            }
            return;
        }
        refusal = door.dispatcher().gate().enter(command.effect(words));
        switch (command) {
            case GET, BGET -> get(false);
            case GETS -> get(true);
            case GAT -> gat(false);
            case GATS -> gat(true);
            case SET -> store(Mode.SET, false);
            case ADD -> store(Mode.ADD, false);
            case REPLACE -> store(Mode.REPLACE, false);
            case APPEND -> store(Mode.APPEND, false);
            case PREPEND -> store(Mode.PREPEND, false);
            case CAS -> store(Mode.SET, true);
            case DELETE -> delete();
            case INCR -> arithmetic(false);
            case DECR -> arithmetic(true);
            case TOUCH -> touch();
            case FLUSH_ALL -> flushAll();
            case VERSION -> say("VERSION " + MemcachedDoor.MEMCACHED_VERSION);
            case VERBOSITY -> verbosity();
            case STATS -> stats();
            case QUIT -> closeAfterReplies();
            case SHUTDOWN -> say("ERROR: shutdown not enabled");
            case MN -> say("MN");
            case MG -> metaGet();
            case MS -> metaSet();
            case MD -> metaDelete();
            case MA -> metaArithmetic();
            case ME -> metaDebug();
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
        Reply reply = refusal == null ? door.keyspace().execute(verb, session(), verb) : refusal;
        if (reply instanceof Reply.Failure failure && failure.status() == Status.FULL) {
            door.count(Counter.STORE_NO_MEMORY);
        }
        reply(verb, reply);
    }

    /** Null if the entry was changed and that is not committed: then it is to be read by {@link Retrieval}. */
    private @Nullable Reply read(Bytes key) {
        return refusal == null ? door.keyspace().get(key, session()) : refusal;
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

    private void counted(Reply read) {
        door.count(Counter.CMD_GET);
        if (!(read instanceof Reply.Failure)) {
            door.count(read instanceof Reply.Value ? Counter.GET_HITS : Counter.GET_MISSES);
        }
    }

    void counted(boolean hit, Counter hits, Counter misses) {
        door.count(hit ? hits : misses);
    }

    /** Counts a read; one that gives the entry another time counts as a touch, and not as a get. */
    void countedRead(boolean hit, boolean isTouch) {
        door.keyspace().countRead(hit);
        door.count(isTouch ? Counter.CMD_TOUCH : Counter.CMD_GET);
        counted(
                hit,
                isTouch ? Counter.TOUCH_HITS : Counter.GET_HITS,
                isTouch ? Counter.TOUCH_MISSES : Counter.GET_MISSES);
    }

    void count(Counter counter) {
        door.count(counter);
    }

    // --- retrieval ---

    private void get(boolean withCas) {
        if (words.count() < 2) {
            say(ERROR);
            return;
        }
        if (hasTooLongKey(1)) {
            // Those before it are read, but nothing is told of them.
            for (int i = 1; words.length(i) <= MAX_KEY_BYTES; i++) {
                Reply reply = read(words.tagged(i));
                if (reply != null) {
                    counted(reply);
                }
            }
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
            Reply reply = read(key);
            if (reply == null) {
                execute(new Retrieval(this, key, withCas));
                continue;
            }
            counted(reply);
            if (reply instanceof Reply.Value value) {
                ByteBuf unused = outWithRoom();
                value(outFor(value.value().length()), key, value.value(), value.version(), withCas);
            } else if (reply instanceof Reply.Failure failure) {
                say(MemcachedVerb.failure(failure));
                return false;
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

    /** Reads an entry whose last change is not committed yet. */
    private static final class Retrieval extends MemcachedVerb {
        private final MemcachedConnection connection;
        private final boolean withCas;
        private @Nullable Bytes found;
        private long version;

        Retrieval(MemcachedConnection connection, Bytes key, boolean withCas) {
            super(connection, key, true, false);
            this.connection = connection;
            this.withCas = withCas;
        }

        @Override
        protected long valueBytes() {
            Bytes value = found;
            return value == null ? 0 : value.length();
        }

        @Override
        void run(EntryView entry) {
            connection.countedRead(entry.exists(), false);
            if (entry.exists()) {
                found = entry.value();
                version = entry.version();
                entry.read();
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
        void run(EntryView entry) {
            connection.countedRead(entry.exists(), true);
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
            door.count(Counter.STORE_TOO_LARGE);
            if (mode == Mode.SET && !withCas) {
                // What was there is not what the client wants there.
                execute(new Delete(this, key, true));
            }
            return;
        }
        StoreVerb.Wish wish = new StoreVerb.Wish(mode, flags.intValue(), 0, seconds, cas, false, null);
        awaitBlock(bytes.intValue(), silent, data -> {
            execute(new StoreVerb(this, key, wish, data, silent) {
                @Override
                void run(EntryView entry) {
                    super.run(entry);
                    countStored(this);
                }
            });
        });
    }

    private void countStored(StoreVerb verb) {
        if (verb.result() == StoreVerb.Result.STORED) {
            door.count(Counter.TOTAL_ITEMS);
        }
        if (verb.isCas()) {
            door.count(
                    switch (verb.result()) {
                        case STORED -> Counter.CAS_HITS;
                        case EXISTS -> Counter.CAS_BADVAL;
                        default -> Counter.CAS_MISSES;
                    });
        }
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
        void run(EntryView entry) {
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
        void run(EntryView entry) {
            if (!entry.exists()) {
                connection.count(decrements ? Counter.DECR_MISSES : Counter.INCR_MISSES);
                return;
            }
            Long before = Numbers.stored(entry.value());
            if (before == null) {
                answer = "CLIENT_ERROR cannot increment or decrement non-numeric value";
                return;
            }
            connection.count(decrements ? Counter.DECR_HITS : Counter.INCR_HITS);
            long after = decrements ? (Long.compareUnsigned(delta, before) > 0 ? 0 : before - delta) : before + delta;
            Numbers.replace(entry, after);
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
        void run(EntryView entry) {
            done = entry.exists();
            entry.read();
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
        door.count(Counter.CMD_FLUSH);
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
        Flushing flushing = new Flushing(this, silent);
        long delay = Math.max(0, Numbers.ttl(seconds, door.clock().wall().millis(), 0));
        if (refusal != null) {
            reply(flushing, refusal);
        } else if (delay == 0 || delay == Ttl.ETERNAL) {
            door.flushesLater(null);
            reply(flushing, door.keyspace().clear(flushing));
        } else {
            door.flushesLater(afterwards(delay, () -> {
                door.keyspace().clear(reply -> {});
                door.dispatcher().flush();
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
        String what = words.count() > 1 ? words.text(1) : "";
        String argument = words.count() > 2 ? words.text(2) : "";
        out().writeBytes(MemcachedVerb.ascii(Statistics.tell(door, this, what, argument)));
    }

    // --- meta commands ---

    /** Whether a meta command has a key and not too many flags; if not, the client has been told. */
    private boolean isMeta(String tooMany) {
        if (words.count() < 2) {
            say(ERROR);
        } else if (words.length(1) > MAX_KEY_BYTES) {
            say(BAD_FORMAT);
        } else if (MetaFlags.areTooMany(words)) {
            say(tooMany);
        } else {
            return true;
        }
        return false;
    }

    /** Key and flags; null if they are wrong, which the client has been told, in words of the flag's or the ones given. */
    private @Nullable MetaFlags flags(@Nullable String generic) {
        MetaFlags flags = new MetaFlags(words, 2);
        String error = flags.error();
        if (error != null) {
            say(generic == null || !flags.isMalformed() ? error : generic);
            return null;
        }
        return flags;
    }

    private void metaGet() {
        MetaFlags flags = isMeta("CLIENT_ERROR options flags are too long") ? flags(null) : null;
        if (flags == null) {
            return;
        }
        MetaVerb.Get read = new MetaVerb.Get(this, flags, !(flags.has('N') || flags.has('T')));
        Reply reply = refusal == null ? door.keyspace().execute(read, session(), read) : refusal;
        if (read.mustWrite()) {
            execute(new MetaVerb.Get(this, flags, false));
        } else {
            reply(read, reply);
        }
    }

    private void metaDelete() {
        MetaFlags flags = isMeta(TOO_MANY_FLAGS) ? flags("CLIENT_ERROR invalid or duplicate flag") : null;
        if (flags != null) {
            execute(new MetaVerb.Delete(this, flags));
        }
    }

    private void metaArithmetic() {
        if (!isMeta(TOO_MANY_FLAGS)) {
            return;
        }
        MetaFlags flags = new MetaFlags(words, 2);
        if (flags.isMalformed()) {
            say("CLIENT_ERROR invalid or duplicate flag");
        } else if (!"I+D-".contains(flags.token('M', "I"))) {
            say("CLIENT_ERROR invalid mode for ma M token");
        } else {
            // An opaque token that is too long comes to light when the reply is made.
            execute(new MetaVerb.Arithmetic(this, flags, "D-".contains(flags.token('M', "I"))));
        }
    }

    private void metaDebug() {
        if (words.count() < 2 || words.length(1) > MAX_KEY_BYTES) {
            say(BAD_FORMAT);
            return;
        }
        // It looks at the word after the key only for this flag, and at no other word.
        MetaFlags flags = new MetaFlags(words, 2, words.count() > 2 && words.is(2, "b") ? 3 : 2);
        if (flags.isMalformed()) {
            say(BAD_FORMAT);
            return;
        }
        door.count(Counter.CMD_META);
        execute(new MetaVerb.Debug(this, flags));
    }

    private void metaSet() {
        if (words.count() < 3) {
            say(words.count() < 2 ? ERROR : BAD_FORMAT);
            return;
        }
        if (words.length(1) > MAX_KEY_BYTES) {
            say(BAD_FORMAT);
            return;
        }
        if (MetaFlags.areTooMany(words)) {
            say(TOO_MANY_FLAGS);
            return;
        }
        MetaFlags flags = new MetaFlags(words, 3);
        Long bytes = Numbers.signed(words.text(2));
        if (bytes == null || bytes < 0 || bytes > Integer.MAX_VALUE - 2) {
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
            door.count(Counter.STORE_TOO_LARGE);
            // What was there is not what the client wants there.
            execute(new Delete(this, flags.key(), true));
            return;
        }
        Long seconds = flags.number('T');
        Long clientFlags = flags.number('F');
        StoreVerb.Wish wish = new StoreVerb.Wish(
                mode,
                clientFlags == null ? 0 : clientFlags.intValue(),
                flags.isBinary() ? MetaVerb.BINARY_KEY : 0,
                seconds == null ? 0 : seconds,
                flags.number('C'),
                flags.has('I'),
                flags.number('N'));
        awaitBlock(bytes.intValue(), false, data -> {
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
        private final MemcachedConnection connection;
        private final MetaFlags flags;

        MetaStore(MemcachedConnection connection, MetaFlags flags, Wish wish, Bytes data) {
            super(connection, flags.key(), wish, data, false);
            this.connection = connection;
            this.flags = flags;
        }

        @Override
        void run(EntryView entry) {
            super.run(entry);
            connection.countStored(this);
        }

        @Override
        void answer(ByteBuf out) {
            if (result() == Result.STORED && flags.has('q')) {
                return;
            }
            StringBuilder line = new StringBuilder(result().meta);
            flags.tell(line, flags.isBinary(), (flag, reply) -> {
                if (flag == 'c') {
                    reply.append(" c").append(Long.toUnsignedString(version()));
                }
            });
            out.writeBytes(MetaFlags.bytes(line));
        }
    }
}
