package io.distcache.server.pool;

import static io.distcache.server.shard.TestShards.HANDLE;
import static io.distcache.server.shard.TestShards.pool;
import static io.distcache.server.shard.TestShards.put;
import static io.distcache.server.shard.TestShards.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.shard.RecordingSession;
import io.distcache.server.shard.TestShards;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that change keys on a's behalf while others hand over to a, on several threads: whatever is kept here on its behalf, there is a
 * hint for.
 */
@Timeout(120)
class HandOverStressTest {
    private static final Membership AB = pool(1, "a", "b");

    @ParameterizedTest
    @ValueSource(ints = {5, 1000})
    void no_change_on_behalf_goes_without_a_hint(int maxHints) throws Exception {
        ExecutorService background = Executors.newSingleThreadExecutor();
        TestShards node = new TestShards(maxHints, background);
        List<String> keys = keys();
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        List<RecordingSession> sessions = new ArrayList<>();
        for (int t = 0; t < 2; t++) {
            RecordingSession writer = joined(node, "writer" + t);
            sessions.add(writer);
            long seed = t;
            threads.add(new Thread(() -> write(writer, new Random(seed), keys)));
        }
        for (int t = 0; t < 2; t++) {
            RecordingSession reader = joined(node, "reader" + t);
            sessions.add(reader);
            threads.add(new Thread(() -> {
                for (int i = 0; i < 200; i++) {
                    handOver(reader, keys, ConcurrentHashMap.newKeySet());
                }
            }));
        }
        threads.forEach(thread -> thread.setUncaughtExceptionHandler((in, failure) -> failures.add(failure)));
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(90));
        }
        assertThat(failures).isEmpty();

        // What is kept here on a's behalf a has an old value of, if it was not told after the change.
        RecordingSession last = joined(node, "last");
        Set<Bytes> untold = ConcurrentHashMap.newKeySet();
        for (String key : keys) {
            if (last.await(new Command.Get(HANDLE, text(key))) instanceof Reply.Value) {
                untold.add(text(key));
            }
        }
        handOver(last, keys, untold);
        assertThat(untold).isEmpty();
        assertThat(node.cache().entries()).isZero();
        assertThat(node.hints.has("a")).isFalse();
        for (RecordingSession session : sessions) {
            assertThat(session.complaints()).isEmpty();
        }
        background.shutdown();
    }

    private static void write(RecordingSession writer, Random random, List<String> keys) {
        try {
            for (int i = 0; i < 3000; i++) {
                if (random.nextInt(50) == 0) {
                    writer.await(new Command.Away(List.of("a")));
                }
                Reply reply = writer.await(put(keys.get(random.nextInt(keys.size())), "v" + i));
                assertThat(reply instanceof Reply.Changed || ((Reply.Failure) reply).status() == Status.NOT_OWNER)
                        .isTrue();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void handOver(RecordingSession reader, List<String> keys, Set<Bytes> untold) {
        try {
            Reply reply = reader.await(new Command.Away(List.of()));
            while (reply instanceof Reply.Hints hints && !hints.hints().isEmpty()) {
                for (Reply.Hint hint : hints.hints()) {
                    if (hint.everything()) {
                        keys.forEach(key -> untold.remove(text(key)));
                    }
                    hint.keys().forEach(untold::remove);
                }
                reply = reader.await(new Command.HandedOver());
            }
            assertThat(reply).isInstanceOf(Reply.Hints.class);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static RecordingSession joined(TestShards node, String name) throws InterruptedException {
        RecordingSession session = node.opened(name);
        assertThat(session.await(new Command.Pool("b", AB))).isEqualTo(new Reply.Members(AB));
        session.await(new Command.Standing(List.of(), List.of("a", "b"), List.of()));
        return session;
    }

    private static List<String> keys() {
        PoolView view = new PoolView(AB, "a");
        return IntStream.range(0, 100)
                .mapToObj(i -> "k" + i)
                .filter(key -> view.owns(text(key)))
                .toList();
    }
}
