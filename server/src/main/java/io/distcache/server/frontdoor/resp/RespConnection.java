package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.server.dispatch.Keyspace;
import io.distcache.server.dispatch.MultiKeyStep;
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
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of Redis: reads its requests, finds the command, checks what Redis checks before one runs, in the same order, and runs or
 * queues it. Confined to its event loop; what CLIENT LIST tells of it to others may be a moment old.
 *
 * <p>It has more lines than others, and few of them decide anything: here what a {@link StreamConnection} asks of its protocol meets what some
 * 200 commands ask of their client. What has a state of its own is elsewhere: {@link RequestReader}, {@link Multi}, {@link Watches}, {@link
 * ClientInfo}.
 */
final class RespConnection implements StreamProtocol {
    private static final Logger LOG = LoggerFactory.getLogger(RespConnection.class);
    /** Of a command that does not take any number of keys: none has use for more, and each word can cost much. */
    private static final int MAX_WORDS = 1024;

    private static final int ANSWER_BYTES_OF_WORK = 128;
    /** What the client wants to hear (CLIENT REPLY). */
    enum Wanted {
        ALL,
        NONE,
        /** The reply after that to this command is the one that is left out. */
        ALL_BUT_NEXT,
        ALL_BUT_THIS
    }

    private final RespDoor door;
    private final StreamConnection stream;
    private final RequestBytes bytes;
    private final OrderedReplies replies;
    private final CommandCounts counts;
    private final long id;
    private final RequestReader reader;
    private final ClientInfo client = new ClientInfo();
    private final Multi multi;
    private final Watches watches;
    private volatile int protocol = 2;
    private volatile int database;
    private Keyspace keyspace;
    private boolean authenticated;

    private @Nullable MultiKeyStep running;
    private @Nullable Answers inside;
    private @Nullable Work work;
    private RespCommand current;
    private Wanted wanted = Wanted.ALL;
    /** The command that the last request has run; null if it has run none. */
    private @Nullable RespCommand ran;
    /** Whether what runs now has been answered with an error. */
    private boolean isFailed;

    RespConnection(RespDoor door, StreamServer server, ChannelHandlerContext socket, String peer, long id) {
        this.door = door;
        this.stream = new StreamConnection(server, socket, peer, this);
        this.bytes = stream.bytes();
        this.replies = stream.replies();
        this.counts = door.counts().of(socket.executor());
        this.id = id;
        this.reader = new RequestReader(door.limits().maxRequestBytes());
        this.multi = new Multi(door, session().account());
        this.watches = new Watches(door.config().maxQueued());
        this.keyspace = door.database(0);
        this.authenticated = !door.wantsToken();
        RespCommand any = door.commands().named("ping");
        if (any == null) {
            throw new IllegalStateException("there is no ping");
        }
        this.current = any;
        session().onClose(watches::end);
    }

    // --- requests ---

    @Override
    public boolean executeNext() {
        Request request;
        try {
            request = reader.read(bytes.array(), bytes.from(), bytes.to(), authenticated);
        } catch (RequestReader.Malformed e) {
            error("ERR " + e.getMessage());
            stream.end().closeAfterReplies();
            return false;
        }
        if (request == null) {
            return false;
        }
        bytes.moveTo(reader.end());
        String strange = request.isLine() ? ForeignLines.protocol(request) : null;
        if (strange != null) {
            stream.end().refuseStranger(strange);
            return false;
        }
        dispatch(request);
        if (wanted != Wanted.ALL && wanted != Wanted.NONE) {
            wanted(wanted == Wanted.ALL_BUT_NEXT ? Wanted.ALL_BUT_THIS : Wanted.ALL);
        }
        return !stream.end().isClosing();
    }

    @Override
    public void executed(long nanos) {
        RespCommand command = ran;
        if (command == null) {
            return;
        }
        ran = null;
        count(command, nanos, isFailed);
        SlowLog slow = door.slowLog();
        if (slow.isSlow(nanos) && !command.flags().contains("skip_slowlog")) {
            slow.add(this, command, reader.last(), nanos, door.clock().wall().millis());
        }
    }

    private void count(RespCommand command, long nanos, boolean isAnError) {
        counts.called(command, nanos);
        if (isAnError) {
            counts.failed(command);
        }
    }

    /** From now on the client hears of its requests what it wants to. */
    void wanted(Wanted now) {
        wanted = now;
        replies.mute(now == Wanted.NONE || now == Wanted.ALL_BUT_THIS);
    }

    Wanted wanted() {
        return wanted;
    }

    @Override
    public int wantedBytes() {
        return reader.wantedBytes(bytes.from());
    }

    @Override
    public long parsingBytes() {
        return reader.ownBytes();
    }

