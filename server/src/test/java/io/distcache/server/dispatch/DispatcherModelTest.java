package io.distcache.server.dispatch;

import static io.distcache.server.shard.TestShards.HANDLE;
import static io.distcache.server.shard.TestShards.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Seed;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.ValueTag;
import io.distcache.server.shard.InMemoryCommitLog;
import io.distcache.server.shard.RecordingSession;
import io.distcache.server.shard.TestShards;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Random commands against a node's shards and a plain map; a failure names its seed, see {@link Seed}. */
class DispatcherModelTest {
    private static final int KEYS = 30;
    private static final int COMMANDS = 3000;

    private record Expected(Bytes value, long version, long deadline) {}

    private final TestShards node = new TestShards();
    private final RecordingSession client = node.client("a");
    private final Map<Bytes, Expected> model = new HashMap<>();
    private long lastNumber;

    @Test
    void random_commands_do_what_they_do_to_a_map_and_replay_to_the_same() {
        long first = Seed.of(DispatcherModelTest.class, 20_261_128);
        for (int i = 0; i < Integer.getInteger("distcache.testing.router-models", 10); i++) {
            long seed = first + i;
            DispatcherModelTest fresh = new DispatcherModelTest();
            try {
                fresh.run(new Random(seed));
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("replay with -Ddistcache.testing.seed=" + seed, e);
            }
        }
    }

    private void run(Random random) {
        for (int i = 0; i < COMMANDS; i++) {
            step(random);
            model.values().removeIf(entry -> entry.deadline <= now());
            if (i % 500 == 0) {
                assertSame();
            }
        }
        assertSame();
    }

    private void step(Random random) {
        Bytes key = key(random);
        Expected present = model.get(key);
        Bytes value = text("v" + random.nextInt(5));
        switch (random.nextInt(18)) {
            case 0, 1, 2 -> {
                Condition condition = condition(random, present);
                long ttl = ttl(random);
                boolean holds = holds(condition, present);
                Reply.Changed changed =
                        (Reply.Changed) client.ask(new Command.Put(HANDLE, key, value, condition, ttl, true));
                assertThat(changed.existed()).isEqualTo(present != null);
                assertThat(changed.old()).isEqualTo(present == null ? null : present.value);
                assertThat(changed.applied()).isEqualTo(holds && (ttl != Ttl.NOW || present != null));
                if (holds) {
                    stored(key, value, ttl, present, changed.version());
                } else {
                    assertThat(changed.version()).isEqualTo(present == null ? 0 : present.version);
                }
            }
            case 3 -> {
                Condition condition = condition(random, present);
                boolean applies = present != null && holds(condition, present);
                Reply.Changed changed = (Reply.Changed) client.ask(new Command.Remove(HANDLE, key, condition, false));
                assertThat(changed.applied()).isEqualTo(applies);
                if (applies) {
                    model.remove(key);
                }
            }
            case 4 -> assertThat(client.ask(new Command.Get(HANDLE, key))).isEqualTo(read(key));
            case 5 ->
                assertThat(client.ask(new Command.Contains(HANDLE, key)))
                        .isEqualTo(new Reply.Count(present == null ? 0 : 1));
            case 6 -> {
                List<Bytes> keys = List.of(key(random), key(random), key(random));
                assertThat(client.ask(new Command.GetAll(HANDLE, keys)))
                        .isEqualTo(new Reply.Many(keys.stream().map(this::read).toList()));
            }
            case 7 -> {
                boolean onlyIfAbsent = random.nextBoolean();
                List<Command.Pair> pairs =
                        List.of(new Command.Pair(key(random), value), new Command.Pair(key(random), value));
                int existed = 0;
                int applied = 0;
                Set<Bytes> there = new HashSet<>(model.keySet());
                for (Command.Pair pair : pairs) {
                    boolean was = !there.add(pair.key());
                    existed += was ? 1 : 0;
                    applied += was && onlyIfAbsent ? 0 : 1;
                    if (!(was && onlyIfAbsent)) {
                        model.remove(pair.key());
                    }
                }
                Map<Bytes, Expected> untouched = Map.copyOf(model);
                assertThat(client.ask(new Command.PutAll(HANDLE, pairs, onlyIfAbsent, Ttl.ETERNAL)))
                        .isEqualTo(new Reply.Affected(applied, existed));
                for (Command.Pair pair : pairs) {
                    if (!untouched.containsKey(pair.key())) {
                        Reply.Value now = (Reply.Value) client.ask(new Command.Get(HANDLE, pair.key()));
                        assertThat(now.value()).isEqualTo(value);
                        model.put(pair.key(), new Expected(value, now.version(), Long.MAX_VALUE));
                    }
                }
            }
            case 8 -> {
                List<Bytes> keys = List.of(key, key(random));
                int there = 0;
                for (Bytes one : keys) {
                    there += model.remove(one) == null ? 0 : 1;
                }
                assertThat(client.ask(new Command.RemoveAll(HANDLE, keys))).isEqualTo(new Reply.Affected(there, there));
            }
            case 9 -> {
                Reply.Leased leased = (Reply.Leased) client.ask(new Command.Lease(HANDLE, key, false, 1000));
                assertThat(leased.value()).isEqualTo(present == null ? null : present.value);
                boolean put = random.nextBoolean();
                EntryChange change = put ? new EntryChange.Put(value, Ttl.UNCHANGED) : new EntryChange.Remove();
                Reply.Many settled = (Reply.Many) client.ask(new Command.Settle(
                        HANDLE, List.of(new Command.Settlement(key, leased.token(), List.of(change), null))));
                if (put) {
                    stored(
                            key,
                            value,
                            Ttl.UNCHANGED,
                            present,
                            ((Reply.Changed) settled.replies().get(0)).version());
                } else {
                    model.remove(key);
                }
            }
            case 10 -> {
                long ttl = 1L + random.nextInt(5000);
                long version = present != null && random.nextBoolean() ? present.version : 1;
                client.ask(new Command.TouchAll(HANDLE, List.of(new Command.Touch(key, version, ttl))));
                if (present != null && present.version == version) {
                    model.put(key, new Expected(present.value, version, now() + ttl));
                }
            }
            case 11 -> add(random, key, present);
            case 12 -> append(random, key, present, value);
            case 13 -> expire(random, key, present);
            case 14 ->
                assertThat(client.ask(new Command.TtlOf(HANDLE, key)))
                        .isEqualTo(new Reply.Count(
                                present == null
                                        ? -2
                                        : present.deadline == Long.MAX_VALUE ? -1 : present.deadline - now()));
            case 15 -> node.clock.advance(random.nextInt(300));
            case 16 -> node.tick();
            default -> {
                switch (random.nextInt(20)) {
                    case 0 -> {
                        client.ask(new Command.Clear(HANDLE));
                        model.clear();
                    }
                    case 1 -> {
                        int there = model.size();
                        assertThat(client.ask(new Command.RemoveEvery(HANDLE)))
                                .isEqualTo(new Reply.Affected(there, there));
                        model.clear();
                    }
                    default -> assertThat(scanned(1 + random.nextInt(10))).isEqualTo(model.keySet());
                }
            }
        }
    }

