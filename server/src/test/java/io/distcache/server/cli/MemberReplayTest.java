package io.distcache.server.cli;

import static io.distcache.server.cli.Tools.run;
import static io.distcache.server.cli.Tools.state;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Ttl;
import io.distcache.server.cli.Tools.Ended;
import io.distcache.server.replication.recovery.LoneMember;
import io.distcache.server.shard.ManualClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code log replay} of the directory of a member of a replicated pool: what the pool had at a moment becomes the data of a node on its own. */
@Timeout(120)
class MemberReplayTest {
    private static final Pattern EARLIEST = Pattern.compile("earliest moment that can be had is (\\S+Z)\\.");

    @TempDir
    private Path parent;

    private final ManualClock clock = new ManualClock();
    /** What clients saw at moments. */
    private final Map<Instant, Map<String, String>> seen = new LinkedHashMap<>();

    @BeforeEach
    void begin() {
        // Not behind the system's: what either clock takes for young stays.
        clock.advance(System.currentTimeMillis() - clock.millis());
    }

    private Path directory() throws Exception {
        Path directory = Files.createDirectories(parent.resolve("member"));
        if (Files.notExists(directory.resolve("replicated-pool.json"))) {
            LoneMember.PLAN.write(directory);
        }
        return directory;
    }

    private LoneMember member(String retain) throws Exception {
        return new LoneMember(
                directory(),
                clock,
                Map.of("log.retain", retain, "log.segment-bytes", "64kb", "snapshot.keep", "3", "log.sync", "os"));
    }

    private void look(LoneMember member) throws Exception {
        clock.advance(1000);
        seen.put(clock.instant(), member.all());
        clock.advance(1000);
    }

    /** Puts, overwrites, removes, makes and destroys caches, over many segments, with snapshots in between. */
    private void fill(LoneMember member, int round) throws Exception {
        int first = member.open("first");
        int gone = member.open("gone-" + round);
        for (int i = 0; i < 60; i++) {
            member.put(first, "k" + i, "of round " + round + "x".repeat(3000), Ttl.DEFINED);
        }
        member.put(gone, "k", "v", 3_600_000);
        look(member);
        for (int i = 0; i < 20; i++) {
            member.put(first, "k" + i, "over " + round, Ttl.DEFINED);
            member.remove(first, "k" + (20 + i));
        }
        member.destroy("gone-" + round);
        member.open("empty-" + round);
        look(member);
        member.snapshot();
        look(member);
    }

    private Ended replay(Instant until, Path to) throws Exception {
        return run("log", "replay", directory(), "--until", until, "--to", to);
    }

    private void assertHas(Instant moment, Path to) throws Exception {
        Ended replayed = replay(moment, to);
        assertThat(replayed.code()).as(replayed.toString()).isZero();
        try (LoneMember node = new LoneMember(to, InstantSource.system(), Map.of())) {
            assertThat(node.all()).as(moment.toString()).isEqualTo(seen.get(moment));
        }
    }

    @Test
    void each_moment_that_the_log_keeps_is_as_clients_saw_it() throws Exception {
        for (int round = 0; round < 3; round++) {
            try (LoneMember member = member("all")) {
                fill(member, round);
            }
            clock.advance(5000);
        }
        Map<String, String> before = state(directory());
        int number = 0;
        for (Instant moment : seen.keySet()) {
            assertHas(moment, parent.resolve("at-" + number++));
        }
        assertThat(number).isEqualTo(9);
        assertThat(state(directory())).isEqualTo(before);

        Ended nothing = replay(Instant.parse("2001-01-01T00:00:00Z"), parent.resolve("nothing"));
        assertThat(nothing.code()).isEqualTo(1);
        assertThat(nothing.err()).contains("nothing had been agreed on by 2001-01-01T00:00:00Z");
        assertThat(parent.resolve("nothing")).doesNotExist();
    }

    @Test
    void a_member_that_runs_is_only_read_and_its_end_is_told() throws Exception {
        try (LoneMember member = member("0")) {
            member.put(member.open("first"), "k", "v", Ttl.DEFINED);
            look(member);
            Instant moment = seen.keySet().iterator().next();
            assertHas(moment, parent.resolve("to"));
            Ended replayed = replay(moment.plusSeconds(3600), parent.resolve("again"));
            assertThat(replayed.out())
                    .contains(
                            "1 entries of 1 caches",
                            "member n1",
                            "groups it has the newest entry that the member has",
                            "The member's log ends at",
                            "bin/distcache server --data-dir");
            Ended json = run("log", "replay", "--json", directory(), "--until", moment, "--to", parent.resolve("json"));
            assertThat(json.out()).contains("\"entries\":1,\"groups\":4,\"groupsNotSurelyAgreed\":");
            member.put(member.open("first"), "k", "other", Ttl.DEFINED);
            assertThat(member.all()).hasSize(2);
        }
    }

    @Test
    void what_the_log_does_not_reach_back_to_is_said_with_the_earliest_moment() throws Exception {
        try (LoneMember member = member("0")) {
            for (int round = 0; round < 3; round++) {
                fill(member, round);
            }
        }
        Instant first = seen.keySet().iterator().next();
        Ended replayed = replay(first, parent.resolve("to"));
        assertThat(replayed.code()).isEqualTo(1);
        assertThat(replayed.err()).contains("does not reach back to " + first, "log.retain", "snapshot.keep");
        assertThat(parent.resolve("to")).doesNotExist();
        Matcher earliest = EARLIEST.matcher(replayed.err());
        assertThat(earliest.find()).as(replayed.err()).isTrue();
        Instant moment = Instant.parse(earliest.group(1));
        Ended again = replay(moment, parent.resolve("to"));
        assertThat(again.code()).as(again.toString()).isZero();
        assertThat(replay(moment.minusMillis(1), parent.resolve("no")).code()).isEqualTo(1);
    }

    @Test
    void so_many_snapshots_as_are_kept_can_be_gone_back_to_although_the_log_before_is_gone() throws Exception {
        for (int round = 0; round < 5; round++) {
            // Next to nothing is kept of the log for its age or size: what counts is what kept snapshots need.
            try (LoneMember member = member("1b")) {
                fill(member, round);
            }
        }
        int number = 0;
        for (Instant moment : seen.keySet().stream().skip(8).toList()) {
            assertHas(moment, parent.resolve("at-" + number++));
        }
        assertThat(number).isEqualTo(7);
        assertThat(replay(seen.keySet().iterator().next(), parent.resolve("to")).err())
                .contains("earliest");
    }
}
