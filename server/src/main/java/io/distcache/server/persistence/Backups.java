package io.distcache.server.persistence;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.log.Segment;
import io.distcache.server.shard.Session;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that are held open for clients which read them as a backup: a snapshot, and the log that belongs to it. A client has them
 * until it asks for others or its connection ends. Confined to the snapshot thread.
 */
final class Backups {
    private static final Logger LOG = LoggerFactory.getLogger(Backups.class);
    private static final int CHUNK_BYTES = 1 << 20;

    /** An open file can be read to its end although it is removed meanwhile. */
    private record HeldFile(String path, RandomAccessFile file, long bytes) {}

    private final Map<Session, List<HeldFile>> held = new HashMap<>();

    /**
     * Holds a snapshot and the log for a client, and tells what there is.
     *
     * @param log where the segments are
     * @param end segments that begin here or later do not belong to it
     */
    Reply hold(Session session, Path snapshot, Path log, long end) throws IOException {
        List<HeldFile> files = hold(session, snapshot);
        for (Path segment : Segment.list(log)) {
            if (Segment.positionOf(segment) < end) {
                files.add(open("log/", segment));
            }
        }
        return offer(files);
    }

    /** Holds a snapshot that needs no log. */
    Reply holdAlone(Session session, Path snapshot) throws IOException {
        return offer(hold(session, snapshot));
    }

    private List<HeldFile> hold(Session session, Path snapshot) throws IOException {
        List<HeldFile> files = new ArrayList<>();
        held.put(session, files);
        files.add(open("snapshots/", snapshot));
        return files;
    }

    private static Reply offer(List<HeldFile> files) {
        return new Reply.Files(files.stream()
                .map(file -> new Reply.NodeFile(file.path, file.bytes))
                .toList());
    }

    private static HeldFile open(String folder, Path path) throws IOException {
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "r");
        return new HeldFile(folder + path.getFileName(), file, file.length());
    }

    /** Reads from what is held for a client. */
    Reply read(Session session, Command.ReadBackup command) throws IOException {
        List<HeldFile> files = held.get(session);
        if (files == null || command.file() >= files.size() || command.offset() < 0) {
            return new Reply.Failure(
                    Status.BAD_REQUEST,
                    "this connection holds no file " + command.file() + " of a backup; ask for a BACKUP first");
        }
        HeldFile file = files.get(command.file());
        byte[] bytes = new byte[(int) Math.max(0, Math.min(CHUNK_BYTES, file.bytes - command.offset()))];
        file.file.seek(command.offset());
        file.file.readFully(bytes);
        return new Reply.Chunk(Bytes.of(bytes));
    }

    /** Closes what is held for a client, if anything is. */
    void release(Session session) {
        close(held.remove(session));
    }

    /** Closes what is held for clients that are gone. */
    void releaseUnused() {
        for (Session session : List.copyOf(held.keySet())) {
            if (session.isClosed()) {
                release(session);
            }
        }
    }

    private static void close(@Nullable List<HeldFile> files) {
        for (HeldFile file : files == null ? List.<HeldFile>of() : files) {
            try {
                file.file.close();
            } catch (IOException e) {
                LOG.debug("closing {} failed", file.path, e);
            }
        }
    }
}
