package io.distcache.client;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.spi.RemoteCache;
import io.distcache.fixtures.ScriptedReplicas;
import io.distcache.fixtures.ScriptedReplicas.Fate;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Opcode;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Ttl;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a client asks members of a replicated pool that do not lead; they do what each test wants. */
@Timeout(60)
class StaleReadsIT {
    private static final Bytes VALUE = Bytes.ofUtf8("\u0002value");
    private static final int GROUPS = 4;
    private static final Duration CALL_LIMIT = Duration.ofSeconds(20);
    private static final Duration SHORT_LIMIT = Duration.ofMillis(500);

    private ScriptedReplicas pool;
    private DistCacheClient client;
    private RemoteCache cache;

    @BeforeEach
    void start() throws IOException {
        pool = new ScriptedReplicas(3, GROUPS);
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        pool.close();
    }

    private void connect(Map<String, String> attributes, Duration limit) {
        client = DistCacheClient.connect(ClientConfig.builder()
                .members(List.of(new Member("first", pool.nodes.get(0).address(), 1)))
                .callTimeout(limit)
                .minBackoff(Duration.ofMillis(20))
                .maxBackoff(Duration.ofMillis(100))
                .build());
        cache = client.remote()
                .open(new CacheDefinition(
                        "shop",
                        "books",
                        CacheDefinition.Expiry.ETERNAL,
                        0,
                        0,
                        CacheDefinition.WhenFull.EVICT,
                        CacheDefinition.Durability.LOGGED,
                        attributes));
        eventually(() -> assertThat(
                        client.pool().nodes().stream().allMatch(node -> node.state() == NodeListener.State.HEALTHY))
                .isTrue());
    }

    private void connectAllowed(Duration limit) {
        connect(Map.of(CacheDefinition.STALE_READS, CacheDefinition.ALLOW), limit);
    }

    private void nobodyLeads(int group) {
        pool.lead(group, Routes.NOBODY);
        pool.push();
    }

    private Command.Get get(Bytes key) {
        return new Command.Get(cache.handle(), key);
    }

    private long asked(Opcode opcode) {
        return pool.nodes.stream()
                .flatMap(node -> node.peers.stream())
                .flatMap(peer -> peer.received.stream())
                .filter(command -> command.opcode() == opcode)
                .count();
    }

    private static Bytes value(Reply reply) {
        return ((Reply.Value) reply).value();
    }

    @Test
    void while_nobody_leads_any_member_answers_reads_at_once() {
        connectAllowed(CALL_LIMIT);
        Bytes key = pool.keyIn(0);
        pool.putByOther(key, VALUE);
        nobodyLeads(0);
        nobodyLeads(1);
        long begin = System.nanoTime();

        assertThat(value(cache.call(get(key)))).isEqualTo(VALUE);
        assertThat(cache.call(get(pool.keyIn(1)))).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(cache.call(new Command.Contains(cache.handle(), key))).isEqualTo(new Reply.Count(1));
        assertThat(value(cache.callAsync(get(key)).toCompletableFuture().join()))
                .isEqualTo(VALUE);
        Reply.Many many =
                (Reply.Many) cache.call(new Command.GetAll(cache.handle(), List.of(pool.keyIn(2), key, pool.keyIn(1))));

        assertThat(many.replies().get(0)).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(value(many.replies().get(1))).isEqualTo(VALUE);
        assertThat(many.replies().get(2)).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(System.nanoTime() - begin).isLessThan(CALL_LIMIT.toNanos() / 4);
        // Of the three that were read together one had a leader.
        assertThat(client.pool().staleReads()).isEqualTo(6);
    }

    @Test
    void who_was_the_leader_may_be_the_one_that_answers() throws Exception {
        connectAllowed(CALL_LIMIT);
        Bytes key = pool.keyIn(0);
        pool.putByOther(key, VALUE);
        // It has stopped leading, and this client has not heard of it.
        pool.lead(0, Routes.NOBODY);
        pool.nodes.get(1).stop();
        pool.nodes.get(2).stop();
        long begin = System.nanoTime();

        assertThat(value(cache.call(get(key)))).isEqualTo(VALUE);
        assertThat(((Reply.Many) cache.call(new Command.GetAll(cache.handle(), List.of(key)))).replies())
                .hasSize(1)
                .allMatch(Reply.Value.class::isInstance);
        assertThat(System.nanoTime() - begin).isLessThan(CALL_LIMIT.toNanos() / 4);
        assertThat(client.pool().staleReads()).isEqualTo(2);
    }

