package io.distcache.server.frontdoor.stream;

import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.frontdoor.output.ReplyBuffer;
import io.distcache.server.memory.Buffers;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replies to a client, in the order of its requests. A reply that comes later (the log, a leased entry, listeners elsewhere) holds back
 * those after it; a request that is not yet executed holds back the requests after it. A fault in the node costs the request that met it its
 * reply, and no other. Confined to the connection's event loop.
 */
public final class OrderedReplies {
    private static final Logger LOG = LoggerFactory.getLogger(OrderedReplies.class);
    /** So much may be ready and wait for a reply before it, before no more is read. */
    private static final long HELD_BACK_BYTES = 1 << 20;
    /** What the node keeps of a request whose reply comes later. */
    private static final int UNANSWERED_BYTES = 128;

    private final StreamProtocol protocol;
    private final ReplySender sender;
    private final ConnectionEnd end;
    private final Turn turn;
    private final int maxInFlight;
    /** {@link PendingReply} and, between them, {@link ByteBuf} with the replies that came at once. */
    private final Deque<Object> waiting = new ArrayDeque<>();

    private int pending;
    private @Nullable PendingReply blocking;
    /** The reply in parts of which some have been written; it is the first of {@link #waiting}. */
    private @Nullable PendingReply partly;

    private long heldBackBytes;
    private boolean isMuted;

    /**
     * No replies yet.
     *
     * @param maxInFlight how many requests may be executed and not answered, before no more are executed
     */
    OrderedReplies(StreamProtocol protocol, ReplySender sender, ConnectionEnd end, Turn turn, int maxInFlight) {
        this.protocol = protocol;
        this.sender = sender;
        this.end = end;
        this.turn = turn;
        this.maxInFlight = maxInFlight;
    }

    /** What a client is told of a request that failed because of a fault in the node. */
    public static Reply.Failure failedInside(RuntimeException fault) {
        return new Reply.Failure(
                Status.INTERNAL,
                "the request failed inside the node (" + fault.getClass().getSimpleName()
                        + "); the node's log says more");
    }

    // --- what has been answered ---

    /** Whether replies are due that have not been made. */
    boolean hasUnanswered() {
        return pending > 0;
    }

    /** Whether all replies have been made. */
    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Whether the next request may be executed, as far as those before it are concerned. */
    boolean letExecute() {
        return blocking == null && pending < maxInFlight && heldBackBytes < HELD_BACK_BYTES;
    }

    /** What is held for replies that wait for others, and for requests without a reply. */
    long heldBytes() {
        long last = waiting.peekLast() instanceof ReplyBuffer segment ? segment.totalBytes() : 0;
        return last + heldBackBytes + (long) pending * UNANSWERED_BYTES;
    }

    /** The connection has ended. */
    void close() {
        waiting.clear();
        partly = null;
        pending = 0;
    }

    // --- writing ---

    /** From now on the client wants no replies to its requests, or wants them again. */
    public void mute(boolean is) {
        isMuted = is;
    }

    /** Where the next reply is to be written. */
    public ByteBuf out() {
        if (isMuted) {
            // It refers to large values, and is never sent.
            return new ReplyBuffer(sender.limitBytes());
        }
        if (waiting.isEmpty()) {
            return sender.buffer();
        }
        if (waiting.peekLast() instanceof ReplyBuffer segment) {
            return segment;
        }
        ReplyBuffer segment = new ReplyBuffer(sender.limitBytes());
        waiting.add(segment);
        return segment;
    }

    /** Where a reply is to be written in which so many bytes of values are: many are referred to there, and not copied. */
    public ByteBuf outFor(long valueBytes) {
        if (valueBytes < Buffers.REFERRED_BYTES || !waiting.isEmpty() || isMuted) {
            return out();
        }
        return sender.referring();
    }

    /** Sends what fits, while a reply of many parts is being made; the connection is closed if the client leaves too much of it unread. */
    public ByteBuf outWithRoom() {
        if (isMuted) {
            return out();
        }
        if (waiting.isEmpty()) {
            if (out().readableBytes() > ReplySender.FLUSH_BYTES) {
                sender.flush();
            }
        } else if (waiting.peekLast() instanceof ReplyBuffer segment && segment.totalBytes() > sender.limitBytes()) {
            end.overLimit(segment.totalBytes(), sender.limitBytes());
        }
        return out();
    }

