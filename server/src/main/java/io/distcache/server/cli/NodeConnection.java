package io.distcache.server.cli;

import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.ProtocolException;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Secret;
import io.distcache.protocol.ShownUri;
import io.distcache.protocol.frame.FrameDecoder;
import io.distcache.protocol.frame.FrameEncoder;
import io.distcache.protocol.tls.TlsFailure;
import io.distcache.protocol.tls.TlsToNodes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A node's port, one command at a time. A node that works on a command tells every second how it is; one that says nothing for longer
 * than a while is given up. Confined to one thread, which it blocks.
 */
public final class NodeConnection implements AutoCloseable {
    /** At the end of a message about a node that cannot be connected to. */
    public static final String HINT = "; is the node running, and this its port?";

    private static final int CONNECT_MILLIS = 5_000;
    private static final int SILENCE_MILLIS = 30_000;
    private static final int HEALTH_MILLIS = 1_000;
    private static final int MAX_FRAME_BYTES = 16 << 20;
    private static final int PUSH = 0x80;

    private final String node;
    private final long timeoutNanos;
    private final Socket socket;
    private final DataInputStream in;
    private @Nullable HealthReport health;
    private boolean isReplicated;
    private int lastRequest;

    private NodeConnection(String node, HostAndPort address, Duration timeout, @Nullable TlsToNodes tls)
            throws IOException {
        this.node = node;
        this.timeoutNanos = timeout.toNanos();
        int connectMillis = (int) Math.min(CONNECT_MILLIS, timeout.toMillis());
        Socket plain = connected(node, address, connectMillis);
        this.socket = tls == null ? plain : encrypted(node, address, connectMillis, plain, tls);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
    }

    private record HostAndPort(String host, int port) {}

    /** To the first of the host's addresses that accepts; they share the time. */
    private static Socket connected(String node, HostAndPort address, int millis) throws IOException {
        InetAddress[] all;
        try {
            all = InetAddress.getAllByName(address.host());
        } catch (UnknownHostException e) {
            throw new IOException(node + ": the host is not known", e);
        }
        IOException failed = new IOException("it has no address");
        for (InetAddress one : all) {
            Socket socket = new Socket();
            try {
                socket.setTcpNoDelay(true);
                socket.setKeepAlive(true);
                socket.connect(new InetSocketAddress(one, address.port()), Math.max(1, millis / all.length));
                return socket;
            } catch (IOException e) {
                socket.close();
                failed = e;
            }
        }
        throw new IOException(node + ": cannot connect: " + failed.getMessage() + HINT, failed);
    }

    private static Socket encrypted(String node, HostAndPort address, int millis, Socket plain, TlsToNodes tls)
            throws IOException {
        try {
            plain.setSoTimeout(millis);
            return tls.encrypt(plain, address.host(), address.port());
        } catch (IOException e) {
            plain.close();
            throw new IOException(node + ": " + TlsFailure.ofClient(e), e);
        }
    }

    /**
     * Connects to a node and waits until it has said how it is.
     *
     * @param node {@code host:port}
     * @param token one that the node knows
     * @param timeoutSeconds the longest that an answer may take
     * @param tls encrypts the connection; null if it is plain
     * @throws IOException saying which node and why
     */
    public static NodeConnection open(String node, Secret token, long timeoutSeconds, @Nullable TlsToNodes tls)
            throws IOException {
        return open(node, new Who("", token), timeoutSeconds, tls);
    }

    /** As {@link #open(String, Secret, long, TlsToNodes)}, for a user. */
    public static NodeConnection open(String node, Who who, long timeoutSeconds, @Nullable TlsToNodes tls)
            throws IOException {
        return open(node, who, Duration.ofSeconds(timeoutSeconds), HEALTH_MILLIS, tls);
    }

    /**
     * As {@link #open(String, Secret, long, TlsToNodes)}, from a node that tells how it is so often.
     *
     * @param timeout the longest that connecting and then any answer may take
     */
    public static NodeConnection open(
            String node, Who who, Duration timeout, int healthMillis, @Nullable TlsToNodes tls) throws IOException {
        NodeConnection connection = new NodeConnection(node, address(node), timeout, tls);
        try {
            connection.greet(who, healthMillis);
            return connection;
        } catch (IOException e) {
            connection.close();
            throw e;
        }
    }

    /** A node's address with its port. */
    public static String hostAndPort(String node) throws WrongArgumentException {
        try {
            PoolMember parsed = PoolMember.parse(node);
            if (parsed.name().equals(parsed.address()) && node.indexOf('*') < 0) {
                return parsed.address();
            }
        } catch (IllegalArgumentException e) {
            throw new WrongArgumentException(e.getMessage() + ". Wanted is HOST:PORT");
        }
        throw new WrongArgumentException(
                "'" + ShownUri.of(node) + "' is no HOST:PORT; a name or weight does not belong there");
    }

