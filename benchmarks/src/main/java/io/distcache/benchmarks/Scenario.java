package io.distcache.benchmarks;

import io.distcache.benchmarks.peer.Peer;
import java.util.List;

/** One table of the report. */
interface Scenario {

    String title();

    /** Whether anything is kept on disk, which then has to be one. */
    default boolean usesDisk() {
        return false;
    }

    /** How many steps of progress a run reports, with these peers. */
    int steps(List<Peer> peers);

    Result run(Arena arena);
}
