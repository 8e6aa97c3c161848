package io.distcache.server.cli;

import static io.distcache.server.cli.RunningNode.number;
import static io.distcache.server.cli.RunningNode.text;
import static io.distcache.server.cli.Tools.damage;
import static io.distcache.server.cli.Tools.run;
import static io.distcache.server.cli.Tools.state;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Command;
import io.distcache.server.cli.Tools.Ended;
import io.distcache.server.log.Segment;
import io.distcache.server.shard.ManualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code log verify}, {@code log print} and {@code log replay} on directories of real nodes. */
@Timeout(120)
class LogToolsIT {
    private static final String[] SMALL_SEGMENTS = {"log.segment-bytes=64kb", "log.retain=all"};

    @TempDir
    private Path parent;

    private final ManualClock clock = new ManualClock();
    private Path directory;

    /** From 00:16:40 on a change a second: key 0 to 9, key 3 removed, "other" cleared. */
    private void written(String... settings) throws Exception {
        directory = parent.resolve("data");
        try (RunningNode node = new RunningNode(directory, clock, settings)) {
            for (int i = 0; i < 10; i++) {
                node.put("users", text("key " + i), text("value\n" + i));
                clock.advance(1000);
            }
            node.remove("users", text("key 3"));
            node.put("counters", number(7), number(1L << 40), 60_000);
            clock.advance(1000);
            node.put("other", text("key 3"), text("x".repeat(500)));
            node.ask(new Command.Clear(node.cache("other")));
        }
    }

    private List<Path> segments() throws IOException {
        return Segment.list(directory.resolve("log"));
    }

    private Path lastWithRecords() throws IOException {
        List<Path> all = segments();
        return all.get(all.size() - 1);
    }

    // --- verify

    @Test
    void a_sound_log_is_fine_and_the_tools_that_read_change_nothing() throws Exception {
        written();
        Map<String, String> before = state(directory);

        Ended verified = run("log", "verify", directory);

        assertThat(verified.code()).as(verified.toString()).isZero();
        assertThat(verified.out())
                .contains("00000000000000000000.log", "1970-01-01T00:16:40Z", "1970-01-01T00:16:51Z", "fine: ");
        assertThat(run("log", "verify", "--json", directory).code()).isZero();
        assertThat(run("log", "print", directory).code()).isZero();
        assertThat(run("log", "replay", directory, "--until", "1970-01-01T00:16:45Z", "--to", parent.resolve("then"))
                        .code())
                .isZero();
        assertThat(run("snapshot", "verify", directory).code()).isZero();
        assertThat(run("snapshot", "print", directory).code()).isZero();
        assertThat(state(directory)).isEqualTo(before);
    }

    @Test
    void what_a_crash_leaves_at_the_end_is_told_and_is_no_damage() throws Exception {
        written();
        Path last = lastWithRecords();
        long end = Files.size(last);
        Files.write(last, new byte[] {1, 2, 3}, StandardOpenOption.APPEND);
        Map<String, String> before = state(directory);

        Ended verified = run("log", "verify", directory);

        assertThat(verified.code()).as(verified.toString()).isZero();
        assertThat(verified.out()).contains(last + ": unfinished write at byte " + end, "a start would cut 3 bytes");
        assertThat(run("log", "verify", "--json", directory).out())
                .contains("\"tail\"", "\"bytes\":3", "\"valid\":true");
        assertThat(run("log", "print", directory).err()).contains("3 bytes of an unfinished write");
        assertThat(state(directory)).isEqualTo(before);
    }

    @Test
    void damage_is_exit_code_3_with_file_and_offset() throws Exception {
        written();
        Path last = lastWithRecords();
        damage(last, Segment.HEADER_BYTES + 40);
        Map<String, String> before = state(directory);

        Ended verified = run("log", "verify", directory);

        assertThat(verified.code()).as(verified.toString()).isEqualTo(3);
        assertThat(verified.out()).contains(last + ": damaged at byte ", "a start would refuse");
        assertThat(run("log", "verify", "--json", directory).out()).contains("\"valid\":false", "\"starts\":false");
        Ended printed = run("log", "print", directory);
        assertThat(printed.code()).isEqualTo(3);
        assertThat(printed.err()).startsWith("distcache: ").contains(last + ": damaged at byte ");
        assertThat(state(directory)).isEqualTo(before);
    }

    @Test
    void damage_that_no_start_would_meet_is_told_apart_and_later_segments_are_still_read() throws Exception {
        manySegments();
        Path second = segments().get(1);
        damage(second, Segment.HEADER_BYTES + 40);

        Ended verified = run("log", "verify", directory);

        assertThat(verified.code()).as(verified.toString()).isEqualTo(3);
        assertThat(verified.out())
                .contains(second + ": damaged at byte ", "damaged, but not where a start reads")
                .containsPattern(lastWithRecords().getFileName() + " +[1-9]");
        try (RunningNode started = new RunningNode(directory, clock, SMALL_SEGMENTS)) {
            assertThat(started.size("users")).isEqualTo(100);
        }
    }

