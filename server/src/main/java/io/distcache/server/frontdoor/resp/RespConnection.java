package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.server.command.Keyspace;
import io.distcache.server.command.Together;
import io.distcache.server.frontdoor.output.ReplyBuffer;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.distcache.server.frontdoor.stream.StreamConnection;
import io.distcache.server.frontdoor.stream.StreamServer;
import io.distcache.server.shard.Watch;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One client of Redis: reads its requests, finds the command, checks what Redis checks before one runs, in the same order, and runs or
 * queues it. Confined to its event loop; what CLIENT LIST tells of it to others may be a moment old.
 */
final class RespConnection extends StreamConnection {
    private static final int SHOWN_BYTES = 128;
    /** What is kept of a queued command besides its bytes, at least. */
    private static final int QUEUED_BYTES = 128;

    /** A command between MULTI and EXEC. */
    record Queued(RespCommand command, Request request) {}

    /** An entry that must not have been changed when EXEC comes. */
    record Watched(Keyspace keyspace, Bytes key, Watch watch, Runnable end) {}

    private final RespDoor door;
    private final long id;
    private final long connectedNanos = System.nanoTime();
    private final RequestReader reader;
    private volatile int protocol = 2;
    private volatile int database;
    private volatile String clientName = "";
    private volatile String library = "";
    private volatile String libraryVersion = "";
    private volatile String lastCommand = "NULL";
    private Keyspace keyspace;
    private boolean authenticated;
    private boolean evictable = true;

    private boolean inMulti;
    private boolean multiFailed;
    private final List<Queued> queued = new ArrayList<>();
    private long queuedBytes;
    private long queuedHeapBytes;
    private final List<Watched> watched = new ArrayList<>();

    private @Nullable Together running;
    private @Nullable ByteBuf inside;
    private RespCommand current;

    RespConnection(RespDoor door, StreamServer server, ChannelHandlerContext socket, String peer, long id) {
        super(server, socket, peer);
        this.door = door;
        this.id = id;
        this.reader = new RequestReader(door.limits().maxRequestBytes());
        this.keyspace = door.database(0);
        this.authenticated = !door.wantsToken();
        RespCommand any = door.commands().named("ping");
        if (any == null) {
            throw new IllegalStateException("there is no ping");
        }
        this.current = any;
    }

    // --- requests ---

    @Override
    protected boolean executeNext() {
        Request request;
        try {
            request = reader.read(in, from, to, authenticated);
        } catch (RequestReader.Malformed e) {
            error("ERR " + e.getMessage());
            closeAfterReplies();
            return false;
        }
        if (request == null) {
            return false;
        }
        from = reader.end();
        dispatch(request);
        return true;
    }

    @Override
    protected int wantedBytes() {
        return reader.wantedBytes(from);
    }

    @Override
    protected long parsingBytes() {
        return reader.ownBytes();
    }

    @Override
    protected void refuseForRoom() {
        error("OOM the node has no room for a request of " + reader.wantedBytes(from)
                + " bytes now (server.max-buffered-bytes)");
        from = to;
        closeAfterReplies();
    }

    @Override
    protected void moved(int delta) {
        reader.moved(in, delta);
    }

    private void dispatch(Request request) {
        if (request.is(0, "quit")) {
            out().writeBytes(Replies.OK);
            closeAfterReplies();
            return;
        }
        RespCommand command = door.commands().find(request);
        if (command != null && !command.subcommands().isEmpty() && request.count() > 1) {
            RespCommand sub = subcommand(command, request);
            if (sub == null) {
                reject(
                        null,
                        "ERR unknown subcommand '" + shortened(request.text(1)) + "'. Try "
                                + command.name().toUpperCase(Locale.ROOT) + " HELP.");
                return;
            }
            command = sub;
        }
        if (command == null) {
            if (request.is(0, "post") || request.is(0, "host:")) {
                // A browser that was led here; Redis hangs up, too.
                hangUp("it speaks HTTP");
                return;
            }
            reject(null, unknown(request));
            return;
        }
        current(command);
        if (!command.takes(request.count())) {
            reject(command, "ERR wrong number of arguments for '" + command.name() + "' command");
        } else if (!authenticated && !command.isAllowedUnauthenticated()) {
            reject(command, "NOAUTH Authentication required.");
        } else if (inMulti && command.isRefusedInMulti()) {
            reject(command, "ERR Command not allowed inside a transaction");
        } else if (inMulti && !command.isControl()) {
            queue(command, request);
        } else {
            run(command, request);
        }
    }

