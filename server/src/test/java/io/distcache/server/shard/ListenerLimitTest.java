package io.distcache.server.shard;

import static io.distcache.server.shard.TestShards.HANDLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Eventually;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A client whose synchronous listeners do not answer costs others one limit, and not one for each of their changes. */
class ListenerLimitTest {
    private static final int ALL_KINDS = 0x0f;
    private static final long LIMIT_MILLIS = 100;

    private final TestShards node = new TestShards(new StoreConfig(4, 1 << 30, 0), Duration.ofMillis(LIMIT_MILLIS));
    private final RecordingSession writer = node.client("writer");

    private RecordingSession listener(String name) {
        RecordingSession listener = node.client(name);
        listener.ask(new Command.Subscribe(HANDLE, ALL_KINDS, ALL_KINDS, false));
        return listener;
    }

    private static Command put(String key) {
        return new Command.Put(HANDLE, Bytes.ofUtf8(key), Bytes.ofUtf8("v"), Condition.ALWAYS, Ttl.DEFINED, false);
    }

    private void awaitLate(int request) {
        Eventually.eventually("the change is answered without the listener", () -> {
            node.book.sweep();
            return writer.reply(request) != null;
        });
    }

    private static List<Push.Event> events(RecordingSession listener) {
        return listener.takeEvents();
    }

    private static void acknowledge(RecordingSession listener, List<Push.Event> events) {
        for (Push.Event event : events) {
            assertThat(event.ackId()).isNotZero();
            listener.send(new Command.Ack(event.ackId()));
        }
    }

    @Test
    void only_the_first_change_waits_for_a_frozen_listener() {
        RecordingSession frozen = listener("frozen");
        awaitLate(writer.send(put("a")));

        for (int i = 0; i < 1_000; i++) {
            writer.ask(put("k" + i)); // Answered at once, or this fails.
        }

        assertThat(node.book.lateClients()).isEqualTo(1);
        assertThat(events(frozen)).as("it is told of everything").hasSize(1_001);
    }

    @Test
    void changes_that_wait_already_go_on_with_the_first() {
        listener("frozen");
        int first = writer.send(put("a"));
        awaitLate(first);
        RecordingSession other = listener("other");
        List<Integer> waiting = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            waiting.add(writer.send(put("k" + i)));
        }
        awaitLate(waiting.get(0));
        assertThat(waiting)
                .allSatisfy(request -> assertThat(writer.reply(request)).isNotNull());
        assertThat(node.book.lateClients()).isEqualTo(2);
        other.close();
        assertThat(node.book.lateClients()).isEqualTo(1);
    }

    @Test
    void it_is_waited_for_again_once_it_has_acknowledged_everything() {
        RecordingSession frozen = listener("frozen");
        awaitLate(writer.send(put("a")));
        writer.ask(put("b"));
        List<Push.Event> due = events(frozen);

        acknowledge(frozen, due.subList(0, 1));
        writer.ask(put("c"));
        acknowledge(frozen, due.subList(1, 2));
        acknowledge(frozen, events(frozen));

        assertThat(node.book.lateClients()).isZero();
        int request = writer.send(put("d"));
        assertThat(writer.reply(request)).isNull();
        acknowledge(frozen, events(frozen));
        assertThat(writer.reply(request)).isNotNull();
    }

    @Test
    void it_is_waited_for_again_while_events_go_on_coming() {
        RecordingSession woken = listener("woken");
        awaitLate(writer.send(put("a")));
        for (int i = 0; i < 20 && node.book.lateClients() > 0; i++) {
            writer.send(put("k" + i));
            List<Push.Event> due = events(woken);
            writer.send(put("l" + i)); // There is always one that it has not acknowledged.
            acknowledge(woken, due);
        }
        assertThat(node.book.lateClients()).isZero();
    }

    @Test
    void a_listener_that_is_always_a_little_too_slow_is_waited_for_twice_and_then_no_more() {
        RecordingSession slow = listener("slow");
        for (int i = 0; i < 2; i++) {
            awaitLate(writer.send(put("k" + i)));
            acknowledge(slow, events(slow));
        }
        for (int i = 0; i < 3; i++) {
            writer.ask(put("l" + i));
            List<Push.Event> due = events(slow);
            long sent = System.nanoTime();
            Eventually.eventually(
                    "the limit has passed", () -> System.nanoTime() - sent > 2 * LIMIT_MILLIS * 1_000_000);
            acknowledge(slow, due);
            assertThat(node.book.lateClients()).isEqualTo(1);
        }
        writer.ask(put("m"));
        acknowledge(slow, events(slow)); // In time for once.
        assertThat(node.book.lateClients()).isZero();
    }

    @Test
    void many_entries_in_one_command_wait_once() {
        listener("frozen");
        List<Command.Pair> entries = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            entries.add(new Command.Pair(Bytes.ofUtf8("k" + i), Bytes.ofUtf8("v")));
        }
        long began = System.nanoTime();
        awaitLate(writer.send(new Command.PutAll(HANDLE, entries, false, Ttl.DEFINED)));
        assertThat((System.nanoTime() - began) / 1_000_000).isLessThan(50 * LIMIT_MILLIS);
        writer.ask(new Command.PutAll(HANDLE, entries, false, Ttl.DEFINED));
        writer.ask(new Command.RemoveEvery(HANDLE));
    }

    @Test
    void others_are_waited_for_as_before() {
        RecordingSession frozen = listener("frozen");
        RecordingSession prompt = listener("prompt");
        int request = writer.send(put("a"));
        acknowledge(prompt, events(prompt));
        awaitLate(request);

        int second = writer.send(put("b"));

        assertThat(writer.reply(second))
                .as("the prompt one is still waited for")
                .isNull();
        acknowledge(prompt, events(prompt));
        Reply answered = writer.reply(second);
        assertThat(answered).isNotNull();
        assertThat(events(frozen)).hasSize(2);
    }

    @Test
    void acknowledgements_of_nothing_change_nothing() {
        RecordingSession frozen = listener("frozen");
        for (int i = 0; i < 10; i++) {
            frozen.send(new Command.Ack(i));
        }
        awaitLate(writer.send(put("a")));
        assertThat(node.book.lateClients()).isEqualTo(1);
    }
}
