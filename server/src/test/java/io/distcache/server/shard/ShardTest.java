package io.distcache.server.shard;

import static io.distcache.server.shard.TestShards.HANDLE;
import static io.distcache.server.shard.TestShards.expiring;
import static io.distcache.server.shard.TestShards.get;
import static io.distcache.server.shard.TestShards.put;
import static io.distcache.server.shard.TestShards.putIf;
import static io.distcache.server.shard.TestShards.remove;
import static io.distcache.server.shard.TestShards.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.distcache.fixtures.Eventually;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ShardTest {
    private static final int ALL_KINDS = 0x0f;

    private final TestShards node = new TestShards();

    @Test
    void what_was_put_is_read_until_it_is_removed() {
        RecordingSession client = node.client("a");

        assertThat(client.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
        Reply.Changed created = (Reply.Changed) client.ask(put("k", "1"));
        assertThat(created.existed()).isFalse();
        assertThat(created.applied()).isTrue();
        assertThat(client.ask(get("k"))).isEqualTo(new Reply.Value(created.version(), text("1")));
        Reply.Changed updated = (Reply.Changed)
                client.ask(new Command.Put(HANDLE, text("k"), text("2"), Condition.ALWAYS, Ttl.DEFINED, true));
        assertThat(updated.old()).isEqualTo(text("1"));
        assertThat(client.ask(new Command.Remove(HANDLE, text("k"), Condition.ALWAYS, true)))
                .isEqualTo(new Reply.Changed(true, true, 0, text("2")));
        assertThat(client.ask(remove("k"))).isEqualTo(new Reply.Changed(false, false, 0, null));
        assertThat(client.ask(new Command.Contains(HANDLE, text("k")))).isEqualTo(new Reply.Count(0));
    }

    @Test
    void versions_grow_strictly_for_each_entry_and_are_unique_on_the_node() {
        RecordingSession client = node.client("a");
        Set<Long> versions = new HashSet<>();
        for (int key = 0; key < 200; key++) {
            long before = 0;
            for (int i = 0; i < 5; i++) {
                long version = ((Reply.Changed) client.ask(put("k" + key, "v" + i))).version();
                assertThat(version).isGreaterThan(before).isGreaterThan(1L << 40);
                assertThat(versions.add(version)).isTrue();
                before = version;
                if (i == 3) {
                    client.ask(remove("k" + key));
                }
            }
        }
    }

    @Test
    void a_change_is_made_only_if_its_condition_holds() {
        RecordingSession client = node.client("a");
        assertApplied(client.ask(putIf("k", "1", Condition.PRESENT, Ttl.DEFINED)), false, false);
        assertApplied(client.ask(putIf("k", "1", Condition.valueIs(text("0")), Ttl.DEFINED)), false, false);
        assertApplied(client.ask(putIf("k", "1", Condition.ABSENT, Ttl.DEFINED)), false, true);
        assertApplied(client.ask(putIf("k", "2", Condition.ABSENT, Ttl.DEFINED)), true, false);
        assertApplied(client.ask(putIf("k", "2", Condition.valueIs(text("0")), Ttl.DEFINED)), true, false);
        Reply.Changed second =
                assertApplied(client.ask(putIf("k", "2", Condition.valueIs(text("1")), Ttl.DEFINED)), true, true);
        assertApplied(
                client.ask(putIf("k", "3", Condition.versionIs(second.version() - 64), Ttl.DEFINED)), true, false);
        assertApplied(client.ask(putIf("k", "3", Condition.versionIs(second.version()), Ttl.DEFINED)), true, true);
        assertApplied(
                client.ask(new Command.Remove(HANDLE, text("k"), Condition.valueIs(text("2")), false)), true, false);
        assertApplied(
                client.ask(new Command.Remove(HANDLE, text("k"), Condition.valueIs(text("3")), false)), true, true);
    }

    @Test
    void a_value_is_compared_without_what_memcached_keeps_beside_it() {
        RecordingSession client = node.client("a");
        Bytes flagged = Bytes.ofUtf8("\u0012\u0001abcd\u0002old");
        Command store = new Command.Put(HANDLE, text("k"), flagged, Condition.ALWAYS, Ttl.DEFINED, false);
        client.ask(store);

        assertApplied(client.ask(putIf("k", "new", Condition.valueIs(text("other")), Ttl.DEFINED)), true, false);
        assertApplied(client.ask(putIf("k", "new", Condition.valueIs(text("old")), Ttl.DEFINED)), true, true);
        assertThat(((Reply.Value) client.ask(get("k"))).value()).isEqualTo(text("new"));

        client.ask(store);
        assertApplied(client.ask(putIf("k", "new", Condition.valueIs(flagged), Ttl.DEFINED)), true, true);

        client.ask(store);
        assertApplied(
                client.ask(new Command.Remove(HANDLE, text("k"), Condition.valueIs(text("old")), false)), true, true);
        assertThat(client.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
    }

    @Test
    void flags_without_a_value_are_compared_as_they_are() {
        RecordingSession client = node.client("a");
        Bytes none = Bytes.ofUtf8("\u0012\u0001abcd");
        client.ask(new Command.Put(HANDLE, text("k"), none, Condition.ALWAYS, Ttl.DEFINED, false));

        assertApplied(client.ask(putIf("k", "new", Condition.valueIs(Bytes.EMPTY), Ttl.DEFINED)), true, false);
        assertApplied(client.ask(putIf("k", "new", Condition.valueIs(none), Ttl.DEFINED)), true, true);
    }

    @Test
    void ttls_are_as_defined_or_as_given() {
        RecordingSession client = node.client("a", expiring(1000, 5000, Ttl.UNCHANGED));
        client.ask(put("defined", "1"));
        client.ask(put("given", "1", 3000));
        client.ask(put("eternal", "1", Ttl.ETERNAL));
        client.ask(put("updated", "1"));
        client.ask(put("updated", "2"));
        client.ask(put("unchanged", "1"));
        client.ask(put("unchanged", "2", Ttl.UNCHANGED));

        node.clock.advance(999);
        assertThere(client, "defined", "given", "eternal", "updated", "unchanged");
        node.clock.advance(1);
        assertGone(client, "defined", "unchanged");
        node.clock.advance(2000);
        assertGone(client, "given");
        assertThere(client, "updated", "eternal");
        node.clock.advance(2000);
        assertGone(client, "updated");
        node.clock.advance(Long.MAX_VALUE / 4);
        assertThere(client, "eternal");
    }

    @Test
    void a_ttl_too_long_for_the_clock_is_as_good_as_eternal() {
        RecordingSession client = node.client("a");
        client.ask(put("k", "1", Ttl.ETERNAL - 1));
        node.clock.advance(Long.MAX_VALUE / 2);
        assertThere(client, "k");
    }

    @Test
    void a_ttl_of_0_stores_nothing_and_ends_what_was_there_as_expired() {
        RecordingSession client = node.client("a");
        client.ask(new Command.Subscribe(HANDLE, ALL_KINDS, 0, true));

        assertThat(client.ask(put("k", "1", Ttl.NOW))).isEqualTo(new Reply.Changed(false, false, 0, null));
        assertThat(client.takeEvents()).isEmpty();
        client.ask(put("k", "1"));
        client.takeEvents();
        assertThat(client.ask(put("k", "2", Ttl.NOW))).isEqualTo(new Reply.Changed(true, true, 0, null));
        assertThat(client.takeEvents()).extracting(Push.Event::event).containsExactly(EventKind.EXPIRED);
        assertGone(client, "k");
    }

    @Test
    void an_access_moves_the_deadline_only_if_defined_so() {
        RecordingSession client = node.client("a", expiring(1000, 1000, 1000));
        client.ask(put("k", "1"));
        for (int i = 0; i < 10; i++) {
            node.clock.advance(900);
            assertThat(client.ask(get("k"))).isInstanceOf(Reply.Value.class);
        }
        node.clock.advance(900);
        client.ask(new Command.Contains(HANDLE, text("k")));
        node.clock.advance(100);
        assertThat(client.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
    }

    @Test
    void an_access_that_ends_an_entry_still_reads_it() {
        RecordingSession client = node.client("a", expiring(Ttl.ETERNAL, Ttl.ETERNAL, Ttl.NOW));
        client.ask(put("k", "1"));

        assertThat(client.ask(get("k"))).isInstanceOf(Reply.Value.class);
        assertThat(client.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
    }

    @Test
    void entries_expire_and_say_so_without_anyone_reading() {
        RecordingSession client = node.client("a");
        client.ask(new Command.Subscribe(HANDLE, EventKind.EXPIRED.bit(), 0, true));
        for (int i = 0; i < 100; i++) {
            client.ask(put("k" + i, "v", 500));
        }
        node.clock.advance(499);
        node.tick();
        assertThat(client.takeEvents()).isEmpty();

        node.clock.advance(200);
        node.tick();
        assertThat(client.takeEvents()).hasSize(100).allSatisfy(event -> {
            assertThat(event.event()).isEqualTo(EventKind.EXPIRED);
            assertThat(event.value()).isNull();
            assertThat(event.oldValue()).isEqualTo(text("v"));
            assertThat(event.cause()).isZero();
            assertThat(event.ackId()).isZero();
        });
        assertThat(node.cache().entries()).isZero();
        assertThat(node.cache().expirations()).isEqualTo(100);
        assertThat(node.budget.entries()).isZero();
    }

    @Test
    void a_put_over_an_expired_entry_tells_of_expiry_and_then_of_creation() {
        RecordingSession client = node.client("a");
        client.ask(new Command.Subscribe(HANDLE, ALL_KINDS, 0, true));
        client.ask(put("k", "1", 10));
        node.clock.advance(10);
        client.takeEvents();

        assertApplied(client.ask(put("k", "2")), false, true);
        assertThat(client.takeEvents())
                .extracting(Push.Event::event)
                .containsExactly(EventKind.EXPIRED, EventKind.CREATED);
    }

    @Test
    void events_come_in_order_with_their_cause_to_those_who_want_them() {
        RecordingSession writer = node.client("writer");
        RecordingSession all = node.client("all");
        RecordingSession removals = node.client("removals");
        writer.ask(new Command.Subscribe(HANDLE, ALL_KINDS, 0, false));
        all.ask(new Command.Subscribe(HANDLE, ALL_KINDS, 0, true));
        removals.ask(new Command.Subscribe(HANDLE, EventKind.REMOVED.bit(), 0, false));

        int created = writer.send(put("k", "1"));
        int updated = writer.send(put("k", "2"));
        int removed = writer.send(remove("k"));

        assertThat(writer.takeEvents()).extracting(Push.Event::cause).containsExactly(created, updated, removed);
        assertThat(all.takeEvents())
                .extracting(Push.Event::event, Push.Event::value, Push.Event::oldValue, Push.Event::cause)
                .containsExactly(
                        tuple(EventKind.CREATED, text("1"), null, 0),
                        tuple(EventKind.UPDATED, text("2"), text("1"), 0),
                        tuple(EventKind.REMOVED, null, text("2"), 0));
        assertThat(removals.takeEvents())
                .extracting(Push.Event::oldValue)
                .containsOnlyNulls()
                .hasSize(1);

        all.ask(new Command.Subscribe(HANDLE, 0, 0, false));
        removals.close();
        writer.ask(put("k", "3"));
        assertThat(all.takePushes()).isEmpty();
        assertThat(removals.takePushes()).isEmpty();
    }

    @Test
    void a_synchronous_listener_elsewhere_is_waited_for() {
        RecordingSession writer = node.client("writer");
        RecordingSession listener = node.client("listener");
        writer.ask(new Command.Subscribe(HANDLE, ALL_KINDS, ALL_KINDS, false));
        listener.ask(new Command.Subscribe(HANDLE, ALL_KINDS, EventKind.CREATED.bit(), false));

        int request = writer.send(put("k", "1"));

        assertThat(writer.reply(request)).isNull();
        List<Push> told = writer.takePushes();
        assertThat(told).hasSize(2).contains(new Push.Queued(request, 60_000));
        assertThat(((Push.Event) told.get(0)).ackId()).as("its own event").isZero();
        long ackId = listener.takeEvents().get(0).ackId();
        assertThat(ackId).isNotZero();
        writer.send(new Command.Ack(ackId));
        assertThat(writer.reply(request)).isNull();
        listener.send(new Command.Ack(ackId));
        assertApplied(writer.reply(request), false, true);
        listener.send(new Command.Ack(ackId));
        assertApplied(writer.ask(put("k", "2")), true, true);
        assertThat(writer.complaints()).isEmpty();
    }

    @Test
    void a_listener_that_is_gone_is_not_waited_for() {
        RecordingSession writer = node.client("writer");
        RecordingSession listener = node.client("listener");
        listener.ask(new Command.Subscribe(HANDLE, ALL_KINDS, ALL_KINDS, false));
        int request = writer.send(put("k", "1"));
        assertThat(writer.reply(request)).isNull();

        listener.close();

        assertApplied(writer.reply(request), false, true);
        assertApplied(writer.ask(put("k", "2")), true, true);
    }

    @Test
    void a_listener_that_says_nothing_is_waited_for_no_longer_than_allowed() {
        TestShards impatient = new TestShards(new StoreConfig(1, 1 << 30, 0), Duration.ofMillis(1));
        RecordingSession writer = impatient.client("writer");
        RecordingSession listener = impatient.client("listener");
        listener.ask(new Command.Subscribe(HANDLE, ALL_KINDS, ALL_KINDS, false));
        int request = writer.send(put("k", "1"));

        Eventually.eventually("the put is answered", () -> {
            impatient.tick();
            return writer.reply(request) != null;
        });
        assertApplied(writer.reply(request), false, true);
    }

    @Test
    void a_change_is_answered_when_the_log_has_it() {
        RecordingSession client = node.client("a");
        CompletableFuture<Void> logged = new CompletableFuture<>();
        node.log.answerWith(logged);
        int request = client.send(put("k", "1"));
        assertThat(client.reply(request)).isNull();

        logged.complete(null);
        assertApplied(client.reply(request), false, true);
    }

    @Test
    void a_change_that_could_not_be_logged_has_an_unknown_outcome() {
        RecordingSession client = node.client("a");
        CompletableFuture<Void> logged = new CompletableFuture<>();
        node.log.answerWith(logged);
        int request = client.send(put("k", "1"));

        logged.completeExceptionally(new IOException("disk full"));
        assertThat(((Reply.Failure) client.reply(request)).status()).isEqualTo(Status.INDETERMINATE);
    }

    @Test
    void a_cache_whose_making_could_not_be_logged_is_not_there_and_its_handle_free() {
        RecordingSession client = node.client("a");
        CompletableFuture<Void> logged = new CompletableFuture<>();
        node.log.answerWith(logged);
        CacheDefinition definition = CacheDefinition.of("", "unlogged");
        int request = client.send(new Command.OpenCache(77, definition, true));
        logged.completeExceptionally(new IOException("disk full"));
        assertThat(((Reply.Failure) client.reply(request)).status()).isEqualTo(Status.INDETERMINATE);

        node.log.answerWith(CompletableFuture.completedFuture(null));
        assertThat(((Reply.Opened) client.ask(new Command.OpenCache(77, definition, true))).created())
                .isTrue();
    }

    @Test
    void touches_change_the_deadline_of_the_version_they_name() {
        RecordingSession client = node.client("a");
        long version = ((Reply.Changed) client.ask(put("k", "1", 1000))).version();
        client.ask(new Command.TouchAll(
                HANDLE,
                List.of(
                        new Command.Touch(text("k"), version, 5000),
                        new Command.Touch(text("k"), version - 1, Ttl.NOW),
                        new Command.Touch(text("absent"), version, 5000))));
        node.clock.advance(4999);
        assertThere(client, "k");
        node.clock.advance(1);
        assertGone(client, "k");
    }

    @Test
    void a_destroyed_cache_answers_nothing_but_that_and_keeps_no_memory() {
        RecordingSession one = node.client("one");
        RecordingSession other = node.client("other");
        for (int i = 0; i < 100; i++) {
            one.ask(put("k" + i, "v"));
        }
        Cache cache = node.cache();

        assertThat(one.ask(new Command.DestroyCache("", "cache"))).isEqualTo(Reply.Ok.INSTANCE);

        assertThat(other.takePushes()).containsExactly(new Push.Destroyed(HANDLE));
        assertThat(one.takePushes()).isEmpty();
        for (Command command : new Command[] {
            get("k1"),
            put("k1", "v"),
            remove("k1"),
            TestShards.lease("k1"),
            new Command.Size(HANDLE),
            new Command.Clear(HANDLE),
            new Command.Contains(HANDLE, text("k1"))
        }) {
            assertThat(other.ask(command))
                    .isInstanceOfSatisfying(
                            Reply.Failure.class,
                            failure -> assertThat(failure.status()).isEqualTo(Status.NO_SUCH_CACHE));
        }
        assertThat(node.budget.entries()).isZero();
        for (int i = 0; i < 64; i++) {
            assertThat(cache.part(i)).isNull();
        }
        one.close();
        other.close();
        assertThat(cache.openHandles()).isEmpty();
    }

    @Test
    void a_handle_in_use_opens_and_creates_nothing() {
        RecordingSession client = node.client("a");

        assertThat(client.ask(new Command.OpenCache(HANDLE, CacheDefinition.of("", "another"), true)))
                .isInstanceOf(Reply.Failure.class);
        assertThat(node.caches.find("", "another")).isNull();
    }

    @Test
    void a_closed_client_opens_and_hears_nothing_more() {
        RecordingSession client = node.client("a");
        Cache cache = node.cache();
        client.close();

        assertThat(client.session().open(HANDLE, cache)).isFalse();
        cache.subscriptions().set(client.session(), HANDLE, ALL_KINDS, ALL_KINDS, true);
        assertThat(cache.subscriptions().isEmpty()).isTrue();
        assertThat(cache.openHandles()).isEmpty();
    }

    @Test
    void a_cache_opened_with_another_definition_is_refused_with_the_difference() {
        node.client("a");
        RecordingSession other = new RecordingSession("b", node.dispatcher);

        Reply.Failure refused = (Reply.Failure)
                other.ask(new Command.OpenCache(1, TestShards.bounded(5, 0, CacheDefinition.WhenFull.EVICT), true));
        assertThat(refused.status()).isEqualTo(Status.DEFINITION_DIFFERS);
        assertThat(refused.message()).contains("maxEntries=5, not 0");
    }

    private static Reply.Changed assertApplied(Reply reply, boolean existed, boolean applied) {
        assertThat(reply).isInstanceOf(Reply.Changed.class);
        Reply.Changed changed = (Reply.Changed) reply;
        assertThat(changed.existed()).isEqualTo(existed);
        assertThat(changed.applied()).isEqualTo(applied);
        return changed;
    }

    private static void assertThere(RecordingSession client, String... keys) {
        for (String key : keys) {
            assertThat(client.ask(get(key))).as(key).isInstanceOf(Reply.Value.class);
        }
    }

    private static void assertGone(RecordingSession client, String... keys) {
        for (String key : keys) {
            assertThat(client.ask(get(key))).as(key).isEqualTo(Reply.Miss.INSTANCE);
        }
    }
}
