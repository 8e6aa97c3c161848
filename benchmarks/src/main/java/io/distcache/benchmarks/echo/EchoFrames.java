package io.distcache.benchmarks.echo;

import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Cuts a stream into frames. Confined to the connection's event loop.
 *
 * <pre>
 *  request  bytes  field
 *        0      4  length  of what follows; big-endian
 *        4      1  opcode  0 get, 1 put, 2 increment, 3 get many, 4 put many, 5 clear
 *        5      n  fields, each with its length before it (4 bytes; -1 for absent): key; key and value; key; keys; keys and
 *                  values in turn; none
 *  reply        4  length  of what follows
 *               n  fields: the value, or the values in the order of the keys, or none
 * </pre>
 * Replies come in the order of requests, so that no number is needed to match them.
 */
final class EchoFrames {
    static final byte GET = 0;
    static final byte PUT = 1;
    static final byte INCREMENT = 2;
    static final byte GET_MANY = 3;
    static final byte PUT_MANY = 4;
    static final byte CLEAR = 5;

    /** Length of a field that is not there. */
    static final int ABSENT = -1;

    private static final int FRAME_MAX = 64 << 20;

    private byte[] pending = new byte[1 << 16];
    private int end;

    /** Gives {@code frames} the content of every frame that {@code arrived} completes; valid only during the call. */
    void accept(Buffer arrived, Consumer<ByteBuffer> frames) {
        int length = arrived.length();
        if (pending.length - end < length) {
            pending = Arrays.copyOf(pending, Math.max(2 * pending.length, end + length));
        }
        arrived.getBytes(0, length, pending, end);
        end += length;
        int start = 0;
        while (end - start >= Integer.BYTES) {
            int frame = ByteBuffer.wrap(pending, start, Integer.BYTES).getInt();
            if (frame < 0 || frame > FRAME_MAX) {
                throw new IllegalStateException("frame of " + frame + " bytes, at most " + FRAME_MAX);
            }
            if (end - start - Integer.BYTES < frame) {
                break;
            }
            frames.accept(ByteBuffer.wrap(pending, start + Integer.BYTES, frame));
            start += Integer.BYTES + frame;
        }
        System.arraycopy(pending, start, pending, 0, end - start);
        end -= start;
    }

    static byte[] field(ByteBuffer frame) {
        byte[] field = new byte[frame.getInt()];
        frame.get(field);
        return field;
    }
}
