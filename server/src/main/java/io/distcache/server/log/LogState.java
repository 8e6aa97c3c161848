package io.distcache.server.log;

import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far a log is written and synced, and whether it has failed. A failure is final until the log is opened again, in a new
 * segment; then there may be a gap before that, until a snapshot has what is missing. Thread-safe.
 */
final class LogState {
    private static final Logger LOG = LoggerFactory.getLogger(LogState.class);

    private final long incarnation;
    private final LogPlace place;
    private final Consumer<IOException> onFailure;
    private volatile long writtenTo;
    private volatile long syncedTo;
    private volatile @Nullable IOException failure;
    /** The log is without a gap before this position, or a snapshot has what is missing. */
    private volatile long wholeTo = Long.MAX_VALUE;

    /**
     * The state of a log that goes on at a position.
     *
     * @param onFailure told once of each failure, on the thread that met it
     * @param place told how far the log is
     */
    LogState(long incarnation, long position, LogPlace place, Consumer<IOException> onFailure) {
        this.incarnation = incarnation;
        this.place = place;
        this.onFailure = onFailure;
        this.writtenTo = position;
        this.syncedTo = position;
    }

    /** Everything before this position is with the operating system. */
    long writtenTo() {
        return writtenTo;
    }

    /** Everything before this position is on disk. */
    long syncedTo() {
        return syncedTo;
    }

    /** What a mark may say of that: behind a gap nothing is promised. */
    long markedTo() {
        return known(syncedTo);
    }

    /** Why nothing can be appended, or null if it can. */
    @Nullable
    IOException failure() {
        return failure;
    }

    /** Throws why nothing can be appended, if there is such a reason. */
    void refuseIfFailed() throws IOException {
        IOException failed = failure;
        if (failed != null) {
            throw failed;
        }
    }

    /** So much is written; by whoever writes. */
    void written(long position) {
        writtenTo = position;
    }

    /** So much is on disk; by whoever syncs. */
    void synced(long position) {
        syncedTo = position;
    }

    /** Takes no more changes, since what is needed to have them again is not there. */
    void fail(IOException cause) {
        synchronized (this) {
            if (failure != null) {
                return;
            }
            failure = cause;
        }
        // What was written and not synced may be gone.
        place.reached(new LogEnd(incarnation, known(syncedTo), known(syncedTo), LogEnd.UNKNOWN));
        LOG.error("the log failed, and takes no more changes: {}", FileFailure.text(cause));
        onFailure.accept(cause);
    }

    /** What was not synced is given up: behind it there is a gap. */
    void giveUpUnsynced() {
        wholeTo = Math.min(wholeTo, syncedTo);
    }

    /** The log goes on at a position, as if it had not failed. */
    void goOn(long position) {
        writtenTo = position;
        failure = null;
    }

    /** A snapshot has all changes up to the log's end: what a failure took is no longer missed. */
    void coveredBySnapshot() {
        wholeTo = Long.MAX_VALUE;
    }

    /**
     * Notes how far the log is, beside it.
     *
     * @param newest position of the newest segment
     */
    void note(long newest) {
        if (failure == null) {
            boolean whole = wholeTo == Long.MAX_VALUE;
            place.reached(new LogEnd(incarnation, known(syncedTo), known(writtenTo), whole ? newest : LogEnd.UNKNOWN));
        }
    }

    /** Behind a gap, which only a snapshot fills, nothing is promised until there is one. */
    private long known(long position) {
        return Math.min(position, wholeTo);
    }
}
