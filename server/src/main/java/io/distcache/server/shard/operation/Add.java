package io.distcache.server.shard.operation;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.FlaggedValue;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;

/** Adds to a number, or stores the first one ({@link Command.Add}). Immutable. */
public record Add(Command.Add command) implements EntryOperation {
    private static final String NO_NUMBER =
            "the value is no number that can be added to: it must be an integer of at most 64 bits, a"
                    + " finite double, or decimal text";

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
        NumberValue diff = NumberValue.of(command.diff());
        NumberValue initial = NumberValue.of(command.initial());
        if (diff == null || initial == null) {
            return refused("difference and initial value must be an integer or a finite double");
        }
        if (!entry.exists()) {
            Bytes first = initial.toBytes();
            entry.store(first, command.ttlMillis() == Ttl.UNCHANGED ? Ttl.DEFINED : command.ttlMillis());
            return new Reply.Value(entry.version(), first);
        }
        NumberValue present = NumberValue.of(FlaggedValue.bare(entry.value()));
        if (present == null) {
            return refused(NO_NUMBER);
        }
        if (present.isDouble() && !diff.isDouble()) {
            return refused("the value is a double, and its sum with a whole number is none; add a double");
        }
        NumberValue sum = present.plus(diff);
        if (sum == null) {
            return refused("the sum would overflow 64 bits, or be no finite double; nothing was changed");
        }
        Bytes value = sum.toBytes();
        entry.store(FlaggedValue.like(entry.value(), value));
        return new Reply.Value(entry.version(), value);
    }

    private static Reply.Failure refused(String why) {
        return new Reply.Failure(Status.BAD_REQUEST, why);
    }
}
