package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Effect;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.frontdoor.memcached.DoorState.Counter;
import io.distcache.server.frontdoor.stream.OrderedReplies;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.distcache.server.frontdoor.stream.RequestBytes;
import io.distcache.server.frontdoor.stream.Strangers;
import io.distcache.server.frontdoor.stream.StreamConnection;
import io.distcache.server.frontdoor.stream.StreamProtocol;
import io.distcache.server.frontdoor.stream.StreamServer;
import io.distcache.server.session.ClientSession;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * One client of memcached: reads lines and the data blocks after them, and does what they say (memcached, doc/protocol.txt). Confined
 * to its event loop.
 */
final class MemcachedConnection implements StreamProtocol {
    static final int MAX_KEY_BYTES = 250;

    private static final int MAX_LINE_BYTES = 2048;
    private static final int KEYS_STEP_BYTES = 1024;
    private static final int LONG_LINE_BYTES = 128 * 1024;
    static final byte[] CRLF = MemcachedVerb.ascii("\r\n");

    /** The commands of all families. A family knows the connection, and the connection knows no family. Stateless. */
    interface Commands {
        /** Does what a line says. */
        void execute(MemcachedCommand command, MemcachedConnection c, Words words);

        /**
         * Reads some of the keys of a line of get or gets.
         *
         * @param isLast whether there are no more
         * @return false if the node refuses, which the client has been told
         */
        boolean getSome(MemcachedConnection c, Words keys, boolean withCas, boolean isLast);
    }

    private final DoorState door;
    private final Commands commands;
    private final StreamConnection stream;
    private final RequestBytes bytes;
    private final OrderedReplies replies;
    private final long id;
    private final Words words = new Words();
    private final DataBlock block;
    private final Authentication authentication;
    private int scanned;
    /** Why the command that is under way is refused, or null. */
    private Reply.@Nullable Failure refusal;

    /** Of a line of get whose keys are taken some at a time: how many bytes are left, and how many end the line. */
    private int keysBytes;

    private int afterKeys;
    private boolean keysWithCas;

    MemcachedConnection(
            DoorState door,
            Commands commands,
            StreamServer server,
            ChannelHandlerContext socket,
            String peer,
            long id) {
        this.door = door;
        this.commands = commands;
        this.stream = new StreamConnection(server, socket, peer, this);
        this.bytes = stream.bytes();
        this.block = new DataBlock(bytes);
        this.replies = stream.replies();
        this.authentication = new Authentication(this);
        this.id = id;
    }

    /** What the client is connected by. */
    StreamConnection stream() {
        return stream;
    }

    @Override
    public String name() {
        return stream.peer();
    }

    ClientSession session() {
        return stream.session();
    }

    DoorState door() {
        return door;
    }

    /** Why the command that is under way is refused, or null. */
    Reply.@Nullable Failure refusal() {
        return refusal;
    }

    /** Differs from those of all other connections of the door. */
    long id() {
        return id;
    }

    // --- lines and blocks ---

    @Override
    public boolean executeNext() {
        if (block.isSwallowing()) {
            block.swallowWhatIsThere();
            return true;
        }
        if (block.isAwaited()) {
            return takeBlock();
        }
        if (keysBytes > 0) {
            return takeKeys();
        }
        byte[] in = bytes.array();
        int from = bytes.from();
        int to = bytes.to();
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
        bytes.moveTo(end + 1);
        words.split(in, line, lineEnd);
        dispatch();
        words.trim();
        return !stream.end().isClosing();
    }

    @Override
    public boolean isMidway() {
        return keysBytes > 0;
    }

    @Override
    public int wantedBytes() {
        if (block.isAwaited()) {
            return block.wantedBytes();
        }
        // A line of many keys, which may go on as long again.
        return keysBytes == 0 && bytes.length() >= LONG_LINE_BYTES ? 2 * bytes.length() : 0;
    }

    @Override
    public void refuseForRoom() {
        if (!block.isAwaited()) {
            stream.end()
                    .hangUp("there is no room for a line of over " + bytes.length()
                            + " bytes (server.max-buffered-bytes)");
            return;
        }
        block.refuse();
        sayUnless(block.isSilent(), "SERVER_ERROR out of memory storing object");
    }

    private void refuseTooLongLine() {
        if (scanned <= MAX_LINE_BYTES) {
            return;
        }
        byte[] in = bytes.array();
        int from = bytes.from();
        int to = bytes.to();
        int at = from;
        while (at < to && in[at] == ' ' && at - from <= 100) {
            at++;
        }
        String begin = new String(in, at, Math.min(5, to - at), StandardCharsets.ISO_8859_1);
        boolean isGet = begin.startsWith("get ") || begin.equals("gets ");
        if (!isGet || scanned > door.limits().maxRequestBytes()) {
            stream.end().hangUp("a line is longer than " + MAX_LINE_BYTES + " bytes");
        }
    }

    // --- get with very many keys: some of them in each turn ---

