package io.distcache.server.cli;

import static io.distcache.server.cli.Tools.damage;
import static io.distcache.server.cli.Tools.run;
import static io.distcache.server.cli.Tools.state;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.ValueTag;
import io.distcache.server.cli.Tools.Ended;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupRecord.Kind;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.LogConfig;
import io.distcache.server.log.Retention;
import io.distcache.server.log.Segment;
import io.distcache.server.log.SyncPolicy;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.mutation.MutationCodec;
import io.distcache.server.replication.files.GroupFiles;
import io.distcache.server.store.EntryRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code log print} and {@code log verify} on the directory of a member of a replicated pool, whose oldest segments are gone. */
class GroupLogToolsIT {
    @TempDir
    private Path parent;

    private Path directory;

    @BeforeEach
    void write() throws IOException {
        directory = parent.resolve("data");
        LogConfig config = new LogConfig(SyncPolicy.ALWAYS, Duration.ofSeconds(1), 1 << 16, Retention.NONE, 1 << 20);
        try (DataDirectory taken = DataDirectory.open(directory, "a test");
                GroupFiles files =
                        new GroupFiles(taken, config, InstantSource.system(), 2, 1, 1, Runnable::run, failure -> {})) {
            files.read(record -> {});
            files.append(new GroupRecord(Kind.TERM, 1, 0, 3, new byte[1]));
            for (int i = 1; i <= 20; i++) {
                files.append(new GroupRecord(Kind.ENTRY, 1, i, 3, entry(i)));
                files.flush(true);
            }
            files.append(new GroupRecord(Kind.SNAPSHOT_COMPLETE, 1, 18, 3, new byte[0]));
            files.flush(true);
        }
        assertThat(Segment.positionOf(segments().get(0))).isPositive();
    }

    /** As a leader writes it: a cache is named, and an entry of it stored in partition 5. */
    private static byte[] entry(int number) {
        byte[] value = new byte[8000];
        value[0] = ValueTag.BYTES;
        Bytes key = Bytes.ofUtf8((char) ValueTag.TEXT + "key-" + number);
        List<Mutation> create = List.of(new Mutation.Create(7, CacheDefinition.of("shop", "pens")));
        List<Mutation> store = List.of(new Mutation.Store(
                7, Bytes.of(EntryRecord.create(key, Bytes.of(value), number, EntryRecord.NO_DEADLINE))));
        byte[] named = encoded(create);
        byte[] stored = encoded(store);
        ByteBuffer entry = ByteBuffer.allocate(5 + 9 + 17 + 6 + named.length + 6 + stored.length)
                .put((byte) 0)
                .putInt(9 + 17 + 6 + named.length + 6 + stored.length)
                .put((byte) 2)
                .putLong(99)
                .put((byte) 1)
                .putLong(number)
                .putLong(number);
        entry.putShort((short) -1).putInt(named.length).put(named);
        return entry.putShort((short) 5).putInt(stored.length).put(stored).array();
    }

    private static byte[] encoded(List<Mutation> mutations) {
        byte[] bytes = new byte[MutationCodec.bytes(mutations)];
        MutationCodec.encode(mutations, bytes, 0);
        return bytes;
    }

    private List<Path> segments() throws IOException {
        return Segment.list(directory.resolve("log"));
    }

    @Test
    void print_shows_what_each_record_says() {
        Map<String, String> before = state(directory);
        Ended printed = run("log", "print", directory);
        assertThat(printed.code()).as(printed.toString()).isZero();
        assertThat(printed.out())
                .contains(
                        "entry              index 20  term 3  8",
                        "   1  create   shop/pens",
                        "   5  store    shop/pens  \"key-20\" = ",
                        "term               index 0  term 3  1 bytes")
                .contains("snapshot_complete  index 18", "log_begins         position ")
                .doesNotContain("index 1 ");
        assertThat(run("log", "print", "--json", directory).out())
                .contains("\"group\":1,\"kind\":\"entry\",\"index\":20,\"term\":3,\"bytes\":8");
        assertThat(state(directory)).isEqualTo(before);
    }

    @Test
    void print_shows_only_the_changes_that_are_asked_for() {
        String printed = run("log", "print", directory, "--key", "key-19").out();
        assertThat(printed).contains("store    shop/pens  \"key-19\" = ").doesNotContain("key-20", "snapshot_complete");
        assertThat(run("log", "print", directory, "--cache", "pencils").out()).isBlank();
        assertThat(run("log", "print", directory, "--json", "--cache", "pens").out())
                .contains("\"shard\":5,\"kind\":\"store\",\"cacheId\":7,\"cache\":\"shop/pens\"")
                .doesNotContain("\"group\"");
    }

    @Test
    void verify_finds_an_entry_that_says_nothing() throws IOException {
        try (DataDirectory taken = DataDirectory.open(directory, "a test");
                GroupFiles files = new GroupFiles(
                        taken,
                        new LogConfig(SyncPolicy.ALWAYS, Duration.ofSeconds(1), 1 << 16, Retention.NONE, 1 << 20),
                        InstantSource.system(),
                        2,
                        1,
                        1,
                        Runnable::run,
                        failure -> {})) {
            files.read(record -> {});
            files.append(new GroupRecord(Kind.ENTRY, 1, 21, 3, new byte[3]));
            files.flush(true);
        }
        Ended verified = run("log", "verify", directory);
        assertThat(verified.code()).as(verified.toString()).isEqualTo(3);
        assertThat(verified.out() + verified.err()).contains("entry at index 21 of group 1 is cut off");
    }

    @Test
    void verify_finds_it_fine_and_damage_in_it() throws IOException {
        Ended verified = run("log", "verify", directory);
        assertThat(verified.code()).as(verified.toString()).isZero();
        assertThat(verified.out()).contains("fine: ");
        damage(segments().get(0), 1000);
        Ended again = run("log", "verify", directory);
        assertThat(again.code()).as(again.toString()).isEqualTo(3);
        assertThat(again.out()).contains("a start would refuse");
    }

    @Test
    void replay_wants_to_know_of_which_pool_it_is() {
        Ended replayed =
                run("log", "replay", directory, "--until", "2200-01-01T00:00:00Z", "--to", parent.resolve("x"));
        assertThat(replayed.code()).isEqualTo(2);
        assertThat(replayed.err()).contains("replicated-pool.json, which says of which, is not in");
    }
}
