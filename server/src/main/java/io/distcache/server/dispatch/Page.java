package io.distcache.server.dispatch;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.ValueTag;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Shards;
import io.distcache.server.store.EntryRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One page of a scan while it is filled: it is full by entries, by bytes, or by the work of matching. Confined to one thread. */
final class Page implements Shards.Taker {
    static final int MAX_BYTES = 1 << 20;
    private static final int MAX_ENTRIES = 10_000;
    /** What matching the keys of a page may take, in the steps of {@link Glob#cost}: some milliseconds. */
    private static final long MAX_STEPS = 4_000_000;

    private final @Nullable Glob match;
    private final boolean keysOnly;
    private final int most;
    private final List<Reply.Item> items = new ArrayList<>();
    private long bytes;
    private int looked;
    private long matched;
    private Reply.@Nullable Failure failure;
    private CompletionStage<Void> committed = CommitLog.COMMITTED;

    Page(Command.Scan command) {
        this.match = command.match().length() == 0 ? null : new Glob(command.match());
        this.keysOnly = command.keysOnly();
        this.most = Math.max(1, Math.min(command.maxEntries(), MAX_ENTRIES));
    }

    @Override
    public long room() {
        boolean full = failure != null || bytes >= MAX_BYTES || looked >= MAX_ENTRIES || matched >= MAX_STEPS;
        return full ? 0 : most - items.size();
    }

    @Override
    public void take(byte[] record) {
        looked++;
        Bytes key = EntryRecord.key(record);
        if (failure != null || (match != null && !isMatched(key, match))) {
            return;
        }
        items.add(new Reply.Item(key, EntryRecord.version(record), keysOnly ? null : EntryRecord.value(record)));
        bytes += keysOnly ? key.length() : record.length;
    }

    @Override
    public void waitFor(CompletionStage<Void> stage) {
        committed = CommitLog.both(committed, stage);
    }

    /** When all that it shows is committed. */
    CompletionStage<Void> committed() {
        return committed;
    }

    private boolean isMatched(Bytes key, Glob by) {
        matched += by.cost(key.length());
        try {
            return key.length() > 0
                    && key.get(0) == ValueTag.TEXT
                    && by.matches(key.array(), key.offset() + 1, key.offset() + key.length());
        } catch (Glob.TooCostly e) {
            failure = new Reply.Failure(Status.TOO_LARGE, String.valueOf(e.getMessage()));
            return false;
        }
    }

    /** The reply, which says where to go on. */
    Reply reply(long cursor) {
        return failure == null ? new Reply.Page(cursor, items) : failure;
    }
}