    /** Whether the line is one of get or gets that has keys; then these are to be taken next, unless one is too long. */
    private boolean beginKeys(int line, int lineEnd, int next) {
        byte[] in = bytes.array();
        int at = line;
        while (at < lineEnd && in[at] == ' ') {
            at++;
        }
        String begin = new String(in, at, Math.min(5, lineEnd - at), StandardCharsets.ISO_8859_1);
        if (!begin.startsWith("get ") && !begin.equals("gets ")) {
            return false;
        }
        at += begin.indexOf(' ');
        refusal = door.dispatcher().gate().enter(Effect.READ, session(), door.keyspace(), "get");
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
            bytes.moveTo(next);
            say(Errors.BAD_FORMAT);
            return true;
        }
        bytes.moveTo(at);
        keysBytes = end - at;
        afterKeys = next - end;
        keysWithCas = begin.equals("gets ");
        return true;
    }

    private boolean takeKeys() {
        byte[] in = bytes.array();
        int from = bytes.from();
        int end = from + keysBytes;
        int cut = Math.min(end, from + KEYS_STEP_BYTES);
        while (cut < end && in[cut] != ' ') {
            cut++;
        }
        words.split(in, from, cut);
        bytes.moveTo(cut);
        keysBytes = end - cut;
        if (!commands.getSome(this, words, keysWithCas, keysBytes == 0)) {
            bytes.moveTo(end + afterKeys);
            keysBytes = 0;
        } else if (keysBytes == 0) {
            bytes.moveTo(end + afterKeys);
        }
        return !stream.end().isClosing();
    }

    private boolean takeBlock() {
        if (!block.isWhole()) {
            return false;
        }
        door.count(Counter.CMD_SET);
        boolean silent = block.isSilent();
        if (!block.take()) {
            sayUnless(silent, "CLIENT_ERROR bad data chunk");
        }
        return true;
    }

    void awaitBlock(int dataBytes, boolean silent, DataBlock.Taker then) {
        block.await(dataBytes, silent, then);
    }

    private void dispatch() {
        if (words.count() == 0) {
            say(Errors.ERROR);
            return;
        }
        if (authentication.isWanted() && !words.isHttp()) {
            authentication.take(words);
            return;
        }
        // get and delete in small letters are commands of memcached's, too, but not with what only HTTP says after
        // them.
        if (words.count() == 3
                && words.first(2) == 'H'
                && Strangers.isHttpRequest(words.text(0), words.text(1), words.text(2))) {
            stream.end().refuseStranger(Strangers.HTTP);
            return;
        }
        MemcachedCommand command = MemcachedCommand.of(words.text(0));
        if (command == null) {
            if (words.isHttp()) {
                stream.end().refuseStranger(Strangers.HTTP);
            } else {
                say(Errors.ERROR);
            }
            return;
        }
        refusal = door.dispatcher().gate().enter(command.effect(words), session(), door.keyspace(), words.text(0));
        if (refusal != null && refusal.status() == Status.FORBIDDEN && command.effect(words) == Effect.OPERATOR) {
            say(MemcachedVerb.failure(refusal));
        } else {
            commands.execute(command, this, words);
        }
    }

    @Override
    public @Nullable String strangeProtocol(byte first) {
        return first == '*' ? "RESP" : StreamProtocol.super.strangeProtocol(first);
    }

    @Override
    public void writeFailure(Reply.Failure failure, ByteBuf out) {
        out.writeBytes(MemcachedVerb.ascii(MemcachedVerb.failure(failure))).writeBytes(CRLF);
    }

    void say(String line) {
        ByteBuf out = out();
        out.writeBytes(MemcachedVerb.ascii(line));
        out.writeBytes(CRLF);
    }

    void sayUnless(boolean silent, String line) {
        if (!silent) {
            say(line);
        }
    }

    void execute(MemcachedVerb verb) {
        Reply reply = refusal == null ? door.keyspace().execute(verb, session(), verb) : refusal;
        if (reply instanceof Reply.Failure failure && failure.status() == Status.FULL) {
            door.count(Counter.STORE_NO_MEMORY);
        }
        reply(verb, reply);
    }

    /** Null if the entry was changed and that is not committed: then it is to be read by an operation. */
    @Nullable
    Reply read(Bytes key) {
        return refusal == null ? door.keyspace().get(key, session()) : refusal;
    }

    @Nullable
    Bytes key(int index) {
        return words.length(index) > MAX_KEY_BYTES ? null : words.tagged(index);
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

    // --- for the commands ---

    /** Where the next reply is to be written. */
    ByteBuf out() {
        return replies.out();
    }

    /** Where a reply is to be written in which so many bytes of values are. */
    ByteBuf outFor(long valueBytes) {
        return replies.outFor(valueBytes);
    }

    /** Where the next part of a reply of many parts is to be written. */
    ByteBuf outOfMany() {
        return replies.outWithRoom();
    }

    /** The reply to the request just executed: what came at once, or null if it comes later. */
    void reply(PendingReply to, @Nullable Reply now) {
        replies.reply(to, now);
    }

    /** Ends when what is on its way to the client has gone. */
    void quit() {
        stream.end().closeAfterReplies();
    }

    /** Runs something in so many milliseconds, also if the client is gone by then, unless it is cancelled. */
    Future<?> inMillis(long millis, Runnable action) {
        return stream.afterwards(millis, action);
    }

    /** Reads over the data block that comes next, and says something if there is something to say. */
    void swallow(long bytes, @Nullable String message) {
        block.swallow(bytes);
        if (message != null) {
            say(message);
        }
    }
}
