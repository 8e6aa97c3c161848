package io.distcache.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.CacheDefinition;
import io.distcache.server.log.Segment;
import io.distcache.server.shard.ManualClock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node as a process on data that is as it should be, torn, damaged, locked, or of a later version. */
@Timeout(180)
class NodeStartIT {

    private record Started(int code, List<String> out, String err) {}

    @TempDir
    private Path directory;

    private final ManualClock clock = new ManualClock();
    private Path data;

    @BeforeEach
    void a_killed_node_left_two_snapshots_and_a_log() throws Exception {
        Path running = directory.resolve("running");
        data = directory.resolve("data");
        try (DataNode node = new DataNode(running, clock)) {
            int cache = node.open(CacheDefinition.of("ns", "cache"));
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 20; i++) {
                    node.put(cache, "k" + i, "v" + round);
                    clock.advance(1);
                }
                if (round < 2) {
                    node.snapshot();
                }
            }
            node.copyTo(data);
        }
    }

    @Test
    void it_says_what_it_loaded_from_the_snapshot_or_from_the_log_alone() throws Exception {
        Started snapshot = start("--data-dir", data.toString());
        assertThat(snapshot.code).isZero();
        assertThat(snapshot.out.get(0))
                .startsWith("loaded 20 entries of 1 caches from 0")
                .contains(".snapshot and ");

        Started log = start("--data-dir", data.toString(), "--recover=log");
        assertThat(log.code).isZero();
        assertThat(log.out.get(0)).matches("loaded 20 entries of 1 caches from 61 records of the log in \\d+ ms");
    }

    @Test
    void a_torn_tail_is_cut_and_one_line_says_where_and_how_much() throws Exception {
        Path segment = Segment.list(data.resolve("log")).get(0);
        long bytes = Files.size(segment);
        Files.write(segment, new byte[] {1, 2, 3}, StandardOpenOption.APPEND);

        Started started = start("--data-dir", data.toString());

        assertThat(started.code).isZero();
        assertThat(started.err.lines().filter(line -> line.contains(": cut at byte")))
                .singleElement()
                .asString()
                .contains(segment.toString(), "cut at byte " + bytes, " 3 bytes");
        assertThat(segment).hasSize(bytes);
    }

    @Test
    void an_invalid_newest_snapshot_is_named_and_the_one_before_is_taken() throws Exception {
        List<Path> snapshots = Segment.list(data.resolve("snapshots"), ".snapshot");
        assertThat(snapshots).hasSize(2);
        Path newest = snapshots.get(1);
        flip(newest, 70);

        Started started = start("--data-dir", data.toString());

        assertThat(started.code).isZero();
        assertThat(started.err.lines().filter(line -> line.contains("Falling back")))
                .singleElement()
                .asString()
                .contains(newest + ": damaged at byte 56")
                .contains("bin/distcache snapshot verify " + data)
                .contains("Falling back to " + snapshots.get(0).getFileName());
        assertThat(started.out.get(0))
                .contains("20 entries", String.valueOf(snapshots.get(0).getFileName()));
    }

    @Test
    void damage_ends_the_start_with_3_and_a_line_that_says_where_and_what_to_do() throws Exception {
        Path segment = Segment.list(data.resolve("log")).get(0);
        flip(segment, 100);
        Map<String, String> before = contents();

        Started started = start("--data-dir", data.toString(), "--recover", "log");

        assertThat(started.code).isEqualTo(3);
        assertThat(started.err.strip().lines()).hasSize(1);
        assertThat(started.err)
                .startsWith("distcache: " + segment + ": damaged at byte ")
                .contains("expected", "bin/distcache log verify " + data);
        assertThat(started.out).isEmpty();
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    void a_format_file_that_says_nothing_is_damage_too() throws Exception {
        Files.writeString(data.resolve("format"), "what?");
        Map<String, String> before = contents();

        Started started = start("--data-dir", data.toString());

        assertThat(started.code).isEqualTo(3);
        assertThat(started.err).contains(data.resolve("format").toString(), "damaged at byte 0");
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    void a_directory_of_a_later_format_is_refused_with_2_and_left_as_it_is() throws Exception {
        Files.writeString(data.resolve("format"), "distcache 2\n");
        Files.delete(data.resolve("lock"));
        Map<String, String> before = contents();

        Started started = start("--data-dir", data.toString());

        assertThat(started.code).isEqualTo(2);
        assertThat(started.err.strip().lines()).hasSize(1);
        assertThat(started.err).contains("has format version 2");
        assertThat(contents()).isEqualTo(before);
        assertThat(data.resolve("lock")).doesNotExist();
    }

    @Test
    void a_directory_that_another_node_has_is_refused_with_2_and_says_who() throws Exception {
        try (DataNode holder = new DataNode(data, clock)) {
            Map<String, String> before = contents();

            Started started = start("--data-dir", data.toString());

            assertThat(started.code).isEqualTo(2);
            assertThat(started.err.strip().lines()).hasSize(1);
            assertThat(started.err)
                    .contains("the data directory " + data + " is in use by process "
                            + ProcessHandle.current().pid());
            assertThat(contents()).isEqualTo(before);
            assertThat(holder.snapshot()).exists();
        }
    }

    private static void flip(Path file, long offset) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(offset);
            int was = open.read();
            open.seek(offset);
            open.write(~was);
        }
    }

    /** Every file but the lock, which says who had the directory last. */
    private Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                if (!file.endsWith("lock")) {
                    contents.put(file.toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
                }
            }
        }
        return contents;
    }

    /** Runs a node until it is ready, and then stops it, or until it ends. */
    private Started start(String... arguments) throws IOException, InterruptedException {
        Path err = directory.resolve("err");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "server",
                "--port",
                "0"));
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command).redirectError(err.toFile()).start();
        List<String> out = new ArrayList<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                out.add(line);
                if (line.startsWith("ready ")) {
                    process.toHandle().destroy();
                }
            }
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return new Started(process.exitValue(), out, Files.readString(err));
        } finally {
            process.destroyForcibly();
        }
    }
}
