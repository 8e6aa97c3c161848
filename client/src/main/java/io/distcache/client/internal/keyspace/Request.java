package io.distcache.client.internal.keyspace;

import io.distcache.client.spi.RemoteCache;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One call: what is asked, and what becomes of the reply.
 *
 * @param once whether the command is a change of an entry that is made once, however often it must be sent
 */
record Request<T extends @Nullable Object>(Command command, boolean once, Function<Reply, T> result) {

    T run(RemoteCache remote) {
        return result.apply(once ? remote.callOnce((Command.OnEntry) command) : remote.call(command));
    }

    CompletionStage<T> send(RemoteCache remote) {
        CompletionStage<Reply> reply =
                once ? remote.callOnceAsync((Command.OnEntry) command) : remote.callAsync(command);
        return reply.thenApply(result);
    }
}
