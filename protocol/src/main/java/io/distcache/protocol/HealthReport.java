package io.distcache.protocol;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * How a node is. Immutable.
 *
 * <p>One more figure is one more constant at the end of {@link Figure}, and whoever makes the report sets it: everything that sends or
 * shows reports goes through {@link #parts} or over all figures.
 *
 * @param state what it does
 * @param cause why it is in that state, if that is not obvious; else empty
 * @param progressPercent while it is starting: how much of its data it has, 0 to 100
 * @param node its stable name
 * @param incarnation differs between any two starts of a node
 * @param version of DistCache
 * @param notReady why it is not safe yet to stop the next node of its pool; empty if it is
 * @param figures all of them
 */
public record HealthReport(
        State state,
        String cause,
        int progressPercent,
        String node,
        long incarnation,
        String version,
        String notReady,
        Map<Figure, Long> figures) {

    /** What a node does; the wire byte is {@link #ordinal()}. */
    public enum State {
        STARTING,
        SERVING,
        READ_ONLY,
        DRAINING
    }

    /** {@link #notReady} of a node that makes a replicated pool of what it has. */
    public static final String FOUNDS = "this node is giving what it has to the other nodes of a replicated pool";

    /** {@link #notReady} of a member of a pool that is being made of what another node has. */
    public static final String AWAITS_FOUNDER =
            "this node waits for the one with whose entries its replicated pool begins";

    /** A number about a node; they are sent in this order. */
    public enum Figure {
        /** Milliseconds since it was ready. */
        UPTIME_MILLIS,
        /** Entries over all caches. */
        ENTRIES,
        /** Bytes kept by entries and tables. */
        BYTES,
        /** The node's bound for these. */
        MAX_BYTES,
        /** Connections open now. */
        CONNECTIONS,
        /** Commands answered since the start. */
        OPERATIONS,
        /** Entries evicted since the start. */
        EVICTIONS,
        /** Bytes of the log, not known to be on disk; 0 without a log. */
        UNSYNCED_BYTES,
        /** What the last sync of the log took. */
        SYNC_MICROS,
        /** Age of the newest snapshot; -1 if there is none. */
        SNAPSHOT_MILLIS,
        /** Reads that found their entry, since the start. */
        HITS,
        /** Reads that did not. */
        MISSES,
        /** Commands taken, over the last seconds. */
        OPERATIONS_PER_SECOND,
        /** The longest that an event loop was late lately. */
        LAG_MICROS,
        /** Bytes of the heap in use. */
        HEAP_BYTES,
        /** The largest the heap can be. */
        MAX_HEAP_BYTES,
        /** Bytes of memory outside the heap, for what is read and written. */
        DIRECT_BYTES,
        /** The epoch of the pool's members as it knows them; 0 if it is in none. */
        POOL_EPOCH,
        /** Hints that it keeps for members that are away. */
        HINTS,
        /** Bytes of requests not executed and replies not read, over all connections. */
        BUFFERED_BYTES,
        /** Requests refused and connections cut off for want of room for these, since the start. */
        REFUSALS,
        /** Clients whose synchronous listeners took longer than is allowed, and are not waited for until they have caught up. */
        LATE_CLIENTS,
        /** Days until the node's certificate expires, a begun one included; negative since it has, 0 without TLS. */
        CERTIFICATE_DAYS,
        /** Logins that failed since the start, at all ports. */
        FAILED_LOGINS,
        /** Commands that were refused since the start, as the rules do not allow them to the user. */
        FORBIDDEN_COMMANDS,
        /** Groups of keys of a replicated pool that it leads; 0 in any other. */
        GROUPS_LED,
        /** Groups that nobody leads as far as it knows, that of the caches among them. */
        GROUPS_WITHOUT_LEADER,
        /** Of the groups that it leads: the most entries that another member lacks. */
        MOST_BEHIND,
        /** How often it has seen a group get another leader, since the start. */
        LEADER_CHANGES,
        /** How often an answer had to wait until somebody else's change was committed, or a majority had confirmed who leads, since the start. */
        GATE_WAITS,
        /** How long these waited in all. */
        GATE_WAIT_MICROS,
        /** Of the groups of keys that it leads: the shortest time for which it may answer without asking the others; -1 if it always asks. */
        LEASE_MILLIS,
        /** Of the groups that it leads: the most entries of its log that a majority has not got yet. */
        COMMIT_LAG_ENTRIES,
        /** For how long the oldest change has waited that a majority has not got yet. */
        COMMIT_LAG_MILLIS,
        /** Of all groups: the most entries of its log that it has not applied yet. */
        APPLY_LAG_ENTRIES,
        /** For how long one of these has been there; looked at each second. */
        APPLY_LAG_MILLIS,
        /** Entries that it has proposed as a leader of groups of keys, since the start. */
        PROPOSED_ENTRIES,
        /** Changes that are in these, each of one command in one shard. */
        PROPOSED_CHANGES,
        /** The log of its groups. */
        LOG_BYTES,
        /** The group whose entries keep the oldest part of that log, if it could go else; {@link #CACHES_PIN} or {@link #NOTHING_PINS}. */
        PINNING_GROUP;

        /** {@link #PINNING_GROUP}: that of the caches. */
        public static final long CACHES_PIN = -1;
        /** {@link #PINNING_GROUP}: none. */
        public static final long NOTHING_PINS = -2;

        private final String label = label(name());

        /** Whether it is about a replicated pool: only reports of members have it, and only clients that know such pools get these. */
        public boolean isOfReplicatedPool() {
            return compareTo(GROUPS_LED) >= 0;
        }

        /** Its name as programs see it, as {@code snapshotMillis}. */
        public String label() {
            return label;
        }

        /** Whether it is sent as an {@code int} that is never negative. */
        public boolean isCount() {
            return this == CONNECTIONS || this == LATE_CLIENTS;
        }

        private static String label(String name) {
            StringBuilder label = new StringBuilder();
            for (String word : name.toLowerCase(Locale.ROOT).split("_", -1)) {
                label.append(label.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
            }
            return label.toString();
        }
    }

    public HealthReport {
        // They come from another machine, and are shown in logs, on terminals and in consoles.
        cause = OneLine.of(cause);
        node = OneLine.of(node);
        version = OneLine.of(version);
        notReady = OneLine.of(notReady);
        Map<Figure, Long> all = new EnumMap<>(Figure.class);
        for (Figure figure : Figure.values()) {
            all.put(figure, figures.getOrDefault(figure, 0L));
        }
        figures = Collections.unmodifiableMap(all);
    }

    /** A report of a node in a state; all else is empty and 0 until it is set. */
    public static Builder in(State state) {
        return new Builder(state);
    }

    /** Whether it serves, and the next node of its pool may be stopped. */
    public boolean isReady() {
        return state == State.SERVING && notReady.isEmpty();
    }

    /** Of a hundred reads, how many found their entry; 0 before the first. */
    public double hitPercent() {
        return hits() + misses() == 0 ? 0 : 100.0 * hits() / (hits() + misses());
    }

    /** A figure. */
    public long figure(Figure figure) {
        return figures.getOrDefault(figure, 0L);
    }

    /** All parts by their names as programs see them, in the order in which they are sent. */
    public Map<String, Object> parts() {
        Map<String, Object> parts = new LinkedHashMap<>();
        parts.put("state", state);
        parts.put("cause", cause);
        parts.put("progressPercent", progressPercent);
        parts.put("node", node);
        parts.put("incarnation", incarnation);
        figures.forEach((figure, value) -> {
            if (figure == Figure.HITS) {
                parts.put("version", version);
            } else if (figure == Figure.BUFFERED_BYTES) {
                parts.put("notReady", notReady);
            }
            parts.put(figure.label(), value);
        });
        return parts;
    }

    /** {@link Figure#UPTIME_MILLIS}. */
    public long uptimeMillis() {
        return figure(Figure.UPTIME_MILLIS);
    }

    /** {@link Figure#ENTRIES}. */
    public long entries() {
        return figure(Figure.ENTRIES);
    }

    /** {@link Figure#BYTES}. */
    public long bytes() {
        return figure(Figure.BYTES);
    }

    /** {@link Figure#MAX_BYTES}. */
    public long maxBytes() {
        return figure(Figure.MAX_BYTES);
    }

    /** {@link Figure#CONNECTIONS}. */
    public int connections() {
        return (int) figure(Figure.CONNECTIONS);
    }

    /** {@link Figure#OPERATIONS}. */
    public long operations() {
        return figure(Figure.OPERATIONS);
    }

    /** {@link Figure#EVICTIONS}. */
    public long evictions() {
        return figure(Figure.EVICTIONS);
    }

    /** {@link Figure#UNSYNCED_BYTES}. */
    public long unsyncedBytes() {
        return figure(Figure.UNSYNCED_BYTES);
    }

    /** {@link Figure#SYNC_MICROS}. */
    public long syncMicros() {
        return figure(Figure.SYNC_MICROS);
    }

    /** {@link Figure#SNAPSHOT_MILLIS}. */
    public long snapshotMillis() {
        return figure(Figure.SNAPSHOT_MILLIS);
    }

    /** {@link Figure#HITS}. */
    public long hits() {
        return figure(Figure.HITS);
    }

    /** {@link Figure#MISSES}. */
    public long misses() {
        return figure(Figure.MISSES);
    }

    /** {@link Figure#OPERATIONS_PER_SECOND}. */
    public long operationsPerSecond() {
        return figure(Figure.OPERATIONS_PER_SECOND);
    }

    /** {@link Figure#LAG_MICROS}. */
    public long lagMicros() {
        return figure(Figure.LAG_MICROS);
    }

    /** {@link Figure#HEAP_BYTES}. */
    public long heapBytes() {
        return figure(Figure.HEAP_BYTES);
    }

    /** {@link Figure#MAX_HEAP_BYTES}. */
    public long maxHeapBytes() {
        return figure(Figure.MAX_HEAP_BYTES);
    }

    /** {@link Figure#DIRECT_BYTES}. */
    public long directBytes() {
        return figure(Figure.DIRECT_BYTES);
    }

    /** {@link Figure#POOL_EPOCH}. */
    public long poolEpoch() {
        return figure(Figure.POOL_EPOCH);
    }

    /** {@link Figure#HINTS}. */
    public long hints() {
        return figure(Figure.HINTS);
    }

    /** {@link Figure#BUFFERED_BYTES}. */
    public long bufferedBytes() {
        return figure(Figure.BUFFERED_BYTES);
    }

    /** {@link Figure#REFUSALS}. */
    public long refusals() {
        return figure(Figure.REFUSALS);
    }

    /** {@link Figure#LATE_CLIENTS}. */
    public int lateClients() {
        return (int) figure(Figure.LATE_CLIENTS);
    }

    /** {@link Figure#CERTIFICATE_DAYS}. */
    public long certificateDays() {
        return figure(Figure.CERTIFICATE_DAYS);
    }

    /** {@link Figure#FAILED_LOGINS}. */
    public long failedLogins() {
        return figure(Figure.FAILED_LOGINS);
    }

    /** {@link Figure#FORBIDDEN_COMMANDS}. */
    public long forbiddenCommands() {
        return figure(Figure.FORBIDDEN_COMMANDS);
    }

    /** Whether there is any figure of a replicated pool. */
    public boolean isOfReplicatedPool() {
        return figures.entrySet().stream()
                .anyMatch(figure -> figure.getKey().isOfReplicatedPool() && figure.getValue() != 0);
    }

    /** Makes a report, part by part. Confined to one thread. */
    public static final class Builder {
        private final State state;
        private final Map<Figure, Long> figures = new EnumMap<>(Figure.class);
        private String cause = "";
        private int progressPercent;
        private String node = "";
        private long incarnation;
        private String version = "";
        private String notReady = "";

        private Builder(State state) {
            this.state = state;
        }

        /** Why it is in that state. */
        public Builder cause(String why) {
            this.cause = why;
            return this;
        }

        /** How much of its data it has. */
        public Builder progressPercent(int percent) {
            this.progressPercent = percent;
            return this;
        }

        /** Its stable name. */
        public Builder node(String name) {
            this.node = name;
            return this;
        }

        /** Which of its starts this is. */
        public Builder incarnation(long number) {
            this.incarnation = number;
            return this;
        }

        /** The version of DistCache. */
        public Builder version(String number) {
            this.version = number;
            return this;
        }

        /** Why it is not safe yet to stop the next node of its pool. */
        public Builder notReady(String why) {
            this.notReady = why;
            return this;
        }

        /** One of the figures. */
        public Builder with(Figure figure, long value) {
            figures.put(figure, value);
            return this;
        }

        /** The report. */
        public HealthReport build() {
            return new HealthReport(state, cause, progressPercent, node, incarnation, version, notReady, figures);
        }
    }
}
