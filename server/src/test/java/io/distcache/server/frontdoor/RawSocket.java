package io.distcache.server.frontdoor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A socket for bytes of any protocol or none, one character each. Confined to one thread. */
final class RawSocket implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;

    private final Socket socket = new Socket();
    private final InputStream in;
    private boolean closed;

    RawSocket(int port) throws IOException {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        in = socket.getInputStream();
    }

    /** Sends bytes; that the other end has closed is told by {@link #isClosed}. */
    void send(String bytes) {
        try {
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException gone) {
            closed = true;
        }
    }

    /** Sends a request whose reply is one line, and gives that. */
    String ask(String request) throws IOException {
        send(request);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = 0; b != '\n'; ) {
            b = in.read();
            if (b < 0) {
                closed = true;
                throw new IOException("closed after " + line);
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    /** Sends a request and gives all that comes until nothing more does for a moment. */
    String askAll(String request) throws IOException {
        send(request);
        return readUntilQuiet(500);
    }

    /** Sends a request and gives all that comes before {@code end}, which is what the last request in it is answered. */
    String askUntil(String request, String end) throws IOException {
        send(request);
        StringBuilder all = new StringBuilder();
        while (all.length() < end.length() || all.indexOf(end, all.length() - end.length()) < 0) {
            int b = in.read();
            if (b < 0) {
                closed = true;
                throw new IOException("closed after " + all);
            }
            all.append((char) b);
        }
        return all.substring(0, all.length() - end.length());
    }

    /** Reads so many bytes. */
    byte[] read(int bytes) throws IOException {
        byte[] read = in.readNBytes(bytes);
        if (read.length < bytes) {
            closed = true;
            throw new IOException("closed after " + read.length + " of " + bytes + " bytes");
        }
        return read;
    }

    /** What has come and was not read yet. */
    String available() throws IOException {
        int bytes = in.available();
        return bytes == 0 ? "" : new String(in.readNBytes(bytes), StandardCharsets.ISO_8859_1);
    }

    /** Says that nothing more will be sent, and gives what comes then. */
    String readToEnd() throws IOException {
        try {
            socket.shutdownOutput();
        } catch (IOException gone) {
            closed = true;
        }
        return readUntilQuiet(200);
    }

    private String readUntilQuiet(int millis) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] part = new byte[64 << 10];
        socket.setSoTimeout(millis);
        try {
            for (int read = in.read(part); read >= 0; read = in.read(part)) {
                all.write(part, 0, read);
            }
            closed = true;
        } catch (SocketTimeoutException quiet) {
            // Then that was all.
        } catch (IOException reset) {
            closed = true;
        } finally {
            socket.setSoTimeout(TIMEOUT_MILLIS);
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    /** Whether the other end was seen to close; it may have closed unseen. */
    boolean isClosed() {
        return closed;
    }

    /** Whether the other end closes the connection within so many milliseconds; what it says before is read and given up. */
    boolean closesWithin(int millis) throws IOException {
        readUntilQuiet(millis);
        return closed;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