    private void add(Random random, Bytes key, Expected present) {
        long diff = random.nextInt(1000);
        long ttl = ttl(random);
        Reply reply = change(random, new Command.Add(HANDLE, key, number(diff), number(7), ttl));
        if (present != null && present.value.get(0) != ValueTag.INT64) {
            assertThat(((Reply.Failure) reply).status()).isEqualTo(Status.BAD_REQUEST);
            return;
        }
        Bytes sum = number(present == null ? 7 : number(present.value) + diff);
        Reply.Value value = (Reply.Value) reply;
        assertThat(value.value()).isEqualTo(sum);
        stored(key, sum, present == null ? ttl : Ttl.UNCHANGED, present, value.version());
    }

    private void append(Random random, Bytes key, Expected present, Bytes piece) {
        boolean front = random.nextBoolean();
        Reply reply = change(random, new Command.Append(HANDLE, key, piece, front));
        if (present != null && present.value.get(0) != ValueTag.TEXT) {
            assertThat(((Reply.Failure) reply).status()).isEqualTo(Status.BAD_REQUEST);
            return;
        }
        String before = present == null ? "" : present.value.toUtf8().substring(1);
        String more = piece.toUtf8().substring(1);
        Bytes whole = text(front ? more + before : before + more);
        assertThat(reply).isEqualTo(new Reply.Count(whole.length() - 1));
        Reply.Value now = (Reply.Value) client.ask(new Command.Get(HANDLE, key));
        assertThat(now.value()).isEqualTo(whole);
        stored(key, whole, Ttl.UNCHANGED, present, now.version());
    }

    private void expire(Random random, Bytes key, Expected present) {
        Command.DeadlineIs when = Command.DeadlineIs.values()[random.nextInt(Command.DeadlineIs.values().length)];
        long ttl = random.nextInt(5) == 0 ? Ttl.ETERNAL : random.nextInt(3000);
        long deadline = ttl == Ttl.ETERNAL ? Long.MAX_VALUE : now() + ttl;
        boolean moves = present != null
                && switch (when) {
                    case ANY -> true;
                    case NONE -> present.deadline == Long.MAX_VALUE;
                    case SOME -> present.deadline < Long.MAX_VALUE;
                    case EARLIER -> present.deadline < deadline;
                    case LATER -> present.deadline > deadline;
                };
        Reply reply = change(random, new Command.Expire(HANDLE, key, ttl, when));
        long version = present == null || (moves && ttl == Ttl.NOW) ? 0 : present.version;
        assertThat(reply).isEqualTo(new Reply.Changed(present != null, moves, version, null));
        if (moves) {
            model.put(key, new Expected(present.value, present.version, deadline));
        }
    }

