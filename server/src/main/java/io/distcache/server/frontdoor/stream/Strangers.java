package io.distcache.server.frontdoor.stream;

import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Clients that speak another protocol than the port they have come to: what gives them away, and one line of the log for each, though
 * not for more than a few at a time. Nothing of what they sent is in it. Thread-safe.
 *
 * <p>Their connections are closed at once, since much of what one protocol means as data is a command to another: a browser that was led
 * here would write entries with the body of its request.
 */
public final class Strangers {
    /** What their protocol is called in the log. */
    public static final String HTTP = "HTTP";

    private static final int LINES = 10;
    private static final long WINDOW_NANOS = 10_000_000_000L;
    /** HTTP semantics (RFC 9110, 9.3), PATCH (RFC 5789), and how a connection of HTTP/2 begins (RFC 9113, 3.4). */
    private static final Set<String> METHODS =
            Set.of("get", "head", "post", "put", "delete", "connect", "options", "trace", "patch", "pri");

    private final String port;
    private final Consumer<String> log;
    private final LongSupplier nanos;
    private long windowBeganNanos;
    private int said;
    private long unsaid;

    /**
     * Nobody yet.
     *
     * @param port the setting with the port they come to
     * @param log takes the lines
     * @param nanos a clock, as {@link System#nanoTime}
     */
    public Strangers(String port, Consumer<String> log, LongSupplier nanos) {
        this.port = port;
        this.log = log;
        this.nanos = nanos;
        this.windowBeganNanos = nanos.getAsLong() - WINDOW_NANOS;
    }

    /** The connection of a client is closed; {@code why} has nothing in it that the client sent. */
    public synchronized void closed(String client, String why) {
        long now = nanos.getAsLong();
        String more = "";
        if (now - windowBeganNanos >= WINDOW_NANOS) {
            windowBeganNanos = now;
            said = 0;
            if (unsaid > 0) {
                more = "; before, " + unsaid + " more were closed of which nothing was said";
                unsaid = 0;
            }
        }
        if (said == LINES) {
            unsaid++;
            return;
        }
        said++;
        log.accept("closed the connection of " + client + " to " + port + ": " + why + more);
    }

    /** The protocol whose connections begin with this byte, if no protocol of text does; else null. */
    public static @Nullable String byFirstByte(byte first) {
        return switch (first & 0xff) {
            case 0x00 -> "frames of DistCache's own clients";
            case 0x16 -> "TLS";
            case 0x80 -> "memcached's binary protocol";
            default -> null;
        };
    }

    /** Whether a word is one of the methods that requests of HTTP begin with; in capitals, or as somebody has spelt it. */
    public static boolean isHttpMethod(String word) {
        return METHODS.contains(word.toLowerCase(Locale.ROOT));
    }

    /** Whether a word names a version of HTTP, as the last of a request's first line does. */
    public static boolean isHttpVersion(String word) {
        return word.regionMatches(true, 0, "HTTP/", 0, 5);
    }

    /** Whether a word is what a request of HTTP asks for: a path, a whole URI, or everything. */
    public static boolean isHttpTarget(String word) {
        return word.startsWith("/") || word.contains("://") || word.equals("*");
    }

    /** Whether three words are the first line of a request of HTTP. */
    public static boolean isHttpRequest(String method, String target, String version) {
        return isHttpMethod(method) && isHttpTarget(target) && isHttpVersion(version);
    }
}
