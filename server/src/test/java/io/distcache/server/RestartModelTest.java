package io.distcache.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Seed;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.ValueTag;
import io.distcache.server.shard.ManualClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random commands, snapshots, clean restarts and kills against plain maps. A failure names its seed, see {@link Seed}; {@code
 * -Ddistcache.testing.restart-models=N} tries more of them.
 */
@Timeout(300)
class RestartModelTest {
    private static final int LIVES = 8;
    private static final int COMMANDS = 250;
    private static final int KEYS = 25;
    private static final long CLIENT = -7;
    private static final int KEEP = 3000;
    private static final List<CacheDefinition> CACHES = List.of(
            CacheDefinition.of("ns", "plain"),
            cache("expiring", new CacheDefinition.Expiry(900, 700, Ttl.UNCHANGED, false), true),
            cache("accessed", new CacheDefinition.Expiry(Ttl.ETERNAL, Ttl.UNCHANGED, 600, false), true),
            cache("volatile", CacheDefinition.Expiry.ETERNAL, false));

    private static final CacheDefinition OTHERS = CacheDefinition.of("others", "plain");

    private record Expected(Bytes value, long version, long deadline) {}

    /** A change that was made once, with its handle still to be told, and until when its reply is kept. */
    private record Made(String cache, IntFunction<Command.OnEntry> change, Reply reply, long until) {}

    /** A cache as the model has it, and the node's handle for it in this life. */
    private static final class Model {
        final CacheDefinition definition;
        final Map<Bytes, Expected> entries = new HashMap<>();
        int handle;

        Model(CacheDefinition definition) {
            this.definition = definition;
        }
    }

    @TempDir
    private Path directory;

    @Test
    void what_was_answered_is_there_after_any_number_of_restarts() throws Exception {
        long first = Seed.of(RestartModelTest.class, 20_261_128);
        int count = Integer.getInteger("distcache.testing.restart-models", 6);
        for (int i = 0; i < count; i++) {
            long seed = first + i;
            try {
                new Run(directory.resolve("seed-" + i), new Random(seed)).run();
            } catch (IOException | RuntimeException | AssertionError e) {
                throw new AssertionError("replay with -Ddistcache.testing.seed=" + seed, e);
            }
        }
    }

    private static final class Run {
        private final Path directory;
        private final Random random;
        private final ManualClock clock = new ManualClock();
        private final Map<String, Model> model = new HashMap<>();
        private final boolean keepsLog;
        private final TreeMap<Long, Made> made = new TreeMap<>();
        private long lastNumber;
        private long highest;
        private long now = clock.millis();

        Run(Path directory, Random random) {
            this.directory = directory;
            this.random = random;
            this.keepsLog = random.nextBoolean();
        }

        void run() throws Exception {
            Path data = directory.resolve("life-0");
            for (int life = 1; life <= LIVES; life++) {
                Path next = data;
                try (DataNode node = new DataNode(data, clock, settings())) {
                    // Versions of this life are above it.
                    assertThat(node.node.health().incarnation()).isGreaterThanOrEqualTo(highest);
                    reopen(node);
                    assertSame(node);
                    for (int i = random.nextInt(COMMANDS); i > 0; i--) {
                        step(node);
                    }
                    assertSame(node);
                    if (random.nextBoolean()) {
                        // A read is answered before the deadline that it moves is in the log; a write is not.
                        node.put(node.open(OTHERS), "k", "v");
                        next = directory.resolve("life-" + life);
                        node.copyTo(next);
                    }
                }
                data = next;
                advance(1 + random.nextInt(500));
                model.values().stream()
                        .filter(cache -> cache.definition.durability() == CacheDefinition.Durability.NONE)
                        .forEach(cache -> cache.entries.clear());
            }
        }

        private String[] settings() {
            List<String> settings = new ArrayList<>(List.of("log.segment-bytes", "64kb"));
            settings.addAll(List.of("store.shards", one("1", "2", "4", "16")));
            settings.addAll(List.of("log.sync", one("always", "interval", "os")));
            settings.addAll(List.of("log.retain", keepsLog ? "all" : one("0", "100kb", "1h")));
            settings.addAll(List.of("snapshot.keep", one("1", "2", "3")));
            settings.addAll(List.of("node.recover", keepsLog ? one("snapshot", "log") : "snapshot"));
            return settings.toArray(String[]::new);
        }

        private String one(String... choices) {
            return choices[random.nextInt(choices.length)];
        }

        private void reopen(DataNode node) throws InterruptedException {
            assertThat(node.caches()).containsExactlyInAnyOrderElementsOf(model.keySet());
            for (Model cache : model.values()) {
                cache.handle = node.open(cache.definition);
            }
        }

