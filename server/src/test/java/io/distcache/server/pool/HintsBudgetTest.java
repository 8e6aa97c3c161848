package io.distcache.server.pool;

import static io.distcache.server.shard.TestShards.get;
import static io.distcache.server.shard.TestShards.pool;
import static io.distcache.server.shard.TestShards.put;
import static io.distcache.server.shard.TestShards.remove;
import static io.distcache.server.shard.TestShards.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Command;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Reply;
import io.distcache.server.shard.RecordingSession;
import io.distcache.server.shard.TestShards;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Hints take a bounded room of their own. */
@Timeout(60)
class HintsBudgetTest {
    private static final long STORE_BYTES = 1 << 20;
    private static final Membership AB = pool(1, "a", "b");
    private static final PoolView VIEW = new PoolView(AB, "b");

    private final TestShards node = TestShards.ofBytes(STORE_BYTES);
    private final RecordingSession client = node.poolClient("client", "b", AB);

    private static List<String> keys(boolean own, int count) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> "k" + i)
                .filter(key -> VIEW.owns(text(key)) == own)
                .limit(count)
                .toList();
    }

    private int hits(List<String> keys) {
        return (int) keys.stream()
                .filter(key -> client.ask(get(key)) instanceof Reply.Value)
                .count();
    }

    @Test
    void entries_are_not_evicted_for_hints() {
        List<String> own = keys(true, 3000);
        own.forEach(key -> client.ask(put(key, "v".repeat(100))));
        int before = hits(own);
        client.ask(new Command.Away(List.of("a")));

        keys(false, 20_000).forEach(key -> client.ask(remove(key)));

        int after = hits(own);
        System.out.println("hints: of " + own.size() + " reads " + before + " found their entry before, " + after
                + " with " + node.hints.count() + " hints of " + node.budget.hintBytes() + " bytes");
        assertThat(before).isEqualTo(3000);
        assertThat(after).isEqualTo(before);
        assertThat(node.budget.hintBytes()).isLessThan(STORE_BYTES / 10);
        assertThat(node.budget.bytes()).isLessThanOrEqualTo(STORE_BYTES);
    }

    @Test
    void what_has_no_room_is_everything_and_room_comes_back() {
        client.ask(new Command.Away(List.of("a")));
        keys(false, 5000).forEach(key -> client.ask(remove(key)));
        assertThat(node.hints.of("a")).anyMatch(of -> of.isEverything());
        RecordingSession other = node.poolClient("other", "b", AB);
        Reply reply = other.ask(new Command.Away(List.of()));
        assertThat(((Reply.Hints) reply).hints()).anyMatch(Reply.Hint::everything);
        while (!((Reply.Hints) reply).hints().isEmpty()) {
            reply = other.ask(new Command.HandedOver());
        }
        assertThat(node.hints.has("a")).isFalse();
        long empty = node.budget.hintBytes();
        client.ask(new Command.Away(List.of("a")));
        keys(false, 10).forEach(key -> client.ask(remove(key)));
        assertThat(node.hints.of("a")).noneMatch(of -> of.isEverything());
        assertThat(node.budget.hintBytes()).isGreaterThanOrEqualTo(empty);
    }
}
