package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.dispatch.MultiKeyStep;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A command that does the same to each of many keys: one step to everybody if these are at most {@value #KEYS_AT_ONCE}, else so many of
 * them at a time are. Confined to the connection's event loop.
 */
abstract class ManyKeys extends Gradual {
    /** How many keys are looked at or changed as one step. */
    static final int KEYS_AT_ONCE = 4096;

    private final Request request;
    private final boolean isWrite;
    private int next = 1;

    /** All arguments of the request are keys. */
    ManyKeys(RespClient client, Request request, boolean isWrite) {
        super(client);
        this.request = request.copy();
        this.isWrite = isWrite;
    }

    /** Does it to one key, within a step; why it was not done, or null. */
    abstract Reply.@Nullable Failure each(Bytes key);

    @Override
    final void piece() {
        int end = Math.min(next + KEYS_AT_ONCE, request.count());
        List<Bytes> keys = new ArrayList<>(end - next);
        MultiKeyStep together = client.node().dispatcher().multiKeyStep();
        for (int i = next; i < end; i++) {
            Bytes key = request.tagged(i);
            keys.add(key);
            together.needs(client.keyspace(), key, isWrite);
        }
        Reply reply = together.run(
                client.session(),
                late -> client.later(() -> done(late)),
                () -> client.later(this::next),
                running -> all(running, keys, end));
        if (reply != null) {
            done(reply);
        }
    }

    private Reply all(MultiKeyStep running, List<Bytes> keys, int end) {
        Reply.Failure[] failure = new Reply.Failure[1];
        client.inside(running, null, () -> {
            for (int i = 0; i < keys.size() && failure[0] == null; i++) {
                failure[0] = each(keys.get(i));
            }
        });
        next = end;
        return failure[0] == null ? Reply.Ok.INSTANCE : failure[0];
    }

    private void done(Reply reply) {
        if (reply instanceof Reply.Failure || next == request.count()) {
            finish(reply);
        } else {
            goOn();
        }
    }

    /** How many of the keys were there. */
    static final class Counted extends ManyKeys {
        private final Function<Bytes, Look> verbs;
        private long found;

        Counted(RespClient client, Request request, Function<Bytes, Look> verbs, boolean isWrite) {
            super(client, request, isWrite);
            this.verbs = verbs;
        }

        @Override
        Reply.@Nullable Failure each(Bytes key) {
            Look verb = verbs.apply(key);
            Reply reply = client.part(client.keyspace(), verb);
            found += verb.exists() ? 1 : 0;
            return reply instanceof Reply.Failure failure ? failure : null;
        }

        @Override
        void answer(ByteBuf out) {
            Replies.integer(out, found);
        }
    }

    /** The values of the keys. They are kept as they are stored, and written as the client takes them. */
    static final class Values extends ManyKeys {
        private static final int SMALL_BYTES = 64 * 1024;

        private static final int NIL_BYTES = 5;
        private static final Reply.Failure CLOSED = new Reply.Failure(Status.TOO_LARGE, "the reply is too long");

        private final List<@Nullable Bytes> values;
        private long bytes;
        private int written;

        Values(RespClient client, Request request) {
            super(client, request, false);
            values = new ArrayList<>(request.count() - 1);
        }

        @Override
        Reply.@Nullable Failure each(Bytes key) {
            ReadCommands.Get verb = new ReadCommands.Get(client, key);
            Reply reply = client.part(client.keyspace(), verb);
            Bytes value = verb.found();
            values.add(value);
            bytes += value == null ? NIL_BYTES : value.length();
            if (!client.mayAnswer(bytes)) {
                return CLOSED;
            }
            return reply instanceof Reply.Failure failure ? failure : null;
        }

        @Override
        boolean isLong() {
            return bytes > SMALL_BYTES;
        }

        @Override
        void answer(ByteBuf out) {
            Replies.array(out, values.size());
            if (!isLong()) {
                values.forEach(value -> Replies.valueOrNil(out, client.protocol(), value));
            }
        }

        @Override
        protected boolean encodePart(ByteBuf out) {
            if (written == values.size()) {
                return false;
            }
            Replies.valueOrNil(out, client.protocol(), values.get(written++));
            return true;
        }
    }
}
