package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.server.dispatch.Keyspace;
import io.distcache.server.dispatch.MultiKeyStep;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.distcache.server.frontdoor.stream.Strangers;
import io.distcache.server.frontdoor.stream.StreamConnection;
import io.distcache.server.frontdoor.stream.StreamServer;
import io.distcache.server.shard.Watch;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of Redis: reads its requests, finds the command, checks what Redis checks before one runs, in the same order, and runs or
 * queues it. Confined to its event loop; what CLIENT LIST tells of it to others may be a moment old.
 */
final class RespConnection extends StreamConnection {
    private static final Logger LOG = LoggerFactory.getLogger(RespConnection.class);
    private static final int SHOWN_BYTES = 128;
    /** Commands of memcached whose lines data follow. */
    private static final Set<String> STORAGE = Set.of("set", "add", "replace", "append", "prepend", "cas");
    /** Of a command that does not take any number of keys: none has use for more, and each word can cost much. */
    private static final int MAX_WORDS = 1024;

    private static final int ANSWER_BYTES_OF_WORK = 128;
    /** What is kept of a queued command besides its bytes, at least. */
    private static final int QUEUED_BYTES = 128;

    /** A command between MULTI and EXEC. */
    record Queued(RespCommand command, Request request) {}

    /** An entry that must not have been changed when EXEC comes. */
    record Watched(Keyspace keyspace, Bytes key, Watch watch, Runnable end) {}

    /** What the client wants to hear (CLIENT REPLY). */
    enum Wanted {
        ALL,
        NONE,
        /** The reply after that to this command is the one that is left out. */
        ALL_BUT_NEXT,
        ALL_BUT_THIS
    }

