package io.distcache.server.consensus;

/** Tells when what a group agrees on was decided: by the clock of its leader then, which never goes back from one entry to the next. Thread-safe. */
public interface LeadersTime {
    /** When an entry was proposed, in milliseconds since 1970. */
    long ofEntry(int group, byte[] entry);

    /**
     * When the newest was decided of what is in a snapshot.
     *
     * @param piece the first one that was made of it
     */
    long ofSnapshot(int group, byte[] piece);
}