    private static HostAndPort address(String node) throws WrongArgumentException {
        String address = hostAndPort(node);
        int colon = address.lastIndexOf(':');
        return new HostAndPort(
                address.substring(0, colon).replace("[", "").replace("]", ""),
                Integer.parseInt(address.substring(colon + 1)));
    }

    private void greet(Who who, int healthMillis) throws IOException {
        ByteBuf out = Unpooled.buffer();
        FrameEncoder.encode(
                new Hello.Client(
                        Hello.VERSION,
                        Hello.VERSION,
                        Hello.REPLICATED,
                        "tool, pid " + ProcessHandle.current().pid(),
                        who.secret(),
                        healthMillis,
                        who.user()),
                out);
        send(out);
        Reply refusal = await(0, timeoutNanos);
        if (refusal instanceof Reply.Failure failure) {
            throw refused(failure);
        }
    }

    /** How the node said last that it was; null only before it has been greeted. */
    public @Nullable HealthReport health() {
        return health;
    }

    /** Whether the node is a member of a replicated pool. */
    public boolean isReplicated() {
        return isReplicated;
    }

    /** What the node said last that it does. */
    public HealthReport.State state() {
        HealthReport said = health;
        return said == null ? HealthReport.State.STARTING : said.state();
    }

    /**
     * Sends a command and waits for the reply.
     *
     * @throws IOException if it is a refusal, too
     */
    public Reply ask(Command command) throws IOException {
        Reply reply = exchange(command, Duration.ofNanos(timeoutNanos));
        if (reply instanceof Reply.Failure failure) {
            throw refused(failure);
        }
        return reply;
    }

    /** Sends a command and waits for the reply, which may be a refusal, no longer than this. */
    public Reply exchange(Command command, Duration timeout) throws IOException {
        ByteBuf out = Unpooled.buffer();
        FrameEncoder.encode(command, ++lastRequest, out);
        send(out);
        Reply reply = await(lastRequest, timeout.toNanos());
        if (reply == null) {
            throw new IOException(node + ": no reply to " + command.opcode());
        }
        return reply;
    }

    private IOException refused(Reply.Failure failure) {
        return new IOException(node + ": " + failure.status() + ": " + failure.message());
    }

    private void send(ByteBuf frame) throws IOException {
        socket.getOutputStream().write(ByteBufUtil.getBytes(frame));
    }

    /** The reply to a request; for 0 the first health report instead, as null, or a refusal. */
    private @Nullable Reply await(int request, long nanos) throws IOException {
        long deadline = System.nanoTime() + nanos;
        try {
            while (true) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                socket.setSoTimeout((int) Math.min(SILENCE_MILLIS, Math.max(1, left)));
                int length = in.readInt();
                if (length < FrameEncoder.HEADER_BYTES - Integer.BYTES || length > MAX_FRAME_BYTES) {
                    throw new ProtocolException("a frame of " + Integer.toUnsignedString(length) + " bytes");
                }
                byte[] frame = new byte[length];
                in.readFully(frame);
                ByteBuf body = Unpooled.wrappedBuffer(frame);
                int type = body.readUnsignedByte();
                int of = body.readInt();
                if (type == FrameEncoder.HELLO_NODE) {
                    isReplicated = (FrameDecoder.nodeHello(body).capabilities() & Hello.REPLICATED) != 0;
                } else if (type >= PUSH) {
                    if (FrameDecoder.push(type, body) instanceof Push.Health push) {
                        health = push.report();
                        if (request == 0) {
                            return null;
                        }
                    }
                } else if (of == request) {
                    return FrameDecoder.reply(type, body);
                }
                if (System.nanoTime() - deadline > 0) {
                    throw late(nanos);
                }
            }
        } catch (SocketTimeoutException e) {
            if (System.nanoTime() - deadline >= 0) {
                throw late(nanos);
            }
            throw new IOException(node + ": has said nothing for " + SILENCE_MILLIS / 1000 + " s", e);
        } catch (EOFException e) {
            throw new IOException(node + ": closed the connection", e);
        } catch (SSLException e) {
            // A node tells only now what it has against the certificate (RFC 8446, 4.4.2.4).
            throw new IOException(node + ": " + TlsFailure.ofClient(e), e);
        } catch (ProtocolException e) {
            throw new IOException(node + ": does not speak the protocol of a node: " + e.getMessage(), e);
        }
    }

    private IOException late(long nanos) {
        return new IOException(node + ": no answer in " + TimeUnit.NANOSECONDS.toSeconds(nanos)
                + " s; the node may still be at it. Wait longer with --timeout");
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
