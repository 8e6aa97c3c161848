package io.distcache.server.cli;

import static io.distcache.server.cli.Tools.damage;
import static io.distcache.server.cli.Tools.run;
import static io.distcache.server.cli.Tools.state;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Ttl;
import io.distcache.server.cli.Tools.Ended;
import io.distcache.server.replication.recovery.LoneMember;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code snapshot verify} and {@code snapshot print} of the directory of a member of a replicated pool. */
@Timeout(120)
class MemberSnapshotToolsTest {
    @TempDir
    private Path directory;

    @BeforeEach
    void a_member_with_two_snapshots_of_each_group() throws Exception {
        LoneMember.PLAN.write(directory);
        try (LoneMember member =
                new LoneMember(directory, InstantSource.system(), Map.of("log.retain", "all", "snapshot.keep", "2"))) {
            int pens = member.open("pens");
            for (int i = 0; i < 40; i++) {
                member.put(pens, "k" + i, "old", Ttl.DEFINED);
            }
            member.snapshot();
            for (int i = 0; i < 40; i++) {
                member.put(pens, "k" + i, "new " + i, Ttl.DEFINED);
            }
            member.put(member.open("ink"), "k7", "blue", 3_600_000);
            member.snapshot();
            member.put(pens, "k0", "after it", Ttl.DEFINED);
        }
    }

    /** By name, so the group of the caches first, of each group the older one. */
    private List<Path> pieces() throws IOException {
        try (Stream<Path> all = Files.walk(directory.resolve("groups"))) {
            return all.filter(path -> path.toString().endsWith(".pieces"))
                    .sorted(Comparator.comparing(Path::toString))
                    .toList();
        }
    }

    @Test
    void verify_reads_every_piece_of_every_group() throws IOException {
        Map<String, String> before = state(directory);
        Ended verified = run("snapshot", "verify", directory);
        assertThat(verified.code()).as(verified.toString()).isZero();
        assertThat(verified.out().lines()).hasSize(1 + 8);
        assertThat(verified.out()).contains("group", "caches", "older");
        assertThat(run("snapshot", "verify", "--json", directory).out().lines())
                .hasSize(8)
                .allMatch(line -> line.contains("\"valid\":true"))
                .anyMatch(line -> line.contains("\"group\":\"2\"") && line.contains("\"needed\":true"));
        assertThat(state(directory)).isEqualTo(before);
    }

    @Test
    void print_shows_what_the_newest_of_each_group_has() {
        Ended printed = run("snapshot", "print", directory);
        assertThat(printed.code()).as(printed.toString()).isZero();
        assertThat(printed.out()).contains("cache ns/pens", "cache ns/ink", "ns/pens  \"k39\" = \"new 39\"");
        assertThat(printed.out()).contains("\"k0\" = \"new 0\"").doesNotContain("\"old\"", "after it");
        assertThat(printed.out().lines().filter(line -> line.contains("ns/pens  \"k")))
                .hasSize(40);

        assertThat(run("snapshot", "print", directory, "--key", "k7").out().lines())
                .hasSize(2)
                .anyMatch(line -> line.contains("ns/pens  \"k7\" = \"new 7\""))
                .anyMatch(line -> line.contains("ns/ink  \"k7\" = \"blue\""));
        assertThat(run("snapshot", "print", "--json", directory, "--cache", "ink")
                        .out()
                        .lines())
                .hasSize(2)
                .anyMatch(line -> line.contains("\"cache\":\"ns/ink\",\"key\":"));
    }

    @Test
    void a_byte_that_is_another_and_a_file_that_is_cut_off_or_gone_are_damage() throws IOException {
        Path newest = pieces().get(pieces().size() - 1);
        long size = Files.size(newest);
        damage(newest, size / 2);
        Ended verified = run("snapshot", "verify", directory);
        assertThat(verified.code()).as(verified.toString()).isEqualTo(3);
        assertThat(verified.out()).contains(newest + ": damaged at byte ", "the bytes there are others");
        assertThat(verified.out().lines()).hasSize(1 + 7 + 1);
        Ended printed = run("snapshot", "print", directory);
        assertThat(printed.code()).as(printed.toString()).isEqualTo(3);
        assertThat(printed.err()).contains(newest.toString());
        damage(newest, size / 2);
        assertThat(run("snapshot", "verify", directory).code()).isZero();

        Path older = pieces().get(0);
        try (FileChannel file = FileChannel.open(older, StandardOpenOption.WRITE)) {
            file.truncate(Files.size(older) - 1);
        }
        Ended cut = run("snapshot", "verify", "--json", directory);
        assertThat(cut.code()).as(cut.toString()).isEqualTo(3);
        assertThat(cut.out()).contains("\"file\":\"" + older + "\",\"valid\":false", "it ends at byte");
        // A start does not need it.
        assertThat(run("snapshot", "print", directory).code()).isZero();

        Files.delete(older);
        assertThat(run("snapshot", "verify", directory).code()).isZero();
        Files.delete(newest);
        Ended gone = run("snapshot", "verify", directory);
        assertThat(gone.code()).isEqualTo(3);
        assertThat(gone.out()).contains(newest.toString(), "it is gone");
    }

    @Test
    void a_file_of_pieces_by_itself_says_nothing() throws IOException {
        Ended verified = run("snapshot", "verify", pieces().get(0));
        assertThat(verified.code()).isEqualTo(2);
        assertThat(verified.err()).contains("Name the data directory of the member");
    }
}
