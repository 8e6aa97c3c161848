package io.distcache.server.replication.recovery;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.distcache.server.consensus.StoredGroup;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.persistence.FormerMember;
import io.distcache.server.replication.PoolPlan;
import io.distcache.server.snapshot.SnapshotReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Makes the data directory of a member of a replicated pool that of a node on its own, with all that the member holds. Whatever ends it in between,
 * the directory is one or the other ({@link FormerMember}). Confined to one thread.
 *
 * <pre>
 *  snapshots/ gets a snapshot -> the record is written -> it is decided -> what the member had goes aside
 * </pre>
 */
public final class ForcedRecovery {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String OLDER_SNAPSHOTS = "snapshots";

    /** A part of it. When it returns, what it did is on disk. */
    @FunctionalInterface
    interface Step {
        void run() throws IOException;
    }

    private final Path directory;
    private final PoolPlan plan;
    private final StoppedMember member;
    private final Path aside;

    /**
     * A recovery that has not begun.
     *
     * @param directory which the caller has open, so that no node has
     * @param member what it holds
     */
    public ForcedRecovery(DataDirectory directory, PoolPlan plan, StoppedMember member) {
        this.directory = directory.path();
        this.plan = plan;
        this.member = member;
        this.aside = this.directory.resolve(FormerMember.ASIDE);
    }

    /** Does all of it. */
    public void run() throws IOException {
        for (Step step : prepare()) {
            step.run();
        }
        FormerMember.decide(directory).run();
        finish(directory);
    }

    /** What comes before it is decided. */
    List<Step> prepare() {
        return List.of(this::makeRoom, () -> member.writeSnapshot(DataDirectory.snapshots(directory)), this::record);
    }

    /** Whether a run was ended after it was decided, and {@link #finish} is left to do. */
    public static boolean isLeft(Path directory) {
        return FormerMember.isLeft(directory);
    }

    /** Moves what the member had aside, after it is decided. */
    public static void finish(Path directory) throws IOException {
        for (FormerMember.Move move : FormerMember.moves(directory)) {
            move.run();
        }
    }

    /** What an earlier recovery has put aside gets another name, and what no member needs goes out of the way of the snapshot. */
    private void makeRoom() throws IOException {
        if (Files.exists(aside.resolve(DataDirectory.REPLICATED_POOL))) {
            int number = 1;
            while (Files.exists(directory.resolve(FormerMember.ASIDE + "-" + number))) {
                number++;
            }
            Files.move(aside, directory.resolve(FormerMember.ASIDE + "-" + number));
        }
        Files.createDirectories(aside);
        Path snapshots = Files.createDirectories(DataDirectory.snapshots(directory));
        for (Path older : new ArrayList<>(SnapshotReader.list(snapshots))) {
            new FormerMember.Move(older, aside.resolve(OLDER_SNAPSHOTS).resolve(older.getFileName())).run();
        }
        DataDirectory.sync(directory);
    }

    private void record() throws IOException {
        ObjectNode json = JSON.createObjectNode()
                .put("version", 1)
                .put("pool", HexFormat.of().toHexDigits(plan.routes().pool()))
                .put("member", plan.nameOf(plan.self()))
                .put("recovered", Instant.now().toString())
                .put("caches", member.caches())
                .put("entries", member.entries());
        ArrayNode groups = json.putArray("groups");
        for (StoredGroup group : member.groups()) {
            groups.addObject()
                    .put("group", group.group())
                    .put("term", group.term())
                    .put("index", group.index());
        }
        Path file = aside.resolve(FormerMember.RECORD);
        Files.write(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
        try (FileChannel written = FileChannel.open(file, StandardOpenOption.WRITE)) {
            written.force(true);
        }
        DataDirectory.sync(aside);
    }
}
