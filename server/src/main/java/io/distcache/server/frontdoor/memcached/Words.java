package io.distcache.server.frontdoor.memcached;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The words of a command's line, between spaces, where they lie in the connection's buffer. Confined to its event loop. */
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
            while (i < to && in[i] != ' ') {
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

    byte[] bytes() {
        return bytes;
    }

    int at(int index) {
        return at[index];
    }

    int length(int index) {
        return length[index];
    }

    String text(int index) {
        return new String(bytes, at[index], length[index], StandardCharsets.ISO_8859_1);
    }

    boolean is(int index, String word) {
        if (length[index] != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (bytes[at[index] + i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    boolean isLast(String word) {
        return count > 1 && is(count - 1, word);
    }

    byte first(int index) {
        return bytes[at[index]];
    }

    byte[] copy(int index) {
        return Arrays.copyOfRange(bytes, at[index], at[index] + length[index]);
    }
}
