package io.distcache.server.frontdoor.stream;

import io.distcache.server.memory.Account;
import io.distcache.server.memory.Buffers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a client that are not executed yet, and where they lie: in an array of the event loop while they are parsed, in one of the
 * connection's if a request is not complete, and in one of its own if a request is large. For that one room is asked for, and what lies behind
 * the large request waits. Confined to the connection's event loop.
 */
public final class RequestBytes {
    private static final byte[] NO_BYTES = new byte[0];
    private static final int SCRATCH_BYTES = 128 * 1024;
    private static final int LEAST_BYTES = 256;
    private static final long ROOM_PATIENCE_MILLIS = 5000;
    /** What may follow the last large part of a request that is known of. */
    private static final int MORE_BYTES = 1024;

    /** Where bytes lie while they are parsed, one for each event loop; what is left of them moves to an array of the connection. */
    private static final ThreadLocal<byte[]> SCRATCH = ThreadLocal.withInitial(() -> new byte[SCRATCH_BYTES]);

    private final StreamProtocol protocol;
    private final Account account;
    private final Buffers buffers;
    private final int maxRequestBytes;
    private final Turn turn;

    /** The bytes not yet executed are from {@link #from} to before {@link #to} of this. */
    private byte[] in = NO_BYTES;

    private int from;
    private int to;
    private long roomBytes;
    private boolean asksForRoom;
    /** Bytes that lie behind a large request. */
    private @Nullable ByteBuf behind;

    /** No bytes yet. */
    RequestBytes(StreamProtocol protocol, Account account, Buffers buffers, int maxRequestBytes, Turn turn) {
        this.protocol = protocol;
        this.account = account;
        this.buffers = buffers;
        this.maxRequestBytes = maxRequestBytes;
        this.turn = turn;
    }

    // --- what is there ---

    /** The array in which the bytes lie; it changes when more come, and when {@link StreamProtocol#moved} is called. */
    public byte[] array() {
        return in;
    }

    /** Where in the array the bytes begin that are not executed yet. */
    public int from() {
        return from;
    }

    /** Where in the array they end. */
    public int to() {
        return to;
    }

    /** How many they are. */
    public int length() {
        return to - from;
    }

    /** What lies before this position has been read. */
    public void moveTo(int position) {
        from = position;
    }

    boolean isEmpty() {
        return from == to;
    }

    /** What they take of the heap besides room that was asked for. */
    long heldBytes() {
        return roomBytes > 0 || in == SCRATCH.get() ? 0 : account.heapBytes(in.length);
    }

    /** The connection has ended. */
    void close() {
        if (behind != null) {
            behind.release();
            behind = null;
        }
        in = NO_BYTES;
        from = 0;
        to = 0;
    }

    // --- what comes ---

    /** Whether more can be taken; if not, nothing is to be read from the client. */
    boolean isReady() {
        return !asksForRoom && behind == null;
    }

    /** Whether the array of a large request is full: what lies behind it waits until that is executed. */
    boolean isFull() {
        return roomBytes > 0 && to == in.length;
    }

    /** Puts the rest of a chunk behind what lies there, if that is to wait; whether it is. */
    boolean joinBehind(ByteBuf chunk) {
        ByteBuf before = behind;
        if (before == null) {
            return false;
        }
        behind = Unpooled.wrappedBuffer(before, chunk.retain());
        return true;
    }

    /** The rest of a chunk lies behind a large request. */
    void waitBehind(ByteBuf chunk) {
        behind = chunk.readRetainedSlice(chunk.readableBytes());
    }

    /** Whether what lies behind a large request can be taken now. */
    boolean canTakeBehind() {
        return behind != null && !isFull();
    }

    /** Takes out what lies behind a large request, if it can be taken now; it is the caller's to release. */
    @Nullable
    ByteBuf takeBehind() {
        ByteBuf chunk = behind;
        if (chunk == null || isFull()) {
            return null;
        }
        behind = null;
        return chunk;
    }

