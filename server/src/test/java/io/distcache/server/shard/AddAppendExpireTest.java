package io.distcache.server.shard;

import static io.distcache.server.shard.TestShards.HANDLE;
import static io.distcache.server.shard.TestShards.bounded;
import static io.distcache.server.shard.TestShards.expiring;
import static io.distcache.server.shard.TestShards.get;
import static io.distcache.server.shard.TestShards.lease;
import static io.distcache.server.shard.TestShards.put;
import static io.distcache.server.shard.TestShards.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Command.DeadlineIs;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.ValueTag;
import io.distcache.server.frontdoor.value.PlainValue;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ADD, APPEND, EXPIRE, TTL_OF, and SCAN by a pattern. */
class AddAppendExpireTest {
    private static final Bytes ONE = int64(1);
    private static final int ALL_KINDS = 0x0f;

    private final TestShards node = new TestShards();

    // --- ADD ---

    @Test
    void a_sum_begins_with_the_initial_value() {
        RecordingSession client = node.client("a");

        Reply.Value first = (Reply.Value) client.ask(new Command.Add(HANDLE, text("k"), ONE, int64(40), Ttl.ETERNAL));
        assertThat(first.value()).isEqualTo(int64(40));
        assertThat(client.ask(get("k"))).isEqualTo(first);
        Reply.Value second = (Reply.Value) client.ask(add("k", int64(2)));
        assertThat(second.value()).isEqualTo(int64(42));
        assertThat(second.version()).isGreaterThan(first.version());
        assertThat(client.ask(get("k"))).isEqualTo(second);
        assertThat(client.ask(new Command.Add(HANDLE, text("d"), ONE, float64(0.5), Ttl.ETERNAL)))
                .matches(reply -> ((Reply.Value) reply).value().equals(float64(0.5)));
        assertThat(sum(client, float64(0.25), float64(1))).isEqualTo(float64(1.25));
    }

    @Test
    void a_sum_has_the_ttl_it_began_with() {
        RecordingSession client = node.client("a", expiring(1000, 5000, 7000));
        for (long ttl : new long[] {Ttl.DEFINED, Ttl.UNCHANGED, 3000, Ttl.ETERNAL}) {
            String key = "k" + ttl;
            client.ask(new Command.Add(HANDLE, text(key), ONE, ONE, ttl));
            node.clock.advance(10);
            client.ask(new Command.Add(HANDLE, text(key), ONE, ONE, 99_999));
        }

        assertThat(ttlOf(client, "k" + Ttl.DEFINED)).isEqualTo(1000 - 40);
        assertThat(ttlOf(client, "k" + Ttl.UNCHANGED)).isEqualTo(1000 - 30);
        assertThat(ttlOf(client, "k3000")).isEqualTo(3000 - 20);
        assertThat(ttlOf(client, "k" + Ttl.ETERNAL)).isEqualTo(-1);
        node.clock.advance(1000);
        assertThat(client.ask(new Command.Add(HANDLE, text("k" + Ttl.DEFINED), ONE, int64(7), Ttl.ETERNAL)))
                .matches(reply -> ((Reply.Value) reply).value().equals(int64(7)));
    }