        private void step(DataNode node) throws InterruptedException {
            int choice = random.nextInt(100);
            if (model.isEmpty() || choice < 3) {
                createOrDestroy(node);
            } else if (choice < 5) {
                node.snapshot();
            } else if (choice < 20) {
                advance(random.nextInt(100));
            } else {
                List<Model> caches = List.copyOf(model.values());
                onEntry(node, caches.get(random.nextInt(caches.size())), choice);
            }
        }

        private void createOrDestroy(DataNode node) throws InterruptedException {
            CacheDefinition definition = CACHES.get(random.nextInt(CACHES.size()));
            if (model.remove(definition.name()) == null) {
                Model made = new Model(definition);
                made.handle = node.open(definition);
                model.put(definition.name(), made);
            } else {
                assertThat(node.client.await(new Command.DestroyCache("ns", definition.name())))
                        .isEqualTo(Reply.Ok.INSTANCE);
            }
        }

        private void onEntry(DataNode node, Model cache, int choice) throws InterruptedException {
            Bytes key = DataNode.text("k" + random.nextInt(KEYS));
            Expected present = cache.entries.get(key);
            if (choice >= 45 && choice < 60) {
                made(node, cache);
            } else if (choice < 60) {
                Bytes value = DataNode.text("v".repeat(random.nextInt(2000)));
                long ttl = random.nextInt(5) == 0 ? 1L + random.nextInt(800) : Ttl.DEFINED;
                Condition condition = random.nextInt(4) == 0 ? Condition.ABSENT : Condition.ALWAYS;
                put(node, cache, new Command.Put(cache.handle, key, value, condition, ttl, false));
            } else if (choice < 75) {
                Reply.Changed removed = (Reply.Changed)
                        node.client.await(new Command.Remove(cache.handle, key, Condition.ALWAYS, false));
                assertThat(removed.applied()).isEqualTo(cache.entries.remove(key) != null);
            } else if (choice < 85) {
                Reply read = node.client.await(new Command.Get(cache.handle, key));
                assertThat(read)
                        .isEqualTo(
                                present == null
                                        ? Reply.Miss.INSTANCE
                                        : new Reply.Value(present.version, present.value));
                if (present != null) {
                    long ttl = cache.definition.expiry().accessMillis();
                    cache.entries.put(
                            key, new Expected(present.value, present.version, deadline(ttl, present.deadline)));
                }
            } else if (choice < 97 && present != null) {
                long ttl = random.nextBoolean() ? Ttl.ETERNAL : 1L + random.nextInt(800);
                node.client.await(
                        new Command.TouchAll(cache.handle, List.of(new Command.Touch(key, present.version, ttl))));
                cache.entries.put(key, new Expected(present.value, present.version, deadline(ttl, present.deadline)));
            } else if (choice == 98) {
                node.client.await(new Command.Clear(cache.handle));
                cache.entries.clear();
            } else if (choice == 99) {
                node.client.await(new Command.RemoveEvery(cache.handle));
                cache.entries.clear();
            }
        }

        private void put(DataNode node, Model cache, Command.Put put) throws InterruptedException {
            Expected present = cache.entries.get(put.key());
            boolean applies = present == null || put.condition().equals(Condition.ALWAYS);
            Reply.Changed changed = (Reply.Changed) node.client.await(put);
            assertThat(changed.existed()).isEqualTo(present != null);
            assertThat(changed.applied()).isEqualTo(applies);
            if (applies) {
                CacheDefinition.Expiry expiry = cache.definition.expiry();
                long defined = present == null ? expiry.creationMillis() : expiry.updateMillis();
                long ttl = put.ttlMillis() == Ttl.DEFINED ? defined : put.ttlMillis();
                long before = present == null ? Long.MAX_VALUE : present.deadline;
                cache.entries.put(put.key(), new Expected(put.value(), changed.version(), deadline(ttl, before)));
                if (present != null) {
                    assertThat(changed.version()).isGreaterThan(present.version);
                }
                highest = Math.max(highest, changed.version());
            }
        }

