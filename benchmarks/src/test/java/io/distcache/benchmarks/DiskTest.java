package io.distcache.benchmarks;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskTest {
    @TempDir
    Path root;

    @Test
    void what_servers_left_is_gone_at_the_end() throws IOException {
        try (Disk disk = new Disk(root)) {
            Path first = disk.newDirectory();
            Path deep = Files.createDirectories(disk.newDirectory().resolve("a/b"));
            Files.writeString(first.resolve("1.log"), "12345");
            Files.writeString(deep.resolve("2.log"), "123");
            Files.writeString(deep.resolve("2.rdb"), "1");

            assertThat(Disk.bytes(root, path -> path.toString().endsWith(".log")))
                    .isEqualTo(8);
        }

        assertThat(root).isEmptyDirectory();
    }

    @Test
    void memory_is_no_disk() {
        Path memory = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(memory));

        assertThatThrownBy(() -> new Disk(memory).describe()).hasMessageContaining("is no disk");
    }

    @Test
    void files_that_appear_under_their_last_name_are_counted() throws IOException {
        Path inner = Files.createDirectory(root.resolve("snapshots"));
        Files.writeString(root.resolve("0.snapshot"), "before");
        try (Appearances snapshots = Appearances.of(Pattern.compile("\\.snapshot$"), root)) {
            for (int i = 1; i <= 3; i++) {
                Path written = Files.writeString(inner.resolve(i + ".snapshot.tmp"), "whole");
                Files.move(written, inner.resolve(i + ".snapshot"));
            }

            int seen = 0;
            for (long end = System.nanoTime() + SECONDS.toNanos(10); seen < 3 && System.nanoTime() < end; ) {
                seen += snapshots.count();
            }
            assertThat(seen).isEqualTo(3);
            assertThat(snapshots.count()).isZero();
        }
    }
}