    @Test
    void a_sum_with_a_ttl_of_0_is_told_and_not_kept() {
        RecordingSession client = node.client("a");

        assertThat(client.ask(new Command.Add(HANDLE, text("k"), ONE, int64(5), Ttl.NOW)))
                .isEqualTo(new Reply.Value(0, int64(5)));
        assertThat(client.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
    }

    @Test
    void an_integer_keeps_its_width_while_the_sum_fits_and_then_has_64_bits() {
        RecordingSession client = node.client("a");

        assertThat(sum(client, int8(-3), int64(130))).isEqualTo(int8(127));
        assertThat(sum(client, int8(127), ONE)).isEqualTo(int64(128));
        assertThat(sum(client, int8(-128), int64(-1))).isEqualTo(int64(-129));
        assertThat(sum(client, int16(32_766), ONE)).isEqualTo(int16(32_767));
        assertThat(sum(client, int16(32_767), ONE)).isEqualTo(int64(32_768));
        assertThat(sum(client, int32(Integer.MIN_VALUE + 1), int64(-1))).isEqualTo(int32(Integer.MIN_VALUE));
        assertThat(sum(client, int32(Integer.MAX_VALUE), ONE)).isEqualTo(int64(1L + Integer.MAX_VALUE));
        assertThat(sum(client, int64(5), int64(-7))).isEqualTo(int64(-2));
    }

    @Test
    void a_sum_with_a_double_is_one() {
        RecordingSession client = node.client("a");

        assertThat(sum(client, float64(1.5), float64(2.25))).isEqualTo(float64(3.75));
        assertNotAdded(client, float64(1.5), int64(2));
        assertThat(sum(client, int64(3), float64(-0.5))).isEqualTo(float64(2.5));
        assertThat(sum(client, int8(3), float64(1))).isEqualTo(float64(4));
        // 0.1f as a double is 0.10000000149011612.
        assertThat(sum(client, float32(0.1f), float64(0))).isEqualTo(float64(0.1));
        assertThat(sum(client, float32(2), float64(1))).isEqualTo(float64(3));
        assertNotAdded(client, float32(2), ONE);
    }

    @Test
    void text_that_is_a_decimal_number_becomes_one() {
        RecordingSession client = node.client("a");

        assertThat(sum(client, text("41"), ONE)).isEqualTo(int64(42));
        assertThat(sum(client, bytes("-41"), ONE)).isEqualTo(int64(-40));
        assertThat(sum(client, text("0"), ONE)).isEqualTo(ONE);
        assertThat(sum(client, text("1.5"), float64(1))).isEqualTo(float64(2.5));
        assertNotAdded(client, text("1.5"), ONE);
        assertThat(sum(client, bytes("-2.5e2"), float64(1))).isEqualTo(float64(-249));
        assertThat(sum(client, text(".5"), float64(0.5))).isEqualTo(float64(1));
        assertThat(sum(client, text("5."), float64(1))).isEqualTo(float64(6));
        assertThat(sum(client, text("" + Long.MIN_VALUE), ONE)).isEqualTo(int64(Long.MIN_VALUE + 1));
    }

    @Test
    void a_sum_goes_to_the_last_of_64_bits_and_no_further() {
        RecordingSession client = node.client("a");

        assertThat(sum(client, int64(Long.MAX_VALUE - 1), ONE)).isEqualTo(int64(Long.MAX_VALUE));
        assertThat(sum(client, int64(Long.MIN_VALUE + 1), int64(-1))).isEqualTo(int64(Long.MIN_VALUE));
        assertThat(sum(client, int64(Long.MIN_VALUE), int64(Long.MAX_VALUE))).isEqualTo(int64(-1));
        assertNotAdded(client, int64(Long.MAX_VALUE), ONE);
        assertNotAdded(client, int64(Long.MIN_VALUE), int64(-1));
        assertNotAdded(client, int64(Long.MIN_VALUE), int64(Long.MIN_VALUE));
        assertNotAdded(client, int8(1), int64(Long.MAX_VALUE));
        assertNotAdded(client, text("" + Long.MAX_VALUE), ONE);
        // Of more than 64 bits already: taken for a double it would silently lose digits.
        assertNotAdded(client, text("9223372036854775808"), ONE);
        assertNotAdded(client, text("99999999999999999999"), ONE);
    }

    @Test
    void a_sum_is_finite() {
        RecordingSession client = node.client("a");

        assertNotAdded(client, float64(Double.MAX_VALUE), float64(Double.MAX_VALUE));
        assertNotAdded(client, float64(Double.POSITIVE_INFINITY), ONE);
        assertNotAdded(client, float64(Double.NaN), ONE);
        assertNotAdded(client, float32(Float.NEGATIVE_INFINITY), ONE);
        assertNotAdded(client, text("1e999"), ONE);
        assertNotAdded(client, ONE, float64(Double.NaN));
        assertThat(refused(client.ask(new Command.Add(HANDLE, text("new"), ONE, float64(Double.NaN), Ttl.ETERNAL))))
                .isEqualTo(Status.BAD_REQUEST);
        assertThat(client.ask(get("new"))).isEqualTo(Reply.Miss.INSTANCE);
    }

    @Test
    void what_is_no_number_stays_as_it_is() {
        RecordingSession client = node.client("a");

        for (String word :
                List.of("", "a", "1a", " 1", "1 ", "1,5", "0x10", "--1", "1e", "NaN", ".", "Infinity", "1d")) {
            assertNotAdded(client, text(word), ONE);
        }
        assertNotAdded(client, text("1".repeat(65)), ONE);
        assertNotAdded(client, text("\u0661"), ONE);
        for (byte tag :
                new byte[] {ValueTag.NULL, ValueTag.TRUE, ValueTag.CHAR16, ValueTag.PORTABLE, ValueTag.SERIALIZED, 0x77
                }) {
            assertNotAdded(client, Bytes.of(new byte[] {tag, 0, 1}), ONE);
        }
        // Tags of numbers over the wrong number of bytes.
        for (byte tag : new byte[] {
            ValueTag.INT64, ValueTag.INT32, ValueTag.INT16, ValueTag.INT8, ValueTag.DOUBLE, ValueTag.FLOAT
        }) {
            assertNotAdded(client, Bytes.of(new byte[] {tag, 0, 1, 2}), ONE);
            assertNotAdded(client, Bytes.of(new byte[] {tag}), ONE);
        }
        assertNotAdded(client, ONE, text("x"));
        assertNotAdded(client, ONE, Bytes.EMPTY);
    }

    @Test
    void what_memcached_keeps_beside_a_value_stays_beside_it() {
        RecordingSession client = node.client("a");
        store(client, "n", PlainValue.flagged(text("41"), 7, 1));
        store(client, "t", PlainValue.flagged(text("b"), 9, 2));

        assertThat(((Reply.Value) client.ask(add("n", ONE))).value()).isEqualTo(int64(42));
        assertThat(value(client, "n")).isEqualTo(PlainValue.flagged(int64(42), 7, 1));
        assertThat(client.ask(append("t", text("c"), false))).isEqualTo(new Reply.Count(2));
        assertThat(client.ask(append("t", text("a"), true))).isEqualTo(new Reply.Count(3));
        assertThat(value(client, "t")).isEqualTo(PlainValue.flagged(text("abc"), 9, 2));
        assertThat(refused(client.ask(append("t", PlainValue.flagged(text("d"), 1, 1), false))))
                .isEqualTo(Status.BAD_REQUEST);
        assertNotAdded(client, PlainValue.flagged(text("x"), 7, 1), ONE);
    }

    // --- APPEND ---

    @Test
    void a_piece_comes_behind_or_before() {
        RecordingSession client = node.client("a");

        assertThat(client.ask(append("k", text("ö"), false))).isEqualTo(new Reply.Count(2));
        assertThat(client.ask(append("k", text("€"), false))).isEqualTo(new Reply.Count(5));
        assertThat(client.ask(append("k", text("ä"), true))).isEqualTo(new Reply.Count(7));
        assertThat(value(client, "k")).isEqualTo(text("äö€"));
        assertThat(client.ask(append("k", text(""), true))).isEqualTo(new Reply.Count(7));
        assertThat(value(client, "k")).isEqualTo(text("äö€"));
    }

    @Test
    void text_stays_text_only_with_text() {
        RecordingSession client = node.client("a");

        assertThat(appended(client, text("a"), text("b"), false)).isEqualTo(text("ab"));
        assertThat(appended(client, text("a"), bytes("b"), false)).isEqualTo(bytes("ab"));
        assertThat(appended(client, bytes("a"), text("b"), true)).isEqualTo(bytes("ba"));
        assertThat(appended(client, bytes("a"), bytes("b"), true)).isEqualTo(bytes("ba"));
        store(client, "m", text(""));
        client.ask(append("missing", bytes("b"), false));
        assertThat(value(client, "missing")).isEqualTo(bytes("b"));
    }

    @Test
    void nothing_but_text_and_bytes_is_appended_or_appended_to() {
        RecordingSession client = node.client("a");
        for (Bytes other : List.of(ONE, float64(1), Bytes.of(new byte[] {ValueTag.NULL}), Bytes.EMPTY)) {
            assertThat(refused(client.ask(append("missing", other, false)))).isEqualTo(Status.BAD_REQUEST);
            if (other.length() > 0) {
                store(client, "k", other);
                Reply before = client.ask(get("k"));
                assertThat(refused(client.ask(append("k", text("a"), false)))).isEqualTo(Status.BAD_REQUEST);
                assertThat(client.ask(get("k"))).isEqualTo(before);
            }
        }
        assertThat(client.ask(get("missing"))).isEqualTo(Reply.Miss.INSTANCE);
    }

    @Test
    void an_amended_entry_keeps_its_deadline() {
        RecordingSession client = node.client("a", expiring(Ttl.ETERNAL, 1, Ttl.UNCHANGED));
        client.ask(put("n", "1", 1000));
        client.ask(put("t", "1", 1000));
        node.clock.advance(400);
        client.ask(add("n", ONE));
        client.ask(append("t", text("2"), false));

        assertThat(ttlOf(client, "n")).isEqualTo(600);
        assertThat(ttlOf(client, "t")).isEqualTo(600);
        node.clock.advance(600);
        // Made anew.
        assertThat(((Reply.Value) client.ask(add("n", ONE))).value()).isEqualTo(int64(0));
        assertThat(client.ask(append("t", text("2"), false))).isEqualTo(new Reply.Count(1));
        assertThat(ttlOf(client, "n")).isEqualTo(-1);
        assertThat(ttlOf(client, "t")).isEqualTo(-1);
        assertThat(node.log.replay(node.cache().id()))
                .hasSize(2)
                .allSatisfy((key, entry) -> assertThat(entry.deadlineMillis()).isEqualTo(Long.MAX_VALUE));
    }

    @Test
    void amendments_are_creations_and_updates_to_listeners() {
        RecordingSession client = node.client("a");
        client.ask(new Command.Subscribe(HANDLE, ALL_KINDS, 0, true));
        client.ask(add("n", ONE));
        client.ask(add("n", ONE));
        client.ask(append("t", text("a"), false));
        client.ask(append("t", text("b"), false));

        List<Push.Event> events = client.takeEvents();
        assertThat(events)
                .extracting(Push.Event::event)
                .containsExactly(EventKind.CREATED, EventKind.UPDATED, EventKind.CREATED, EventKind.UPDATED);
        assertThat(events).extracting(Push.Event::value).containsExactly(int64(0), ONE, text("a"), text("ab"));
        assertThat(events).extracting(Push.Event::oldValue).containsExactly(null, int64(0), null, text("a"));
        assertThat(events.get(3).version()).isEqualTo(((Reply.Value) client.ask(get("t"))).version());
    }

    @Test
    void amendments_of_a_leased_entry_wait_for_their_turn() {
        RecordingSession holder = node.client("holder");
        RecordingSession client = node.client("client");
        holder.ask(put("k", "1"));
        long token = ((Reply.Leased) holder.ask(lease("k"))).token();
        int add = client.send(add("k", ONE));
        int expire = client.send(expire("k", 500, DeadlineIs.ANY));
        assertThat(client.reply(add)).isNull();
        assertThat(client.ask(new Command.TtlOf(HANDLE, text("k")))).isEqualTo(new Reply.Count(-1));
        assertThat(value(client, "k")).isEqualTo(text("1"));

        holder.ask(new Command.Settle(HANDLE, List.of(new Command.Settlement(text("k"), token, List.of(), null))));
        assertThat(((Reply.Value) client.reply(add)).value()).isEqualTo(int64(2));
        assertThat(((Reply.Changed) client.reply(expire)).applied()).isTrue();
        assertThat(ttlOf(client, "k")).isEqualTo(500);
    }

    // --- EXPIRE and TTL_OF ---

    @Test
    void a_deadline_is_moved_if_the_present_one_is_as_said() {
        RecordingSession client = node.client("a");
        long eternal = Ttl.ETERNAL;
        // Deadline before, rule, new deadline: whether it is moved.
        Object[][] cases = {
            {eternal, DeadlineIs.ANY, 500L, true},
            {eternal, DeadlineIs.NONE, 500L, true},
            {eternal, DeadlineIs.SOME, 500L, false},
            {eternal, DeadlineIs.EARLIER, 500L, false},
            {eternal, DeadlineIs.LATER, 500L, true},
            {eternal, DeadlineIs.EARLIER, eternal, false},
            {eternal, DeadlineIs.LATER, eternal, false},
            {1000L, DeadlineIs.ANY, 500L, true},
            {1000L, DeadlineIs.NONE, 500L, false},
            {1000L, DeadlineIs.SOME, 500L, true},
            {1000L, DeadlineIs.EARLIER, 500L, false},
            {1000L, DeadlineIs.LATER, 500L, true},
            {1000L, DeadlineIs.EARLIER, 1000L, false},
            {1000L, DeadlineIs.LATER, 1000L, false},
            {1000L, DeadlineIs.EARLIER, 1001L, true},
            {1000L, DeadlineIs.LATER, 1001L, false},
            {1000L, DeadlineIs.EARLIER, eternal, true},
            {1000L, DeadlineIs.LATER, eternal, false},
            {1000L, DeadlineIs.ANY, eternal, true},
            {1000L, DeadlineIs.EARLIER, eternal - 1, true},
            {eternal, DeadlineIs.LATER, eternal - 1, true},
        };
        for (Object[] one : cases) {
            long before = (long) one[0];
            long after = (long) one[2];
            boolean moved = (boolean) one[3];
            long version = ((Reply.Changed) client.ask(put("k", "v", before))).version();

            assertThat(client.ask(expire("k", after, (DeadlineIs) one[1])))
                    .as("%s", List.of(one))
                    .isEqualTo(new Reply.Changed(true, moved, version, null));
            long expected = moved ? after : before;
            assertThat(ttlOf(client, "k"))
                    .as("%s", List.of(one))
                    .isEqualTo(expected == eternal ? -1 : Math.min(expected, Long.MAX_VALUE - 1 - node.clock.millis()));
            assertThat(client.ask(get("k"))).isEqualTo(new Reply.Value(version, text("v")));
        }
    }

    @Test
    void a_ttl_of_0_expires_the_entry_at_once() {
        RecordingSession client = node.client("a");
        client.ask(new Command.Subscribe(HANDLE, ALL_KINDS, 0, true));
        client.ask(put("k", "v"));
        client.takeEvents();

        assertThat(client.ask(expire("k", Ttl.NOW, DeadlineIs.SOME)))
                .matches(reply -> !((Reply.Changed) reply).applied());
        assertThat(client.takeEvents()).isEmpty();
        assertThat(client.ask(expire("k", Ttl.NOW, DeadlineIs.ANY))).isEqualTo(new Reply.Changed(true, true, 0, null));
        assertThat(client.takeEvents()).extracting(Push.Event::event).containsExactly(EventKind.EXPIRED);
        assertThat(client.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(node.cache().expirations()).isEqualTo(1);
        assertThat(node.log.replay(node.cache().id())).isEmpty();
    }

    @Test
    void a_new_deadline_holds_and_is_logged() {
        RecordingSession client = node.client("a");
        client.ask(put("k", "v", 1000));
        client.ask(expire("k", 3000, DeadlineIs.ANY));
        long deadline = node.clock.millis() + 3000;

        assertThat(node.log.replay(node.cache().id()).get(text("k")).deadlineMillis())
                .isEqualTo(deadline);
        node.clock.advance(2999);
        node.tick();
        assertThat(client.ask(get("k"))).isInstanceOf(Reply.Value.class);
        node.clock.advance(1000);
        node.tick();
        assertThat(node.cache().entries()).isZero();
    }

    @Test
    void a_ttl_as_defined_is_an_access() {
        RecordingSession client = node.client("a", expiring(1000, 1000, 800));
        client.ask(put("k", "v"));
        node.clock.advance(500);
        assertThat(client.ask(expire("k", Ttl.DEFINED, DeadlineIs.ANY))).matches(r -> ((Reply.Changed) r).applied());
        assertThat(ttlOf(client, "k")).isEqualTo(800);
        assertThat(client.ask(expire("k", Ttl.UNCHANGED, DeadlineIs.ANY))).matches(r -> ((Reply.Changed) r).applied());
        assertThat(ttlOf(client, "k")).isEqualTo(800);

        TestShards plain = new TestShards();
        RecordingSession other = plain.client("a");
        other.ask(put("k", "v", 1000));
        other.ask(expire("k", Ttl.DEFINED, DeadlineIs.ANY));
        assertThat(ttlOf(other, "k")).isEqualTo(1000);
    }

    @Test
    void what_is_not_there_gets_no_deadline() {
        RecordingSession client = node.client("a");
        client.ask(put("expired", "v", 10));
        node.clock.advance(10);
        for (DeadlineIs when : DeadlineIs.values()) {
            assertThat(client.ask(expire("missing", 1000, when))).isEqualTo(new Reply.Changed(false, false, 0, null));
            assertThat(client.ask(expire("expired", 1000, when))).isEqualTo(new Reply.Changed(false, false, 0, null));
        }
        assertThat(node.cache().entries()).isZero();
    }

    @Test
    void the_time_left_is_told_and_is_no_access() {
        RecordingSession client = node.client("a", expiring(Ttl.ETERNAL, Ttl.UNCHANGED, 5000));
        client.ask(put("eternal", "v"));
        client.ask(put("k", "v", 1000));
        assertThat(ttlOf(client, "missing")).isEqualTo(-2);
        assertThat(ttlOf(client, "eternal")).isEqualTo(-1);
        assertThat(ttlOf(client, "k")).isEqualTo(1000);
        node.clock.advance(999);
        assertThat(ttlOf(client, "k")).isEqualTo(1);
        assertThat(ttlOf(client, "eternal")).isEqualTo(-1);
        node.clock.advance(1);
        assertThat(ttlOf(client, "k")).isEqualTo(-2);
        assertThat(node.dispatcher.reads().hits() + node.dispatcher.reads().misses())
                .isZero();
        assertThat(refused(client.ask(new Command.TtlOf(HANDLE + 1, text("k")))))
                .isEqualTo(Status.NO_SUCH_CACHE);
    }

    // --- refusals ---

    @Test
    void a_full_cache_refuses_what_would_make_it_larger_and_takes_the_rest() {
        RecordingSession client = node.client("a", bounded(1, 0, CacheDefinition.WhenFull.REFUSE));
        client.ask(put("k", "1"));

        assertThat(refused(client.ask(add("more", ONE)))).isEqualTo(Status.FULL);
        assertThat(refused(client.ask(append("more", text("a"), false)))).isEqualTo(Status.FULL);
        assertThat(client.ask(get("more"))).isEqualTo(Reply.Miss.INSTANCE);
        assertThat(((Reply.Value) client.ask(add("k", ONE))).value()).isEqualTo(int64(2));
        assertThat(((Reply.Changed) client.ask(expire("k", 100, DeadlineIs.ANY))).applied())
                .isTrue();

        TestShards small = new TestShards();
        RecordingSession other = small.client("a", bounded(0, 100_000, CacheDefinition.WhenFull.REFUSE));
        other.ask(put("k", "v"));
        other.ask(put("more", "x".repeat(40_000)));
        Status last = null;
        int appended = 0;
        while (last == null && appended < 100) {
            last = refused(other.ask(append("k", text("x".repeat(10_000)), false)));
            appended += last == null ? 1 : 0;
        }
        assertThat(last).isEqualTo(Status.FULL);
        assertThat(appended).isPositive();
        assertThat(value(other, "k").length()).isEqualTo(2 + 10_000 * appended);
    }

    @Test
    void a_value_does_not_grow_over_what_may_be_one() {
        RecordingSession client = node.client("a", bounded(0, 5000, CacheDefinition.WhenFull.EVICT));
        client.ask(append("k", text("x".repeat(4000)), false));
        assertThat(refused(client.ask(append("k", text("x".repeat(4000)), false))))
                .isEqualTo(Status.TOO_LARGE);
    }

    @Test
    void a_node_that_takes_no_changes_refuses_all_of_them_and_still_tells_the_time_left() {
        RecordingSession client = node.client("a");
        client.ask(put("k", "1", 1000));
        Reply.Failure readOnly = new Reply.Failure(Status.READ_ONLY, "for a test");
        node.log.refuseWith(readOnly);

        for (Command.OnEntry change :
                List.of(add("k", ONE), append("k", text("1"), false), expire("k", 10, DeadlineIs.ANY))) {
            assertThat(client.ask(change)).isEqualTo(readOnly);
            assertThat(client.ask(new Command.Once(1, 1, 1, 1000, change))).isEqualTo(readOnly);
        }
        assertThat(client.ask(new Command.TtlOf(HANDLE, text("k")))).isEqualTo(new Reply.Count(1000));
        assertThat(value(client, "k")).isEqualTo(text("1"));
    }

    // --- SCAN ---

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 100, 100_000})
    void a_scan_by_a_pattern_brings_each_match_once_and_nothing_else(int step) {
        RecordingSession client = node.client("a");
        Set<Bytes> wanted = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            client.ask(put("user:" + i + (i % 3 == 0 ? ":name" : ":age"), "v"));
            if (i % 3 == 0) {
                wanted.add(text("user:" + i + ":name"));
            }
        }
        // Same bytes, but no text.
        store(client, Bytes.ofUtf8("\u0001user:1:name"), text("v"));
        store(client, int64(5), text("v"));

