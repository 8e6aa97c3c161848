package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.server.frontdoor.stream.Strangers;
import io.distcache.server.frontdoor.value.PlainValue;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * The words of a command's line, between spaces, where they lie in the connection's buffer. A byte of zero ends the line, as it does for
 * memcached. Confined to its event loop.
 *
 * <p>The buffer holds the bytes of other clients, too, and the positions those of earlier lines. Hence neither is handed out:
 * everything goes by a word's index, and a word that this line does not have is an {@link IndexOutOfBoundsException}.
 */
final class Words {
    private byte[] bytes = new byte[0];
    private int[] at = new int[16];
    private int[] length = new int[16];
    private int count;

    void split(byte[] in, int from, int to) {
        bytes = in;
        count = 0;
        int i = from;
        while (i < to) {
            while (i < to && in[i] == ' ') {
                i++;
            }
            int begin = i;
            while (i < to && in[i] != ' ' && in[i] != 0) {
                i++;
            }
            if (i > begin) {
                if (count == at.length) {
                    at = Arrays.copyOf(at, count * 2);
                    length = Arrays.copyOf(length, count * 2);
                }
                at[count] = begin;
                length[count++] = i - begin;
            }
            if (i < to && in[i] == 0) {
                return;
            }
        }
    }

    /** Gives back what a very long line took. */
    void trim() {
        if (at.length > 1024) {
            at = new int[16];
            length = new int[16];
        }
    }

    int count() {
        return count;
    }

    /** Where a word lies, if this line has it. */
    private int at(int index) {
        return at[Objects.checkIndex(index, count)];
    }

    int length(int index) {
        return length[Objects.checkIndex(index, count)];
    }

    String text(int index) {
        return new String(bytes, at(index), length[index], StandardCharsets.ISO_8859_1);
    }

    /** The word as key of an entry. */
    Bytes tagged(int index) {
        return PlainValue.of(bytes, at(index), length[index]);
    }

    boolean is(int index, String word) {
        if (length(index) != word.length()) {
            return false;
        }
        int from = at(index);
        for (int i = 0; i < word.length(); i++) {
            if (bytes[from + i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    boolean isLast(String word) {
        return count > 1 && is(count - 1, word);
    }

    byte first(int index) {
        return bytes[at(index)];
    }

    byte[] copy(int index) {
        int from = at(index);
        return Arrays.copyOfRange(bytes, from, from + length[index]);
    }

    /**
     * Whether a line that is no command of memcached's is one of HTTP. memcached looks only whether the last word begins with HTTP/ ; but
     * with line ends in its path a request's first line has no more than method and path, and what follows them was made up.
     */
    boolean isHttp() {
        return is(0, "Host:")
                || count() > 1 && (Strangers.isHttpVersion(text(count() - 1)) || Strangers.isHttpTarget(text(1)));
    }
}