    /** The reply to the request just executed: what came at once, or null if it comes later. */
    public void reply(PendingReply to, @Nullable Reply now) {
        if (isMuted) {
            if (now != null) {
                return;
            }
            to.isMuted = true;
        }
        Reply there = now == null && waiting.isEmpty() ? to.reply() : now;
        if (there != null && !to.isInParts()) {
            boolean unused = encode(to, there, outFor(to.valueBytes()));
            return;
        }
        if (now != null) {
            to.accept(now);
        }
        if (waiting.peekLast() instanceof ReplyBuffer segment) {
            heldBackBytes += segment.totalBytes();
        }
        to.countedBytes = to.keptBytes();
        heldBackBytes += to.countedBytes;
        waiting.add(to);
        pending++;
        if (!to.isExecuted()) {
            blocking = to;
        }
    }

    /**
     * Writes a reply; if that fails inside the node, writes so and returns false: the replies after it keep their places. False, too, if the
     * client wants none.
     */
    private boolean encode(PendingReply place, Reply reply, ByteBuf to) {
        if (place.isMuted) {
            return false;
        }
        int written = to.writerIndex();
        ReplyBuffer.Mark before = to instanceof ReplyBuffer referring ? referring.mark() : null;
        try {
            place.encode(reply, to);
            return true;
        } catch (RuntimeException e) {
            LOG.error("the reply to a request of {} failed", protocol.name(), e);
            takeBack(to, written, before);
            protocol.writeFailure(failedInside(e), to);
            return false;
        }
    }

    // --- a request that fails ---

    /**
     * Executes the next request. One that fails because of a fault in the node is answered so, in place of what it has answered up to
     * there, and those after it go on; where that is not possible the connection ends.
     */
    boolean executeNext(RequestBytes bytes) {
        int begin = bytes.from();
        int pendingBefore = pending;
        long flushesBefore = sender.flushes();
        ByteBuf buffer = unfinished();
        int written = buffer == null ? 0 : buffer.writerIndex();
        ReplyBuffer.Mark before = buffer instanceof ReplyBuffer referring ? referring.mark() : null;
        try {
            return protocol.executeNext();
        } catch (RuntimeException e) {
            LOG.error("a request of {} failed", protocol.name(), e);
            if (bytes.from() == begin || pending != pendingBefore || sender.flushes() != flushesBefore) {
                end.refuse("it asked for something that failed inside the node: " + e);
                return false;
            }
            ByteBuf now = unfinished();
            if (now != null) {
                takeBack(now, buffer == null ? now.readerIndex() : written, before);
            }
            protocol.writeFailure(failedInside(e), out());
            return !end.isClosing();
        }
    }

    /** Where the reply before the next one went, if what follows it goes there, too. */
    private @Nullable ByteBuf unfinished() {
        if (waiting.isEmpty()) {
            return sender.gathered();
        }
        return waiting.peekLast() instanceof ReplyBuffer segment ? segment : null;
    }

    /** Takes back what was written to a buffer since; {@code before} is of one that refers to values, and null if it had nothing. */
    private static void takeBack(ByteBuf buffer, int written, ReplyBuffer.@Nullable Mark before) {
        if (buffer instanceof ReplyBuffer referring) {
            referring.backTo(before == null ? ReplyBuffer.Mark.BEGIN : before);
        } else {
            buffer.writerIndex(written);
        }
    }

    // --- replies that have come ---

    /** Writes the replies that have come, up to the first that has not. */
    void drain() {
        while (!waiting.isEmpty()) {
            Object head = waiting.peekFirst();
            if (head instanceof PendingReply due) {
                Reply reply = due.reply();
                if (reply == null) {
                    return;
                }
                if (due == blocking) {
                    blocking = null;
                }
                boolean isWritten = due == partly || encode(due, reply, bufferFor(due.valueBytes()));
                partly = due;
                if (isWritten && due.isInParts() && !drainParts(due)) {
                    return;
                }
                partly = null;
                waiting.removeFirst();
                pending--;
                heldBackBytes -= due.countedBytes;
            } else {
                waiting.removeFirst();
                ReplyBuffer segment = (ReplyBuffer) head;
                if (!waiting.isEmpty()) {
                    heldBackBytes -= segment.totalBytes();
                }
                segment.writeTo(segment.referredBytes() > 0 ? sender.referring() : sender.buffer());
                segment.release();
            }
            sender.flushIfLong();
        }
    }

    private ByteBuf bufferFor(long valueBytes) {
        return valueBytes >= Buffers.REFERRED_BYTES ? sender.referring() : sender.buffer();
    }

    /** Writes what the client takes now; whether that was all. */
    private boolean drainParts(PendingReply due) {
        while (due.encodePart(sender.referring())) {
            if (sender.hasLongPart()) {
                sender.flush();
                if (end.isBroken() || sender.isBlocked()) {
                    return false;
                }
                if (turn.isOver()) {
                    turn.giveWay();
                    return false;
                }
            }
        }
        return true;
    }
}
