package io.distcache.server.node;

import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.LogEnd;
import io.distcache.server.log.Segment;
import io.distcache.server.persistence.Recovery;
import io.distcache.server.replication.Replication;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.Namespaces;
import io.distcache.server.shard.Shards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node had before it became a member of a replicated pool, in a directory beside what it has as a member. Immutable. */
final class FormerData {
    private static final Logger LOG = LoggerFactory.getLogger(FormerData.class);
    private static final String ASIDE = "before-pool";

    private final Path aside;

    private FormerData(Path aside) {
        this.aside = aside;
    }

    /**
     * Puts the log and the snapshots of a node on its own aside, if there are any; before the directory is taken. One that ends amid that goes
     * on where it was.
     */
    static FormerData putAside(Path directory) throws IOException {
        FormerData former = new FormerData(directory.resolve(ASIDE));
        boolean moved = false;
        // The log last: where its end was counts only with it.
        try (var snapshots = Files.newDirectoryStream(DataDirectory.snapshots(directory))) {
            for (Path snapshot : snapshots) {
                move(snapshot, DataDirectory.snapshots(former.aside));
                moved = true;
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            // It had none.
        }
        for (Path segment : Segment.list(DataDirectory.log(directory))) {
            Segment header = Segment.open(segment);
            if (header != null && header.version() != Segment.GROUPS_VERSION) {
                if (Files.exists(directory.resolve(LogEnd.NAME))) {
                    Files.createDirectories(former.aside);
                    move(directory.resolve(LogEnd.NAME), former.aside);
                }
                move(segment, DataDirectory.log(former.aside));
                moved = true;
            }
        }
        if (moved) {
            DataDirectory.sync(former.aside);
            LOG.info(
                    "{} has what the node had before it became a member of a replicated pool; nothing needs it once all members are in step",
                    former.aside);
        }
        return former;
    }

    private static void move(Path file, Path into) throws IOException {
        Files.move(file, Files.createDirectories(into).resolve(file.getFileName()));
    }

    /**
     * Loads it into the shards of the pool, which are empty.
     *
     * @throws IOException if it is not there, or damaged
     */
    Recovery.Recovered load(Caches caches, Shards shards) throws IOException {
        if (!Files.isDirectory(aside)) {
            throw new IOException(
                    aside + " is not there: it has what the replicated pool begins with, and this node has not"
                            + " begun with it. Put it back");
        }
        Recovery.Recovered found = Recovery.of(aside)
                .intoAnother(caches, shards, Runtime.getRuntime().availableProcessors(), Replication.LAST_OWN_CACHE);
        for (Cache cache : List.copyOf(caches.all())) {
            // Of another kind of pool.
            if (cache.definition().namespace().equals(Namespaces.HINTS)) {
                caches.forget(cache);
                shards.forEach(shard -> shard.replica().forget(cache));
            }
        }
        return found;
    }
}
