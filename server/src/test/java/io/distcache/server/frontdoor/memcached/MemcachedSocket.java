package io.distcache.server.frontdoor.memcached;

import io.distcache.server.frontdoor.Transcript;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A socket that sends bytes as a test wants them, and gives what comes back, one character for each byte. */
final class MemcachedSocket implements AutoCloseable {
    static final String END = "(closed)";

    private static final Pattern CAS =
            Pattern.compile("(?<=VALUE \\w{1,250} \\d{1,10} \\d{1,10} )\\d+|(?<= c)\\d+(?=[ \\r])");

    private final Socket socket = new Socket();
    private final InputStream in;
    private String lastCas = "1";

    MemcachedSocket(int port) throws IOException {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
        socket.setTcpNoDelay(true);
        in = socket.getInputStream();
    }

    /** Sends a request, in which {@code {cas}} stands for the version seen last. */
    void send(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.replace("{cas}", lastCas).getBytes(StandardCharsets.ISO_8859_1));
    }

    /** What comes back: until there is as much as expected, or nothing for some time; versions are written as {@code N}. */
    String answer(String request, int expectedBytes) throws IOException {
        send(Transcript.unescape(request));
        ByteArrayOutputStream reply = new ByteArrayOutputStream();
        byte[] part = new byte[64 << 10];
        boolean closed = false;
        try {
            // Versions are longer here than there.
            socket.setSoTimeout(expectedBytes == 0 ? 100 : 20_000);
            while (!closed) {
                int read = in.read(part);
                closed = read < 0;
                reply.write(part, 0, Math.max(0, read));
                if (expectedBytes > 0
                        && masked(reply.toString(StandardCharsets.ISO_8859_1)).length() >= expectedBytes) {
                    break;
                }
                socket.setSoTimeout(expectedBytes > 0 ? 20_000 : 100);
            }
        } catch (SocketTimeoutException nothingMore) {
            // Then that was all.
        } catch (SocketException reset) {
            closed = true;
        }
        String text = reply.toString(StandardCharsets.ISO_8859_1);
        Matcher cas = CAS.matcher(text);
        while (cas.find()) {
            lastCas = cas.group();
        }
        return masked(text) + (closed ? END : "");
    }

    /** The next line; what has come of one if the connection ends before. */
    String line() throws IOException {
        socket.setSoTimeout(20_000);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            line.write(b);
        }
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
    }

    private static String masked(String text) {
        return CAS.matcher(text).replaceAll("N");
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
