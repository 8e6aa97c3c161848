package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.server.frontdoor.value.PlainValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The key and flags of a meta command, as they were said (memcached, doc/protocol.txt, "Meta Commands"). Immutable once read. */
final class MetaFlags {
    /** Those that memcached 1.6.18 knows, in any command. */
    private static final String KNOWN = "bcfhklOqstvINTRCFMJD";

    private static final int MAX_OPAQUE = 32;
    private static final String BAD_TOKEN = "CLIENT_ERROR bad token in command line format";
    private static final String BAD_FORMAT = "CLIENT_ERROR bad command line format";

    private record Flag(char letter, String token) {}

    private final List<Flag> flags = new ArrayList<>();
    private final String shownKey;
    private Bytes key = Bytes.EMPTY;
    private @Nullable String error;

    /** Reads the key, which is word 1, and the flags from word {@code first} on. */
    MetaFlags(Words words, int first) {
        shownKey = words.text(1);
        boolean binary = false;
        for (int i = first; i < words.count(); i++) {
            String word = words.text(i);
            char letter = word.charAt(0);
            String token = word.substring(1);
            if (KNOWN.indexOf(letter) < 0) {
                fail("CLIENT_ERROR invalid flag");
            } else if (has(letter)) {
                fail("CLIENT_ERROR duplicate flag");
            } else if ("NTR".indexOf(letter) >= 0 && Numbers.signed(token) == null) {
                fail(BAD_TOKEN);
            } else if ("CDJ".indexOf(letter) >= 0 && Numbers.unsigned(token) == null) {
                fail(BAD_TOKEN);
            } else if (letter == 'F' && Numbers.unsigned(token) == null) {
                fail(BAD_FORMAT);
            } else if (letter == 'O' && token.length() > MAX_OPAQUE) {
                fail("CLIENT_ERROR opaque token too long");
            }
            flags.add(new Flag(letter, token));
            binary |= letter == 'b';
        }
        byte[] bytes = words.copy(1);
        if (bytes.length > MemcachedConnection.MAX_KEY_BYTES) {
            error = BAD_FORMAT;
        } else if (binary) {
            try {
                if (bytes.length % 4 != 0) {
                    throw new IllegalArgumentException("no padding");
                }
                bytes = Base64.getDecoder().decode(bytes);
            } catch (IllegalArgumentException e) {
                fail("CLIENT_ERROR error decoding key");
            }
        }
        key = PlainValue.of(bytes, 0, bytes.length);
    }

    private void fail(String message) {
        if (error == null) {
            error = message;
        }
    }

    /** What is wrong with the line, or null. */
    @Nullable
    String error() {
        return error;
    }

    boolean isKeyTooLong() {
        return shownKey.length() > MemcachedConnection.MAX_KEY_BYTES;
    }

    Bytes key() {
        return key;
    }

    boolean has(char letter) {
        return flags.stream().anyMatch(flag -> flag.letter == letter);
    }

    String token(char letter, String otherwise) {
        for (Flag flag : flags) {
            if (flag.letter == letter) {
                return flag.token;
            }
        }
        return otherwise;
    }

    /** The number after a flag; null if the flag was not said. */
    @Nullable
    Long number(char letter) {
        String token = token(letter, "");
        Long unsigned = Numbers.unsigned(token);
        return unsigned == null ? Numbers.signed(token) : unsigned;
    }

    /** What a flag asks to be told. */
    interface Telling {
        /** Appends to the reply what belongs to a flag, if anything does. */
        void tell(char flag, StringBuilder reply);
    }

    /** Goes through the flags in the order in which they were said. */
    void tell(StringBuilder reply, Telling telling) {
        for (Flag flag : flags) {
            switch (flag.letter) {
                case 'O' -> reply.append(" O").append(flag.token);
                case 'k' -> reply.append(" k").append(shownKey).append(has('b') ? " b" : "");
                default -> telling.tell(flag.letter, reply);
            }
        }
    }

    static byte[] bytes(StringBuilder reply) {
        return reply.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
