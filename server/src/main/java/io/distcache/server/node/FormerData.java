package io.distcache.server.node;

import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.LogEnd;
import io.distcache.server.log.Segment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node had before it became a member of a replicated pool, in a directory beside what it has as a member. Stateless. */
final class FormerData {
    private static final Logger LOG = LoggerFactory.getLogger(FormerData.class);
    private static final String ASIDE = "before-pool";

    private FormerData() {}

    /**
     * Puts the log and the snapshots of a node on its own aside, if there are any; before the directory is taken. One that ends amid that goes
     * on where it was.
     */
    static void putAside(Path directory) throws IOException {
        Path aside = directory.resolve(ASIDE);
        boolean moved = false;
        // The log last: where its end was counts only with it.
        try (var snapshots = Files.newDirectoryStream(DataDirectory.snapshots(directory))) {
            for (Path snapshot : snapshots) {
                move(snapshot, DataDirectory.snapshots(aside));
                moved = true;
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            // It had none.
        }
        for (Path segment : Segment.list(DataDirectory.log(directory))) {
            Segment header = Segment.open(segment);
            if (header != null && header.version() != Segment.GROUPS_VERSION) {
                if (Files.exists(directory.resolve(LogEnd.NAME))) {
                    Files.createDirectories(aside);
                    move(directory.resolve(LogEnd.NAME), aside);
                }
                move(segment, DataDirectory.log(aside));
                moved = true;
            }
        }
        if (moved) {
            DataDirectory.sync(aside);
            LOG.info(
                    "{} has what the node had before it became a member of a replicated pool; nothing needs it once all members are in step",
                    aside);
        }
    }

    private static void move(Path file, Path into) throws IOException {
        Files.move(file, Files.createDirectories(into).resolve(file.getFileName()));
    }
}
