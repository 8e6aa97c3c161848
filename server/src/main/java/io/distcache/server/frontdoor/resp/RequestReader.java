package io.distcache.server.frontdoor.resp;

import io.distcache.server.shard.operation.Decimal;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds requests in a connection's bytes: arrays of bulk strings, or lines of words (Redis serialization protocol specification,
 * "Sending commands" and "Inline commands"). Goes on where it was when more bytes come. Nothing is allocated for a length that is only
 * announced. Confined to the connection's event loop.
 */
final class RequestReader {
    private static final int MAX_LINE_BYTES = 64 * 1024;
    private static final int SHORT_DIGITS = 6;
    private static final int MAX_ARGUMENTS = Integer.MAX_VALUE;
    private static final int MAX_ARGUMENTS_UNAUTHENTICATED = 10;
    private static final int MAX_BULK_BYTES_UNAUTHENTICATED = 16 * 1024;
    /** What is longer is no length to a redis-server, whoever says it. */
    private static final int MAX_BULK_BYTES_OF_REDIS = 512 << 20;

    /** What the client sent is no request. */
    static final class Malformed extends Exception {
        Malformed(String message) {
            super("Protocol error: " + message, null, false, false);
        }
    }

    private final int maxRequestBytes;
    private final Request request = new Request(new byte[0]);
    private boolean begun;
    private int missing;
    private int bulkBytes;
    private int position;
    private int shortEnd;

    RequestReader(int maxRequestBytes) {
        this.maxRequestBytes = maxRequestBytes;
    }

    /** Where the request that was read last ends. */
    int end() {
        return position;
    }

    /** The request that was read last. */
    Request last() {
        return request;
    }

    /** How many bytes from {@code from}, where it begins, the request takes for all that is known of it; 0 if that is nothing. */
    int wantedBytes(int from) {
        return begun && bulkBytes >= 0 ? position - from + bulkBytes + 2 : 0;
    }

    /** Memory for what is known of the request, besides its bytes. */
    long ownBytes() {
        return request.ownBytes();
    }

    /** The bytes have moved. */
    void moved(byte[] in, int delta) {
        position += delta;
        if (begun) {
            request.moved(in, delta);
        }
    }

    /**
     * The request that begins at {@code from}, or the next after empty ones; null if it is not complete. It is of use until the next
     * is read.
     */
    @Nullable
    Request read(byte[] in, int from, int to, boolean authenticated) throws Malformed {
        if (!begun) {
            position = from;
            while (true) {
                if (position == to) {
                    return null;
                }
                if (in[position] != '*') {
                    if (!readLine(in, to)) {
                        return null;
                    }
                } else if (!begin(in, to, authenticated)) {
                    return null;
                }
                if (missing > 0) {
                    break;
                }
                if (request.count() > 0) {
                    return request;
                }
            }
        }
        while (missing > 0) {
            if (bulkBytes < 0 && !readBulkLength(in, to, authenticated)) {
                return null;
            }
            if (to - position < bulkBytes + 2) {
                if (to - from > maxRequestBytes) {
                    throw new Malformed("too big request");
                }
                return null;
            }
            request.add(position, bulkBytes, to);
            position += bulkBytes + 2;
            bulkBytes = -1;
            missing--;
        }
        begun = false;
        return request;
    }

    private boolean begin(byte[] in, int to, boolean authenticated) throws Malformed {
        long count = shortLength(in, to);
        int end = shortEnd;
        if (count < 0) {
            end = lineEnd(in, to, "too big mbulk count string");
            if (end < 0) {
                return false;
            }
            count = length(in, position + 1, end, "invalid multibulk length");
        }
        if (count > MAX_ARGUMENTS_UNAUTHENTICATED && count <= MAX_ARGUMENTS && !authenticated) {
            throw new Malformed("unauthenticated multibulk length");
        }
        if (count > MAX_ARGUMENTS) {
            throw new Malformed("invalid multibulk length");
        }
        position = end + 2;
        request.begin(in);
        missing = (int) Math.max(0, count);
        bulkBytes = -1;
        begun = missing > 0;
        return true;
    }

    private boolean readBulkLength(byte[] in, int to, boolean authenticated) throws Malformed {
        long bytes = position < to && in[position] == '$' ? shortLength(in, to) : -1;
        int end = shortEnd;
        if (bytes < 0) {
            end = lineEnd(in, to, "too big bulk count string");
            if (end < 0) {
                return false;
            }
            if (in[position] != '$') {
                throw new Malformed("expected '$', got '" + (char) (in[position] & 0xff) + "'");
            }
            bytes = length(in, position + 1, end, "invalid bulk length");
        }
        if (bytes > MAX_BULK_BYTES_UNAUTHENTICATED && bytes <= MAX_BULK_BYTES_OF_REDIS && !authenticated) {
            throw new Malformed("unauthenticated bulk length");
        }
        if (bytes < 0 || bytes > maxRequestBytes) {
            throw new Malformed("invalid bulk length");
        }
        position = end + 2;
        bulkBytes = (int) bytes;
        return true;
    }

