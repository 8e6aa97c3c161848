package io.distcache.server.replication.recovery;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.persistence.FormerMember;
import io.distcache.server.replication.PoolPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A directory of a member that is alone in its pool, so that no socket is needed, is recovered, also in parts. */
@Timeout(120)
class ForcedRecoveryTest {
    private static final int GROUPS = LoneMember.GROUPS;
    private static final PoolPlan PLAN = LoneMember.PLAN;

    @TempDir
    private static Path parent;

    private static Path original;
    private static Map<String, String> written;

    @BeforeAll
    static void a_member_with_snapshots_and_entries_after_them() throws Exception {
        original = Files.createDirectories(parent.resolve("original"));
        PLAN.write(original);
        try (LoneMember member = new LoneMember(original)) {
            assertThat(member.isMember()).isTrue();
            int first = member.open("first");
            int gone = member.open("gone");
            for (int i = 0; i < 200; i++) {
                member.put(first, "k" + i, "v" + i, Ttl.DEFINED);
            }
            member.put(gone, "k", "v", Ttl.DEFINED);
            assertThat(member.client.await(new Command.Snapshot())).isInstanceOf(Reply.Files.class);
            int second = member.open("second");
            for (int i = 0; i < 50; i++) {
                member.client.await(new Command.Remove(first, LoneMember.text("k" + i), Condition.ALWAYS, false));
                member.put(second, "k" + i, "w" + i, 3_600_000);
            }
            member.put(second, "soon", "gone", 1);
            for (int i = 0; i < 3; i++) {
                member.client.await(new Command.Add(
                        second, LoneMember.text("count"), LoneMember.number(5), LoneMember.number(0), Ttl.DEFINED));
            }
            member.client.await(new Command.DestroyCache("ns", "gone"));
            member.open("empty");
            eventually(() -> assertThat(member.all()).doesNotContainKey("second/\u0002soon"));
            written = member.all();
        }
        assertThat(written).hasSize(3 + 150 + 50 + 1);
    }

    private static Path copy(String name) throws IOException {
        Path copy = parent.resolve(name);
        try (Stream<Path> files = Files.walk(original)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, copy.resolve(original.relativize(file).toString()));
            }
        }
        return copy;
    }

    private static ForcedRecovery recovery(DataDirectory taken) throws IOException {
        return new ForcedRecovery(taken, PLAN, StoppedMember.read(taken.path(), GROUPS));
    }

    private static void assertHasAll(Path directory, boolean asMember) throws Exception {
        try (LoneMember node = new LoneMember(directory)) {
            assertThat(node.isMember()).isEqualTo(asMember);
            assertThat(node.all()).isEqualTo(written);
        }
    }

    @Test
    void a_node_on_its_own_has_all_that_the_member_had_and_goes_on() throws Exception {
        Path directory = copy("whole");
        try (DataDirectory taken = DataDirectory.open(directory, "a test")) {
            StoppedMember member = StoppedMember.read(directory, GROUPS);
            assertThat(member.caches()).isEqualTo(3);
            assertThat(member.groups()).hasSize(1 + GROUPS).allMatch(group -> group.index() > 0 && !group.isSilent());
            assertThat(member.lostPower()).isFalse();
            new ForcedRecovery(taken, PLAN, member).run();
        }
        assertThat(directory.resolve(FormerMember.RECORD))
                .content()
                .contains("00000000000000a7")
                .containsPattern("\"entries\" : 20[12],");
        assertThat(directory.resolve("groups")).doesNotExist();
        assertThat(directory.resolve(FormerMember.ASIDE)).isDirectoryContaining("glob:**replicated-pool.json");
        assertHasAll(directory, false);
        try (LoneMember node = new LoneMember(directory)) {
            int second = node.open("second");
            node.client.await(new Command.Add(
                    second, LoneMember.text("count"), LoneMember.number(5), LoneMember.number(0), Ttl.DEFINED));
            node.put(node.open("third"), "k", "v", Ttl.DEFINED);
        }
        try (LoneMember node = new LoneMember(directory)) {
            assertThat(node.client.await(new Command.Get(node.open("second"), LoneMember.text("count"))))
                    .isInstanceOfSatisfying(
                            Reply.Value.class,
                            value -> assertThat(value.value()).isEqualTo(LoneMember.number(15)));
            assertThat(node.all()).hasSize(written.size() + 2);
        }
    }

    @Test
    void a_kill_before_it_is_decided_leaves_the_member() throws Exception {
        for (int steps = 1; steps <= 3; steps++) {
            Path directory = copy("before-" + steps);
            try (DataDirectory taken = DataDirectory.open(directory, "a test")) {
                for (ForcedRecovery.Step step : recovery(taken).prepare().subList(0, steps)) {
                    step.run();
                }
            }
            assertHasAll(directory, true);
        }
        // And it can be done once more.
        Path directory = parent.resolve("before-3");
        try (DataDirectory taken = DataDirectory.open(directory, "a test")) {
            recovery(taken).run();
        }
        assertHasAll(directory, false);
    }

    @Test
    void a_kill_after_it_is_decided_leaves_a_node_on_its_own() throws Exception {
        int most = 0;
        for (int moves = 0; moves <= most; moves++) {
            Path directory = copy("after-" + moves);
            try (DataDirectory taken = DataDirectory.open(directory, "a test")) {
                for (ForcedRecovery.Step step : recovery(taken).prepare()) {
                    step.run();
                }
                FormerMember.decide(directory).run();
                most = FormerMember.moves(directory).size();
                for (FormerMember.Move move : FormerMember.moves(directory).subList(0, moves)) {
                    move.run();
                }
                assertThat(FormerMember.isLeft(directory)).isEqualTo(moves < most);
            }
            assertHasAll(directory, false);
            assertThat(FormerMember.isLeft(directory)).isFalse();
            assertThat(directory.resolve(FormerMember.RECORD)).exists();
        }
        assertThat(most).isGreaterThan(4);
    }
}
