package io.distcache.server.replication.link;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.OneLine;
import io.distcache.protocol.ProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What goes over a connection between two members, in frames as clients' (length, type, request id, which is 0). The caller of a connection
 * sends messages, and the called only answers how it comes in:
 *
 * <pre>
 *  caller                                                        called
 *  0x70  1, version (1), pool (8), from (1), to (1), nonce (32)  ->
 *        &lt;-                                                      0x70  2, nonce (32)
 *  0x70  3, the caller's proof (32)                              ->
 *        &lt;-                                                      0x70  4, the called's proof (32)
 *  0x71  a message of a group                                    ->
 *  ...
 *        &lt;-  instead of each of the above, and then it ends:     0x70  5, why, in UTF-8
 * </pre>
 *
 * Stateless.
 */
public final class PeerFrame {
    /** The type of frames by which a member comes in. */
    public static final int HELLO = 0x70;
    /** The type of frames with a message. */
    static final int MESSAGE = 0x71;
    /** The longest frame of those by which a member comes in. */
    static final int MOST_HELLO_BYTES = 1024;
    /** Before the body of a frame: length, type, request id. */
    static final int HEADER_BYTES = 9;

    static final byte VERSION = 1;

    private static final int STEP_HELLO = 1;
    private static final int STEP_CHALLENGE = 2;
    private static final int STEP_PROOF = 3;
    private static final int STEP_WELCOME = 4;
    private static final int STEP_REFUSAL = 5;
    private static final int MOST_REASON_BYTES = 512;

    /** How a caller begins. */
    record Hello(int version, long pool, int from, int to, Bytes nonce) {}

    private PeerFrame() {}

    /** A member's hello. */
    static ByteBuf hello(ByteBufAllocator allocator, Hello hello) {
        ByteBuf frame = step(allocator, STEP_HELLO, 11 + hello.nonce.length());
        return frame.writeByte(hello.version)
                .writeLong(hello.pool)
                .writeByte(hello.from)
                .writeByte(hello.to)
                .writeBytes(hello.nonce.array());
    }

    /**
     * Reads a hello.
     *
     * @throws ProtocolException if it is none
     */
    static Hello hello(ByteBuf body) {
        check(body, STEP_HELLO, 11 + SecretHash.NONCE_BYTES);
        return new Hello(
                body.readUnsignedByte(),
                body.readLong(),
                body.readUnsignedByte(),
                body.readUnsignedByte(),
                Bytes.of(rest(body)));
    }

    static ByteBuf challenge(ByteBufAllocator allocator, byte[] nonce) {
        return step(allocator, STEP_CHALLENGE, nonce.length).writeBytes(nonce);
    }

    static byte[] challenge(ByteBuf body) {
        check(body, STEP_CHALLENGE, SecretHash.NONCE_BYTES);
        return rest(body);
    }

    static ByteBuf proof(ByteBufAllocator allocator, byte[] proof) {
        return step(allocator, STEP_PROOF, proof.length).writeBytes(proof);
    }

    static byte[] proof(ByteBuf body) {
        check(body, STEP_PROOF, SecretHash.BYTES);
        return rest(body);
    }

    static ByteBuf welcome(ByteBufAllocator allocator, byte[] proof) {
        return step(allocator, STEP_WELCOME, proof.length).writeBytes(proof);
    }

    static byte[] welcome(ByteBuf body) {
        check(body, STEP_WELCOME, SecretHash.BYTES);
        return rest(body);
    }

    static ByteBuf refusal(ByteBufAllocator allocator, String why) {
        byte[] text = why.getBytes(StandardCharsets.UTF_8);
        byte[] shown = Arrays.copyOf(text, Math.min(text.length, MOST_REASON_BYTES));
        return step(allocator, STEP_REFUSAL, shown.length).writeBytes(shown);
    }

    /** Why the other refuses, on one line, if that is what the frame says; else null. */
    static @Nullable String refusal(ByteBuf body) {
        if (!body.isReadable() || body.getByte(body.readerIndex()) != STEP_REFUSAL) {
            return null;
        }
        return OneLine.of(body.toString(body.readerIndex() + 1, body.readableBytes() - 1, StandardCharsets.UTF_8));
    }

    private static ByteBuf step(ByteBufAllocator allocator, int step, int more) {
        return header(allocator.ioBuffer(HEADER_BYTES + 1 + more), HELLO, 1 + more)
                .writeByte(step);
    }

    /** Begins a frame whose body has so many bytes. */
    static ByteBuf header(ByteBuf to, int type, int bodyBytes) {
        return to.writeInt(HEADER_BYTES - Integer.BYTES + bodyBytes)
                .writeByte(type)
                .writeInt(0);
    }

    private static void check(ByteBuf body, int step, int bytes) {
        if (body.readableBytes() != 1 + bytes || body.readByte() != step) {
            throw new ProtocolException("a frame of a member's handshake is not step " + step + " with " + bytes
                    + " bytes: it has " + body.readableBytes());
        }
    }

    private static byte[] rest(ByteBuf body) {
        byte[] bytes = new byte[body.readableBytes()];
        body.readBytes(bytes);
        return bytes;
    }
}
