package io.distcache.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DataDirectoryTest {

    @TempDir
    private Path directory;

    @Test
    void a_second_node_in_this_process_is_told_who_has_the_directory_and_takes_no_lock_away() throws Exception {
        try (DataDirectory first = DataDirectory.open(directory, "process 1234")) {
            assertThatThrownBy(() -> DataDirectory.open(directory.resolve("../" + directory.getFileName()), "other"))
                    .isInstanceOf(DataDirectory.LockedException.class)
                    .hasMessageContaining("process 1234");

            assertThat(canLock(first.path())).isFalse();
        }
        assertThat(canLock(directory)).isTrue();
        DataDirectory.open(directory, "the next").close();
    }

    @Test
    void a_directory_of_a_later_format_is_left_as_it_is() throws IOException {
        Files.writeString(directory.resolve("format"), "distcache 2\n");

        assertThatThrownBy(() -> DataDirectory.open(directory, "a node"))
                .isInstanceOf(NewerFormatException.class)
                .hasMessageContaining("has format version 2")
                .hasMessageContaining(directory.toString());
        assertThat(directory).isDirectoryNotContaining(file -> !file.endsWith("format"));
    }

    @Test
    void what_is_no_format_is_damage() throws IOException {
        Files.writeString(directory.resolve("format"), "");

        assertThatThrownBy(() -> DataDirectory.open(directory, "a node"))
                .isInstanceOf(DamagedException.class)
                .hasMessageContaining("bin/distcache log verify " + directory);
    }

    /** Whether another process could lock the directory. */
    private static boolean canLock(Path data) throws IOException, InterruptedException {
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherProcess.class.getName(),
                        data.resolve("lock").toString())
                .inheritIO()
                .start();
        assertThat(other.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return other.exitValue() == 0;
    }

    /** Exits with 0 if it gets the lock. */
    static final class OtherProcess {
        private OtherProcess() {}

        public static void main(String[] args) throws IOException {
            try (FileChannel file = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE);
                    FileLock lock = file.tryLock()) {
                System.exit(lock == null ? 1 : 0);
            }
        }
    }
}