    @Test
    void a_segment_that_is_gone_is_damage() throws Exception {
        manySegments();
        Files.delete(segments().get(1));

        Ended verified = run("log", "verify", directory);

        assertThat(verified.code()).as(verified.toString()).isEqualTo(3);
        assertThat(verified.out()).contains(segments().get(1) + ": damaged at byte 0: it begins at position ");
    }

    private void manySegments() throws Exception {
        directory = parent.resolve("data");
        try (RunningNode node = new RunningNode(directory, clock, SMALL_SEGMENTS)) {
            for (int i = 0; i < 100; i++) {
                node.put("users", text("key " + i), text("x".repeat(5000)));
                clock.advance(1000);
            }
        }
        try (RunningNode node = new RunningNode(directory, clock, SMALL_SEGMENTS)) {
            node.put("users", text("key 1"), text("again"));
        }
        assertThat(segments()).hasSizeGreaterThan(5);
    }

    @Test
    void a_wrong_directory_is_exit_code_2_and_a_later_format_1() throws Exception {
        written();

        assertThat(run("log", "verify", parent.resolve("none")).code()).isEqualTo(2);
        assertThat(run("log", "verify", parent).err()).contains("is no data directory", "neither log/ nor snapshots/");
        assertThat(run("log", "verify").code()).isEqualTo(2);
        assertThat(run("log").code()).isEqualTo(2);
        assertThat(run("log", "print", directory, "--from", "yesterday").err()).contains("'yesterday' is no time");

        Files.writeString(directory.resolve("format"), "distcache 2\n");
        Ended newer = run("log", "verify", directory);
        assertThat(newer.code()).isEqualTo(1);
        assertThat(newer.err()).contains("has format version 2");
    }

    @Test
    void every_command_has_help() {
        for (List<String> command : List.of(
                List.of("log"),
                List.of("log", "verify"),
                List.of("log", "print"),
                List.of("log", "replay"),
                List.of("snapshot"),
                List.of("snapshot", "verify"),
                List.of("snapshot", "print"),
                List.of("snapshot", "now"),
                List.of("resume"),
                List.of("backup"),
                List.of("restore"))) {
            Object[] arguments = new Object[command.size() + 1];
            System.arraycopy(command.toArray(), 0, arguments, 0, command.size());
            arguments[command.size()] = "--help";
            Ended helped = run(arguments);
            assertThat(helped.code()).as("%s: %s", command, helped).isZero();
            assertThat(helped.out()).contains("Usage: distcache " + command.get(0));
        }
    }

    // --- print

    @Test
    void changes_are_printed_readably() throws Exception {
        written();

        List<String> lines = run("log", "print", directory).out().lines().toList();

        assertThat(lines).hasSizeGreaterThan(14);
        assertThat(lines).anySatisfy(line -> assertThat(line).contains("create ", "shop/users"));
        assertThat(lines)
                .anySatisfy(line -> assertThat(line)
                        .contains(
                                "1970-01-01T00:16:43Z",
                                "store ",
                                "shop/users",
                                "\"key 3\" = \"value\\n3\"",
                                "version "));
        assertThat(lines).anySatisfy(line -> assertThat(line).contains("delete ", "shop/users", "\"key 3\""));
        assertThat(lines)
                .anySatisfy(line -> assertThat(line)
                        .contains("shop/counters", "7L = 1099511627776L", "until 1970-01-01T00:17:50Z"));
        assertThat(lines)
                .anySatisfy(line -> assertThat(line)
                        .contains("shop/other", "xxx... (500 characters)")
                        .hasSizeLessThan(250));
        assertThat(lines).anySatisfy(line -> assertThat(line).contains("clear ", "shop/other"));
    }

    @Test
    void what_is_printed_can_be_chosen_by_time_cache_and_key() throws Exception {
        written();

        assertThat(run("log", "print", directory, "--from", "1970-01-01T00:16:42Z", "--to", "1970-01-01T00:16:43Z")
                        .out()
                        .lines())
                .hasSize(2)
                .allMatch(line -> line.contains("store"));
        assertThat(run("log", "print", directory, "--cache", "counters").out().lines())
                .hasSize(2)
                .allMatch(line -> line.contains("shop/counters"));
        assertThat(run("log", "print", directory, "--cache", "shop/users", "--key", "key 3")
                        .out()
                        .lines())
                .hasSize(2)
                .anyMatch(line -> line.contains("store"))
                .anyMatch(line -> line.contains("delete"));
        assertThat(run("log", "print", directory, "--key", "7L").out().lines()).hasSize(1);
        // The key went with its shard.
        assertThat(run("log", "print", directory, "--cache", "other", "--key", "key 3")
                        .out()
                        .lines())
                .hasSize(2)
                .anyMatch(line -> line.contains("clear"));
    }

