package io.distcache.server.frontdoor.wire;

import io.distcache.protocol.Command;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.frame.FrameDecoder;
import io.distcache.protocol.frame.FrameEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;

/** A socket that says whatever a test wants, well-formed or not. */
public final class RawClient implements AutoCloseable {
    private final Socket socket = new Socket();
    private final DataInputStream in;
    private int lastRequest;

    public RawClient(int port) throws IOException {
        socket.setReceiveBufferSize(64 << 10);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
        socket.setSoTimeout(20_000);
        in = new DataInputStream(socket.getInputStream());
    }

    public RawClient greet() throws IOException {
        return greet(new Hello.Client(Hello.VERSION, Hello.VERSION, 0, "test", "", 0));
    }

    RawClient greet(Hello.Client hello) throws IOException {
        ByteBuf out = Unpooled.buffer();
        FrameEncoder.encode(hello, out);
        send(ByteBufUtil.getBytes(out));
        return this;
    }

    public void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    public static byte[] frame(Command command, int request) {
        ByteBuf out = Unpooled.buffer();
        FrameEncoder.encode(command, request, out);
        return ByteBufUtil.getBytes(out);
    }

    public Reply ask(Command command) throws IOException {
        send(frame(command, ++lastRequest));
        return reply();
    }

    /** The next reply; hellos and pushes before it are left out. */
    public Reply reply() throws IOException {
        while (true) {
            Object message = next();
            if (message instanceof Reply reply) {
                return reply;
            }
            if (!(message instanceof Hello.Node) && !(message instanceof Push)) {
                throw new AssertionError("unexpected " + message);
            }
        }
    }

    Object next() throws IOException {
        byte[] rest = new byte[in.readInt()];
        in.readFully(rest);
        ByteBuf body = Unpooled.wrappedBuffer(rest, 5, rest.length - 5);
        int type = rest[0] & 0xff;
        if (type == FrameEncoder.HELLO_NODE) {
            return FrameDecoder.nodeHello(body);
        }
        return type >= 0x80 ? FrameDecoder.push(type, body) : FrameDecoder.reply(type, body);
    }

    /** Reads on until the node closes the connection; a time-out if it does not. */
    void awaitClosed() throws IOException {
        byte[] waste = new byte[64 << 10];
        try {
            while (in.read(waste) >= 0) {
                // What it still had to say does not matter.
            }
        } catch (EOFException | SocketException closed) {
            // As it should be.
        }
    }

    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
