package io.distcache.server.cli;

import static io.distcache.server.cli.RunningNode.text;
import static io.distcache.server.cli.Tools.damage;
import static io.distcache.server.cli.Tools.run;
import static io.distcache.server.cli.Tools.state;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Eventually;
import io.distcache.server.cli.Tools.Ended;
import io.distcache.server.log.Segment;
import io.distcache.server.shard.ManualClock;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code backup} and {@code restore}. */
@Timeout(120)
class BackupIT {

    @TempDir
    private Path parent;

    private final ManualClock clock = new ManualClock();

    private Path data() {
        return parent.resolve("data");
    }

    private Path file() {
        return parent.resolve("backup.zip");
    }

    private Path restored() {
        return parent.resolve("restored");
    }

    private void written() throws Exception {
        try (RunningNode node = new RunningNode(data(), clock)) {
            for (int i = 0; i < 100; i++) {
                node.put("users", text("key " + i), text("value " + i));
            }
        }
    }

    private void assertRestoredStarts() throws Exception {
        Ended ended = run("restore", file(), restored());
        assertThat(ended.code()).as(ended.toString()).isZero();
        assertThat(ended.out()).contains("bin/distcache server --data-dir " + restored());
        try (RunningNode node = new RunningNode(restored(), clock)) {
            assertThat(node.size("users")).isEqualTo(100);
            assertThat(node.get("users", "key 42")).isEqualTo("value 42");
        }
    }

    @Test
    void a_stopped_node_is_backed_up_and_comes_back() throws Exception {
        written();
        Map<String, String> before = state(data());

        Ended ended = run("backup", data(), file());

        assertThat(ended.code()).as(ended.toString()).isZero();
        assertThat(ended.out()).startsWith(file() + ": ");
        Map<String, String> after = state(data());
        // Taking the locks is the only thing it does there.
        before.keySet().removeAll(List.of("lock", "log/lock"));
        after.keySet().removeAll(List.of("lock", "log/lock"));
        assertThat(after).isEqualTo(before);
        assertRestoredStarts();
    }

    @Test
    void a_running_node_is_backed_up_under_load_with_all_that_was_acknowledged() throws Exception {
        AtomicInteger acknowledged = new AtomicInteger();
        AtomicBoolean stop = new AtomicBoolean();
        int atBackup;
        try (RunningNode node = new RunningNode(data(), InstantSource.system(), "log.segment-bytes=64kb");
                RunningNodeClient writer = new RunningNodeClient(node.address())) {
            CompletableFuture<Void> load = CompletableFuture.runAsync(() -> {
                while (!stop.get()) {
                    int next = acknowledged.get();
                    writer.put("key " + next, "value " + next);
                    acknowledged.set(next + 1);
                }
            });
            try {
                Eventually.eventually("there is load", () -> acknowledged.get() > 500);
                atBackup = acknowledged.get();
                Ended ended = run("backup", "--node", node.address(), file());
                assertThat(ended.code()).as(ended.toString()).isZero();
            } finally {
                stop.set(true);
                load.join();
            }
        }
        Ended ended = run("restore", file(), restored());
        assertThat(ended.code()).as(ended.toString()).isZero();
        try (RunningNode node = new RunningNode(restored(), InstantSource.system())) {
            long size = node.size("load");
            assertThat(size).isBetween((long) atBackup, (long) acknowledged.get() + 1);
            for (int i = 0; i < size; i++) {
                assertThat(node.get("load", "key " + i)).isEqualTo("value " + i);
            }
        }
    }

    @Test
    void a_directory_in_use_is_refused_with_who_holds_it() throws Exception {
        try (RunningNode node = new RunningNode(data(), clock)) {
            node.put("users", text("a"), text("b"));

            Ended ended = run("backup", data(), file());

            assertThat(ended.code()).isEqualTo(1);
            assertThat(ended.err())
                    .contains(
                            "is in use by", "process " + ProcessHandle.current().pid(), "backup --node HOST:PORT FILE");
        }
        assertThat(file()).doesNotExist();
    }

    @Test
    void a_file_that_is_there_is_overwritten_by_force_only() throws Exception {
        written();
        Files.writeString(file(), "precious");

        Ended refused = run("backup", data(), file());
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("--force");
        assertThat(file()).hasContent("precious");

        assertThat(run("backup", "--force", data(), file()).code()).isZero();
        assertRestoredStarts();
    }

    @Test
    void damaged_data_is_not_backed_up() throws Exception {
        written();
        List<Path> segments = Segment.list(data().resolve("log"));
        damage(segments.get(segments.size() - 1), Segment.HEADER_BYTES + 40);

        Ended ended = run("backup", data(), file());

        assertThat(ended.code()).as(ended.toString()).isEqualTo(3);
        try (var left = Files.list(parent)) {
            assertThat(left).containsExactly(data());
        }
    }