    /** Sends a change, or has it made once and sends it again. */
    private Reply change(Random random, Command.OnEntry change) {
        if (random.nextBoolean()) {
            return client.ask(change);
        }
        long number = ++lastNumber;
        long firstOpen = number - random.nextInt(10);
        Command.Once once = new Command.Once(random.nextInt(3), number, firstOpen, 10_000, change);
        Reply reply = client.ask(once);
        if (!(reply instanceof Reply.Failure)) {
            assertThat(client.ask(once)).isEqualTo(reply);
        }
        return reply;
    }

    private static Bytes number(long number) {
        return Bytes.of(ByteBuffer.allocate(1 + Long.BYTES)
                .put(ValueTag.INT64)
                .putLong(number)
                .array());
    }

    private static long number(Bytes value) {
        return ByteBuffer.wrap(value.toByteArray()).getLong(1);
    }

    private void stored(Bytes key, Bytes value, long ttl, Expected present, long version) {
        if (ttl == Ttl.NOW) {
            assertThat(version).isZero();
            model.remove(key);
            return;
        }
        assertThat(version).isGreaterThan(present == null ? 0 : present.version);
        long before = present == null ? Long.MAX_VALUE : present.deadline;
        // Defined in this cache: created for ever, and an update leaves the deadline.
        long deadline = ttl == Ttl.ETERNAL ? Long.MAX_VALUE : ttl < 0 ? before : now() + ttl;
        model.put(key, new Expected(value, version, deadline));
    }

    private void assertSame() {
        node.clock.advance(200);
        node.tick();
        model.values().removeIf(entry -> entry.deadline <= now());
        assertThat(scanned(7)).isEqualTo(model.keySet());
        Map<Bytes, Expected> replayed = new HashMap<>();
        Map<Bytes, InMemoryCommitLog.Entry> entries =
                node.log.replay(node.cache().id());
        assertThat(node.cache().entries()).isEqualTo(entries.size());
        // Expired ones are reclaimed up to a tick of the wheel late.
        entries.values().removeIf(entry -> entry.deadlineMillis() <= now());
        entries.forEach((key, entry) ->
                replayed.put(key, new Expected(entry.value(), entry.version(), entry.deadlineMillis())));
        assertThat(replayed).isEqualTo(model);
    }

    private Set<Bytes> scanned(int step) {
        List<Bytes> keys = new ArrayList<>();
        for (long cursor = 0; cursor >= 0; ) {
            Reply.Page page = (Reply.Page) client.ask(new Command.Scan(HANDLE, cursor, step, true, Bytes.EMPTY));
            page.items().forEach(item -> keys.add(item.key()));
            cursor = page.cursor();
        }
        assertThat(keys).doesNotHaveDuplicates();
        return Set.copyOf(keys);
    }

    private Reply read(Bytes key) {
        Expected entry = model.get(key);
        return entry == null ? Reply.Miss.INSTANCE : new Reply.Value(entry.version, entry.value);
    }

    private static boolean holds(Condition condition, Expected present) {
        return switch (condition.kind()) {
            case ALWAYS -> true;
            case ABSENT -> present == null;
            case PRESENT -> present != null;
            case VALUE_IS -> present != null && present.value.equals(condition.value());
            case VERSION_IS -> present != null && present.version == condition.version();
        };
    }

    private static Condition condition(Random random, Expected present) {
        return switch (random.nextInt(6)) {
            case 0 -> Condition.ABSENT;
            case 1 -> Condition.PRESENT;
            case 2 -> Condition.valueIs(text("v" + random.nextInt(5)));
            case 3 -> Condition.versionIs(present == null || random.nextBoolean() ? 7 : present.version);
            default -> Condition.ALWAYS;
        };
    }

    private static long ttl(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> Ttl.NOW;
            case 1 -> Ttl.UNCHANGED;
            case 2 -> Ttl.ETERNAL;
            case 3 -> 1L + random.nextInt(2000);
            default -> Ttl.DEFINED;
        };
    }

    private static Bytes key(Random random) {
        return text("k" + random.nextInt(KEYS));
    }

    private long now() {
        return node.clock.millis();
    }
}
