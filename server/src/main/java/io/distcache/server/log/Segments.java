package io.distcache.server.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log's files: one that is being written to, those before it, and what has to be done with each.
 *
 * <pre>
 *  begin -> write ... write -> sealed, when the next one begins -> synced, then closed -> removed, when no snapshot needs it
 * </pre>
 *
 * <p>One thread at a time begins and writes, one at a time syncs; the rest is thread-safe.
 */
final class Segments {
    private static final Logger LOG = LoggerFactory.getLogger(Segments.class);
    private static final int WRITE_BYTES = 256 * 1024;

    /** What a sync brings to disk: files, and whether there are new names among them. */
    record Unsynced(List<SegmentFile> files, boolean names) {
        boolean isNothing() {
            return files.isEmpty() && !names;
        }
    }

    private final Path directory;
    private final LogConfig config;
    private final InstantSource clock;
    private final Segment.By by;
    private final SegmentFile.Storage storage;
    private final LogPlace place;
    private final LogState state;

    /** The position of the newest segment. */
    private volatile long newest = LogEnd.UNKNOWN;

    /** Written by whoever writes. */
    private @Nullable SegmentFile current;

    private long currentBytes;

    /** Segments that a start needs and that are written to no more. */
    private final Map<Path, KeptFile> sealed = new ConcurrentSkipListMap<>();

    // Guarded by itself: files written to and not synced since, the newest last.
    private final Deque<SegmentFile> unsynced = new ArrayDeque<>();
    private boolean namesUnsynced;

    Segments(
            Path directory,
            LogConfig config,
            InstantSource clock,
            Segment.By by,
            SegmentFile.Storage storage,
            LogPlace place,
            LogState state) {
        this.directory = directory;
        this.config = config;
        this.clock = clock;
        this.by = by;
        this.storage = storage;
        this.place = place;
        this.state = state;
    }

    /** The position of the newest segment. */
    long newest() {
        return newest;
    }

    /** What the last process wrote may still be in the page cache only, and marks will say that it is on disk. */
    void syncEarlier() throws IOException {
        for (Path before : Segment.list(directory)) {
            try {
                storage.sync(before);
            } catch (IOException e) {
                throw FileFailure.wrapped("the log's " + before + " could not be brought to disk", e);
            }
        }
    }

    /** A start needs this segment, which an earlier process wrote. */
    void keep(Path before) throws IOException {
        sealed.put(before, KeptFile.of(before));
    }

    // --- begin, write ---

    /**
     * Writes a group, to a new segment if it does not fit into the current one.
     *
     * @return whether a new one was begun
     */
    boolean write(Gathering.Group group) throws IOException {
        boolean full = currentBytes > Segment.HEADER_BYTES && currentBytes + group.used > config.segmentBytes();
        if (full) {
            begin(group.end - group.used);
        }
        SegmentFile open = current;
        if (open == null) {
            throw new IOException("the log has no segment open");
        }
        try {
            for (int i = 0; i < group.used; i += WRITE_BYTES) {
                open.write(group.bytes, i, Math.min(WRITE_BYTES, group.used - i));
            }
        } catch (IOException e) {
            throw FileFailure.wrapped("the log could not be written to " + open, e);
        }
        currentBytes += group.used;
        synchronized (unsynced) {
            // Only now: a sync that took the file before the write had ended would have missed some of it.
            if (unsynced.peekLast() != open) {
                unsynced.add(open);
            }
        }
        return full;
    }

    /** The next segment. The one before stays open until it is synced. */
    void begin(long at) throws IOException {
        Path path = directory.resolve(Segment.name(at));
        // What has this name in a place that is no longer the log's may be another node's.
        place.check();
        SegmentFile before = current;
        if (before != null) {
            // Later checks are of the next one: what was done to this one since the last must be seen now.
            before.check();
        }
        // An earlier process may have begun one here, and have written nothing into it: that one is replaced.
        sealed.remove(path);
        SegmentFile opened;
        try {
            opened = storage.create(path);
        } catch (IOException e) {
            throw FileFailure.wrapped("the log's next segment could not be made", e);
        }
        try {
            opened.write(new Segment(path, at, by).header(), 0, Segment.HEADER_BYTES);
        } catch (IOException e) {
            opened.close();
            throw FileFailure.wrapped("the header of " + path + " could not be written", e);
        }
        if (before != null) {
            Path full = directory.resolve(Segment.name(newest));
            sealed.put(full, new KeptFile(full, currentBytes));
        }
        currentBytes = Segment.HEADER_BYTES;
        newest = at;
        state.note(at);
        synchronized (unsynced) {
            // In here: a sync that saw the one before neither as the current one nor among these would close it.
            current = opened;
            if (before != null && unsynced.peekLast() != before) {
                // Synced since its last write; the next sync closes it.
                unsynced.add(before);
            }
            unsynced.add(opened);
            namesUnsynced = true;
        }
    }

