package io.distcache.server.shard;

import static io.distcache.server.shard.TestShards.HANDLE;
import static io.distcache.server.shard.TestShards.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.dispatch.MultiKeyStep;
import io.distcache.server.dispatch.NamedCache;
import io.distcache.server.shard.operation.EntryOperation;
import io.distcache.server.shard.operation.EntryView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What front doors do to entries without commands: it waits, is logged, and is told to listeners as other writes are. */
class OperationTest {
    private static final CacheDefinition DEFINITION = CacheDefinition.of("", "cache");

    private final TestShards node = new TestShards();
    private final RecordingSession holder = node.client("holder", DEFINITION);
    private final RecordingSession door = new RecordingSession("door", node.dispatcher);
    private final NamedCache keyspace = node.dispatcher.keyspace(DEFINITION);
    private final List<Reply> late = new ArrayList<>();

    /** Appends to the text that is there. */
    private record Append(Bytes key, String more) implements EntryOperation {
        @Override
        public boolean isRead() {
            return false;
        }

        @Override
        public Reply decide(EntryView entry) {
            String old = entry.exists() ? entry.value().toUtf8().substring(1) : "";
            entry.store(text(old + more));
            return Reply.Ok.INSTANCE;
        }
    }

    private String value(String key) {
        return holder.ask(TestShards.get(key)) instanceof Reply.Value value
                ? value.value().toUtf8().substring(1)
                : null;
    }

    @Test
    void an_operation_sees_what_is_there_and_changes_it() {
        assertThat(keyspace.execute(new Append(text("k"), "a"), door.session(), late::add))
                .isEqualTo(Reply.Ok.INSTANCE);
        assertThat(keyspace.execute(new Append(text("k"), "b"), door.session(), late::add))
                .isEqualTo(Reply.Ok.INSTANCE);

        assertThat(value("k")).isEqualTo("ab");
        assertThat(late).isEmpty();
    }

    @Test
    void an_operation_waits_for_a_leased_entry_and_sees_what_its_holder_left() {
        Reply.Leased lease = (Reply.Leased) holder.ask(TestShards.lease("k"));
        assertThat(keyspace.execute(new Append(text("k"), "!"), door.session(), late::add))
                .isNull();
        assertThat(keyspace.execute(new Append(text("k"), "?"), door.session(), late::add))
                .isNull();
        assertThat(late).isEmpty();

        settle(lease);

        assertThat(late).containsExactly(Reply.Ok.INSTANCE, Reply.Ok.INSTANCE);
        assertThat(value("k")).isEqualTo("held!?");
    }

    private void settle(Reply.Leased lease) {
        holder.ask(new Command.Settle(
                HANDLE,
                List.of(new Command.Settlement(
                        text("k"), lease.token(), List.of(new EntryChange.Put(text("held"), Ttl.DEFINED)), null))));
    }

    @Test
    void a_step_over_several_entries_waits_for_all_of_them() {
        Reply.Leased lease = (Reply.Leased) holder.ask(TestShards.lease("k"));
        MultiKeyStep together = node.dispatcher.multiKeyStep();
        together.needs(keyspace, text("k"), true);
        together.needs(keyspace, text("other"), true);
        AtomicInteger runs = new AtomicInteger();
        AtomicInteger retries = new AtomicInteger();

        assertThat(run(together, runs, retries)).isNull();
        assertThat(together.isWaiting()).isTrue();
        assertThat(runs).hasValue(0);
        settle(lease);
        assertThat(retries).hasValue(1);
        assertThat(run(together, runs, retries)).isEqualTo(Reply.Ok.INSTANCE);

        assertThat(value("k")).isEqualTo("held!");
        assertThat(value("other")).isEqualTo("!");
    }

    private Reply run(MultiKeyStep together, AtomicInteger runs, AtomicInteger retries) {
        return together.run(door.session(), late::add, retries::incrementAndGet, step -> {
            runs.incrementAndGet();
            step.execute(keyspace, new Append(text("k"), "!"));
            return step.execute(keyspace, new Append(text("other"), "!"));
        });
    }

    @Test
    void a_step_goes_on_when_the_holder_of_a_lease_has_gone() {
        holder.ask(TestShards.lease("k"));
        MultiKeyStep together = node.dispatcher.multiKeyStep();
        together.needs(keyspace, text("k"), true);
        assertThat(run(together, new AtomicInteger(), new AtomicInteger())).isNull();

        holder.close();

        // The holder has gone, so it is the step's turn.
        assertThat(run(together, new AtomicInteger(), new AtomicInteger())).isEqualTo(Reply.Ok.INSTANCE);
        assertThat(late)
                .noneMatch(reply -> reply instanceof Reply.Failure failure && failure.status() == Status.INTERNAL);
    }

    @Test
    void a_watch_is_told_of_any_change_and_of_no_other_entry() {
        keyspace.execute(new Append(text("k"), "a"), door.session(), late::add);
        Watch watch = new Watch();
        Runnable end = keyspace.watch(text("k"), watch);
        keyspace.execute(new Append(text("other"), "a"), door.session(), late::add);
        assertThat(watch.isTouched()).isFalse();
        holder.ask(TestShards.remove("k"));
        assertThat(watch.isTouched()).isTrue();
        end.run();
    }

    @Test
    void a_cleared_entry_is_a_changed_one() {
        keyspace.execute(new Append(text("k"), "a"), door.session(), late::add);
        Watch there = new Watch();
        Watch absent = new Watch();
        keyspace.watch(text("k"), there);
        keyspace.watch(text("nothing"), absent);

        assertThat(keyspace.clear(late::add)).isEqualTo(Reply.Ok.INSTANCE);

        assertThat(there.isTouched()).isTrue();
        assertThat(absent.isTouched()).isFalse();
    }

    @Test
    void a_destroyed_cache_is_made_anew() {
        keyspace.execute(new Append(text("k"), "a"), door.session(), late::add);
        assertThat(holder.ask(new Command.DestroyCache("", "cache"))).isEqualTo(Reply.Ok.INSTANCE);

        assertThat(keyspace.execute(new Append(text("k"), "b"), door.session(), late::add))
                .isEqualTo(Reply.Ok.INSTANCE);

        assertThat(((Reply.Value) keyspace.get(text("k"), door.session())).value())
                .isEqualTo(text("b"));
    }
}
