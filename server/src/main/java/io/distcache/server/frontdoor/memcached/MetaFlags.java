package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.server.frontdoor.value.PlainValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The key and flags of a meta command, as they were said (memcached, doc/protocol.txt, "Meta Commands"). Immutable once read. */
final class MetaFlags {
    /** Those that memcached 1.6.18 knows, in any command. */
    private static final String KNOWN = "bcfhklOqstuvINTRCFMJDLP";

    /** Of the token; memcached counts the flag's letter, too. */
    private static final int MAX_OPAQUE = 31;
    /** Words of a line with its command, from which on memcached takes none of it. */
    private static final int TOO_MANY_WORDS = 20;

    private static final char LAST_ASCII = 126;
    private static final String BAD_TOKEN = "CLIENT_ERROR bad token in command line format";
    private static final String BAD_FORMAT = "CLIENT_ERROR bad command line format";

    private record Flag(char letter, String token) {}

    private final List<Flag> flags = new ArrayList<>();
    private Bytes key = Bytes.EMPTY;
    private @Nullable String error;
    private boolean isOpaqueTooLong;
    private boolean isStopped;

    /** Reads the key, which is word 1 and not too long, and the flags from word {@code first} on. */
    MetaFlags(Words words, int first) {
        this(words, first, words.count());
    }

    /** The same of the words before {@code end} only. */
    MetaFlags(Words words, int first, int end) {
        byte[] bytes = words.copy(1);
        // As memcached does it: of several things that are wrong the last is told, unless a flag makes it stop.
        for (int i = first; i < end && !isStopped; i++) {
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
            case 'C' -> {
                if (Numbers.unsigned(token) == null) {
                    error = BAD_TOKEN;
                }
            }
            case 'D', 'J' -> {
                if (Numbers.unsigned(token) == null) {
                    error = "CLIENT_ERROR invalid numeric " + (letter == 'D' ? "delta" : "initial") + " value";
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
        byte[] decoded = BinaryKey.decode(key);
        if (decoded == null) {
            error = "CLIENT_ERROR error decoding key";
            return key;
        }
        return decoded;
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
        return error != null;
    }

    /** Whether a line has more words than memcached takes of a meta command. */
    static boolean areTooMany(Words words) {
        return words.count() >= TOO_MANY_WORDS;
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

    /** Whether the key came in base 64. */
    boolean isBinary() {
        return has('b');
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

    /** Goes through the flags in the order in which they were said; {@code isBinary} if the key is told in base 64. */
    void tell(StringBuilder reply, boolean isBinary, Telling telling) {
        for (Flag flag : flags) {
            switch (flag.letter) {
                case 'O' -> reply.append(" O").append(flag.token);
                case 'k' -> reply.append(" k").append(shown(key, isBinary));
                default -> telling.tell(flag.letter, reply);
            }
        }
    }

    /** A key as it is told: in base 64 and marked so, if it came so. */
    static String shown(Bytes key, boolean isBinary) {
        byte[] bytes = Arrays.copyOfRange(key.array(), key.offset() + 1, key.offset() + key.length());
        return isBinary ? BinaryKey.encode(bytes) + " b" : new String(bytes, StandardCharsets.ISO_8859_1);
    }

    static byte[] bytes(StringBuilder reply) {
        return reply.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
