package io.distcache.server.frontdoor.resp;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A socket that sends requests, well-formed or not, and gives replies as the bytes they are, one character each. */
final class RespSocket implements AutoCloseable {
    /** Given in place of a reply where the connection has ended. */
    static final String END = "(closed)";

    private final Socket socket = new Socket();
    private final InputStream in;

    RespSocket(int port) throws IOException {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    void send(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    static String request(String... words) {
        StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            request.append('$')
                    .append(word.length())
                    .append("\r\n")
                    .append(word)
                    .append("\r\n");
        }
        return request.toString();
    }

    String ask(String... words) throws IOException {
        send(request(words));
        return reply();
    }

    /** The next reply, whole. */
    String reply() throws IOException {
        StringBuilder reply = new StringBuilder();
        read(reply);
        return reply.toString();
    }

    /** The next reply, or {@link #END}; null if none begins within so many milliseconds. */
    @Nullable
    String replyWithin(int millis) throws IOException {
        socket.setSoTimeout(millis);
        in.mark(1);
        try {
            if (in.read() < 0) {
                return END;
            }
        } catch (SocketTimeoutException nothing) {
            return null;
        } catch (SocketException reset) {
            return END;
        } finally {
            socket.setSoTimeout(20_000);
        }
        in.reset();
        return reply();
    }

    private void read(StringBuilder reply) throws IOException {
        String line = line();
        reply.append(line).append("\r\n");
        char type = line.charAt(0);
        if (type == '$' || type == '=') {
            int length = Integer.parseInt(line.substring(1));
            if (length >= 0) {
                reply.append(new String(in.readNBytes(length + 2), StandardCharsets.ISO_8859_1));
            }
        } else if (type == '*' || type == '~' || type == '%') {
            int count = Integer.parseInt(line.substring(1)) * (type == '%' ? 2 : 1);
            for (int i = 0; i < count; i++) {
                read(reply);
            }
        }
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException("closed after '" + line + "'");
            }
            if (b == '\n') {
                String text = line.toString(StandardCharsets.ISO_8859_1);
                return text.substring(0, text.length() - 1);
            }
            line.write(b);
        }
    }

    /** Whether the other end has closed, now that everything was read. */
    boolean isClosed() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
