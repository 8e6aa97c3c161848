package io.distcache.server.node;

import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.LogEnd;
import io.distcache.server.log.Segment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node had before it became a member of a replicated pool; it was empty then. Stateless. */
final class FormerData {
    private static final Logger LOG = LoggerFactory.getLogger(FormerData.class);
    private static final String ASIDE = "before-pool";

    private FormerData() {}

    /** Puts the log and the snapshots of a node on its own aside, if there are any; before the directory is taken. */
    static void putAside(Path directory) throws IOException {
        boolean moved = false;
        for (Path segment : Segment.list(DataDirectory.log(directory))) {
            Segment header = Segment.open(segment);
            if (header != null && header.version() != Segment.GROUPS_VERSION) {
                moved |= move(directory, segment);
            }
        }
        if (!moved) {
            return;
        }
        if (Files.isDirectory(DataDirectory.snapshots(directory))) {
            try (var snapshots = Files.newDirectoryStream(DataDirectory.snapshots(directory))) {
                for (Path snapshot : snapshots) {
                    move(directory, snapshot);
                }
            }
        }
        Files.deleteIfExists(directory.resolve(LogEnd.NAME));
        LOG.info(
                "{} has what the node had before it became a member of a replicated pool; nothing needs it any more",
                directory.resolve(ASIDE));
    }

    private static boolean move(Path directory, Path file) throws IOException {
        Path aside = Files.createDirectories(directory.resolve(ASIDE));
        Files.move(file, aside.resolve(file.getFileName()));
        return true;
    }
}
