package io.distcache.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In which order a node with a data directory gives the entries of a cache after a restart. */
class ScanRestartTest {
    private static final int ENTRIES = 200;

    @TempDir
    private Path temporary;

    /** Starts a node in a directory, stops it, and returns in which order it has what is there. */
    private List<Bytes> order(Path data) throws IOException, InterruptedException {
        List<Bytes> order = new ArrayList<>();
        try (DataNode node = new DataNode(data, InstantSource.system())) {
            int cache = node.open(CacheDefinition.of("ns", "c"));
            for (int i = 0; i < ENTRIES; i++) {
                node.put(cache, "k" + i, "v");
            }
            for (long cursor = 0; cursor >= 0; ) {
                Reply.Page page =
                        (Reply.Page) node.client.await(new Command.Scan(cache, cursor, 10, true, Bytes.EMPTY));
                page.items().forEach(item -> order.add(item.key()));
                cursor = page.cursor();
            }
        }
        return order;
    }

    @Test
    void it_is_the_same_as_before() throws Exception {
        Path data = temporary.resolve("data");

        List<Bytes> before = order(data);

        assertThat(before).hasSize(ENTRIES).doesNotHaveDuplicates();
        assertThat(order(data)).isEqualTo(before);
    }

    @Test
    void each_directory_has_its_own() throws Exception {
        assertThat(order(temporary.resolve("one"))).isNotEqualTo(order(temporary.resolve("other")));
    }

    @Test
    void without_the_file_or_with_a_damaged_one_it_is_another_and_kept_from_then_on() throws Exception {
        Path data = temporary.resolve("data");
        Path file = data.resolve("scan-order");
        List<Bytes> first = order(data);
        assertThat(file).hasSize(16);

        Files.delete(file);
        List<Bytes> second = order(data);
        assertThat(second).isNotEqualTo(first).containsExactlyInAnyOrderElementsOf(first);
        assertThat(order(data)).isEqualTo(second);

        Files.write(file, new byte[15]);
        List<Bytes> third = order(data);
        assertThat(third).isNotEqualTo(second).containsExactlyInAnyOrderElementsOf(first);
        assertThat(file).hasSize(16);
        assertThat(order(data)).isEqualTo(third);
    }
}