    private void current(RespCommand command) {
        if (!current.name().equals(command.name())) {
            current = command;
        }
    }

    private static @Nullable RespCommand subcommand(RespCommand container, Request request) {
        for (RespCommand sub : container.subcommands().values()) {
            if (request.is(1, sub.name().substring(container.name().length() + 1))) {
                return sub;
            }
        }
        return null;
    }

    private static String unknown(Request request) {
        StringBuilder arguments = new StringBuilder();
        for (int i = 1; i < request.count() && arguments.length() < SHOWN_BYTES; i++) {
            String argument = request.text(i);
            int room = SHOWN_BYTES - arguments.length();
            arguments
                    .append('\'')
                    .append(argument, 0, Math.min(room, argument.length()))
                    .append("' ");
        }
        return "ERR unknown command '" + shortened(request.text(0)) + "', with args beginning with: " + arguments;
    }

    private static String shortened(String name) {
        return name.substring(0, Math.min(SHOWN_BYTES, name.length()));
    }

    private void reject(@Nullable RespCommand command, String message) {
        if (inMulti) {
            multiFailed = true;
        }
        if (command != null && command.name().equals("exec")) {
            endMulti();
            error("EXECABORT Transaction discarded because of: " + message.replaceFirst("^ERR ", ""));
        } else {
            error(message);
        }
    }

    private void queue(RespCommand command, Request request) {
        if (queued.size() >= door.config().maxQueued()
                || queuedBytes + request.totalBytes() > door.limits().maxRequestBytes()) {
            reject(
                    command,
                    "ERR MULTI queue is full: " + queued.size() + " commands of " + queuedBytes
                            + " bytes (resp.max-queued, server.max-frame-bytes)");
            return;
        }
        if (!multiFailed) {
            int bytes = request.totalBytes();
            long taken = account().heapBytes(bytes) + QUEUED_BYTES;
            if (!account().take(taken)) {
                reject(command, "OOM the node has no room for more queued commands now (server.max-buffered-bytes)");
                return;
            }
            queued.add(new Queued(command, request.copy()));
            queuedBytes += bytes;
            queuedHeapBytes += taken;
        }
        out().writeBytes(Replies.QUEUED);
    }

    /** Runs a command that has passed the checks. */
    void run(RespCommand command, Request request) {
        current(command);
        // Written only if it is another: a volatile write is dear, and clients ask for the same again and again.
        if (running == null && !lastCommand.equals(command.name())) {
            lastCommand = command.name();
        }
        RespCommand.Action action = command.action();
        if (action == null) {
            error("ERR wrong number of arguments for '" + command.name() + "' command");
        } else {
            action.run(this, request);
        }
    }

    // --- replies ---

    @Override
    protected ByteBuf out() {
        ByteBuf collected = inside;
        return collected != null ? collected : super.out();
    }

    @Override
    protected ByteBuf outFor(long valueBytes) {
        ByteBuf collected = inside;
        return collected != null ? collected : super.outFor(valueBytes);
    }

    /** A buffer for a reply that is made before it is sent. */
    ReplyBuffer replyBuffer() {
        return new ReplyBuffer(longestReply());
    }

    /** Where the next part of a reply of many parts is to be written. */
    ByteBuf outOfMany() {
        return inside != null ? out() : outWithRoom();
    }

    @Override
    protected void reply(PendingReply to, @Nullable Reply now) {
        super.reply(to, now);
    }

    /** Ends the connection once what has been answered is sent. */
    void closeAfterThis() {
        closeAfterReplies();
    }

    void error(String message) {
        Replies.error(out(), message);
    }

    void ok() {
        out().writeBytes(Replies.OK);
    }

    // --- entries ---

    /** Does a command on one entry, and answers it now or when it is done. */
    void execute(RespVerb verb) {
        Together step = running;
        if (step == null) {
            reply(verb, keyspace.execute(verb, this, verb));
        } else {
            verb.encode(step.execute(keyspace, verb), out());
        }
    }

    /** Within a step: does one of its parts; the reply is made of what the verb found. */
    Reply part(Keyspace of, RespVerb verb) {
        Together step = running;
        if (step == null) {
            throw new IllegalStateException("outside a step");
        }
        return step.execute(of, verb);
    }

