package io.distcache.server.shard;

import static io.distcache.server.shard.TestShards.HANDLE;
import static io.distcache.server.shard.TestShards.expiring;
import static io.distcache.server.shard.TestShards.get;
import static io.distcache.server.shard.TestShards.lease;
import static io.distcache.server.shard.TestShards.leaseOnMiss;
import static io.distcache.server.shard.TestShards.put;
import static io.distcache.server.shard.TestShards.remove;
import static io.distcache.server.shard.TestShards.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Eventually;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeaseTest {
    private static final StoreConfig STORE = new StoreConfig(64, 1 << 30, 0);

    private final TestShards node = new TestShards();
    private final RecordingSession a = node.client("a");
    private final RecordingSession b = node.client("b");
    private final RecordingSession c = node.client("c");

    @AfterEach
    void nothing_was_answered_twice_and_no_lease_is_left_behind() {
        for (RecordingSession session : List.of(a, b, c)) {
            assertThat(session.complaints()).isEmpty();
            session.close();
        }
        for (Cache cache : node.caches.all()) {
            for (int i = 0; i < node.shards.size(); i++) {
                CacheShard part = cache.part(i);
                assertThat(part == null || part.leases.isEmpty()).isTrue();
            }
        }
    }

    @Test
    void leases_are_given_first_come_first_served() {
        long first = granted(a.ask(lease("k")));
        int second = b.send(lease("k"));
        int third = c.send(lease("k"));
        int fourth = a.send(lease("k"));
        assertThat(b.takePushes())
                .hasSize(1)
                .allSatisfy(push -> assertThat(((Push.Queued) push).request()).isEqualTo(second));

        assertThat(a.ask(settle("k", first, new EntryChange.Put(text("1"), Ttl.ETERNAL))))
                .isInstanceOf(Reply.Many.class);
        assertThat(((Reply.Leased) b.reply(second)).value()).isEqualTo(text("1"));
        assertThat(c.reply(third)).isNull();
        b.ask(settle("k", granted(b.reply(second))));
        assertThat(a.reply(fourth)).isNull();
        c.ask(settle("k", granted(c.reply(third))));
        a.ask(settle("k", granted(a.reply(fourth))));
    }

    @Test
    void plain_writes_wait_and_reads_go_on() {
        a.ask(put("k", "0"));
        long token = granted(a.ask(lease("k")));

        int written = b.send(put("k", "b"));
        int removed = b.send(remove("k"));
        assertThat(b.ask(get("k"))).isInstanceOf(Reply.Value.class);
        assertThat(b.ask(leaseOnMiss("k"))).isInstanceOf(Reply.Value.class);
        assertThat(b.ask(new Command.GetAll(HANDLE, List.of(text("k"))))).isInstanceOf(Reply.Many.class);
        assertThat(b.ask(put("other", "b"))).isInstanceOf(Reply.Changed.class);
        assertThat(b.reply(written)).isNull();

        a.ask(settle("k", token, new EntryChange.Put(text("a"), Ttl.ETERNAL)));
        assertThat(((Reply.Changed) b.reply(written)).existed()).isTrue();
        assertThat(((Reply.Changed) b.reply(removed)).applied()).isTrue();
        assertThat(a.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
    }

    @Test
    void a_settlement_may_keep_the_lease_and_others_wait_on() {
        long token = granted(a.ask(lease("k")));
        int waiting = b.send(lease("k"));

        for (String value : List.of("1", "2", "3")) {
            Reply.Many kept = (Reply.Many) a.ask(keep(token, new EntryChange.Put(text(value), Ttl.ETERNAL)));
            assertThat(((Reply.Changed) kept.replies().get(0)).applied()).isTrue();
            assertThat(((Reply.Value) b.ask(get("k"))).value()).isEqualTo(text(value));
            assertThat(b.reply(waiting)).isNull();
        }

        a.ask(settle("k", token));
        assertThat(((Reply.Leased) b.reply(waiting)).value()).isEqualTo(text("3"));
        Reply.Many late = (Reply.Many) a.ask(keep(token, new EntryChange.Put(text("late"), Ttl.ETERNAL)));
        assertThat(((Reply.Failure) late.replies().get(0)).status()).isEqualTo(Status.LEASE_LOST);
        b.ask(settle("k", granted(b.reply(waiting))));
        assertThat(((Reply.Value) b.ask(get("k"))).value()).isEqualTo(text("3"));
    }

    private static Command keep(long token, EntryChange change) {
        return new Command.Settle(
                HANDLE, List.of(new Command.Settlement(text("k"), token, List.of(change), new Command.Share.Keep())));
    }

    @Test
    void every_change_of_a_settlement_fires_its_event() {
        b.ask(new Command.Subscribe(HANDLE, 0x0f, 0, true));
        long token = granted(a.ask(lease("k")));

        Reply.Many settled = (Reply.Many) a.ask(settle(
                "k",
                token,
                new EntryChange.Put(text("1"), Ttl.ETERNAL),
                new EntryChange.Put(text("2"), Ttl.ETERNAL),
                new EntryChange.Remove(),
                new EntryChange.Remove(),
                new EntryChange.Put(text("3"), Ttl.ETERNAL),
                new EntryChange.Touch(Ttl.NOW)));

        List<Push.Event> events = b.takeEvents();
        assertThat(events)
                .extracting(Push.Event::event)
                .containsExactly(
                        EventKind.CREATED, EventKind.UPDATED, EventKind.REMOVED, EventKind.CREATED, EventKind.EXPIRED);
        assertThat(events).extracting(Push.Event::version).isSorted().doesNotHaveDuplicates();
        assertThat(settled.replies()).hasSize(1);
    }

    @Test
    void a_miss_is_shared_with_those_who_wait_for_the_result() {
        long token = granted(a.ask(leaseOnMiss("k")));
        int waiting = b.send(leaseOnMiss("k"));
        int writing = b.send(put("k", "b"));
        int late = c.send(leaseOnMiss("k"));

        a.ask(settled("k", token, new Command.Share.Miss()));
        assertThat(b.reply(waiting)).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(b.reply(writing)).isInstanceOf(Reply.Changed.class);
        assertThat(((Reply.Value) c.reply(late)).value()).isEqualTo(text("b"));
    }

    @Test
    void a_failure_is_shared_with_those_who_wait_for_the_result_only() {
        long token = granted(a.ask(leaseOnMiss("k")));
        int waiting = b.send(leaseOnMiss("k"));
        int wanting = c.send(lease("k"));

        a.ask(settled("k", token, new Command.Share.Failed(text("broken"))));
        assertThat(b.reply(waiting)).isEqualTo(new Reply.LoadFailed(text("broken")));
        assertThat(c.reply(wanting)).isInstanceOf(Reply.Leased.class);
    }

    @Test
    void a_value_loaded_is_read_by_those_who_wait() {
        long token = granted(a.ask(leaseOnMiss("k")));
        int one = b.send(leaseOnMiss("k"));
        int two = c.send(leaseOnMiss("k"));

        a.ask(settle("k", token, new EntryChange.Put(text("loaded"), Ttl.ETERNAL)));
        assertThat(((Reply.Value) b.reply(one)).value()).isEqualTo(text("loaded"));
        assertThat(((Reply.Value) c.reply(two)).value()).isEqualTo(text("loaded"));
    }

    @Test
    void a_lease_settled_twice_or_with_a_wrong_token_is_lost() {
        long token = granted(a.ask(lease("k")));
        assertLost(b.ask(settle("k", token + 1, new EntryChange.Put(text("b"), Ttl.ETERNAL))));
        a.ask(settle("k", token));
        assertLost(a.ask(settle("k", token, new EntryChange.Put(text("a"), Ttl.ETERNAL))));
        assertThat(a.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
    }

    @Test
    void a_lease_ends_at_its_time_limit_and_its_change_is_refused() {
        TestShards impatient = new TestShards(STORE, Duration.ofMillis(1), Duration.ofSeconds(60));
        RecordingSession slow = impatient.client("slow");
        RecordingSession next = impatient.client("next");
        long token = granted(slow.ask(lease("k")));
        int waiting = next.send(put("k", "next"));

        Eventually.eventually("the write goes on", () -> {
            impatient.tick();
            return next.reply(waiting) != null;
        });
        assertLost(slow.ask(settle("k", token, new EntryChange.Put(text("slow"), Ttl.ETERNAL))));
        assertThat(((Reply.Value) slow.ask(get("k"))).value()).isEqualTo(text("next"));
    }

    @Test
    void a_wait_ends_at_its_time_limit() {
        TestShards impatient = new TestShards(STORE, Duration.ofSeconds(60), Duration.ofMillis(1));
        RecordingSession holder = impatient.client("holder");
        RecordingSession waiter = impatient.client("waiter");
        long token = granted(holder.ask(lease("k")));
        int waiting = waiter.send(put("k", "waiter"));

        Eventually.eventually("the wait ends", () -> {
            impatient.tick();
            return waiter.reply(waiting) != null;
        });
        assertThat(((Reply.Failure) waiter.reply(waiting)).status()).isEqualTo(Status.LEASE_TIMEOUT);
        holder.ask(settle("k", token));
        assertThat(holder.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(waiter.complaints()).isEmpty();
    }

    @Test
    void a_holder_that_is_gone_passes_its_lease_on() {
        granted(a.ask(lease("k")));
        int waiting = b.send(lease("k"));

        a.close();
        assertThat(b.reply(waiting)).isInstanceOf(Reply.Leased.class);
    }

    @Test
    void one_who_waits_and_is_gone_is_skipped() {
        long token = granted(a.ask(lease("k")));
        int gone = b.send(lease("k"));
        int waiting = c.send(lease("k"));

        b.close();
        a.ask(settle("k", token));
        assertThat(b.reply(gone)).isNull();
        assertThat(c.reply(waiting)).isInstanceOf(Reply.Leased.class);
    }

    @Test
    void a_lease_given_to_one_who_is_gone_already_goes_on_at_once() {
        a.close();
        Cache cache = node.cache();
        Shard shard = node.shards.get(0);
        shard.execute(cache, lease("k"), new Origin(a.session(), 1, reply -> {}));

        assertThat(cache.part(0).leases).isEmpty();
    }

    @Test
    void an_answer_that_cannot_be_handed_out_does_not_keep_others_from_theirs() {
        Cache cache = node.cache();
        Shard shard = node.shards.get(0);
        Reply.Leased held = (Reply.Leased) shard.execute(cache, lease("k"), new Origin(a.session(), 1, reply -> {}));
        shard.execute(cache, put("k", "b"), new Origin(b.session(), 1, reply -> {
            throw new IllegalStateException("this answer cannot be handed out, on purpose");
        }));
        List<Reply> got = new ArrayList<>();
        shard.execute(cache, put("k", "c"), new Origin(c.session(), 1, got::add));

        Reply settled = shard.settlements()
                .settle(
                        cache,
                        new Command.Settlement(text("k"), held.token(), List.of(), null),
                        new Origin(a.session(), 2, reply -> {}));
        assertThat(settled).isInstanceOf(Reply.Changed.class);
        assertThat(got).hasSize(1);
    }

    @Test
    void clearing_ends_leases_and_those_who_wait_go_on() {
        long token = granted(a.ask(lease("k")));
        int waiting = b.send(put("k", "b"));

        c.ask(new Command.Clear(HANDLE));
        assertThat(b.reply(waiting)).isInstanceOf(Reply.Changed.class);
        assertLost(a.ask(settle("k", token, new EntryChange.Put(text("a"), Ttl.ETERNAL))));
    }

    @Test
    void destroying_answers_everybody() {
        long token = granted(a.ask(lease("k")));
        int writing = b.send(put("k", "b"));
        int wanting = c.send(lease("k"));

        c.ask(new Command.DestroyCache("", "cache"));
        assertThat(((Reply.Failure) b.reply(writing)).status()).isEqualTo(Status.NO_SUCH_CACHE);
        assertThat(((Reply.Failure) c.reply(wanting)).status()).isEqualTo(Status.NO_SUCH_CACHE);
        assertLost(a.ask(settle("k", token, new EntryChange.Put(text("a"), Ttl.ETERNAL))));
    }

    @Test
    void many_leases_at_once_wait_for_none() {
        granted(a.ask(lease("busy")));
        b.ask(put("there", "1"));

        Reply.Many many = (Reply.Many) b.ask(new Command.LeaseMany(
                HANDLE, List.of(text("busy"), text("there"), text("absent"), text("absent")), true, 1000));
        assertThat(((Reply.Failure) many.replies().get(0)).status()).isEqualTo(Status.LEASE_BUSY);
        assertThat(many.replies().get(1)).isInstanceOf(Reply.Value.class);
        assertThat(many.replies().get(2)).isInstanceOf(Reply.Leased.class);
        assertThat(((Reply.Failure) many.replies().get(3)).status()).isEqualTo(Status.LEASE_BUSY);
    }

    @Test
    void an_entry_that_expires_while_it_is_looked_at_is_not_leased_to_two() {
        TestShards ticking = new TestShards();
        CacheDefinition definition = expiring(Ttl.ETERNAL, Ttl.ETERNAL, Ttl.UNCHANGED);
        RecordingSession holder = ticking.client("holder", definition);
        RecordingSession reader = ticking.client("reader", definition);
        for (int left = 1; left < 8; left++) {
            String key = "k" + left;
            holder.ask(put(key, "1", left));
            long token = granted(holder.ask(lease(key)));
            ticking.clock.advanceWithEachReading(1);
            int request = reader.send(leaseOnMiss(key));
            ticking.clock.advanceWithEachReading(0);

            assertThat(reader.reply(request)).as("with %s ms left", left).isNotInstanceOf(Reply.Leased.class);
            assertThat(((Reply.Many) holder.ask(settle(key, token))).replies())
                    .hasOnlyElementsOfType(Reply.Changed.class);
        }
    }

    private static long granted(@Nullable Reply reply) {
        assertThat(reply).isInstanceOf(Reply.Leased.class);
        return ((Reply.Leased) reply).token();
    }

    private static void assertLost(Reply reply) {
        Reply part = ((Reply.Many) reply).replies().get(0);
        assertThat(((Reply.Failure) part).status()).isEqualTo(Status.LEASE_LOST);
    }

    private static Command.Settle settle(String key, long token, EntryChange... changes) {
        return new Command.Settle(HANDLE, List.of(new Command.Settlement(text(key), token, List.of(changes), null)));
    }

    private static Command.Settle settled(String key, long token, Command.Share share) {
        return new Command.Settle(HANDLE, List.of(new Command.Settlement(text(key), token, List.of(), share)));
    }
}
