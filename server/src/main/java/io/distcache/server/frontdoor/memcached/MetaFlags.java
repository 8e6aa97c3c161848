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
    private static final char LAST_ASCII = 126;
    private static final String BAD_TOKEN = "CLIENT_ERROR bad token in command line format";
    private static final String BAD_FORMAT = "CLIENT_ERROR bad command line format";

    private record Flag(char letter, String token) {}

    private final List<Flag> flags = new ArrayList<>();
    private final String shownKey;
    private Bytes key = Bytes.EMPTY;
    private @Nullable String error;
    private boolean isOpaqueTooLong;
    private boolean isStopped;

    /** Reads the key, which is word 1, and the flags from word {@code first} on. */
    MetaFlags(Words words, int first) {
        shownKey = words.text(1);
        byte[] bytes = words.copy(1);
        if (isKeyTooLong()) {
            error = BAD_FORMAT;
            return;
        }
        // As memcached does it: of several things that are wrong the last is told, unless a flag makes it stop.
        for (int i = first; i < words.count() && !isStopped; i++) {
            String word = words.text(i);
            char letter = word.charAt(0);
            if (letter > LAST_ASCII || has(letter)) {
                stop("CLIENT_ERROR duplicate flag");
            } else if (KNOWN.indexOf(letter) < 0) {
                stop("CLIENT_ERROR invalid flag");
            } else if (letter == 'b') {
                bytes = decoded(bytes);
            } else {
                check(letter, word.substring(1));
            }
            flags.add(new Flag(letter, word.substring(1)));
        }
        key = PlainValue.of(bytes, 0, bytes.length);
    }

    private void check(char letter, String token) {
        switch (letter) {
            case 'N', 'T', 'R' -> {
                if (Numbers.time(token) == null) {
                    error = BAD_TOKEN;
                }
            }
            case 'C', 'D', 'J' -> {
                if (Numbers.unsigned(token) == null) {
                    error = BAD_TOKEN;
                }
            }
            case 'F' -> {
                // Says nothing of its own.
                if (Numbers.unsigned(token) == null && error == null) {
                    error = BAD_FORMAT;
                }
            }
            case 'M' -> {
                if (token.length() != 1) {
                    error = "CLIENT_ERROR incorrect length for M token";
                }
            }
            case 'O' ->
                // memcached finds this in a second pass, after all that is wrong otherwise.
                isOpaqueTooLong |= token.length() > MAX_OPAQUE;
            default -> {
                // Has no token.
            }
        }
    }

    private byte[] decoded(byte[] key) {
        try {
            if (key.length % 4 != 0) {
                throw new IllegalArgumentException("no padding");
            }
            return Base64.getDecoder().decode(key);
        } catch (IllegalArgumentException e) {
            error = "CLIENT_ERROR error decoding key";
            return key;
        }
    }

    private void stop(String message) {
        isStopped = true;
        error = message;
    }

    /** What is wrong with the line, or null. */
    @Nullable
    String error() {
        return error == null && isOpaqueTooLong ? "CLIENT_ERROR opaque token too long" : error;
    }

    /** Whether the flags themselves are wrong, and not only what is said with one. */
    boolean isMalformed() {
        return error != null && !isKeyTooLong();
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

    /** Whether the one flag was said before the other, which was said, too. */
    boolean comesFirst(char one, char other) {
        for (Flag flag : flags) {
            if (flag.letter == one || flag.letter == other) {
                return flag.letter == one;
            }
        }
        return false;
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
        return "NTR".indexOf(letter) >= 0 ? Numbers.time(token) : Numbers.unsigned(token);
    }

    /**
     * The expiry time of an entry that is made because of N; null if N was not said. T counts only if it comes later, and matters here
     * only where N alone leaves no entry that could be touched.
     */
    @Nullable
    Long vivifySeconds() {
        Long made = number('N');
        Long touched = number('T');
        return made != null && made < 0 && touched != null && comesFirst('N', 'T') ? touched : made;
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