    /** Runs a body over several entries as one step; within another step it is part of that. */
    void atomically(RespCommand command, Request request, Runnable body) {
        if (running != null) {
            body.run();
            return;
        }
        Together together = door.router().together();
        nameKeys(together, command, request, keyspace);
        together.keeps(request.totalBytes());
        Step.run(this, together, body);
    }

    /** Tells a step the keys of a command. */
    void nameKeys(Together together, RespCommand command, Request request, Keyspace of) {
        int end = command.keysEnd(request.count());
        for (int i = command.firstKey(); i > 0 && i < end; i += command.step()) {
            together.needs(of, request.tagged(i), command.isWrite());
        }
    }

    /** Runs with all locks of a step, and with replies going into a buffer. */
    void inside(Together step, ByteBuf replies, Runnable body) {
        running = step;
        inside = replies;
        try {
            body.run();
        } finally {
            running = null;
            inside = null;
        }
    }

    /** Whether a step is running. */
    boolean isInside() {
        return running != null;
    }

    @Nullable
    Together running() {
        return running;
    }

    // --- state of the client ---

    RespDoor door() {
        return door;
    }

    long id() {
        return id;
    }

    int protocol() {
        return protocol;
    }

    void protocol(int version) {
        protocol = version;
    }

    RespCommand current() {
        return current;
    }

    Keyspace keyspace() {
        return keyspace;
    }

    int database() {
        return database;
    }

    void select(int index) {
        database = index;
        keyspace = door.database(index);
    }

    boolean isAuthenticated() {
        return authenticated;
    }

    void authenticated(boolean is) {
        authenticated = is;
    }

    String clientName() {
        return clientName;
    }

    void clientName(String name) {
        clientName = name;
    }

    void library(String name) {
        library = name;
    }

    void libraryVersion(String version) {
        libraryVersion = version;
    }

    void evictable(boolean is) {
        evictable = is;
    }

    @Override
    public String name() {
        return clientName.isEmpty() ? peer() : clientName + " at " + peer();
    }

    @Override
    public void close() {
        unwatch();
        super.close();
    }

    /** Its line in CLIENT LIST. */
    String line() {
        long now = System.nanoTime();
        String flags = (inMulti ? "x" : "") + (evictable ? "" : "e");
        return "id=" + id + " addr=" + peer() + " laddr=" + local() + " fd=" + id + " name=" + clientName + " age="
                + (now - connectedNanos) / 1_000_000_000 + " idle=" + (now - activeNanos()) / 1_000_000_000 + " flags="
                + (flags.isEmpty() ? "N" : flags) + " db=" + database + " sub=0 psub=0 ssub=0 multi="
                + (inMulti ? queued.size() : -1)
                + " qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=" + queuedBytes
                + " rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=0 events=r cmd="
                + lastCommand + " user=default redir=-1 resp=" + protocol
                + (library.isEmpty() ? "" : " lib-name=" + library)
                + (libraryVersion.isEmpty() ? "" : " lib-ver=" + libraryVersion);
    }

    // --- MULTI ---

    boolean isInMulti() {
        return inMulti;
    }

    void beginMulti() {
        inMulti = true;
        multiFailed = false;
    }

    boolean hasMultiFailed() {
        return multiFailed;
    }

    /** Bytes of what is queued. */
    long queuedBytes() {
        return queuedBytes;
    }

    List<Queued> queued() {
        return List.copyOf(queued);
    }

    List<Watched> watched() {
        return List.copyOf(watched);
    }

    /** Watches an entry; false if there are too many. */
    boolean watch(Bytes key) {
        for (Watched entry : watched) {
            if (entry.keyspace == keyspace && entry.key.equals(key)) {
                return true;
            }
        }
        if (watched.size() >= door.config().maxQueued()) {
            return false;
        }
        Watch watch = new Watch();
        watched.add(new Watched(keyspace, key, watch, keyspace.watch(key, watch)));
        return true;
    }

    void unwatch() {
        watched.forEach(entry -> entry.end.run());
        watched.clear();
    }

    /** What was queued is about to run, with the watches still on. */
    void leaveMulti() {
        inMulti = false;
        multiFailed = false;
        account().add(-queuedHeapBytes);
        queuedHeapBytes = 0;
        queued.clear();
        queuedBytes = 0;
    }

    void endMulti() {
        leaveMulti();
        unwatch();
    }
}
