package io.distcache.server.shard.operation;

import io.distcache.protocol.Command;
import org.jspecify.annotations.Nullable;

/** Which operation a command of the native protocol is. Stateless. */
public final class Operations {
    private Operations() {}

    /** The operation that a command asks for; null if it is about an entry and no operation on it, as a lease. */
    public static @Nullable EntryOperation of(Command.OnEntry command) {
        if (command instanceof Command.Put put) {
            return new Put(put);
        }
        if (command instanceof Command.Remove remove) {
            return new Remove(remove);
        }
        if (command instanceof Command.Add add) {
            return new Add(add);
        }
        if (command instanceof Command.Append append) {
            return new Append(append);
        }
        if (command instanceof Command.Expire expire) {
            return new Expire(expire);
        }
        if (command instanceof Command.Get get) {
            return new Get(get.key());
        }
        if (command instanceof Command.Contains contains) {
            return new Contains(contains.key());
        }
        return command instanceof Command.TtlOf ttlOf ? new TtlOf(ttlOf.key()) : null;
    }
}
