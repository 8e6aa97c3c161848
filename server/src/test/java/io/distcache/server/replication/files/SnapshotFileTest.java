package io.distcache.server.replication.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.server.consensus.GroupPiece;
import io.distcache.server.consensus.GroupStore.Keeping;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.LogConfig;
import io.distcache.server.log.Retention;
import io.distcache.server.log.SyncPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole snapshot goes to disk beside the loop, or on it when that has to wait. */
class SnapshotFileTest {
    private static final List<Supplier<byte[]>> PIECES =
            List.of(() -> new byte[] {1, 2, 3}, () -> new byte[] {4}, () -> new byte[0]);

    @TempDir
    private Path root;

    private final ArrayDeque<Runnable> beside = new ArrayDeque<>();
    private DataDirectory directory;
    private GroupFiles files;

    @BeforeEach
    void open() throws IOException {
        directory = DataDirectory.open(root.resolve("data"), "a test");
        LogConfig config = new LogConfig(SyncPolicy.ALWAYS, Duration.ofSeconds(1), 1 << 16, Retention.NONE, 1 << 20);
        files = new GroupFiles(directory, config, InstantSource.system(), 3, 1, 1, beside::add, failure -> {});
        files.read(record -> {});
    }

    @AfterEach
    void close() throws IOException {
        files.close();
        directory.close();
    }

    private Path file() {
        return root.resolve("data/groups/1/00000000000000000007.pieces");
    }

    private List<byte[]> read(List<GroupPiece> places) throws IOException {
        List<byte[]> read = new java.util.ArrayList<>();
        for (GroupPiece place : places) {
            read.add(files.bytes(place));
        }
        return read;
    }

    @Test
    void it_is_written_by_another_thread() throws IOException {
        Keeping keeping = files.keepAll(1, 7, PIECES);
        assertThat(file()).doesNotExist();
        assertThat(keeping.places().toCompletableFuture()).isNotDone();

        beside.remove().run();

        assertThat(read(keeping.places().toCompletableFuture().join()))
                .containsExactly(new byte[] {1, 2, 3}, new byte[] {4}, new byte[0]);
    }

    @Test
    void who_waits_before_that_thread_comes_writes_it() throws IOException {
        Keeping keeping = files.keepAll(1, 7, PIECES);

        List<GroupPiece> places = keeping.await();

        assertThat(read(places)).containsExactly(new byte[] {1, 2, 3}, new byte[] {4}, new byte[0]);
        long length = Files.size(file());
        beside.remove().run();
        assertThat(Files.size(file())).isEqualTo(length);
        assertThat(keeping.places().toCompletableFuture()).isCompletedWithValue(places);
    }

    @Test
    void what_there_was_of_the_same_index_goes() throws IOException {
        files.keep(1, 7, new byte[100]);
        List<GroupPiece> places = files.keepAll(1, 7, PIECES).await();
        files.flush(true);
        assertThat(places.get(0).offset()).isZero();
        assertThat(read(places)).first().isEqualTo(new byte[] {1, 2, 3});
    }

    @Test
    void what_a_stopped_node_has_not_written_fails_and_is_removed_at_the_next_start() throws IOException {
        Keeping whole = files.keepAll(1, 6, PIECES);
        beside.remove().run();
        assertThat(whole.places().toCompletableFuture()).isCompleted();
        Keeping keeping = files.keepAll(1, 7, PIECES);
        files.close();

        beside.remove().run();

        assertThat(keeping.places().toCompletableFuture()).isCompletedExceptionally();
        directory.close();
        open();
        // No record says of the other one that it counts.
        try (var left = Files.list(file().getParent())) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void a_failure_says_what_could_not_be_written() throws IOException {
        Keeping keeping = files.keepAll(1, 7, PIECES);
        Files.delete(file().getParent());
        assertThatThrownBy(keeping::await)
                .hasMessageContaining("a snapshot could not be written to")
                .hasMessageContaining(file().toString());
    }
}
