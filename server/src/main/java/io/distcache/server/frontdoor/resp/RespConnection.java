package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.frontdoor.stream.OrderedReplies;
import io.distcache.server.frontdoor.stream.RequestBytes;
import io.distcache.server.frontdoor.stream.Strangers;
import io.distcache.server.frontdoor.stream.StreamConnection;
import io.distcache.server.frontdoor.stream.StreamProtocol;
import io.distcache.server.frontdoor.stream.StreamServer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection of a client of Redis: reads its requests, finds the command, checks what Redis checks before one runs, in the same order,
 * and runs or queues it. What the commands do with their client is {@link RespClient}. Confined to its event loop.
 */
final class RespConnection implements StreamProtocol, RespClient.Link {
    private static final Logger LOG = LoggerFactory.getLogger(RespConnection.class);
    /** Of a command that does not take any number of keys: none has use for more, and each word can cost much. */
    private static final int MAX_WORDS = 1024;

    private final RespNode node;
    private final @Nullable RespActions.Action[] actions;
    private final StreamConnection stream;
    private final RequestBytes bytes;
    private final RequestReader reader;
    private final RespClient client;
    private final Multi multi;
    /** The command that the last request has run; null if it has run none. */
    private @Nullable RespCommand ran;

    RespConnection(
            RespNode node,
            @Nullable RespActions.Action[] actions,
            StreamServer server,
            ChannelHandlerContext socket,
            String peer,
            long id) {
        this.node = node;
        this.actions = actions;
        this.stream = new StreamConnection(server, socket, peer, this);
        this.bytes = stream.bytes();
        this.reader = new RequestReader(node.limits().maxRequestBytes());
        this.client = new RespClient(
                this,
                stream,
                node,
                node.counts().of(socket.executor()),
                id,
                node.commands().indexed().get(0));
        this.multi = client.multi();
        stream.session().onClose(client.watches()::end);
    }

    // --- requests ---

    @Override
    public boolean executeNext() {
        Request request;
        try {
            request = reader.read(bytes.array(), bytes.from(), bytes.to(), client.isAuthenticated());
        } catch (RequestReader.Malformed e) {
            client.error("ERR " + e.getMessage());
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
        client.executed();
        return !stream.end().isClosing();
    }

    @Override
    public void executed(long nanos) {
        RespCommand command = ran;
        if (command == null) {
            return;
        }
        ran = null;
        client.count(command, nanos);
        SlowLog slow = node.slowLog();
        if (slow.isSlow(nanos) && !command.flags().contains("skip_slowlog")) {
            slow.add(
                    command,
                    reader.last(),
                    nanos,
                    node.clock().wall().millis(),
                    stream.peer(),
                    client.info().name());
        }
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
        client.error("OOM the node has no room for a request of " + reader.wantedBytes(bytes.from())
                + " bytes now (server.max-buffered-bytes)");
        bytes.moveTo(bytes.to());
        stream.end().closeAfterReplies();
    }

    @Override
    public void moved(int delta) {
        reader.moved(bytes.array(), delta);
    }

    private void dispatch(Request request) {
        client.begin();
        if (request.is(0, "quit")) {
            client.ok();
            stream.end().closeAfterReplies();
            return;
        }
        RespCommand command = node.commands().find(request, 0);
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
        client.current(command);
        if (!command.takes(request.count())) {
            reject(command, "ERR wrong number of arguments for '" + command.name() + "' command");
        } else if (!client.isAuthenticated() && !command.isAllowedUnauthenticated()) {
            reject(command, "NOAUTH Authentication required.");
        } else if (request.count() > MAX_WORDS && !command.takesManyKeys()) {
            reject(command, "ERR too many arguments for '" + command.name() + "' command, at most 1024 are taken");
        } else if (multi.isOpen() && command.isRefusedInMulti()) {
            reject(command, "ERR Command not allowed inside a transaction");
        } else if (multi.isOpen()) {
            runOrQueue(command, request);
        } else {
            run(command, request);
        }
    }

    private void runOrQueue(RespCommand command, Request request) {
        String refusal = TransactionCommands.refusal(client, command, request);
        if (refusal != null) {
            reject(command, refusal);
        } else if (command.isControl()) {
            run(command, request);
        } else {
            queue(command, request);
        }
    }

    private void reject(@Nullable RespCommand command, String message) {
        multi.fail();
        if (command != null) {
            client.countRejected(command);
        }
        if (command != null && command.name().equals("exec")) {
            client.endMulti();
            client.error("EXECABORT Transaction discarded because of: " + message.replaceFirst("^ERR ", ""));
        } else {
            client.error(message);
        }
    }

    private void queue(RespCommand command, Request request) {
        String refusal = multi.add(command, request);
        if (refusal == null) {
            TransactionCommands.queued(client, command, request);
            client.out().writeBytes(Replies.QUEUED);
        } else {
            reject(command, refusal);
        }
    }

    @Override
    public void run(RespCommand command, Request request) {
        client.current(command);
        if (!client.isInside()) {
            ran = command;
        }
        Reply.Failure refusal =
                node.dispatcher().gate().enter(command.effect(), client.session(), client.keyspace(), command.name());
        if (refusal != null) {
            // What was queued was allowed then.
            client.note(refusal);
            boolean since = client.isInside() && refusal.status() == Status.FORBIDDEN;
            client.error(since ? Failures.forbiddenSince() : Failures.text(refusal, command));
            return;
        }
        if (!client.isInside()) {
            client.info().lastCommand(command.name());
        }
        RespActions.Action action = actions[command.index()];
        if (action == null) {
            client.error("ERR wrong number of arguments for '" + command.name() + "' command");
            return;
        }
        Answers collected = client.answers();
        Answers.Mark before = collected == null ? null : collected.mark();
        try {
            action.run(client, request);
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
        client.writeFailure(failure, out);
    }

    // --- who it is ---

    @Override
    public RespClient client() {
        return client;
    }

    /** What the client is connected by. */
    StreamConnection stream() {
        return stream;
    }

    @Override
    public String name() {
        return client.name();
    }
}
