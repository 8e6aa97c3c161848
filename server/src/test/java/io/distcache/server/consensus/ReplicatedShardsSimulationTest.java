package io.distcache.server.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Shards of a replicated pool, with all that is between them and the consensus, on networks, disks, clocks and processes that fail: clients, who
 * send changes made once again wherever somebody leads, cannot tell them from one node that never fails. {@code
 * -Ddistcache.testing.simulations=N} runs so many seeds, on two threads.
 */
class ReplicatedShardsSimulationTest {
    private static final int WITHIN = 8;
    private static final int IN_THE_BUILD = 20;
    private static final int FROM = 700_000;

    @Test
    void clients_cannot_tell_the_nodes_from_one_that_never_fails() throws InterruptedException {
        ManySimulations.run(
                ReplicatedShardsSimulationTest.class,
                FROM,
                IN_THE_BUILD,
                seed -> SimulationOptions.of(seed).withShards());
    }

    /** Machines lose power, and with it what was acknowledged and not synced; those that have not caught up are a minority. */
    @Test
    void nodes_that_forget_what_they_acknowledged_lose_nothing() throws InterruptedException {
        ManySimulations.run(
                ReplicatedShardsSimulationTest.class,
                FROM,
                IN_THE_BUILD,
                seed -> SimulationOptions.of(seed).withShards().unsyncedToo());
    }

    /** Deadlines that only the leader has moved are in no snapshot, and nowhere when it does not lead any more. */
    @Test
    void where_reads_move_deadlines_all_members_have_the_same_in_the_end() throws InterruptedException {
        ManySimulations.run(
                ReplicatedShardsSimulationTest.class,
                FROM,
                IN_THE_BUILD,
                seed -> SimulationOptions.of(seed).withShards().withAccesses());
    }

    /** Leases end by their time, with their leader, and with their client; settlements come late, twice, and elsewhere. */
    @Test
    void whoever_has_leased_an_entry_changes_it_alone_and_once() throws InterruptedException {
        ManySimulations.run(
                ReplicatedShardsSimulationTest.class,
                FROM,
                IN_THE_BUILD,
                seed -> SimulationOptions.of(seed).withShards().withLeases());
    }

    @ParameterizedTest
    @CsvSource({"KEPT_REPLIES, 1", "ASKING_ENDS_LEASE, 9"})
    void without_one_guard_a_settlement_is_lost_or_comes_too_late(String guard, long seed) {
        assertThat(Simulation.run(SimulationOptions.of(seed).withShards().withLeases())
                        .violation())
                .isEmpty();
        assertThat(firstViolation(
                        seed,
                        one -> SimulationOptions.of(one)
                                .withShards()
                                .withLeases()
                                .without(guard)))
                .contains("VIOLATED");
    }

    /**
     * What goes wrong with one of {@value #WITHIN} seeds, mostly with the first: each run is the same in all processes, but another one when
     * something has changed in a shard or in the hashes of keys.
     */
    private static String firstViolation(long from, LongFunction<SimulationOptions> options) {
        String violation = "";
        for (long seed = from; seed < from + WITHIN && violation.isEmpty(); seed++) {
            violation = Simulation.run(options.apply(seed)).violation();
            if (!violation.isEmpty()) {
                System.out.println(
                        "seed " + seed + ": " + violation.lines().limit(3).toList());
            }
        }
        return violation;
    }

    /**
     * Entries expire and give way to others: all members have the same in the end and count it right, what somebody found to be gone nobody sees
     * again, and nobody sees an entry for longer than it was to live.
     */
    @Test
    void what_has_gone_by_itself_is_gone_on_all_members() throws InterruptedException {
        ManySimulations.run(
                ReplicatedShardsSimulationTest.class,
                FROM,
                IN_THE_BUILD,
                seed -> SimulationOptions.of(seed).withShards().withExpiry());
    }

    /** {@link Lifetimes} finds it if entries do not expire, and if they live a ninth longer by a clock that is slow. */
    @ParameterizedTest
    @CsvSource({"EXPIRY, 1", "CLOCK_RATE, 2"})
    void entries_that_live_longer_than_they_may_are_found(String guard, long seed) {
        assertThat(firstViolation(
                        seed,
                        one -> SimulationOptions.of(one)
                                .withShards()
                                .withExpiry()
                                .without(guard)))
                .contains("after its deadline was set");
    }

    /** Who missed what a tick had dropped, and the pool did not know of yet, saw it again at the next leader. */
    @Test
    void a_miss_waits_until_the_pool_knows_that_the_entry_has_expired() {
        assertThat(Simulation.run(SimulationOptions.of(920_165).withShards().withExpiry())
                        .violation())
                .isEmpty();
    }

    @Test
    void without_silence_something_that_was_acknowledged_is_lost() {
        assertThat(Simulation.run(SimulationOptions.of(1).withShards().unsyncedToo())
                        .violation())
                .isEmpty();
        assertThat(firstViolation(
                        1,
                        one -> SimulationOptions.of(one)
                                .withShards()
                                .unsyncedToo()
                                .without("SILENCE")))
                .isNotEmpty();
    }

    /** Of the seeds from 1 on, the first with which it shows, so that the test is cheap. */
    @ParameterizedTest
    @CsvSource({"KEPT_REPLIES, 2", "COMMIT_GATE, 1", "READ_GATE, 3"})
    void without_one_guard_something_goes_wrong(String guard, long seed) {
        assertThat(Simulation.run(SimulationOptions.of(seed).withShards()).violation())
                .isEmpty();
        assertThat(firstViolation(
                        seed, one -> SimulationOptions.of(one).withShards().without(guard)))
                .isNotEmpty();
    }

    /**
     * A leader that starts again in the middle of giving a snapshot, before it was on disk, makes it anew and cuts it otherwise. Found by this
     * seed.
     */
    @Test
    void pieces_of_a_snapshot_that_was_made_anew_are_not_taken_for_those_before() {
        SimulationOptions options = SimulationOptions.of(980_321).withShards().withExpiry();
        assertThat(Simulation.run(options).violation()).isEmpty();
        assertThat(Simulation.run(options.without("ONE_PROCESS")).violation()).contains("group 2 is {} on n1");
    }
}