        /** A change that is made once, or one from before again. */
        private void made(DataNode node, Model cache) throws InterruptedException {
            if (cache.definition.durability() == CacheDefinition.Durability.NONE) {
                return;
            }
            made.values().removeIf(one -> one.until <= now);
            Long again = made.isEmpty() || random.nextInt(3) > 0
                    ? null
                    : List.copyOf(made.keySet()).get(random.nextInt(made.size()));
            if (again != null) {
                Made one = made.get(again);
                Model of = model.get(one.cache);
                if (of != null) {
                    Command.Once once =
                            new Command.Once(CLIENT, again, made.firstKey(), KEEP, one.change.apply(of.handle));
                    assertThat(node.client.await(once)).isEqualTo(one.reply);
                }
                return;
            }
            long number = ++lastNumber;
            IntFunction<Command.OnEntry> change = change();
            long firstOpen = made.isEmpty() ? number : made.firstKey();
            Reply reply =
                    node.client.await(new Command.Once(CLIENT, number, firstOpen, KEEP, change.apply(cache.handle)));
            apply(node, cache, change.apply(cache.handle), reply);
            made.put(number, new Made(cache.definition.name(), change, reply, now + KEEP));
            if (random.nextInt(3) == 0) {
                made.pollFirstEntry();
            }
        }

        private IntFunction<Command.OnEntry> change() {
            int key = random.nextInt(5);
            boolean front = random.nextBoolean();
            long ttl = random.nextInt(3) == 0 ? Ttl.ETERNAL : random.nextInt(800);
            return switch (random.nextInt(4)) {
                case 0, 1 ->
                    handle -> new Command.Add(handle, DataNode.text("n" + key), number(1), number(5), Ttl.DEFINED);
                case 2 -> handle -> new Command.Append(handle, DataNode.text("a" + key), DataNode.text("x"), front);
                default -> handle -> new Command.Expire(handle, DataNode.text("k" + key), ttl, Command.DeadlineIs.ANY);
            };
        }

        private void apply(DataNode node, Model cache, Command.OnEntry change, Reply reply)
                throws InterruptedException {
            Expected present = cache.entries.get(change.key());
            if (change instanceof Command.Expire expire) {
                boolean ends = expire.ttlMillis() == Ttl.NOW;
                long version = present == null || ends ? 0 : present.version;
                assertThat(reply).isEqualTo(new Reply.Changed(present != null, present != null, version, null));
                if (ends) {
                    cache.entries.remove(change.key());
                } else if (present != null) {
                    cache.entries.put(
                            change.key(),
                            new Expected(
                                    present.value, present.version, deadline(expire.ttlMillis(), present.deadline)));
                }
                return;
            }
            Bytes value;
            if (change instanceof Command.Add) {
                value = number(
                        present == null
                                ? 5
                                : ByteBuffer.wrap(present.value.toByteArray()).getLong(1) + 1);
                assertThat(((Reply.Value) reply).value()).isEqualTo(value);
            } else {
                value = DataNode.text(
                        "x" + (present == null ? "" : present.value.toUtf8().substring(1)));
                assertThat(reply).isEqualTo(new Reply.Count(value.length() - 1));
            }
            CacheDefinition.Expiry expiry = cache.definition.expiry();
            long before = present == null ? deadline(expiry.creationMillis(), Long.MAX_VALUE) : present.deadline;
            Reply.Value read = (Reply.Value) node.client.await(new Command.Get(cache.handle, change.key()));
            assertThat(read.value()).isEqualTo(value);
            cache.entries.put(
                    change.key(), new Expected(value, read.version(), deadline(expiry.accessMillis(), before)));
            highest = Math.max(highest, read.version());
        }

        private static Bytes number(long number) {
            return Bytes.of(ByteBuffer.allocate(1 + Long.BYTES)
                    .put(ValueTag.INT64)
                    .putLong(number)
                    .array());
        }

        private long deadline(long ttl, long before) {
            return ttl == Ttl.UNCHANGED ? before : ttl == Ttl.ETERNAL ? Long.MAX_VALUE : now + ttl;
        }

        private void advance(long millis) {
            clock.advance(millis);
            now += millis;
            model.values().forEach(cache -> cache.entries.values().removeIf(entry -> entry.deadline <= now));
        }

        private void assertSame(DataNode node) throws InterruptedException {
            for (Model cache : model.values()) {
                Map<Bytes, DataNode.Seen> expected = new HashMap<>();
                cache.entries.forEach((key, entry) -> expected.put(key, new DataNode.Seen(entry.value, entry.version)));
                assertThat(node.entries(cache.handle))
                        .as(cache.definition.name())
                        .isEqualTo(expected);
            }
        }
    }

    private static CacheDefinition cache(String name, CacheDefinition.Expiry expiry, boolean logged) {
        return new CacheDefinition(
                "ns",
                name,
                expiry,
                0,
                0,
                CacheDefinition.WhenFull.EVICT,
                logged ? CacheDefinition.Durability.LOGGED : CacheDefinition.Durability.NONE,
                Map.of());
    }
}
