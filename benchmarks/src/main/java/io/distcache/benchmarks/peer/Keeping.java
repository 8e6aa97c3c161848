package io.distcache.benchmarks.peer;

import java.util.List;

/** How a peer keeps its entries; which peer can do what says {@link Peer#keeping}. */
public enum Keeping {
    IN_MEMORY("in memory"),

    /** A log, synced before a change is acknowledged; otherwise as the peer does by default. */
    ALWAYS("always"),
    /** A log, synced every second; otherwise as the peer does by default. */
    INTERVAL("interval"),
    /** A log that is never synced but by the operating system; otherwise as the peer does by default. */
    OS("os"),

    /** A snapshot from each clean stop. */
    SNAPSHOT("from snapshot"),
    /** A log of everything since the beginning, and started from nothing else. */
    LOG("from log"),

    /** Able to take snapshots, and takes none while it serves. */
    QUIET("without snapshots"),
    /** Takes one snapshot after the other. */
    SNAPSHOTTING("during snapshots");

    public static final List<Keeping> SYNC_POLICIES = List.of(ALWAYS, INTERVAL, OS);

    private final String title;

    Keeping(String title) {
        this.title = title;
    }

    public String title() {
        return title;
    }

    /** What a peer is called that keeps its entries like this. */
    public String of(String peer) {
        return peer + " " + title;
    }
}
