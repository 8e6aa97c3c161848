package io.distcache.server.frontdoor.wire;

import io.distcache.protocol.Command;
import io.distcache.protocol.ProtocolException;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.frame.FrameDecoder;
import io.distcache.server.dispatch.Dispatcher;
import io.distcache.server.session.ClientSession;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a native client's frames: they are commands, which are executed there and then, and whose replies go to {@link WireAnswers},
 * now or later. Confined to the connection's event loop, save {@link #hasUnanswered} and the replies that come later.
 */
final class WireCommands {
    private static final Logger LOG = LoggerFactory.getLogger(WireCommands.class);

    private final Dispatcher dispatcher;
    private final int maxInFlight;
    private final ClientSession session;
    private final WireAnswers answers;
    private final AtomicInteger unanswered = new AtomicInteger();

    /**
     * No commands yet.
     *
     * @param maxInFlight how many may be executed and not answered, before more are refused
     */
    WireCommands(Dispatcher dispatcher, int maxInFlight, ClientSession session, WireAnswers answers) {
        this.dispatcher = dispatcher;
        this.maxInFlight = maxInFlight;
        this.session = session;
        this.answers = answers;
    }

    /** Whether replies are due that have not been made; may be asked on any thread. */
    boolean hasUnanswered() {
        return unanswered.get() > 0;
    }

    /** Executes the command of a frame. */
    void execute(int type, int request, ByteBuf body) {
        Command command = decode(type, body);
        if (request == 0) {
            throw new ProtocolException("a command has request id 0");
        }
        if (unanswered.get() >= maxInFlight) {
            answers.encodeReply(
                    request,
                    new Reply.Failure(
                            Status.OVERLOADED,
                            "over " + maxInFlight
                                    + " commands of this connection are unanswered (server.max-in-flight)"));
            return;
        }
        unanswered.incrementAndGet();
        Reply reply;
        try {
            reply = dispatcher.execute(command, session, request, late -> replyLater(request, late));
        } catch (RuntimeException e) {
            LOG.error("{} of {} failed", command.opcode(), session.name(), e);
            reply = new Reply.Failure(Status.INTERNAL, command.opcode() + " failed inside the node: " + e);
        }
        if (reply != null) {
            unanswered.decrementAndGet();
            answers.encodeReply(request, reply);
        } else if (command instanceof Command.Ack) {
            unanswered.decrementAndGet();
        } else {
            answers.comesLater();
        }
    }

    private static Command decode(int type, ByteBuf body) {
        try {
            Command command = FrameDecoder.command(type, body);
            FrameDecoder.finish(body);
            return command;
        } catch (IndexOutOfBoundsException e) {
            // Every length is compared with the frame's before it is believed; this is one that was not.
            throw new ProtocolException("a frame of type 0x" + Integer.toHexString(type) + " ends too early");
        }
    }

    private void replyLater(int request, Reply reply) {
        // In this order: once it counts as answered, a node that stops closes the connection.
        answers.send(new WireAnswers.LateReply(request, reply));
        unanswered.decrementAndGet();
    }
}
