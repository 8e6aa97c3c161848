package io.distcache.server.frontdoor.resp;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The last commands that took long, with some of their arguments, as SLOWLOG tells them. A secret among these is left out. Thread-safe.
 */
final class SlowLog {
    /** So many entries may be kept at most: each takes up to 4 KiB. */
    static final int MOST_ENTRIES = 4096;

    private static final int FIRST_ENTRIES = 128;
    private static final long FIRST_THRESHOLD_MICROS = 10_000;
    private static final int MOST_ARGUMENTS = 32;
    private static final int MOST_BYTES = 128;
    private static final String REDACTED = "(redacted)";

    /** One command that took long; its arguments as text of one byte a character. */
    record Entry(long id, long seconds, long micros, List<String> arguments, String peer, String clientName) {}

    private final Deque<Entry> entries = new ArrayDeque<>();
    private volatile long thresholdMicros = FIRST_THRESHOLD_MICROS;
    private volatile int mostEntries = FIRST_ENTRIES;
    private long nextId;

    /** From which time on a command is kept; below 0 none is. */
    long thresholdMicros() {
        return thresholdMicros;
    }

    void thresholdMicros(long micros) {
        thresholdMicros = micros;
    }

    int mostEntries() {
        return mostEntries;
    }

    synchronized void mostEntries(int most) {
        mostEntries = most;
        trim();
    }

    boolean isSlow(long nanos) {
        long threshold = thresholdMicros;
        return threshold >= 0 && nanos / 1000 >= threshold;
    }

    synchronized void add(
            RespCommand command, Request request, long nanos, long wallMillis, String peer, String clientName) {
        entries.addFirst(
                new Entry(nextId++, wallMillis / 1000, nanos / 1000, arguments(command, request), peer, clientName));
        trim();
    }

    private void trim() {
        while (entries.size() > mostEntries) {
            entries.removeLast();
        }
    }

    private static List<String> arguments(RespCommand command, Request request) {
        int all = request.count();
        int shown = Math.min(all, MOST_ARGUMENTS);
        List<String> arguments = new ArrayList<>(shown);
        boolean isSecret = false;
        for (int i = 0; i < shown; i++) {
            if (shown < all && i == shown - 1) {
                arguments.add("... (" + (all - shown + 1) + " more arguments)");
                break;
            }
            arguments.add(isSecret ? REDACTED : shortened(request, i));
            // AUTH and HELLO say a password, and CONFIG SET may.
            isSecret |= switch (command.name()) {
                case "auth" -> true;
                case "hello" -> request.is(i, "auth");
                case "config|set" -> request.is(i, "requirepass") || request.is(i, "masterauth");
                default -> false;
            };
        }
        return arguments;
    }

    private static String shortened(Request request, int index) {
        int bytes = request.length(index);
        return bytes <= MOST_BYTES
                ? request.text(index)
                : request.begin(index, MOST_BYTES) + "... (" + (bytes - MOST_BYTES) + " more bytes)";
    }

    /** The latest entries, so many at most. */
    synchronized List<Entry> latest(long most) {
        return entries.stream().limit(most).toList();
    }

    synchronized int size() {
        return entries.size();
    }

    synchronized void clear() {
        entries.clear();
    }
}