    /** Takes what fits of a chunk. */
    void take(ByteBuf chunk) {
        int more = roomBytes > 0 ? Math.min(chunk.readableBytes(), in.length - to) : chunk.readableBytes();
        if (from == to && roomBytes == 0) {
            byte[] scratch = SCRATCH.get();
            byte[] fits = more <= scratch.length ? scratch : new byte[more];
            chunk.readBytes(fits, 0, more);
            replace(fits, 0, more);
            return;
        }
        int have = to - from;
        if (to + more > in.length) {
            byte[] larger = have + more <= in.length
                    ? in
                    : new byte
                            [(int) Math.min(
                                    Integer.MAX_VALUE - 8,
                                    Math.max(have + more, have + (long) Math.min(have, Buffers.LARGE_BYTES)))];
            System.arraycopy(in, from, larger, 0, have);
            replace(larger, 0, have);
        }
        chunk.readBytes(in, to, more);
        to += more;
    }

    private void replace(byte[] array, int start, int end) {
        int delta = start - from;
        if (in != array) {
            in = array;
        }
        from = start;
        to = end;
        protocol.moved(delta);
    }

    /** What is not executed yet must not stay in the scratch; the scratch itself may stay for the next time. */
    void keepRest() {
        int have = to - from;
        if (have == 0) {
            replace(in == SCRATCH.get() ? in : NO_BYTES, 0, 0);
        } else if (in == SCRATCH.get() || (roomBytes == 0 && in.length > 2L * SCRATCH_BYTES && have < in.length / 4)) {
            copyToOwn(have);
        }
    }

    private void copyToOwn(int have) {
        byte[] own = new byte[Math.max(LEAST_BYTES, have)];
        System.arraycopy(in, from, own, 0, have);
        replace(own, 0, have);
    }

    // --- room for a large request ---

    /** Asks for room, once it is known that the request that comes first is large. */
    void askForRoom() {
        if (from == to || asksForRoom) {
            return;
        }
        long wanted = protocol.wantedBytes();
        if (isFull()) {
            // It is longer than was known. It may be again, so it gets more than is known of now.
            wanted = Math.max(wanted, Math.min(in.length + in.length / 4L, maxRequestBytes));
            wanted = Math.max(wanted, to - from + MORE_BYTES);
        }
        if (wanted < Buffers.LARGE_BYTES || (roomBytes > 0 && wanted <= in.length - from)) {
            return;
        }
        wanted = Math.min(wanted + MORE_BYTES, Integer.MAX_VALUE - 8);
        int length = Math.toIntExact(wanted);
        // None, if the longer array takes as much of the heap as the one before: long ones take whole regions.
        long more = Math.max(0, buffers.costOf(wanted) - roomBytes);
        if (more == 0
                || account.reserve(
                        more, ROOM_PATIENCE_MILLIS, granted -> turn.later(() -> roomIs(granted, more, length)))) {
            takeRoom(more, length);
        } else {
            asksForRoom = true;
        }
    }

    private void roomIs(boolean there, long more, int length) {
        asksForRoom = false;
        if (there) {
            takeRoom(more, length);
        } else {
            noRoom();
        }
    }

    private void takeRoom(long more, int length) {
        roomBytes += more;
        // One byte is before the request, for the tag of a value with which it begins.
        byte[] large = account.array(1 + length);
        if (large == null) {
            noRoom();
        } else {
            System.arraycopy(in, from, large, 1, to - from);
            replace(large, 1, 1 + to - from);
        }
    }

    private void noRoom() {
        protocol.refuseForRoom();
        leaveLarge();
    }

    /** Whether the request that began there, and is executed, was large. */
    boolean wasLarge(int begin) {
        return roomBytes > 0 || from - begin >= Buffers.LARGE_BYTES;
    }

    /** A large request is over. Its array may be in use elsewhere, so what lies behind it moves. */
    void leaveLarge() {
        int have = to - from;
        if (have == 0) {
            replace(NO_BYTES, 0, 0);
        } else {
            copyToOwn(have);
        }
        if (roomBytes > 0) {
            account.giveTurn(roomBytes);
            roomBytes = 0;
        }
    }
}