    @Test
    void changes_and_what_counts_all_entries_fail_and_no_member_is_asked_for_them() {
        connectAllowed(SHORT_LIMIT);
        Bytes key = pool.keyIn(0);
        pool.putByOther(key, VALUE);
        nobodyLeads(0);

        for (Command command : List.of(
                new Command.Put(cache.handle(), key, VALUE, Condition.ALWAYS, Ttl.DEFINED, false),
                new Command.Remove(cache.handle(), key, Condition.ALWAYS, true),
                new Command.Lease(cache.handle(), key, false, 1000),
                new Command.TtlOf(cache.handle(), key),
                new Command.Size(cache.handle()))) {
            assertThatThrownBy(() -> cache.call(command))
                    .isInstanceOf(UnreachableException.class)
                    .hasMessageContaining("no leader of group 0");
        }
        assertThat(asked(Opcode.STALE)).isZero();
        assertThat(client.pool().staleReads()).isZero();
    }

    @Test
    void a_cache_that_does_not_allow_it_waits_for_a_leader() {
        connect(Map.of(), SHORT_LIMIT);
        nobodyLeads(0);

        assertThatThrownBy(() -> cache.call(get(pool.keyIn(0)))).isInstanceOf(UnreachableException.class);
        assertThatThrownBy(() -> cache.call(new Command.GetAll(cache.handle(), List.of(pool.keyIn(0)))))
                .isInstanceOf(UnreachableException.class);
        assertThat(asked(Opcode.STALE)).isZero();
    }

    @Test
    void as_long_as_there_is_a_leader_nobody_else_is_asked() {
        connectAllowed(CALL_LIMIT);
        for (int group = 0; group < GROUPS; group++) {
            Bytes key = pool.keyIn(group);
            assertThat(cache.call(get(key))).isEqualTo(Reply.Miss.INSTANCE);
        }

        assertThat(asked(Opcode.STALE)).isZero();
    }

    /** A member that knows a leader sends on to it: this client only has not heard of it yet. */
    @Test
    void a_leader_that_this_client_does_not_know_answers_and_nothing_stale_is_told() {
        connectAllowed(CALL_LIMIT);
        Bytes key = pool.keyIn(0);
        pool.putByOther(key, VALUE);
        pool.lead(0, (pool.leaderOf(key) + 1) % 3);

        assertThat(value(cache.call(get(key)))).isEqualTo(VALUE);
        assertThat(((Reply.Many) cache.call(new Command.GetAll(cache.handle(), List.of(key)))).replies())
                .allMatch(Reply.Value.class::isInstance);
        assertThat(client.pool().staleReads()).isZero();
    }

    @Test
    void with_a_leader_again_it_is_asked_again_and_the_figure_stands() {
        connectAllowed(CALL_LIMIT);
        Bytes key = pool.keyIn(0);
        pool.putByOther(key, VALUE);
        nobodyLeads(0);
        assertThat(value(cache.call(get(key)))).isEqualTo(VALUE);
        pool.lead(0, 2);
        pool.push();
        Bytes newer = Bytes.ofUtf8("\u0002newer");
        pool.putByOther(key, newer);

        eventually(() -> {
            long before = asked(Opcode.STALE);
            assertThat(value(cache.call(get(key)))).isEqualTo(newer);
            assertThat(asked(Opcode.STALE)).isEqualTo(before);
        });
        assertThat(client.pool().staleReads()).isEqualTo(1);
    }

    /** A loader is not run since a member that does not lead has nothing, and nobody is told that it has found nothing. */
    @Test
    void a_lease_on_a_miss_is_a_read_if_there_is_an_entry_and_waits_for_a_leader_if_not() {
        connectAllowed(SHORT_LIMIT);
        Bytes there = pool.keyIn(0);
        Bytes missing = pool.keyIn(1);
        pool.putByOther(there, VALUE);
        nobodyLeads(0);
        nobodyLeads(1);

        assertThat(value(cache.call(new Command.Lease(cache.handle(), there, true, 1000))))
                .isEqualTo(VALUE);
        assertThat(((Reply.Many) cache.call(new Command.LeaseMany(cache.handle(), List.of(there), true, 1000)))
                        .replies())
                .allMatch(Reply.Value.class::isInstance);
        for (Command lease : List.of(
                new Command.Lease(cache.handle(), missing, true, 1000),
                new Command.LeaseMany(cache.handle(), List.of(there, missing), true, 1000))) {
            assertThatThrownBy(() -> cache.call(lease)).isInstanceOf(UnreachableException.class);
        }
    }

    @Test
    void members_that_show_nothing_leave_the_call_to_its_time() {
        connectAllowed(SHORT_LIMIT);
        nobodyLeads(0);
        pool.faults = (node, command) -> command instanceof Command.Stale ? Fate.UNAVAILABLE : Fate.ANSWERED;
        long begin = System.nanoTime();

        assertThatThrownBy(() -> cache.call(get(pool.keyIn(0))))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("no leader of group 0")
                .hasMessageContaining("no majority");
        assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(5));
        assertThat(client.pool().staleReads()).isZero();
    }
}