    /**
     * The length in the line after {@link #position}, if it has one to six digits, as nearly all have, and is complete; the line's
     * end is {@link #shortEnd} then. Else -1, and the line is to be looked at more closely.
     */
    private int shortLength(byte[] in, int to) {
        int at = position + 1;
        int most = Math.min(to - 1, at + SHORT_DIGITS + 1);
        int value = 0;
        for (; at < most; at++) {
            int digit = in[at] - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            value = value * 10 + digit;
        }
        boolean isCanonical = at > position + 1 && (in[position + 1] != '0' || at == position + 2);
        if (at >= most || in[at] != '\r' || !isCanonical) {
            return -1;
        }
        shortEnd = at;
        return value;
    }

    /** Where the carriage return is, if what follows it is there too; else -1. */
    private int lineEnd(byte[] in, int to, String tooLong) throws Malformed {
        for (int i = position; i < to; i++) {
            if (in[i] == '\r') {
                return i + 1 < to ? i : -1;
            }
        }
        if (to - position > MAX_LINE_BYTES) {
            throw new Malformed(tooLong);
        }
        return -1;
    }

    private static long length(byte[] in, int from, int end, String wrong) throws Malformed {
        if (!Decimal.isCanonical(in, from, end - from)) {
            throw new Malformed(wrong);
        }
        return Decimal.value(in, from, end - from);
    }

    // --- lines of words ---

    private boolean readLine(byte[] in, int to) throws Malformed {
        int end = position;
        while (end < to && in[end] != '\n') {
            end++;
        }
        if (end == to) {
            if (to - position > MAX_LINE_BYTES) {
                throw new Malformed("too big inline request");
            }
            return false;
        }
        int words = end > position && in[end - 1] == '\r' ? end - 1 : end;
        split(in, position, words);
        position = end + 1;
        return true;
    }

    /** Words between white space; in double quotes with escapes, in single quotes with \' only. */
    private void split(byte[] in, int from, int to) throws Malformed {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Request words = request;
        words.begin(in);
        int[] lengths = new int[16];
        int count = 0;
        int i = from;
        while (true) {
            while (i < to && isSpace(in[i])) {
                i++;
            }
            if (i >= to) {
                break;
            }
            int before = all.size();
            boolean done = false;
            byte quote = 0;
            while (!done) {
                if (quote == '"') {
                    if (i >= to) {
                        throw new Malformed("unbalanced quotes in request");
                    }
                    if (in[i] == '\\' && i + 3 < to && in[i + 1] == 'x' && hex(in[i + 2]) >= 0 && hex(in[i + 3]) >= 0) {
                        all.write(hex(in[i + 2]) * 16 + hex(in[i + 3]));
                        i += 3;
                    } else if (in[i] == '\\' && i + 1 < to) {
                        i++;
                        all.write(escaped(in[i]));
                    } else if (in[i] == '"') {
                        if (i + 1 < to && !isSpace(in[i + 1])) {
                            throw new Malformed("unbalanced quotes in request");
                        }
                        done = true;
                    } else {
                        all.write(in[i]);
                    }
                } else if (quote == '\'') {
                    if (i >= to) {
                        throw new Malformed("unbalanced quotes in request");
                    }
                    if (in[i] == '\\' && i + 1 < to && in[i + 1] == '\'') {
                        i++;
                        all.write('\'');
                    } else if (in[i] == '\'') {
                        if (i + 1 < to && !isSpace(in[i + 1])) {
                            throw new Malformed("unbalanced quotes in request");
                        }
                        done = true;
                    } else {
                        all.write(in[i]);
                    }
                } else if (i >= to || isSpace(in[i]) || in[i] == 0) {
                    done = true;
                } else if (in[i] == '"' || in[i] == '\'') {
                    quote = in[i];
                } else {
                    all.write(in[i]);
                }
                if (i < to) {
                    i++;
                }
            }
            if (count == lengths.length) {
                lengths = Arrays.copyOf(lengths, count * 2);
            }
            lengths[count++] = all.size() - before;
        }
        byte[] unquoted = all.toByteArray();
        words.begin(unquoted);
        words.setLine();
        int at = 0;
        for (int word = 0; word < count; word++) {
            words.add(at, lengths[word], unquoted.length);
            at += lengths[word];
        }
    }

    private static int escaped(byte b) {
        return switch (b) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'a' -> 7;
            default -> b;
        };
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r');
    }

    private static int hex(byte b) {
        return Character.digit(b, 16);
    }
}