        List<Reply.Item> items = scan(client, "user:*:name", step, new ArrayList<>());
        assertThat(items).extracting(Reply.Item::key).doesNotHaveDuplicates().hasSameElementsAs(wanted);
        assertThat(items).allSatisfy(item -> assertThat(item.value()).isEqualTo(text("v")));
        assertThat(scan(client, "*", step, new ArrayList<>())).hasSize(1000);
        assertThat(scan(client, "user:1[0-2]:[an]*", step, new ArrayList<>()))
                .extracting(Reply.Item::key)
                .containsExactlyInAnyOrder(text("user:10:age"), text("user:11:age"), text("user:12:name"));
    }

    @Test
    void a_scan_that_matches_nothing_comes_back_with_a_cursor_after_so_many_entries() {
        RecordingSession client = node.client("a");
        for (int i = 0; i < 35_000; i++) {
            client.ask(put("k" + i, "v"));
        }
        List<Integer> pages = new ArrayList<>();
        assertThat(scan(client, "nothing", 10, pages)).isEmpty();
        // Of at most 10,000 entries that are looked at, and a last step.
        assertThat(pages).hasSizeBetween(4, 8);

        RecordingSession other = node.client("b", CacheDefinition.of("", "long keys"));
        for (int i = 0; i < 400; i++) {
            other.ask(put("k".repeat(10_000) + i, "v"));
        }
        pages.clear();
        assertThat(scan(other, "nothing", 1000, pages)).isEmpty();
        // Of at most 1 MiB of keys and a step: what is matched costs time by the byte.
        assertThat(pages).hasSizeBetween(3, 10);
    }

    @Test
    void wild_patterns_end_soon_and_too_long_ones_are_refused() {
        RecordingSession client = node.client("a");
        String key = "a".repeat(100_000);
        client.ask(put(key, "v"));
        assertThat(scan(client, "*a".repeat(500) + "*b", 10, new ArrayList<>())).isEmpty();
        assertThat(scan(client, "*a".repeat(500), 10, new ArrayList<>())).hasSize(1);
        for (String wild : List.of("[", "[^", "\\", "[a", "[a-", "[]", "[^]", "***", "?*?", "a\\")) {
            assertThat(scan(client, wild, 10, new ArrayList<>()).size()).isBetween(0, 1);
        }
        assertThat(refused(client.ask(new Command.Scan(HANDLE, 0, 10, true, Bytes.ofUtf8("*".repeat(1025))))))
                .isEqualTo(Status.TOO_LARGE);
    }

    private static List<Reply.Item> scan(RecordingSession client, String pattern, int step, List<Integer> pages) {
        List<Reply.Item> items = new ArrayList<>();
        for (long cursor = 0; cursor >= 0; ) {
            Reply.Page page =
                    (Reply.Page) client.ask(new Command.Scan(HANDLE, cursor, step, false, Bytes.ofUtf8(pattern)));
            assertThat(page.items().size()).isLessThanOrEqualTo(step);
            items.addAll(page.items());
            pages.add(page.items().size());
            cursor = page.cursor();
        }
        return items;
    }

    // --- values ---

    private Bytes sum(RecordingSession client, Bytes value, Bytes diff) {
        store(client, "k", value);
        long before = ((Reply.Value) client.ask(get("k"))).version();
        Reply.Value sum = (Reply.Value) client.ask(add("k", diff));
        assertThat(client.ask(get("k"))).isEqualTo(sum);
        assertThat(sum.version()).isGreaterThan(before);
        assertThat(node.log.replay(node.cache().id()).get(text("k")).value()).isEqualTo(sum.value());
        return sum.value();
    }

    private void assertNotAdded(RecordingSession client, Bytes value, Bytes diff) {
        store(client, "k", value);
        Reply before = client.ask(get("k"));
        int logged = node.log.size();
        assertThat(refused(client.ask(add("k", diff))))
                .as("%s + %s", value, diff)
                .isEqualTo(Status.BAD_REQUEST);
        assertThat(client.ask(get("k"))).isEqualTo(before);
        assertThat(node.log.size()).isEqualTo(logged);
    }

    private Bytes appended(RecordingSession client, Bytes value, Bytes piece, boolean front) {
        store(client, "k", value);
        Reply.Count count = (Reply.Count) client.ask(append("k", piece, front));
        Bytes whole = value(client, "k");
        assertThat(count.value()).isEqualTo(whole.length() - 1);
        assertThat(node.log.replay(node.cache().id()).get(text("k")).value()).isEqualTo(whole);
        return whole;
    }

    private static void store(RecordingSession client, String key, Bytes value) {
        store(client, text(key), value);
    }

    private static void store(RecordingSession client, Bytes key, Bytes value) {
        client.ask(new Command.Put(HANDLE, key, value, Condition.ALWAYS, Ttl.ETERNAL, false));
    }

    private static Bytes value(RecordingSession client, String key) {
        return ((Reply.Value) client.ask(get(key))).value();
    }

    private static long ttlOf(RecordingSession client, String key) {
        return ((Reply.Count) client.ask(new Command.TtlOf(HANDLE, text(key)))).value();
    }

    private static Status refused(Reply reply) {
        return reply instanceof Reply.Failure failure ? failure.status() : null;
    }

    private static Command.Add add(String key, Bytes diff) {
        return new Command.Add(HANDLE, text(key), diff, int64(0), Ttl.DEFINED);
    }

    private static Command.Append append(String key, Bytes piece, boolean front) {
        return new Command.Append(HANDLE, text(key), piece, front);
    }

    private static Command.Expire expire(String key, long ttl, DeadlineIs when) {
        return new Command.Expire(HANDLE, text(key), ttl, when);
    }

    private static Bytes bytes(String text) {
        return Bytes.of(("\u0001" + text).getBytes(StandardCharsets.UTF_8));
    }

    private static Bytes int64(long value) {
        return Bytes.of(
                ByteBuffer.allocate(9).put(ValueTag.INT64).putLong(value).array());
    }

    private static Bytes int32(int value) {
        return Bytes.of(ByteBuffer.allocate(5).put(ValueTag.INT32).putInt(value).array());
    }

    private static Bytes int16(int value) {
        return Bytes.of(ByteBuffer.allocate(3)
                .put(ValueTag.INT16)
                .putShort((short) value)
                .array());
    }

    private static Bytes int8(int value) {
        return Bytes.of(new byte[] {ValueTag.INT8, (byte) value});
    }

    private static Bytes float64(double value) {
        return Bytes.of(
                ByteBuffer.allocate(9).put(ValueTag.DOUBLE).putDouble(value).array());
    }

    private static Bytes float32(float value) {
        return Bytes.of(
                ByteBuffer.allocate(5).put(ValueTag.FLOAT).putFloat(value).array());
    }
}