    @Override
    public void refuseForRoom() {
        error("OOM the node has no room for a request of " + reader.wantedBytes(bytes.from())
                + " bytes now (server.max-buffered-bytes)");
        bytes.moveTo(bytes.to());
        stream.end().closeAfterReplies();
    }

    @Override
    public void moved(int delta) {
        reader.moved(bytes.array(), delta);
    }

    private void dispatch(Request request) {
        isFailed = false;
        if (request.is(0, "quit")) {
            out().writeBytes(Replies.OK);
            stream.end().closeAfterReplies();
            return;
        }
        RespCommand command = door.commands().find(request, 0);
        if (command != null && !command.subcommands().isEmpty() && request.count() > 1) {
            RespCommand sub = command.subcommand(request, 1);
            if (sub == null) {
                reject(null, Errors.unknownSubcommand(command, request));
                return;
            }
            command = sub;
        }
        if (command == null) {
            if (request.is(0, "post") || request.is(0, "host:")) {
                // A browser that was led here; Redis hangs up, too.
                stream.end().refuseStranger(Strangers.HTTP);
                return;
            }
            reject(null, Errors.unknown(request));
            return;
        }
        current(command);
        if (!command.takes(request.count())) {
            reject(command, "ERR wrong number of arguments for '" + command.name() + "' command");
        } else if (!authenticated && !command.isAllowedUnauthenticated()) {
            reject(command, "NOAUTH Authentication required.");
        } else if (request.count() > MAX_WORDS && !command.takesManyKeys()) {
            reject(command, "ERR too many arguments for '" + command.name() + "' command, at most 1024 are taken");
        } else if (multi.isOpen() && command.isRefusedInMulti()) {
            reject(command, "ERR Command not allowed inside a transaction");
        } else if (multi.isOpen() && !command.isControl()) {
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

    private void reject(@Nullable RespCommand command, String message) {
        multi.fail();
        if (command != null) {
            counts.rejected(command);
        }
        if (command != null && command.name().equals("exec")) {
            endMulti();
            error("EXECABORT Transaction discarded because of: " + message.replaceFirst("^ERR ", ""));
        } else {
            error(message);
        }
    }

    private void queue(RespCommand command, Request request) {
        String refusal = multi.add(command, request);
        if (refusal == null) {
            out().writeBytes(Replies.QUEUED);
        } else {
            reject(command, refusal);
        }
    }

    /** Runs a command that has passed the checks. */
    void run(RespCommand command, Request request) {
        current(command);
        if (running == null) {
            ran = command;
        }
        Reply.Failure refusal = door.dispatcher().gate().enter(command.effect());
        if (refusal != null) {
            error(Failures.text(refusal));
            return;
        }
        if (running == null) {
            client.lastCommand(command.name());
        }
        RespCommand.Action action = command.action();
        if (action == null) {
            error("ERR wrong number of arguments for '" + command.name() + "' command");
            return;
        }
        Answers collected = inside;
        Answers.Mark before = collected == null ? null : collected.mark();
        try {
            action.run(this, request);
        } catch (RuntimeException e) {
            if (collected == null || before == null) {
                throw e;
            }
            // One of a transaction: those after it go on, and each has its own reply.
            LOG.error("{} of {} failed", command.name(), name(), e);
            collected.backTo(before);
            writeFailure(OrderedReplies.failedInside(e), collected.text());
        }
    }

    // --- replies ---

    @Override
    public void writeFailure(Reply.Failure failure, ByteBuf out) {
        String text = Failures.text(failure);
        failed(null, text);
        Replies.error(out, text);
    }

    /** Where the next reply is to be written. */
    ByteBuf out() {
        Answers collected = inside;
        return collected != null ? collected.text() : replies.out();
    }

    /** Where a reply is to be written in which so many bytes of values are. */
    ByteBuf outFor(long valueBytes) {
        Answers collected = inside;
        return collected != null ? collected.text() : replies.outFor(valueBytes);
    }

    /** Where the next part of a reply of many parts is to be written. */
    ByteBuf outOfMany() {
        return inside != null ? out() : replies.outWithRoom();
    }

    /** Of a reply that is being made; whether it may get that long. If not, the connection is ended. */
    boolean mayAnswer(long bytes) {
        if (bytes <= door.limits().outputLimitBytes()) {
            return true;
        }
        stream.end().overLimit(bytes, door.limits().outputLimitBytes());
        return false;
    }

    /** The reply to the request just executed: what came at once, or null if it comes later. */
    void reply(PendingReply to, @Nullable Reply now) {
        replies.reply(to, now);
    }

    /** Ends the connection once what has been answered is sent. */
    void closeAfterThis() {
        stream.end().closeAfterReplies();
    }

    void error(String message) {
        isFailed = true;
        door.counts().error(message);
        Replies.error(out(), message);
    }

    /** A command was answered with an error, which is written elsewhere. */
    void failed(@Nullable RespCommand command, String message) {
        door.counts().error(message);
        if (command != null) {
            counts.failed(command);
        }
    }

    void ok() {
        out().writeBytes(Replies.OK);
    }

    // --- turns ---

    /** Runs something on the connection's event loop, after what it does now; from any thread. */
    void later(Runnable action) {
        stream.later(action);
    }

    /** Runs something on the connection's event loop in so many milliseconds. */
    void laterBy(long millis, Runnable action) {
        stream.laterBy(millis, action);
    }

    /** Runs something on the connection's event loop when others had their turn. */
    void afterOthers(Runnable action) {
        stream.afterOthers(action);
    }

    // --- entries ---

    /** Does a command on one entry, and answers it now or when it is done. */
    void execute(RespVerb verb) {
        MultiKeyStep step = running;
        Answers answers = inside;
        if (step == null || answers == null) {
            reply(verb, keyspace.execute(verb, session(), verb));
        } else {
            answers.add(verb, step.execute(keyspace, verb));
        }
    }

    /** Within a step: does one of its parts; the reply is made of what the verb found. */
    Reply part(Keyspace of, RespVerb verb) {
        MultiKeyStep step = running;
        if (step == null) {
            throw new IllegalStateException("outside a step");
        }
        return step.execute(of, verb);
    }

    /** Answers with what a scan has shown, when that is committed. */
    void tell(Consumer<Supplier<ByteBuf>> answer) {
        CompletionStage<Void> committed = keyspace().committed();
        MultiKeyStep step = running;
        if (step != null) {
            step.seen(committed);
        }
        if (step != null || committed.toCompletableFuture().isDone()) {
            answer.accept(this::outOfMany);
            return;
        }
        Shown shown = new Shown(this, answer);
        reply(shown, null);
        shown.awaits(committed);
    }

    /** Runs the commands of a transaction, within its step, each if there is work left for it. */
    void runQueued(List<Multi.Queued> all) {
        Work left = work;
        for (Multi.Queued one : all) {
            if (left == null || !left.take(one.command().work(one.request().count()))) {
                error(Work.TOO_MUCH);
                continue;
            }
            int before = out().writerIndex();
            long began = System.nanoTime();
            isFailed = false;
            run(one.command(), one.request());
            count(one.command(), System.nanoTime() - began, isFailed);
            isFailed = false;
            if (!left.take((out().writerIndex() - before) / ANSWER_BYTES_OF_WORK)) {
                left.takeAll();
            }
        }
    }

    /** Whether the step that runs now, if any, may do so much more; if not, the client is told so. */
    boolean mayDo(long units) {
        if (work == null || work.take(units)) {
            return true;
        }
        error(Work.TOO_MUCH);
        return false;
    }

    /** Whether the step that runs now, if any, may copy a value; if not, the client is told so. */
    boolean mayCopy(Bytes value) {
        if (work == null || work.takeCopy(value.length())) {
            return true;
        }
        error(Work.TOO_MUCH);
        return false;
    }

    /** What the step that runs now may still do; null if none runs. */
    @Nullable
    Work work() {
        return work;
    }

    /** Whether it is time for other connections' turns. */
    boolean isTurnUp() {
        return stream.isTurnOver();
    }

    /** Runs with all locks of a step, and with replies going there, if any are made. */
    void inside(MultiKeyStep step, @Nullable Answers answers, Runnable body) {
        running = step;
        inside = answers;
        work = new Work(door.config().maxStepWork());
        try {
            body.run();
        } finally {
            running = null;
            inside = null;
            work = null;
        }
    }

    /** Whether a step is running. */
    boolean isInside() {
        return running != null;
    }

    @Nullable
    MultiKeyStep running() {
        return running;
    }

    // --- state of the client ---

    /** What the client is connected by. */
    StreamConnection stream() {
        return stream;
    }

    ClientSession session() {
        return stream.session();
    }

    /** The client's address, {@code host:port}. */
    String peer() {
        return stream.peer();
    }

    /** Its own address. */
    String local() {
        return stream.local();
    }

    /** Closes the connection; from any thread. */
    void disconnect() {
        stream.disconnect();
    }

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

    /** What the client has said of itself. */
    ClientInfo client() {
        return client;
    }

    @Override
    public String name() {
        return client.name().isEmpty() ? peer() : client.name() + " at " + peer();
    }

    // --- MULTI ---

    Multi multi() {
        return multi;
    }

    Watches watches() {
        return watches;
    }

    /** What was queued is dropped, and nothing is watched any more. */
    void endMulti() {
        multi.end();
        watches.end();
    }
}