    // --- sync ---

    /** Whether segments that are full wait for a sync, and to be closed. */
    boolean hasSealed() {
        synchronized (unsynced) {
            return unsynced.size() > 1;
        }
    }

    /** Takes what was written and not synced; what is written from now on is for the next sync. */
    Unsynced takeUnsynced() {
        synchronized (unsynced) {
            Unsynced taken = new Unsynced(new ArrayList<>(unsynced), namesUnsynced);
            unsynced.clear();
            namesUnsynced = false;
            return taken;
        }
    }

    /** Brings it to disk. */
    void sync(Unsynced taken) throws IOException {
        for (SegmentFile open : taken.files) {
            try {
                open.sync();
            } catch (IOException e) {
                throw FileFailure.wrapped("the log's " + open + " could not be brought to disk", e);
            }
        }
        if (taken.names) {
            storage.syncNames(directory);
        }
    }

    /** Closes those that are written to no more and are synced. */
    void closeSynced(Unsynced taken) {
        synchronized (unsynced) {
            for (SegmentFile open : taken.files) {
                if (open != current && !unsynced.contains(open)) {
                    closeQuietly(open);
                }
            }
        }
    }

    // --- look after ---

    /**
     * Looks whether the place is still this log's, and the segment that is being written to too.
     *
     * @throws IOException if not; the message says what has become of them
     */
    void check() throws IOException {
        while (true) {
            SegmentFile open = current();
            try {
                place.check();
                if (open != null) {
                    open.check();
                }
                return;
            } catch (IOException e) {
                if (open == current()) {
                    throw e;
                }
                // Another one has been begun, and the one before may have been closed, and removed, meanwhile.
            }
        }
    }

    /**
     * Looks whether segments that are written to no more are still there.
     *
     * @throws IOException if one is not, or is another; the message says what has become of it
     */
    void checkSealed() throws IOException {
        for (KeptFile file : sealed.values()) {
            try {
                file.check();
            } catch (IOException e) {
                if (sealed.containsKey(file.file())) {
                    throw e;
                }
                // Else it was removed here, since nothing needs it any more.
            }
        }
    }

    private @Nullable SegmentFile current() {
        synchronized (unsynced) {
            return current;
        }
    }

    // --- reclaim ---

    /** Segments that end before a position and that nothing else says to keep; those that remain leave no gap. */
    List<Path> removableBefore(long needed) throws IOException {
        List<Path> files = Segment.list(directory);
        long bytesFromHere = 0;
        List<Path> removable = new ArrayList<>();
        for (int i = files.size() - 1; i >= 0; i--) {
            bytesFromHere += Files.size(files.get(i));
            if (i + 1 < files.size() && Segment.positionOf(files.get(i + 1)) <= needed) {
                // Files' times are the system's, which may have been set: what either clock takes for young stays.
                long age = Math.min(clock.millis(), System.currentTimeMillis())
                        - Files.getLastModifiedTime(files.get(i)).toMillis();
                if (!config.retain().keeps(age, bytesFromHere)) {
                    // What remains must be without a gap: nothing older than what goes stays.
                    removable.addAll(files.subList(0, i + 1));
                    break;
                }
            }
        }
        sealed.keySet().retainAll(Segment.from(needed, files));
        return removable;
    }

    /** The files of the failed past: whatever they hold, a snapshot will take their place. */
    void abandon() {
        close();
        current = null;
        sealed.clear();
    }

    /** Closes all that is open. */
    void close() {
        synchronized (unsynced) {
            unsynced.forEach(Segments::closeQuietly);
            unsynced.clear();
        }
        SegmentFile last = current;
        if (last != null) {
            closeQuietly(last);
        }
    }

    private static void closeQuietly(SegmentFile open) {
        try {
            open.close();
        } catch (IOException e) {
            LOG.debug("closing {} failed", open, e);
        }
    }
}
