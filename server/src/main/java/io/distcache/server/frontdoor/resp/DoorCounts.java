package io.distcache.server.frontdoor.resp;

import io.netty.util.concurrent.EventExecutor;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What INFO counts, over all event loops, since the start or since CONFIG RESETSTAT. Thread-safe. */
final class DoorCounts {
    private final int commands;
    private final Map<EventExecutor, CommandCounts> ofLoops = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();
    /** What the counters of the event loops had when they were reset; they themselves only grow. */
    private volatile long[] before;

    DoorCounts(int commands) {
        this.commands = commands;
        this.before = new long[commands * CommandCounts.KINDS];
    }

    /** The counters of one event loop, for that to write. */
    CommandCounts of(EventExecutor loop) {
        return ofLoops.computeIfAbsent(loop, any -> new CommandCounts(commands));
    }

    /** Counts an error by its code, which is its first word. */
    void error(String message) {
        int end = message.indexOf(' ');
        String code = end < 0 ? message : message.substring(0, end);
        errors.computeIfAbsent(code, any -> new LongAdder()).increment();
    }

    /** How often each error was told, by its code. */
    Map<String, Long> errors() {
        Map<String, Long> all = new TreeMap<>();
        errors.forEach((code, count) -> all.put(code, count.sum()));
        return all;
    }

    /** All counters: those of command {@code i} begin at {@code i * CommandCounts.KINDS}. */
    long[] commands() {
        long[] sums = total();
        long[] less = before;
        for (int i = 0; i < sums.length; i++) {
            sums[i] -= less[i];
        }
        return sums;
    }

    private long[] total() {
        long[] sums = new long[commands * CommandCounts.KINDS];
        ofLoops.values().forEach(counts -> counts.addTo(sums));
        return sums;
    }

    void reset() {
        before = total();
        errors.clear();
    }
}
