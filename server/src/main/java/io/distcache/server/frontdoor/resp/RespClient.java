package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.access.AccessControl;
import io.distcache.server.access.Principal;
import io.distcache.server.dispatch.MultiKeyStep;
import io.distcache.server.dispatch.NamedCache;
import io.distcache.server.frontdoor.stream.OrderedReplies;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.distcache.server.frontdoor.stream.StreamConnection;
import io.distcache.server.session.ClientSession;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One client of Redis as its commands see it: what it has chosen, where its replies go, and the step that it runs. It knows commands by
 * their descriptions only. Confined to its event loop; what CLIENT LIST tells of it to others may be a moment old.
 */
final class RespClient {

    /** What a client's commands need of its connection. Confined to its event loop. */
    interface Link {
        /** The client whose connection it is. */
        RespClient client();

        /** Runs a command that has passed the checks. */
        void run(RespCommand command, Request request);
    }

    /** What the client wants to hear (CLIENT REPLY). */
    enum Wanted {
        ALL,
        NONE,
        /** The reply after that to this command is the one that is left out. */
        ALL_BUT_NEXT,
        ALL_BUT_THIS
    }

    private final Link link;
    private final StreamConnection connection;
    private final OrderedReplies replies;
    private final RespNode node;
    private final CommandCounts counts;
    private final long id;
    private final ClientInfo info = new ClientInfo();
    private final Multi multi;
    private final Watches watches;
    private volatile int protocol = 2;
    private volatile int database;
    private NamedCache keyspace;
    private Wanted wanted = Wanted.ALL;
    private RespCommand current;
    /** Whether the command that runs now has been answered with an error. */
    private boolean isFailed;

    private @Nullable MultiKeyStep running;
    private @Nullable Answers inside;
    private @Nullable Work work;

    /**
     * A client that has said nothing yet.
     *
     * @param counts of its event loop
     * @param any a command, for as long as it has sent none
     */
    RespClient(Link link, StreamConnection connection, RespNode node, CommandCounts counts, long id, RespCommand any) {
        this.link = link;
        this.connection = connection;
        this.replies = connection.replies();
        this.node = node;
        this.counts = counts;
        this.id = id;
        this.multi = new Multi(node, connection.session().account());
        this.watches = new Watches(node.config().maxQueued());
        this.keyspace = node.database(0);
        this.current = any;
    }

    // --- replies ---

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

    void ok() {
        out().writeBytes(Replies.OK);
    }

    void error(String message) {
        isFailed = true;
        node.counts().error(message);
        Replies.error(out(), message);
    }

    /** Whether something was refused; if so, the client is told. */
    boolean isRefused(@Nullable Reply reply) {
        if (reply instanceof Reply.Failure failure) {
            note(failure);
            error(Failures.text(failure, current));
            return true;
        }
        return false;
    }

    /** ACL LOG is to tell of it, if the current command was refused for want of a right. */
    void note(Reply.Failure failure) {
        if (failure.status() == Status.FORBIDDEN) {
            wasRefused(AclLog.Reason.COMMAND, current.name(), user());
        }
    }

    /** ACL LOG is to tell that a user was refused something; from any thread. */
    void wasRefused(AclLog.Reason reason, String object, String user) {
        boolean inMulti = multi.isOpen() || current.name().equals("exec");
        node.aclLog()
                .add(reason, inMulti, object, user, line(), node.clock().wall().millis());
    }

    /** Writes the reply to what was refused; whose command that was is counted elsewhere. */
    void writeFailure(Reply.Failure failure, ByteBuf to) {
        note(failure);
        String text = Failures.text(failure);
        node.counts().error(text);
        Replies.error(to, text);
    }

    /** Writes the reply to a command that failed and was not answered at once. */
    void writeError(RespCommand command, String message, ByteBuf to) {
        node.counts().error(message);
        counts.failed(command);
        Replies.error(to, message);
    }

    /** The reply to the request just executed: what came at once, or null if it comes later. */
    void reply(PendingReply to, @Nullable Reply now) {
        replies.reply(to, now);
    }

    /** Of a reply that is being made; whether it may get that long. If not, the connection is ended. */
    boolean mayAnswer(long bytes) {
        if (bytes <= node.limits().outputLimitBytes()) {
            return true;
        }
        connection.end().overLimit(bytes, node.limits().outputLimitBytes());
        return false;
    }

