package io.distcache.server.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.consensus.Simulation.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** Runs with shards, whose tables have an order by hashes: each is the same in any process. */
class SameRunElsewhereTest {
    private static final long SEED = 4711;

    @Test
    void a_run_with_shards_is_the_same_in_another_process() throws IOException, InterruptedException {
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        // As here: what is asserted in vain is something that happens.
                        "-ea",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SameRunElsewhereTest.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> here = runs();
        List<String> elsewhere = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(other.waitFor()).isZero();
        System.out.println(here);
        assertThat(elsewhere).isEqualTo(here);
    }

    /** Prints what the runs were. */
    public static void main(String[] none) {
        runs().forEach(System.out::println);
    }

    private static List<String> runs() {
        SimulationOptions shards = SimulationOptions.of(SEED).withShards().tracedToo();
        return Stream.of(shards, shards.withLeases(), shards.withExpiry().withAccesses(), shards.unsyncedToo())
                .map(options -> what(options, Simulation.run(options)))
                .toList();
    }

    private static String what(SimulationOptions options, Result result) {
        CRC32 frames = new CRC32();
        frames.update(result.trace().getBytes(StandardCharsets.UTF_8));
        return "%s: %d events, %d answers, digest %d, trace %d of %d characters, %s"
                .formatted(
                        options.features(),
                        result.events(),
                        result.answered(),
                        result.digest(),
                        frames.getValue(),
                        result.trace().length(),
                        result.counts());
    }
}
