package io.distcache.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.RecordingSession;
import io.distcache.server.shard.Replica;
import io.distcache.server.shard.StoreConfig;
import io.distcache.server.shard.TestShards;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What a group has goes to another member in pieces. */
class GroupSnapshotTest {
    private static final Layout LAYOUT = new Layout(1);

    private final TestShards from = node();
    private final TestShards to = node();
    private final CacheTable caches = new CacheTable(new Caches(Routes.PARTITIONS, to.book, CommitLog.NONE));

    private static TestShards node() {
        return new TestShards(new StoreConfig(Routes.PARTITIONS, 1 << 30, 0), Duration.ofSeconds(60));
    }

    /** A cache with an entry; its number is not that of the replies. */
    private Cache written() {
        RecordingSession writer = from.client("writer");
        writer.ask(new Command.OpenCache(TestShards.HANDLE + 1, CacheDefinition.of("", "first"), true));
        writer.ask(new Command.CloseCache(TestShards.HANDLE));
        writer.ask(new Command.OpenCache(TestShards.HANDLE, CacheDefinition.of("", "books"), true));
        writer.ask(TestShards.put("k", "v"));
        return writer.session().cache(TestShards.HANDLE);
    }

    private Replica replica() {
        return to.shards.of(TestShards.text("k")).replica();
    }

    @Test
    void pieces_are_as_they_were_whatever_is_written_before_they_are_asked_for() {
        RecordingSession writer = from.client("writer");
        writer.ask(new Command.OpenCache(TestShards.HANDLE, CacheDefinition.of("", "books"), true));
        writer.ask(TestShards.put("k", "v"));
        writer.ask(TestShards.put("goes", "v"));
        Cache cache = writer.session().cache(TestShards.HANDLE);
        List<byte[]> before = pieces(cache).stream().map(Supplier::get).toList();

        List<Supplier<byte[]>> asked = pieces(cache);
        writer.ask(TestShards.put("k", "another value"));
        writer.ask(TestShards.remove("goes"));
        writer.ask(TestShards.put("new", "v"));

        assertThat(asked.stream().map(Supplier::get)).containsExactlyElementsOf(before);
        assertThat(pieces(cache).stream().map(Supplier::get).toList()).isNotEqualTo(before);
    }

    private List<Supplier<byte[]>> pieces(Cache cache) {
        List<Supplier<byte[]>> pieces = new ArrayList<>();
        for (int group = 1; group < LAYOUT.consensusGroups(); group++) {
            GroupSnapshot.write(LAYOUT, group, 4711, from.shards, List.of(cache), 1 << 20, pieces::add);
        }
        return pieces;
    }

    @Test
    void until_the_last_piece_is_here_none_of_it_is_shown_to_anybody() {
        Cache cache = written();
        List<byte[]> pieces = new ArrayList<>();
        GroupSnapshot.write(LAYOUT, 1, 4711, from.shards, List.of(cache), 1 << 20, piece -> pieces.add(piece.get()));
        assertThat(pieces).hasSizeGreaterThan(1);
        caches.announce(cache.id(), cache.definition());
        Cache here = caches.find(cache.id());
        assertThat(here).isNotNull();
        assertThat(replica().stale(here, TestShards.text("k"))).isEqualTo(Reply.Miss.INSTANCE);
        List<Reply> shown = new ArrayList<>();

        long millis = GroupSnapshot.install(
                LAYOUT,
                1,
                () -> new Iterator<>() {
                    private final Iterator<byte[]> left = pieces.iterator();

                    @Override
                    public boolean hasNext() {
                        shown.add(replica().stale(here, TestShards.text("k")));
                        return left.hasNext();
                    }

                    @Override
                    public byte[] next() {
                        return left.next();
                    }
                },
                to.shards,
                caches);

        assertThat(millis).isEqualTo(4711);
        assertThat(shown).hasSize(pieces.size() + 1).containsOnlyNulls();
        assertThat(replica().stale(here, TestShards.text("k")))
                .isInstanceOfSatisfying(
                        Reply.Value.class, value -> assertThat(value.value()).isEqualTo(TestShards.text("v")));
    }
}