    /** From now on the client hears of its requests what it wants to. */
    void wanted(Wanted now) {
        wanted = now;
        replies.mute(now == Wanted.NONE || now == Wanted.ALL_BUT_THIS);
    }

    Wanted wanted() {
        return wanted;
    }

    /** A request has been executed: what the client wants to hear may be something else now. */
    void executed() {
        if (wanted != Wanted.ALL && wanted != Wanted.NONE) {
            wanted(wanted == Wanted.ALL_BUT_NEXT ? Wanted.ALL_BUT_THIS : Wanted.ALL);
        }
    }

    // --- commands ---

    /** A command has been sent; it has not failed yet. */
    void current(RespCommand command) {
        if (!current.name().equals(command.name())) {
            current = command;
        }
    }

    RespCommand current() {
        return current;
    }

    /** What runs from now on has not failed. */
    void begin() {
        isFailed = false;
    }

    /** Counts a command that has run, and whether it was answered with an error. */
    void count(RespCommand command, long nanos) {
        counts.called(command, nanos);
        if (isFailed) {
            counts.failed(command);
        }
    }

    /** Counts a command that has not run. */
    void countRejected(RespCommand command) {
        counts.rejected(command);
    }

    /** Runs a command that was queued. */
    void runQueued(Multi.Queued one) {
        long began = System.nanoTime();
        isFailed = false;
        link.run(one.command(), one.request());
        count(one.command(), System.nanoTime() - began);
        isFailed = false;
    }

    /** Runs something on the connection's event loop, after what it does now; from any thread. */
    void later(Runnable action) {
        connection.later(action);
    }

    /** Runs something when other connections had their turn. */
    void afterOthers(Runnable action) {
        connection.afterOthers(action);
    }

    /** Whether it is time for other connections' turns. */
    boolean isTurnUp() {
        return connection.isTurnOver();
    }

    // --- entries ---

    /** Does a command on one entry, and answers it now or when it is done. */
    void execute(RespVerb verb) {
        MultiKeyStep step = running;
        Answers answers = inside;
        if (step == null || answers == null) {
            replies.reply(verb, keyspace.execute(verb, session(), verb));
        } else {
            answers.add(verb, step.execute(keyspace, verb));
        }
    }

    /** Within a step: does one of its parts; the reply is made of what the verb found. */
    Reply part(NamedCache of, RespVerb verb) {
        MultiKeyStep step = running;
        if (step == null) {
            throw new IllegalStateException("outside a step");
        }
        return step.execute(of, verb);
    }

    /** Runs with all locks of a step, and with replies going there, if any are made. */
    void inside(MultiKeyStep step, @Nullable Answers answers, Runnable body) {
        running = step;
        inside = answers;
        work = new Work(node.config().maxStepWork());
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

    /** Where the replies of the step go that runs now; null if none runs, or if it makes none. */
    @Nullable
    Answers answers() {
        return inside;
    }

    /** What the step that runs now may still do; null if none runs. */
    @Nullable
    Work work() {
        return work;
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

    // --- who it is, and what it has chosen ---

    RespNode node() {
        return node;
    }

    StreamConnection connection() {
        return connection;
    }

    ClientSession session() {
        return connection.session();
    }

    long id() {
        return id;
    }

    /** What the client has said of itself. */
    ClientInfo info() {
        return info;
    }

    /** All of it, as CLIENT LIST tells; from any thread. */
    String line() {
        return info.line(id, connection, multi, database, user(), protocol);
    }

    /** What it is called where it is told of: its name, if it has one, and its address. */
    String name() {
        return info.name().isEmpty() ? connection.peer() : info.name() + " at " + connection.peer();
    }

    int protocol() {
        return protocol;
    }

    void protocol(int version) {
        protocol = version;
    }

    NamedCache keyspace() {
        return keyspace;
    }

    int database() {
        return database;
    }

    void select(int index) {
        database = index;
        keyspace = node.database(index);
    }

    boolean isAuthenticated() {
        return session().principal() != null || node.access().isOpen();
    }

    /** The user that it is to others. */
    String user() {
        Principal who = session().principal();
        return who == null ? AccessControl.DEFAULT_USER : who.name();
    }

    /** Ends the connection once what has been answered is sent. */
    void closeAfterThis() {
        connection.end().closeAfterReplies();
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
