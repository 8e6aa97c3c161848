package io.distcache.server.shard;

import static io.distcache.server.shard.TestShards.HANDLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.server.store.KeyHasher;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A walk that goes on at another node, as it does at the next leader of a group, finds entries where it left them. */
class ScanOrderTest {
    private static final int ENTRIES = 2000;
    private static final int PAGE = 30;
    private static final KeyHasher HASHER = KeyHasher.of(0x1234_5678_9abc_def1L, 0x2d35_8dcc_aa6c_78a5L);
    private static final KeyHasher OTHER = KeyHasher.of(0x1234_5678_9abc_def2L, 0x2d35_8dcc_aa6c_78a5L);

    private static RecordingSession node(KeyHasher hasher, IntStream keys) {
        RecordingSession client = TestShards.hashing(hasher).client("c");
        keys.forEach(i -> client.ask(TestShards.put("k" + i, "v")));
        return client;
    }

    /** All entries: the first pages are asked of the first node, and what is left of the last one. */
    private static List<Bytes> walk(int pagesOfFirst, RecordingSession first, RecordingSession last) {
        List<Bytes> found = new ArrayList<>();
        long cursor = 0;
        for (int page = 0; cursor >= 0; page++) {
            RecordingSession asked = page < pagesOfFirst ? first : last;
            Reply.Page next = (Reply.Page) asked.ask(new Command.Scan(HANDLE, cursor, PAGE, true, Bytes.EMPTY));
            next.items().forEach(item -> found.add(item.key()));
            cursor = next.cursor();
        }
        return found;
    }

    @Test
    void nodes_that_hash_alike_give_entries_in_the_same_order_and_others_do_not() {
        RecordingSession one = node(HASHER, IntStream.range(0, ENTRIES));
        RecordingSession alike = node(HASHER, IntStream.range(0, ENTRIES).map(i -> ENTRIES - 1 - i));
        RecordingSession other = node(OTHER, IntStream.range(0, ENTRIES));

        assertThat(walk(0, one, one))
                .hasSize(ENTRIES)
                .doesNotHaveDuplicates()
                .isEqualTo(walk(0, alike, alike))
                .isNotEqualTo(walk(0, other, other))
                .containsExactlyInAnyOrderElementsOf(walk(0, other, other));
    }

    @Test
    void a_walk_goes_on_at_a_node_that_hashes_alike_wherever_it_was() {
        RecordingSession one = node(HASHER, IntStream.range(0, ENTRIES));
        RecordingSession alike = node(HASHER, IntStream.range(0, ENTRIES));

        for (int pages = 1; pages < ENTRIES / PAGE; pages++) {
            assertThat(walk(pages, one, alike)).hasSize(ENTRIES).doesNotHaveDuplicates();
        }
    }

    /** Why it has to hash alike. */
    @Test
    void at_a_node_that_hashes_otherwise_a_walk_would_miss_entries() {
        RecordingSession one = node(HASHER, IntStream.range(0, ENTRIES));
        RecordingSession other = node(OTHER, IntStream.range(0, ENTRIES));

        assertThat(new HashSet<>(walk(20, one, other))).hasSizeLessThan(ENTRIES);
    }
}
