package io.distcache.testing;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.ValueTag;
import io.distcache.protocol.frame.FrameDecoder;
import io.distcache.protocol.frame.FrameEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A native connection that does only what it is told: it need not read, acknowledge, or end a frame. Confined to one thread. */
final class RawNative implements AutoCloseable {
    private static final byte[] ZEROS = new byte[1 << 20];
    private static final int REPLY_TYPES_FROM = 0x40;
    private static final int PUSH_TYPES_FROM = 0x80;

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private int lastRequest;

    RawNative(int port) throws IOException {
        // Small, so that what is not read stays in the node and not in the kernel.
        socket.setReceiveBufferSize(16 * 1024);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
        socket.setSoTimeout(20_000);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        ByteBuf hello = Unpooled.buffer();
        FrameEncoder.encode(new Hello.Client(Hello.VERSION, Hello.VERSION, 0, "abuser", "", 0), hello);
        write(hello);
        read();
    }

    /** Opens the cache of clients without a namespace, under handle 0. */
    RawNative open(String cache) throws IOException {
        call(new Command.OpenCache(0, CacheDefinition.of("default", cache), true));
        return this;
    }

    static Bytes key(String text) {
        return Bytes.ofUtf8((char) ValueTag.TEXT + text);
    }

    static Command put(String key, int valueBytes) {
        byte[] value = new byte[valueBytes];
        value[0] = ValueTag.BYTES;
        return new Command.Put(0, key(key), Bytes.of(value), Condition.ALWAYS, Ttl.DEFINED, false);
    }

    static Command get(String key) {
        return new Command.Get(0, key(key));
    }

    void send(Command command) throws IOException {
        ByteBuf frame = Unpooled.buffer();
        FrameEncoder.encode(command, ++lastRequest, frame);
        write(frame);
    }

    /** Sends a command so many times, in one piece. */
    void sendMany(Command command, int times) throws IOException {
        ByteBuf frames = Unpooled.buffer();
        for (int i = 0; i < times; i++) {
            FrameEncoder.encode(command, ++lastRequest, frames);
        }
        write(frames);
    }

    /** Stores a value of so many zeros, which are not all in memory here. */
    void sendPut(String key, int valueBytes) throws IOException {
        ByteBuf frame = Unpooled.buffer();
        FrameEncoder.encode(
                new Command.Put(0, key(key), Bytes.EMPTY, Condition.ALWAYS, Ttl.DEFINED, false), ++lastRequest, frame);
        // The last byte is the length of the empty value.
        frame.writerIndex(frame.writerIndex() - 1);
        int rest = valueBytes;
        while (rest > 0x7f) {
            frame.writeByte(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        frame.writeByte(rest);
        frame.setInt(0, frame.writerIndex() - 4 + valueBytes);
        write(frame);
        for (int left = valueBytes; left > 0; left -= ZEROS.length) {
            socket.getOutputStream().write(ZEROS, 0, Math.min(left, ZEROS.length));
        }
    }

    /** The begin of a frame of so many bytes. */
    void sendPart(int frameBytes, int sentBytes) throws IOException {
        ByteBuf part = Unpooled.buffer(sentBytes);
        part.writeInt(frameBytes)
                .writeByte(0x10)
                .writeInt(++lastRequest)
                .writeZero(sentBytes - FrameEncoder.HEADER_BYTES);
        write(part);
    }

    /** The next reply, pushes passed over; null if the connection has ended. */
    @Nullable
    Reply reply() throws IOException {
        while (true) {
            Reply reply;
            try {
                reply = read();
            } catch (IOException e) {
                return null;
            }
            if (reply != null) {
                return reply;
            }
        }
    }

    @Nullable
    Reply call(Command command) throws IOException {
        send(command);
        return reply();
    }

    private @Nullable Reply read() throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        int type = frame[0] & 0xff;
        if (type < REPLY_TYPES_FROM || type >= PUSH_TYPES_FROM) {
            return null;
        }
        return FrameDecoder.reply(type, Unpooled.wrappedBuffer(frame, 5, frame.length - 5));
    }

    private void write(ByteBuf buffer) throws IOException {
        socket.getOutputStream().write(buffer.array(), 0, buffer.writerIndex());
    }

    void write(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It has ended.
        }
    }
}