    private final RespDoor door;
    private final CommandCounts counts;
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
    private long queuedWork;
    private long queuedHeapBytes;
    private final Map<Keyspace, Map<Bytes, Watched>> watched = new HashMap<>();
    private int watchedCount;

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
        super(server, socket, peer);
        this.door = door;
        this.counts = door.counts().of(socket.executor());
        this.id = id;
        this.reader = new RequestReader(door.limits().maxRequestBytes());
        this.keyspace = door.database(0);
        this.authenticated = !door.wantsToken();
        RespCommand any = door.commands().named("ping");
        if (any == null) {
            throw new IllegalStateException("there is no ping");
        }
        this.current = any;
        session().onClose(this::unwatch);
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
        String strange = request.isLine() ? strangeProtocol(request) : null;
        if (strange != null) {
            refuseStranger(strange);
            return false;
        }
        dispatch(request);
        if (wanted != Wanted.ALL && wanted != Wanted.NONE) {
            wanted(wanted == Wanted.ALL_BUT_NEXT ? Wanted.ALL_BUT_THIS : Wanted.ALL);
        }
        return !isClosing();
    }

    @Override
    protected void executed(long nanos) {
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
        mute(now == Wanted.NONE || now == Wanted.ALL_BUT_THIS);
    }

    Wanted wanted() {
        return wanted;
    }

    /**
     * The protocol whose first line this is, if it is not Redis's; else null. A redis-server looks for POST and Host: only, and executes
     * what follows other first lines.
     */
    private static @Nullable String strangeProtocol(Request line) {
        if (line.count() == 3 && Strangers.isHttpRequest(line.text(0), line.text(1), line.text(2))) {
            return Strangers.HTTP;
        }
        int numbers = line.is(0, "cas") ? 4 : 3;
        if (line.count() < 2 + numbers || line.count() > 3 + numbers || !STORAGE.contains(line.text(0))) {
            return null;
        }
        // To Redis such a line is wrong, but the data that follow it would be the next request.
        for (int i = 2; i < 2 + numbers; i++) {
            if (!line.isInteger(i)) {
                return null;
            }
        }
        return line.count() == 2 + numbers || line.is(2 + numbers, "noreply") ? "memcached's text protocol" : null;
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
        isFailed = false;
        if (request.is(0, "quit")) {
            out().writeBytes(Replies.OK);
            closeAfterReplies();
            return;
        }
        RespCommand command = door.commands().find(request, 0);
        if (command != null && !command.subcommands().isEmpty() && request.count() > 1) {
            RespCommand sub = command.subcommand(request, 1);
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
                refuseStranger(Strangers.HTTP);
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
        } else if (request.count() > MAX_WORDS && !command.takesManyKeys()) {
            reject(command, "ERR too many arguments for '" + command.name() + "' command, at most 1024 are taken");
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
        if (queued.size() >= door.config().maxQueued()
                || queuedBytes + request.totalBytes() > door.limits().maxRequestBytes()) {
            reject(
                    command,
                    "ERR MULTI queue is full: " + queued.size() + " commands of " + queuedBytes
                            + " bytes (resp.max-queued, server.max-frame-bytes)");
            return;
        }
        long more = command.work(request.count());
        if (queuedWork + more > door.config().maxStepWork()) {
            reject(command, Work.TOO_MUCH);
            return;
        }
        if (!multiFailed) {
            int bytes = request.totalBytes();
            long taken = account().heapBytes(bytes) + QUEUED_BYTES;
            if (!account().take(taken)) {
                reject(command, "OOM the node has no room for more queued commands now (server.max-buffered-bytes)");
                return;
            }
            queuedWork += more;
            queued.add(new Queued(command, request.copy()));
            queuedBytes += bytes;
            queuedHeapBytes += taken;
        }
        out().writeBytes(Replies.QUEUED);
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
        // Written only if it is another: a volatile write is dear, and clients ask for the same again and again.
        if (running == null && !lastCommand.equals(command.name())) {
            lastCommand = command.name();
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
            writeFailure(failedInside(e), collected.text());
        }
    }

    // --- replies ---

    @Override
    protected void writeFailure(Reply.Failure failure, ByteBuf out) {
        String text = Failures.text(failure);
        failed(null, text);
        Replies.error(out, text);
    }

    @Override
    protected ByteBuf out() {
        Answers collected = inside;
        return collected != null ? collected.text() : super.out();
    }

    @Override
    protected ByteBuf outFor(long valueBytes) {
        Answers collected = inside;
        return collected != null ? collected.text() : super.outFor(valueBytes);
    }

    /** Where the next part of a reply of many parts is to be written. */
    ByteBuf outOfMany() {
        return inside != null ? out() : outWithRoom();
    }

    /** Of a reply that is being made; whether it may get that long. If not, the connection is ended. */
    boolean mayAnswer(long bytes) {
        if (bytes <= door.limits().outputLimitBytes()) {
            return true;
        }
        overLimit(bytes);
        return false;
    }

    @Override
    protected void afterOthers(Runnable action) {
        super.afterOthers(action);
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
            step.waitFor(committed);
        }
        if (step != null || committed.toCompletableFuture().isDone()) {
            answer.accept(this::outOfMany);
            return;
        }
        Shown shown = new Shown(this, answer);
        reply(shown, null);
        shown.awaits(committed);
    }

    /** Runs a body over several entries as one step; within another step it is part of that. */
    void atomically(RespCommand command, Request request, Runnable body) {
        if (running != null) {
            body.run();
            return;
        }
        if (command.work(request.count()) > door.config().maxStepWork()) {
            error(Work.TOO_MUCH);
            return;
        }
        MultiKeyStep together = door.dispatcher().multiKeyStep();
        nameKeys(together, command, request, keyspace);
        together.keeps(request.totalBytes());
        Step.run(this, together, body);
    }

    /** Like the other, of keys that are changed: every {@code step}th of the words, from the first on. */
    void atomically(Bytes[] words, int step, Runnable body) {
        if (running != null) {
            body.run();
            return;
        }
        if (words.length / step > door.config().maxStepWork()) {
            error(Work.TOO_MUCH);
            return;
        }
        MultiKeyStep together = door.dispatcher().multiKeyStep();
        for (int i = 0; i < words.length; i += step) {
            together.needs(keyspace, words[i], true);
        }
        Step.run(this, together, body);
    }

    /** Runs the commands of a transaction, within its step, each if there is work left for it. */
    void runQueued(List<Queued> all) {
        Work left = work;
        for (Queued one : all) {
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
        return isTurnOver();
    }

    /** Tells a step the keys of a command. */
    void nameKeys(MultiKeyStep together, RespCommand command, Request request, Keyspace of) {
        int end = command.keysEnd(request.count());
        for (int i = command.firstKey(); i > 0 && i < end; i += command.step()) {
            together.needs(of, request.tagged(i), command.isWrite());
        }
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
        List<Watched> all = new ArrayList<>(watchedCount);
        watched.values().forEach(ofOne -> all.addAll(ofOne.values()));
        return all;
    }

    /** Watches an entry; false if there are too many. */
    boolean watch(Bytes key) {
        Map<Bytes, Watched> ofKeyspace = watched.computeIfAbsent(keyspace, k -> new HashMap<>());
        if (ofKeyspace.containsKey(key)) {
            return true;
        }
        if (watchedCount >= door.config().maxQueued()) {
            return false;
        }
        Watch watch = new Watch();
        ofKeyspace.put(key, new Watched(keyspace, key, watch, keyspace.watch(key, watch)));
        watchedCount++;
        return true;
    }

    void unwatch() {
        watched.values().forEach(ofOne -> ofOne.values().forEach(entry -> entry.end.run()));
        watched.clear();
        watchedCount = 0;
    }

    /** What was queued is about to run, with the watches still on. */
    void leaveMulti() {
        inMulti = false;
        multiFailed = false;
        account().add(-queuedHeapBytes);
        queuedHeapBytes = 0;
        queued.clear();
        queuedBytes = 0;
        queuedWork = 0;
    }

    void endMulti() {
        leaveMulti();
        unwatch();
    }
}
