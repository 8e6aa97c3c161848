package io.distcache.server.consensus.micro;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Snapshots that somebody asks for, while the disk is slow. */
class WantedSnapshotsTest {
    @Test
    void who_asks_while_one_is_written_gets_one_later_with_the_others_and_the_loop_waits_for_none() throws IOException {
        TestPool pool = TestPool.started();
        TestPool.Member leader = pool.leader();
        pool.propose(leader, 10);
        CompletableFuture<Void> first = leader.consensus.snapshot(0).toCompletableFuture();
        pool.pass(10);
        assertThat(leader.snapshots).hasSize(1);

        List<CompletableFuture<Void>> more = IntStream.range(0, 3)
                .mapToObj(i -> {
                    pool.propose(leader, 10);
                    return leader.consensus.snapshot(0).toCompletableFuture();
                })
                .toList();
        pool.pass(100);
        assertThat(leader.snapshots).hasSize(1);
        assertThat(first).isNotDone();

        leader.snapshots.get(0).isWritten();
        pool.pass(100);
        assertThat(first).isCompleted();
        assertThat(leader.snapshots).hasSize(2);
        assertThat(more).noneMatch(CompletableFuture::isDone);

        leader.snapshots.get(1).isWritten();
        pool.pass(100);
        assertThat(more).allMatch(CompletableFuture::isDone).noneMatch(CompletableFuture::isCompletedExceptionally);
        assertThat(leader.snapshots).hasSize(2).noneMatch(snapshot -> snapshot.isWaitedFor);
        assertThat(leader.applied).isEqualTo(40);
    }
}
