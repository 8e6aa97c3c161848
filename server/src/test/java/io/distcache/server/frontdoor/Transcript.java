package io.distcache.server.frontdoor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A recorded conversation as text.
 *
 * <pre>
 *   # a comment; empty lines mean nothing
 *   &gt; SET k v         words, sent as the protocol's request; with "\r\n\x00" in double quotes
 *   &gt;&gt; *1\r\n$4      bytes as they are, with the same escapes; nothing is added
 *   &lt; +OK\r\n          what came back, up to the next request
 * </pre>
 */
public final class Transcript {

    /** A request as it is written, and the bytes that came back. */
    public record Exchange(String request, boolean isRaw, String reply) {
        /** The words of a request that is not raw. */
        public List<String> words() {
            List<String> words = new ArrayList<>();
            StringBuilder word = new StringBuilder();
            boolean quoted = false;
            boolean begun = false;
            for (int i = 0; i < request.length(); i++) {
                char c = request.charAt(i);
                if (c == '"') {
                    quoted = !quoted;
                    begun = true;
                } else if (c == '\\' && quoted && request.charAt(i + 1) == '"') {
                    word.append('"');
                    i++;
                } else if (c == ' ' && !quoted) {
                    if (begun) {
                        words.add(unescape(word.toString()));
                        word.setLength(0);
                        begun = false;
                    }
                } else {
                    word.append(c);
                    begun = true;
                }
            }
            if (begun) {
                words.add(unescape(word.toString()));
            }
            return words;
        }
    }

    /** Sends a request and gives what comes back. */
    public interface Answering {
        String answer(Exchange request) throws IOException;
    }

    private Transcript() {}

    public static List<Exchange> read(String text) {
        List<Exchange> all = new ArrayList<>();
        String request = null;
        boolean raw = false;
        StringBuilder reply = new StringBuilder();
        for (String line : text.lines().toList()) {
            if (line.startsWith("> ") || line.startsWith(">> ")) {
                if (request != null) {
                    all.add(new Exchange(request, raw, reply.toString()));
                }
                raw = line.startsWith(">> ");
                request = line.substring(raw ? 3 : 2);
                reply.setLength(0);
            } else if (line.startsWith("< ")) {
                reply.append(unescape(line.substring(2)));
            }
        }
        if (request != null) {
            all.add(new Exchange(request, raw, reply.toString()));
        }
        return all;
    }

    /** The same text with other replies. */
    public static String write(String text, Answering answering) throws IOException {
        StringBuilder out = new StringBuilder();
        for (String line : text.lines().toList()) {
            if (line.startsWith("< ")) {
                continue;
            }
            out.append(line).append('\n');
            if (line.startsWith("> ") || line.startsWith(">> ")) {
                boolean raw = line.startsWith(">> ");
                String reply = answering.answer(new Exchange(line.substring(raw ? 3 : 2), raw, ""));
                // A line for each line.
                for (int from = 0; from < reply.length(); ) {
                    int end = reply.indexOf('\n', from);
                    int to = end < 0 ? reply.length() : end + 1;
                    out.append("< ").append(escape(reply.substring(from, to))).append('\n');
                    from = to;
                }
            }
        }
        return out.toString();
    }

    public static String unescape(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\' || i + 1 == text.length()) {
                out.append(c);
                continue;
            }
            char next = text.charAt(++i);
            switch (next) {
                case 'r' -> out.append('\r');
                case 'n' -> out.append('\n');
                case 'x' -> {
                    out.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> out.append(next);
            }
        }
        return out.toString();
    }

    static String escape(String bytes) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < bytes.length(); i++) {
            char c = bytes.charAt(i);
            switch (c) {
                case '\r' -> out.append("\\r");
                case '\n' -> out.append("\\n");
                case '\\' -> out.append("\\\\");
                default -> {
                    if (c < ' ' || c > '~') {
                        out.append(String.format("\\x%02x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        return out.toString();
    }
}
