package io.distcache.server.cli;

import static io.distcache.fixtures.Eventually.eventually;
import static io.distcache.server.cli.Tools.run;
import static io.distcache.server.cli.Tools.state;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Routes;
import io.distcache.protocol.Ttl;
import io.distcache.server.cli.Tools.Ended;
import io.distcache.server.consensus.Founding;
import io.distcache.server.replication.PoolPlan;
import io.distcache.server.replication.recovery.LoneMember;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code pool force-recover} of a member that began anew after a loss of power, and has not got back what it had. */
@Timeout(120)
class ForceRecoverForgottenTest {
    private static final String POOL = "00000000000000a7";
    private static final Map<String, String> SETTINGS = Map.of("log.sync", "interval");

    @TempDir
    private Path directory;

    private Map<String, String> written = Map.of();

    @BeforeEach
    void a_member_that_has_forgotten() throws Exception {
        LoneMember.PLAN.write(directory);
        try (LoneMember member = new LoneMember(directory, InstantSource.system(), SETTINGS)) {
            int pens = member.open("pens");
            for (int i = 0; i < 20; i++) {
                member.put(pens, "k" + i, "v" + i, Ttl.DEFINED);
            }
            member.snapshot();
            for (int i = 10; i < 30; i++) {
                member.put(pens, "k" + i, "w" + i, Ttl.DEFINED);
            }
            written = member.all();
        }
        assertThat(written).hasSize(31);
        // Who is alone has nobody to get it from, and forgets nothing.
        Routes.Node first = LoneMember.PLAN.routes().nodes().get(0);
        new PoolPlan(
                        Routes.of(
                                0xa7,
                                LoneMember.GROUPS,
                                List.of(
                                        first,
                                        new Routes.Node("n2", "localhost", 2),
                                        new Routes.Node("n3", "localhost", 3))),
                        0,
                        LoneMember.PLAN.secret(),
                        Founding.EMPTY)
                .write(directory);
        // As if it had been running when the machine went down.
        Files.writeString(directory.resolve("boot"), "1 running interval another-start-of-the-system\n");
        try (LoneMember member = LoneMember.started(directory, SETTINGS)) {
            assertThat(member.isMember()).isTrue();
            // What it was before counts until the log says that it has forgotten it.
            eventually(() -> assertThat(directory.resolve("boot")).content().doesNotContain("another-start"));
        }
    }

    private String kept() throws IOException {
        try (Stream<Path> all = Files.list(directory.resolve("forgotten"))) {
            List<String> names = all.map(path -> path.getFileName().toString()).toList();
            assertThat(names).hasSize(1);
            return names.get(0);
        }
    }

    private Ended recover(Object... more) {
        Object[] words = {"pool", "force-recover", "--data", directory};
        return run(Stream.concat(Stream.of(words), Stream.of(more)).toArray());
    }

    @Test
    void what_it_has_now_is_not_taken_and_what_it_had_is_named() throws IOException {
        Map<String, String> before = state(directory.resolve("forgotten"));
        Ended ended = recover("--lose-unconfirmed", "--yes", POOL);
        assertThat(ended.code()).as(ended.toString()).isEqualTo(2);
        assertThat(ended.err()).contains("began anew after a loss of power", "--forgotten NAME", "one of: " + kept());
        Ended wrong = recover("--forgotten", "never", "--lose-unconfirmed", "--yes", POOL);
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).contains("there is no directory").contains("never");
        assertThat(state(directory.resolve("forgotten"))).isEqualTo(before);
        assertThat(directory.resolve("replicated-pool.json")).exists();
    }

    @Test
    void what_has_not_come_back_is_said_also_where_nothing_was_kept() throws IOException {
        Files.move(directory.resolve("forgotten"), directory.resolveSibling(directory.getFileName() + "-gone"));
        Ended shown = recover("--show");
        assertThat(shown.code()).as(shown.toString()).isZero();
        assertThat(shown.out())
                .contains(
                        "has lost what it had, with its log or with the power",
                        "Recover another member if one is left");
    }

    @Test
    void what_it_had_is_shown_and_becomes_a_node_on_its_own() throws Exception {
        Ended shown = recover("--forgotten", kept(), "--show");
        assertThat(shown.code()).as(shown.toString()).isZero();
        assertThat(shown.out()).contains("30 entries of 1 caches", "The machine went down while the node was running");
        assertThat(directory.resolve("replicated-pool.json")).exists();

        Ended ended = recover("--forgotten", kept(), "--lose-unconfirmed", "--yes", POOL);
        assertThat(ended.code()).as(ended.toString()).isZero();
        assertThat(ended.out()).contains("recovered 30 entries of 1 caches");
        assertThat(directory.resolve("replicated-pool.json")).doesNotExist();
        assertThat(directory.resolve("before-recovery").resolve("forgotten")).isDirectory();
        try (LoneMember node = new LoneMember(directory, InstantSource.system(), SETTINGS)) {
            assertThat(node.all()).isEqualTo(written);
        }
    }
}
