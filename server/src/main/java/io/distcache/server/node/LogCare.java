package io.distcache.server.node;

import io.distcache.server.consensus.Consensus;
import io.distcache.server.consensus.GroupView;
import io.distcache.server.consensus.Loop;
import io.distcache.server.log.FileFailure;
import io.distcache.server.replication.files.ForgottenFiles;
import io.distcache.server.replication.files.GroupFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the log of a member: a group with little to do that keeps old segments of all groups gets a snapshot; and what was on disk when
 * power was lost is kept until this node has got everything from the others. Confined to the consensus loop, but for {@link #begin}, {@link
 * #end} and {@link #notReady}.
 */
final class LogCare {
    private static final Logger LOG = LoggerFactory.getLogger(LogCare.class);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final int MOST_SEGMENTS = 8;
    /** Looks, 30 s. */
    private static final int PATIENCE = 60;

    private final Path directory;
    private final GroupFiles files;
    private final Consensus consensus;
    private final Loop loop;
    private final int groups;
    private boolean busy;
    private boolean wasSilent;
    private int looksWithoutLeader;
    private volatile boolean ended;

    /**
     * The care of files that have not been read.
     *
     * @param directory the node's
     * @param groups of the consensus
     */
    LogCare(Path directory, GroupFiles files, Consensus consensus, Loop loop, int groups) {
        this.directory = directory;
        this.files = files;
        this.consensus = consensus;
        this.loop = loop;
        this.groups = groups;
    }

    void begin() {
        loop.schedule(this::look, LOOK.toNanos());
    }

    void end() {
        ended = true;
    }

    private void look() {
        if (ended) {
            return;
        }
        OptionalInt holder = files.segments() > MOST_SEGMENTS && !busy ? files.holder() : OptionalInt.empty();
        if (holder.isPresent()) {
            busy = true;
            CompletionStage<Void> unused =
                    consensus.snapshot(holder.getAsInt()).whenComplete((done, failure) -> busy = false);
        }
        lookAfterSilence();
        loop.schedule(this::look, LOOK.toNanos());
    }

    private void lookAfterSilence() {
        boolean silent = silent() > 0;
        if (wasSilent && !silent) {
            LOG.info("This node has got from the other members what it had forgotten, and takes part fully");
            try {
                ForgottenFiles.remove(directory);
            } catch (IOException e) {
                LOG.warn("what was kept of before the loss of power could not be removed: {}", FileFailure.text(e));
            }
        }
        wasSilent = silent;
        looksWithoutLeader = silent && silentWithoutLeader() > 0 ? looksWithoutLeader + 1 : 0;
        if (looksWithoutLeader % PATIENCE == PATIENCE - 1) {
            LOG.error("{}", notReady());
        }
    }

    private int silent() {
        int silent = 0;
        for (int group = 0; group < groups; group++) {
            silent += consensus.isSilent(group) ? 1 : 0;
        }
        return silent;
    }

    private int silentWithoutLeader() {
        int without = 0;
        for (int group = 0; group < groups; group++) {
            without += consensus.isSilent(group) && consensus.view(group).leader() == GroupView.NOBODY ? 1 : 0;
        }
        return without;
    }

    /** What this node lacks after a loss of power, or of its log; empty if nothing. */
    String notReady() {
        int silent = silent();
        if (silent == 0) {
            return "";
        }
        int without = silentWithoutLeader();
        String lacks =
                "the machine of this node went down, and log.sync did not promise that all was on disk, or its log was"
                        + " removed: in " + silent + " of " + groups
                        + " groups it does not vote until it has got everything from a leader";
        return without == 0
                ? lacks
                : lacks + ", and " + without
                        + " of them have none that it knows. Start the other members. If a majority of"
                        + " the machines went down at once there will be none: what was on disk is in '"
                        + ForgottenFiles.of(directory)
                        + "' on each; keep these directories. log.sync=always rules this out";
    }
}
