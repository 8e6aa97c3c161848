package io.distcache.server.persistence;

import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.LogEnd;
import io.distcache.server.log.Segment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node had as a member of a replicated pool, whose data were made those of a node on its own. One rename decides which of the two a
 * directory is; what follows it is finished by the next start, if the command that made it was killed.
 *
 * <pre>
 *  replicated-pool.json            a member: log/ and groups/ count
 *       | renamed
 *  replicated-pool.json.recovered  a node on its own: snapshots/ counts, what the member had is yet to be moved
 *       | moved, last of all
 *  before-recovery/                a node on its own
 * </pre>
 *
 * Stateless.
 */
public final class FormerMember {
    /** Where what the member had is kept. */
    public static final String ASIDE = "before-recovery";
    /** What says from where the data comes; in {@link #ASIDE} until everything is done. */
    public static final String RECORD = "recovered.json";

    private static final String MARK = DataDirectory.REPLICATED_POOL + ".recovered";
    private static final List<String> FILES = List.of("groups", "boot", "forgotten", "before-pool", LogEnd.NAME);
    private static final Logger LOG = LoggerFactory.getLogger(FormerMember.class);

    private FormerMember() {}

    /** One rename. Doing the first ones of several leaves what a kill would. */
    public record Move(Path from, Path to) {
        /** Does it; when this returns it is on disk. */
        public void run() throws IOException {
            Files.createDirectories(to.getParent());
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
            DataDirectory.sync(to.getParent());
            DataDirectory.sync(from.getParent());
        }
    }

    /** From this on the directory is that of a node on its own, whose snapshot has to be there before. */
    public static Move decide(Path directory) {
        return new Move(directory.resolve(DataDirectory.REPLICATED_POOL), directory.resolve(MARK));
    }

    /** Whether it is decided, and not everything moved yet. */
    public static boolean isLeft(Path directory) {
        return Files.exists(directory.resolve(MARK))
                && Files.notExists(directory.resolve(DataDirectory.REPLICATED_POOL));
    }

    /** What is yet to be moved, in order. */
    public static List<Move> moves(Path directory) throws IOException {
        Path aside = directory.resolve(ASIDE);
        List<Move> moves = new ArrayList<>();
        for (Path segment : Segment.list(DataDirectory.log(directory))) {
            moves.add(new Move(segment, DataDirectory.log(aside).resolve(segment.getFileName())));
        }
        for (String name : FILES) {
            // A run that was killed may have moved it, and the next one made an empty one when it took the directory.
            if (Files.exists(directory.resolve(name)) && Files.notExists(aside.resolve(name))) {
                moves.add(new Move(directory.resolve(name), aside.resolve(name)));
            }
        }
        if (Files.exists(aside.resolve(RECORD))) {
            moves.add(new Move(aside.resolve(RECORD), directory.resolve(RECORD)));
        }
        moves.add(new Move(directory.resolve(MARK), aside.resolve(DataDirectory.REPLICATED_POOL)));
        return moves;
    }

    /** Moves what is left, if anything is: before a node takes the directory, which nobody else may have. */
    static void finish(Path directory) throws IOException {
        if (isLeft(directory)) {
            String owner = "process " + ProcessHandle.current().pid();
            try (DataDirectory taken = DataDirectory.open(directory, owner)) {
                for (Move move : moves(taken.path())) {
                    move.run();
                }
            }
        }
        if (Files.exists(directory.resolve(RECORD))) {
            LOG.info(
                    "the data in {} was recovered from a member of a replicated pool: {} says when and from which",
                    directory,
                    directory.resolve(RECORD));
        }
    }
}
