package io.distcache.server.shard;

import static io.distcache.server.shard.TestShards.HANDLE;
import static io.distcache.server.shard.TestShards.get;
import static io.distcache.server.shard.TestShards.lease;
import static io.distcache.server.shard.TestShards.put;
import static io.distcache.server.shard.TestShards.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LeaseStressTest {
    private static final int THREADS = 8;
    private static final int KEYS = 3;
    private static final int ROUNDS = 2000;

    private final TestShards node = new TestShards();
    private final AtomicLong applied = new AtomicLong();

    @Test
    void increments_under_leases_are_exact_beside_plain_writers() throws Exception {
        inThreads(seed -> {
            Random random = new Random(seed);
            RecordingSession client = node.client("client " + seed);
            for (int i = 0; i < ROUNDS; i++) {
                String key = "k" + random.nextInt(KEYS);
                if (random.nextInt(4) == 0) {
                    increment(client, key);
                    client.await(put("other" + random.nextInt(KEYS), "v"));
                    client.await(get(key));
                } else {
                    increment(client, key);
                }
            }
            assertThat(client.complaints()).isEmpty();
            client.close();
            return null;
        });

        assertThat(applied.get()).isEqualTo((long) THREADS * ROUNDS);
        assertThat(sum()).isEqualTo(applied.get());
        assertNothingIsLeftBehind();
    }

    @Test
    void plain_writes_to_leased_entries_lose_nothing_either() throws Exception {
        AtomicLong written = new AtomicLong();
        inThreads(seed -> {
            RecordingSession client = node.client("client " + seed);
            for (int i = 0; i < ROUNDS; i++) {
                if (seed % 2 == 0) {
                    increment(client, "k0");
                } else {
                    // A compare and set waits for leases, so what it replaces is what the last settlement left.
                    Reply now = client.await(get("k0"));
                    Bytes old = now instanceof Reply.Value value ? value.value() : text("0");
                    Reply.Changed changed = (Reply.Changed) client.await(new Command.Put(
                            HANDLE, text("k0"), plusOne(old), Condition.valueIs(old), Ttl.ETERNAL, false));
                    written.addAndGet(changed.applied() ? 1 : 0);
                }
            }
            assertThat(client.complaints()).isEmpty();
            client.close();
            return null;
        });

        assertThat(sum()).isEqualTo(applied.get() + written.get());
        assertNothingIsLeftBehind();
    }

    @Test
    void sessions_that_close_at_any_moment_leave_nobody_waiting_and_nothing_half_done() throws Exception {
        inThreads(seed -> {
            Random random = new Random(seed);
            for (int i = 0; i < ROUNDS / 10; i++) {
                RecordingSession client = node.client("client " + seed);
                Thread closing = null;
                if (random.nextInt(3) == 0) {
                    // Its last request may stay unanswered, so nobody waits for it; the lease may come before or after
                    // the close.
                    closing = new Thread(client::close);
                    closing.start();
                    client.send(lease("k" + random.nextInt(KEYS)));
                    closing.join();
                } else {
                    for (int j = random.nextInt(10); j >= 0; j--) {
                        increment(client, "k" + random.nextInt(KEYS));
                    }
                    if (random.nextBoolean()) {
                        client.send(lease("k" + random.nextInt(KEYS)));
                        client.send(lease("k" + random.nextInt(KEYS)));
                    }
                    client.close();
                }
                assertThat(client.complaints()).isEmpty();
            }
            return null;
        });

        assertThat(sum()).isEqualTo(applied.get());
        assertNothingIsLeftBehind();
    }

    private void increment(RecordingSession client, String key) throws InterruptedException {
        Reply.Leased leased = (Reply.Leased) client.await(lease(key));
        Bytes old = leased.value() == null ? text("0") : leased.value();
        Command.Settlement settlement = new Command.Settlement(
                text(key), leased.token(), List.of(new EntryChange.Put(plusOne(old), Ttl.ETERNAL)), null);
        Reply.Many settled = (Reply.Many) client.await(new Command.Settle(HANDLE, List.of(settlement)));
        assertThat(settled.replies()).hasOnlyElementsOfType(Reply.Changed.class);
        applied.incrementAndGet();
    }

    private static Bytes plusOne(Bytes number) {
        return text(Long.toString(number(number) + 1));
    }

    private static long number(Bytes text) {
        return Long.parseLong(text.toUtf8().substring(1));
    }

    private long sum() {
        RecordingSession reader = node.client("reader");
        long sum = 0;
        for (int key = 0; key < KEYS; key++) {
            sum += reader.ask(get("k" + key)) instanceof Reply.Value value ? number(value.value()) : 0;
        }
        reader.close();
        return sum;
    }

    private void assertNothingIsLeftBehind() {
        Cache cache = node.cache();
        assertThat(cache.openHandles()).isEmpty();
        for (int i = 0; i < node.shards.size(); i++) {
            CacheShard part = cache.part(i);
            assertThat(part == null || part.leases.isEmpty()).isTrue();
        }
    }

    private static void inThreads(SeededTask task) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                long seed = i;
                Callable<Object> run = () -> task.run(seed);
                all.add(threads.submit(run));
            }
            for (Future<?> one : all) {
                one.get(50, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private interface SeededTask {
        Object run(long seed) throws Exception;
    }
}
