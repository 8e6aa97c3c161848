package io.distcache.server.shard.operation;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;

/** Gives an entry that still has this version another deadline ({@link Command.Touch}). Immutable. */
public record Touch(Command.Touch command) implements EntryOperation {

    @Override
    public Bytes key() {
        return command.key();
    }

    @Override
    public boolean isRead() {
        return false;
    }

    @Override
    public Reply decide(EntryView entry) {
        if (entry.version() == command.version()) {
            entry.touch(command.ttlMillis());
        }
        return Reply.Ok.INSTANCE;
    }
}
