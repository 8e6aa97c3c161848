package io.distcache.server.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.consensus.Simulation.Result;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The simulated nodes with real files in place of the simulated disk: they agree, and lose nothing, whenever their processes end. */
@Timeout(300)
class ConsensusOnDiskTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(longs = {100_000, 100_002, 100_007})
    void nodes_go_on_from_what_is_in_their_files(long seed) {
        Result result = Simulation.run(SimulationOptions.of(seed).onFiles(directory, 24));
        System.out.println("on files, seed " + seed + ": " + result.counts());
        assertThat(result.violation()).isEmpty();
        assertThat(result.counts().get("restarts")).isPositive();
        assertThat(result.counts().get("snapshots installed")).isPositive();
    }
}