    @Test
    void wrong_arguments_are_exit_code_2() throws Exception {
        written();

        assertThat(run("backup", file()).code()).isEqualTo(2);
        assertThat(run("backup", "--node", "127.0.0.1:1", data(), file()).code())
                .isEqualTo(2);
        assertThat(run("backup", data(), parent.resolve("none/backup.zip")).code())
                .isEqualTo(2);
        assertThat(run("backup", parent.resolve("none"), file()).code()).isEqualTo(2);
        assertThat(run("restore", file(), restored()).code()).isEqualTo(2);
        assertThat(run("backup", data(), file()).code()).isZero();
        assertThat(run("restore", file(), data()).err()).contains(data() + " is not empty");
    }

    // --- files that are no backups

    @Test
    void a_file_that_is_no_zip_or_cut_off_is_refused() throws Exception {
        Files.writeString(file(), "this is no zip file");
        assertRefused(3, "is no backup");

        written();
        assertThat(run("backup", "--force", data(), file()).code()).isZero();
        byte[] whole = Files.readAllBytes(file());
        Files.write(file(), Arrays.copyOf(whole, whole.length - 30));
        assertRefused(3, "is no backup");
    }

    @Test
    void a_name_that_leaves_the_directory_is_refused() throws Exception {
        for (String name :
                List.of("../evil", "/tmp/evil", "log/../../evil", "log\\00000000000000000000.log", "log/", "lock")) {
            zip(Map.of("format", "distcache 1\n", name, "evil"));
            assertRefused(3, "it has '" + name + "'");
        }
        assertThat(parent.resolve("evil")).doesNotExist();
    }

    @Test
    void a_later_format_is_refused() throws Exception {
        zip(Map.of("format", "distcache 2\n"));
        assertRefused(1, "has format version 2");
        zip(Map.of(Segment.name(0), "distcache 1\n"));
        assertRefused(3, "is no file of a data directory");
        zip(Map.of("log/" + Segment.name(0), "no format"));
        assertRefused(3, "it has no file format");
    }

    @Test
    void contents_that_changed_are_refused_and_nothing_is_left() throws Exception {
        written();
        assertThat(run("backup", data(), file()).code()).isZero();
        byte[] zip = Files.readAllBytes(file());
        int refused = 0;
        // The end, which says where everything is, byte for byte.
        for (int offset = 100; offset < zip.length; offset += offset < zip.length - 200 ? 97 : 1) {
            byte[] changed = zip.clone();
            changed[offset] ^= 0x10;
            Files.write(file(), changed);
            Ended ended = run("restore", file(), restored());
            if (ended.code() == 0) {
                // Times and attributes of entries are not checked by anybody; the data is what it was.
                assertThat(run("log", "verify", restored()).code()).isZero();
                Tools.delete(restored());
            } else {
                assertThat(ended.code()).as(ended.toString()).isEqualTo(3);
                refused++;
            }
            assertThat(restored()).doesNotExist();
        }
        assertThat(refused).isPositive();
    }

    @Test
    void a_backup_without_a_part_of_its_log_is_refused() throws Exception {
        written();
        written();
        assertThat(run("backup", data(), file()).code()).isZero();
        Path some = parent.resolve("some.zip");
        try (ZipFile from = new ZipFile(file().toFile());
                ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(some))) {
            for (ZipEntry entry : Collections.list(from.entries())) {
                boolean left = entry.getName().startsWith("snapshots/")
                        || entry.getName().endsWith(Segment.name(0));
                if (!left) {
                    to.putNextEntry(new ZipEntry(entry.getName()));
                    from.getInputStream(entry).transferTo(to);
                }
            }
        }
        Files.move(some, file(), StandardCopyOption.REPLACE_EXISTING);

        assertRefused(3, "the log begins here");
    }

    @Test
    void an_empty_directory_stays_when_nothing_can_be_restored_to_it() throws Exception {
        Files.createDirectory(restored());
        zip(Map.of("format", "distcache 1\n", "log/" + Segment.name(0), "no segment"));

        assertThat(run("restore", file(), restored()).code()).isZero();
        // Fewer bytes than a header are what a crash can leave.
        Tools.delete(restored());
        Files.createDirectory(restored());
        zip(Map.of("format", "distcache 1\n", "log/" + Segment.name(4711), "x".repeat(100)));
        assertThat(run("restore", file(), restored()).code()).isEqualTo(3);
        assertThat(restored()).isEmptyDirectory();
    }

    private void assertRefused(int code, String said) {
        Ended ended = run("restore", file(), restored());
        assertThat(ended.code()).as(ended.toString()).isEqualTo(code);
        assertThat(ended.err()).startsWith("distcache: ").contains(said);
        assertThat(restored()).doesNotExist();
    }

    private void zip(Map<String, String> files) throws IOException {
        try (OutputStream out = Files.newOutputStream(file());
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, String> each : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(each.getKey()));
                zip.write(each.getValue().getBytes(StandardCharsets.UTF_8));
            }
        }
    }
}
