package io.distcache.server.frontdoor.wire;

import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.frame.FrameReader;
import io.distcache.server.memory.Account;
import io.distcache.server.memory.Buffers;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a native client's long commands find room: it is asked for before they are read, and if there is none for too long the command is refused
 * as overloaded. Confined to the connection's event loop.
 */
final class FrameRoom implements FrameReader.Gate {
    /** A native call takes 2 s by default: the client is to hear before that. */
    private static final long ROOM_PATIENCE_MILLIS = 1500;

    private final Buffers buffers;
    private final Account account;
    private final WireAnswers answers;
    private final Consumer<Runnable> soon;
    private final BooleanSupplier isOpen;
    private final Runnable goOn;
    private long roomBytes;
    private @Nullable Boolean hasRoom;
    private boolean asksForRoom;

    /**
     * No room is asked for yet.
     *
     * @param soon runs something on the event loop, after what it does now
     * @param isOpen whether frames may be executed now
     * @param goOn reads on, once it is known whether there is room
     */
    FrameRoom(
            Buffers buffers,
            Account account,
            WireAnswers answers,
            Consumer<Runnable> soon,
            BooleanSupplier isOpen,
            Runnable goOn) {
        this.buffers = buffers;
        this.account = account;
        this.answers = answers;
        this.soon = soon;
        this.isOpen = isOpen;
        this.goOn = goOn;
    }

    /** Whether a command waits for room. */
    boolean isAwaited() {
        return asksForRoom;
    }

    /** The command has been executed: the room that it had, if any, is others'. */
    void giveBack() {
        if (roomBytes > 0) {
            account.giveTurn(roomBytes);
            roomBytes = 0;
        }
    }

    @Override
    public boolean isOpen() {
        return isOpen.getAsBoolean();
    }

    @Override
    public int longFrameBytes() {
        return Buffers.LARGE_BYTES;
    }

    @Override
    public byte @Nullable [] arrayFor(int type, int request, int bytes) {
        long wanted = buffers.costOf(bytes);
        Boolean there = hasRoom;
        if (asksForRoom) {
            // The client has read meanwhile, but there is no answer yet.
            return null;
        }
        if (there == null) {
            if (!account.reserve(wanted, ROOM_PATIENCE_MILLIS, granted -> soon.accept(() -> roomIs(granted)))) {
                asksForRoom = true;
                return null;
            }
            there = true;
        }
        hasRoom = null;
        if (there) {
            byte[] array = account.array(bytes);
            if (array != null) {
                roomBytes = wanted;
                return array;
            }
            account.giveTurn(wanted);
        }
        answers.encodeReply(
                request,
                new Reply.Failure(
                        Status.OVERLOADED,
                        "the node has no room for a command of " + bytes + " bytes now, beside "
                                + buffers.bytes() + " that it holds for its clients, of at most "
                                + buffers.maxBytes() + " (server.max-buffered-bytes)"));
        return REFUSED;
    }

    private void roomIs(boolean there) {
        asksForRoom = false;
        hasRoom = there;
        goOn.run();
    }
}
