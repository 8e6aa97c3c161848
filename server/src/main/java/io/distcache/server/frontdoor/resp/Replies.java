package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.server.frontdoor.value.PlainValue;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Replies on the wire (Redis serialization protocol specification). Where RESP3 differs from RESP2, the protocol is an argument. Stateless.
 */
final class Replies {
    static final byte[] OK = ascii("+OK\r\n");
    static final byte[] QUEUED = ascii("+QUEUED\r\n");
    static final byte[] PONG = ascii("+PONG\r\n");
    private static final byte[] NIL_2 = ascii("$-1\r\n");
    private static final byte[] NIL_ARRAY_2 = ascii("*-1\r\n");
    private static final byte[] NIL_3 = ascii("_\r\n");
    private static final int END = '\r' << 8 | '\n';
    private static final int SMALL = 1000;
    private static final byte[][] SMALL_LINES = new byte[SMALL][];

    static {
        for (int i = 0; i < SMALL; i++) {
            SMALL_LINES[i] = ascii(i + "\r\n");
        }
    }

    private Replies() {}

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static void simple(ByteBuf out, String text) {
        out.writeByte('+').writeBytes(ascii(text)).writeShort(END);
    }

    /** An error with its code, as in {@code ERR syntax error}. */
    static void error(ByteBuf out, String text) {
        // What a client sent may be quoted in it, and must not end the line.
        out.writeByte('-')
                .writeBytes(ascii(text.replace('\r', ' ').replace('\n', ' ')))
                .writeShort(END);
    }

    static void integer(ByteBuf out, long number) {
        header(out, ':', number);
    }

    static void array(ByteBuf out, long count) {
        header(out, '*', count);
    }

    static void map(ByteBuf out, int protocol, long pairs) {
        header(out, protocol == 3 ? '%' : '*', protocol == 3 ? pairs : pairs * 2);
    }

    static void set(ByteBuf out, int protocol, long count) {
        header(out, protocol == 3 ? '~' : '*', count);
    }

    static void nil(ByteBuf out, int protocol) {
        out.writeBytes(protocol == 3 ? NIL_3 : NIL_2);
    }

    static void nilArray(ByteBuf out, int protocol) {
        out.writeBytes(protocol == 3 ? NIL_3 : NIL_ARRAY_2);
    }

    static void bulk(ByteBuf out, byte[] array, int from, int length) {
        header(out, '$', length);
        out.writeBytes(array, from, length).writeShort(END);
    }

    /** An argument of a request, as it came. */
    static void bulk(ByteBuf out, Request request, int index) {
        header(out, '$', request.length(index));
        request.write(index, out);
        out.writeShort(END);
    }

    static void bulk(ByteBuf out, String text) {
        byte[] bytes = ascii(text);
        bulk(out, bytes, 0, bytes.length);
    }

    static void bulk(ByteBuf out, Bytes bytes) {
        bulk(out, bytes.array(), bytes.offset(), bytes.length());
    }

    /** A stored value, as a client of bytes sees it. */
    static void value(ByteBuf out, Bytes tagged) {
        if (PlainValue.isVerbatim(tagged)) {
            bulk(out, tagged.array(), tagged.offset() + 1, tagged.length() - 1);
        } else {
            bulk(out, PlainValue.plain(tagged));
        }
    }

    /** A stored value, or that there is none. */
    static void valueOrNil(ByteBuf out, int protocol, @Nullable Bytes tagged) {
        if (tagged == null) {
            nil(out, protocol);
        } else {
            value(out, tagged);
        }
    }

    /** What HELP tells of a command: lines for people. */
    /** A double: of its own kind in RESP3, text in RESP2. */
    static void decimal(ByteBuf out, int protocol, double number) {
        String text = Double.toString(number);
        if (protocol == 2) {
            bulk(out, text);
        } else {
            out.writeBytes(ascii("," + text + "\r\n"));
        }
    }

    static void help(ByteBuf out, String... lines) {
        array(out, lines.length);
        for (String line : lines) {
            simple(out, line);
        }
    }

    /** Text for people. */
    static void verbatim(ByteBuf out, int protocol, String text) {
        byte[] bytes = ascii(text);
        if (protocol == 3) {
            header(out, '=', bytes.length + 4L);
            out.writeBytes(ascii("txt:")).writeBytes(bytes).writeShort(END);
        } else {
            bulk(out, bytes, 0, bytes.length);
        }
    }

    private static void header(ByteBuf out, char type, long number) {
        out.writeByte(type);
        out.writeBytes(number >= 0 && number < SMALL ? SMALL_LINES[(int) number] : ascii(number + "\r\n"));
    }
}
