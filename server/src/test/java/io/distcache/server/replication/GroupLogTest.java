package io.distcache.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.HealthReport.Figure;
import io.distcache.protocol.Routes;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.consensus.Consensus;
import io.distcache.server.consensus.GroupView;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.shard.AcknowledgementBook;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** What is proposed to groups, who waits, and what is told of it. */
class GroupLogTest {
    private static final int SHARD = 0;
    private static final int GROUP = 1;
    private static final long MILLI = 1_000_000;

    private long nanos = 1;
    private final Agreeing consensus = new Agreeing();
    private final GroupLog log = log(true);

    private GroupLog log(boolean leases) {
        NodeClock clock = new NodeClock(InstantSource.fixed(Instant.ofEpochMilli(1_000_000)), () -> nanos);
        CacheTable caches = new CacheTable(
                new Caches(Routes.PARTITIONS, new AcknowledgementBook(Duration.ofSeconds(1)), CommitLog.NONE));
        return new GroupLog(
                new Layout(2), consensus, caches, clock, 1, 1 << 20, 1 << 20, leases, true, member -> "n" + member);
    }

    private long told(Figure figure) {
        return log.figures().get(figure).getAsLong();
    }

    private CompletionStage<Void> change() {
        return log.append(SHARD, List.of(new Mutation.Delete(7, Bytes.ofUtf8("k"), 1)));
    }

    @Test
    void with_a_lease_nobody_waits() {
        log.lead(GROUP, 1);
        consensus.leaseNanos = 700 * MILLI;
        assertThat(log.isNewest(SHARD)).isTrue();
        assertThat(log.newest(SHARD)).isSameAs(CommitLog.COMMITTED);
        assertThat(consensus.confirms).isEmpty();
        assertThat(told(Figure.GATE_WAITS)).isZero();
        assertThat(told(Figure.LEASE_MILLIS)).isEqualTo(700);
    }

    @Test
    void without_one_an_answer_waits_for_a_majority_and_that_is_counted() {
        log.lead(GROUP, 1);
        assertThat(log.isNewest(SHARD)).isFalse();
        assertThat(told(Figure.GATE_WAITS))
                .as("to ask whether it must wait is no wait")
                .isZero();
        CompletionStage<Void> newest = log.newest(SHARD);
        nanos += 3 * MILLI;
        assertThat(newest).isNotCompleted();
        consensus.confirms.get(0).complete(null);
        assertThat(newest).isCompleted();
        assertThat(told(Figure.GATE_WAITS)).isEqualTo(1);
        assertThat(told(Figure.GATE_WAIT_MICROS)).isEqualTo(3_000);
        assertThat(told(Figure.LEASE_MILLIS)).isZero();
    }

    @Test
    void a_log_without_leases_asks_a_majority_each_time() {
        GroupLog asking = log(false);
        asking.lead(GROUP, 1);
        consensus.leaseNanos = 700 * MILLI;
        assertThat(asking.isNewest(SHARD)).isFalse();
        CompletionStage<Void> newest = asking.newest(SHARD);
        CompletionStage<Void> other = asking.newest(SHARD);
        assertThat(consensus.confirms).hasSize(2);
        consensus.confirms.get(0).complete(null);
        assertThat(newest).isCompleted();
        assertThat(other).isNotCompleted();
        assertThat(asking.figures().get(Figure.LEASE_MILLIS).getAsLong()).isEqualTo(-1);
    }

    @Test
    void who_waits_for_the_change_of_somebody_else_is_counted_also_if_that_fails() {
        CompletableFuture<Void> seen = new CompletableFuture<>();
        log.awaited(seen);
        log.awaited(seen);
        assertThat(told(Figure.GATE_WAITS)).isEqualTo(2);
        nanos += MILLI;
        seen.completeExceptionally(new IllegalStateException("taken back"));
        assertThat(told(Figure.GATE_WAIT_MICROS)).isEqualTo(2_000);
    }

    @Test
    void entries_and_the_changes_in_them_are_counted_and_how_long_the_oldest_waits() {
        log.lead(GROUP, 1);
        assertThat(told(Figure.COMMIT_LAG_MILLIS)).isZero();
        change();
        log.flush();
        nanos += 2 * MILLI;
        change();
        change();
        log.flush();
        nanos += 3 * MILLI;
        assertThat(told(Figure.PROPOSED_ENTRIES)).as("the next one gathers").isEqualTo(1);
        assertThat(told(Figure.PROPOSED_CHANGES)).isEqualTo(3);
        assertThat(told(Figure.COMMIT_LAG_MILLIS)).isEqualTo(5);

        log.committed(GROUP, 1, consensus.entries.get(0));
        assertThat(told(Figure.PROPOSED_ENTRIES)).isEqualTo(2);
        assertThat(told(Figure.COMMIT_LAG_MILLIS)).isEqualTo(3);
        log.committed(GROUP, 1, consensus.entries.get(1));
        assertThat(told(Figure.COMMIT_LAG_MILLIS)).isZero();
    }

    @Test
    void who_leads_nothing_has_no_lease() {
        consensus.leaseNanos = 700 * MILLI;
        assertThat(told(Figure.LEASE_MILLIS)).isEqualTo(-1);
    }

    /** Agrees when it is told to. */
    private static final class Agreeing implements Consensus {
        final List<byte[]> entries = new ArrayList<>();
        final List<CompletableFuture<Void>> confirms = new ArrayList<>();
        long leaseNanos;

        @Override
        public void start() {}

        @Override
        public CompletionStage<Long> propose(int group, long epoch, byte[] entry) {
            entries.add(entry);
            return new CompletableFuture<>();
        }

        @Override
        public boolean leaseValid(int group) {
            return leaseNanos > 0;
        }

        @Override
        public long leaseLeftNanos(int group) {
            return leaseNanos;
        }

        @Override
        public CompletionStage<Void> confirm(int group) {
            CompletableFuture<Void> asked = new CompletableFuture<>();
            confirms.add(asked);
            return asked;
        }

        @Override
        public CompletionStage<Void> transfer(int group, int member) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Void> open(int group) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isOpen(int group) {
            return true;
        }

        @Override
        public CompletionStage<Void> snapshot(int group) {
            throw new UnsupportedOperationException();
        }

        @Override
        public GroupView view(int group) {
            return new GroupView(1, 0, List.of(0, 1, 2));
        }

        @Override
        public boolean isSilent(int group) {
            return false;
        }

        @Override
        public boolean hasCaughtUp(int group) {
            return true;
        }

        @Override
        public CompletionStage<Long> applied(int group) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Progress> progress(int group) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }
}