    @Test
    void json_is_one_object_per_line_with_whole_values() throws Exception {
        written();

        List<String> lines = run("log", "print", "--json", directory, "--cache", "other", "--key", "key 3")
                .out()
                .lines()
                .toList();

        assertThat(lines).hasSize(2).allMatch(line -> line.startsWith("{\"position\":") && line.endsWith("}"));
        assertThat(lines.get(0))
                .contains(
                        "\"kind\":\"store\"",
                        "\"cache\":\"shop/other\"",
                        "\"key\":{\"type\":\"TEXT\",\"value\":\"key 3\"}",
                        "x".repeat(500));
        assertThat(run("log", "print", "--json", directory, "--cache", "none").out())
                .isEmpty();
    }

    // --- replay

    @Test
    void a_moment_comes_back_from_the_log_alone() throws Exception {
        written("log.retain=all");
        Path then = parent.resolve("then");

        Ended replayed = run("log", "replay", directory, "--until", "1970-01-01T00:16:45Z", "--to", then);

        assertThat(replayed.code()).as(replayed.toString()).isZero();
        assertThat(replayed.out()).contains("the log from its beginning", "written at 1970-01-01T00:16:45Z");
        try (RunningNode node = new RunningNode(then, clock)) {
            assertThat(node.size("users")).isEqualTo(6);
            assertThat(node.get("users", "key 3")).isEqualTo("value\n3");
            assertThat(node.get("users", "key 5")).isEqualTo("value\n5");
            assertThat(node.get("users", "key 6")).isNull();
        }
        assertThat(run("log", "verify", then).code()).isZero();
    }

    @Test
    void a_moment_comes_back_from_the_snapshot_before_it() throws Exception {
        written("log.retain=all");
        clock.advance(10_000);
        try (RunningNode node = new RunningNode(directory, clock, "log.retain=all")) {
            node.put("users", text("key 3"), text("new"));
            clock.advance(10_000);
            node.put("users", text("key 3"), text("newer"));
        }
        Path then = parent.resolve("then");
        Files.createDirectory(then);

        Ended replayed = run("log", "replay", directory, "--until", "1970-01-01T00:17:05Z", "--to", then);

        assertThat(replayed.code()).as(replayed.toString()).isZero();
        assertThat(replayed.out()).contains(".snapshot and the log from there, 1 records");
        try (RunningNode node = new RunningNode(then, clock)) {
            assertThat(node.get("users", "key 3")).isEqualTo("new");
            assertThat(node.size("users")).isEqualTo(10);
        }
    }

    @Test
    void damage_after_the_moment_does_not_matter_and_before_it_does() throws Exception {
        manySegments();
        damage(segments().get(2), Segment.HEADER_BYTES + 40);

        Ended before =
                run("log", "replay", directory, "--until", "1970-01-01T00:16:45Z", "--to", parent.resolve("before"));
        Ended after =
                run("log", "replay", directory, "--until", "1970-01-01T00:18:10Z", "--to", parent.resolve("after"));

        assertThat(before.code()).as(before.toString()).isZero();
        assertThat(after.code()).as(after.toString()).isEqualTo(3);
        assertThat(parent.resolve("after")).doesNotExist();
    }

    @Test
    void a_moment_the_log_does_not_reach_back_to_is_refused() throws Exception {
        String[] nothingKept = {"log.segment-bytes=64kb", "snapshot.keep=1"};
        directory = parent.resolve("data");
        for (int round = 0; round < 3; round++) {
            // How old a segment is, is told by its file.
            try (RunningNode node = new RunningNode(directory, InstantSource.system(), nothingKept)) {
                node.put("users", text("key"), text("x".repeat(70_000)));
            }
        }
        assertThat(segments().get(0).getFileName().toString()).isNotEqualTo(Segment.name(0));

        Ended replayed = run("log", "replay", directory, "--until", "-1h", "--to", parent.resolve("then"));

        assertThat(replayed.code()).as(replayed.toString()).isEqualTo(1);
        assertThat(replayed.err()).contains("does not reach back to ", "The earliest moment", "log.retain");
        assertThat(parent.resolve("then")).doesNotExist();
    }

    @Test
    void a_directory_with_something_in_it_is_not_replayed_to() throws Exception {
        written();
        Path taken = Files.createDirectory(parent.resolve("taken"));
        Files.writeString(taken.resolve("mine"), "mine", StandardCharsets.UTF_8);

        Ended replayed = run("log", "replay", directory, "--until", "-1s", "--to", taken);

        assertThat(replayed.code()).isEqualTo(2);
        assertThat(replayed.err()).contains(taken + " is not empty");
        assertThat(taken.resolve("mine")).hasContent("mine");
    }
}
