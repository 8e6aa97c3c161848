package io.distcache.server.dispatch;

import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.session.ClientSession;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Origin;
import io.distcache.server.shard.Shards;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Commands on many entries: they are taken apart, each entry for itself, and the replies are put together. Thread-safe. */
final class BatchHandler {
    private final EntryHandler entries;
    private final Shards shards;
    private final CommitLog log;
    private final int maxReplyBytes;

    /**
     * Executes with the help of what executes on one entry.
     *
     * @param maxReplyBytes the most bytes of values put into one reply
     */
    BatchHandler(EntryHandler entries, Shards shards, CommitLog log, int maxReplyBytes) {
        this.entries = entries;
        this.shards = shards;
        this.log = log;
        this.maxReplyBytes = maxReplyBytes;
    }

    /** {@link Command.GetAll}. */
    @Nullable
    Reply getAll(Command.GetAll command, ClientSession session, int request, Consumer<Reply> responder) {
        return Handles.with(session, command.cache(), cache -> {
            Gathering gathering = new Gathering(command.count(), this::values, responder);
            long bytes = 0;
            for (int i = 0; i < command.count(); i++) {
                // What is over the bound is not even looked for.
                Reply reply = isTooMuch(bytes)
                        ? Reply.Miss.INSTANCE
                        : entries.getFrom(cache, command.key(i), session, request, gathering.part(i));
                if (reply instanceof Reply.Value value) {
                    bytes += value.value().length();
                }
                gathering.part(i, reply);
            }
            return gathering.allAsked();
        });
    }

    /** Whether so many bytes of values are more than one reply may have. */
    boolean isTooMuch(long bytes) {
        return bytes > maxReplyBytes;
    }

    /** The reply of such parts. */
    Reply values(List<Reply> replies) {
        long bytes = 0;
        for (int i = 0; i < replies.size(); i++) {
            bytes += replies.get(i) instanceof Reply.Value value ? value.value().length() : 0;
            if (bytes > maxReplyBytes) {
                return new Reply.Failure(
                        Status.TOO_LARGE,
                        "the values of the first " + (i + 1) + " of " + replies.size() + " keys are over "
                                + maxReplyBytes + " bytes; ask for fewer at once");
            }
        }
        return new Reply.Many(replies);
    }

    /** {@link Command.PutAll}. */
    @Nullable
    Reply putAll(Command.PutAll command, ClientSession session, int request, Consumer<Reply> responder) {
        Condition condition = command.onlyIfAbsent() ? Condition.ABSENT : Condition.ALWAYS;
        return each(command, session, request, responder, i -> {
            Command.Pair pair = command.pairs().get(i);
            return new Command.Put(command.cache(), pair.key(), pair.value(), condition, command.ttlMillis(), false);
        });
    }

    /** {@link Command.RemoveAll}. */
    @Nullable
    Reply removeAll(Command.RemoveAll command, ClientSession session, int request, Consumer<Reply> responder) {
        return each(
                command,
                session,
                request,
                responder,
                i -> new Command.Remove(command.cache(), command.key(i), Condition.ALWAYS, false));
    }

    private @Nullable Reply each(
            Command.OnEntries command,
            ClientSession session,
            int request,
            Consumer<Reply> responder,
            IntFunction<Command.OnEntry> parts) {
        Cache cache = session.cache(command.cache());
        if (cache == null) {
            return Handles.unknown(command.cache());
        }
        Gathering gathering = Gathering.ofChanges(command.count(), responder);
        for (int i = 0; i < command.count(); i++) {
            Origin origin = new Origin(session, request, gathering.part(i));
            gathering.part(i, entries.changeIn(cache, parts.apply(i), origin));
        }
        return gathering.allAsked();
    }

    /** {@link Command.TouchAll}. */
    @Nullable
    Reply touchAll(Command.TouchAll command, ClientSession session, int request, Consumer<Reply> responder) {
        return LoggedChange.with(log, session, command.cache(), cache -> {
            CompletionStage<Void> committed = CommitLog.COMMITTED;
            for (Command.Touch touch : command.touches()) {
                if (touch.ttlMillis() != Ttl.DEFINED) {
                    committed = CommitLog.both(committed, shards.of(touch.key()).touch(cache, touch));
                }
            }
            return LoggedChange.answer(committed, Reply.Ok.INSTANCE, responder);
        });
    }
}
