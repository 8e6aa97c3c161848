package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.FlaggedValue;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.ValueTag;
import io.distcache.server.store.EntryRecord;

/** Commands that make something new of an entry as it stands. Under the shard's lock. */
final class Amendments {
    private static final String NO_NUMBER =
            "the value is no number that can be added to: it must be an integer of at most 64 bits, a"
                    + " finite double, or decimal text";

    private Amendments() {}

    static Reply apply(Command.OnEntry command, EntryEdit entry) {
        Reply reply = command instanceof Command.Add add
                ? add(add, entry)
                : command instanceof Command.Append append
                        ? append(append, entry)
                        : expire((Command.Expire) command, entry);
        Reply.Failure refusal = entry.refusal();
        return refusal == null ? reply : refusal;
    }

    private static Reply add(Command.Add add, EntryEdit entry) {
        NumberValue diff = NumberValue.of(add.diff());
        NumberValue initial = NumberValue.of(add.initial());
        if (diff == null || initial == null) {
            return refused("difference and initial value must be an integer or a finite double");
        }
        if (!entry.exists()) {
            Bytes first = initial.toBytes();
            entry.store(first, add.ttlMillis() == Ttl.UNCHANGED ? Ttl.DEFINED : add.ttlMillis());
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

    private static Reply append(Command.Append append, EntryEdit entry) {
        Bytes piece = append.piece();
        if (!isAppendable(piece)) {
            return refused("only text and bytes can be appended");
        }
        if (!entry.exists()) {
            entry.store(piece);
            return new Reply.Count(piece.length() - 1);
        }
        Bytes present = FlaggedValue.bare(entry.value());
        if (!isAppendable(present)) {
            return refused("only to text and bytes can something be appended; the value has tag 0x"
                    + (present.length() == 0 ? "" : Integer.toHexString(present.get(0))));
        }
        long length = (long) present.length() + piece.length() - 1;
        if (length > entry.maxValueBytes()) {
            return new Reply.Failure(
                    Status.TOO_LARGE,
                    "the value would take " + length + " bytes; at most " + entry.maxValueBytes()
                            + " are allowed (server.max-frame-bytes). Nothing was changed");
        }
        Bytes whole = append.front() ? joined(piece, present) : joined(present, piece);
        entry.store(FlaggedValue.like(entry.value(), whole));
        return new Reply.Count(whole.length() - 1);
    }

    private static boolean isAppendable(Bytes value) {
        return value.length() > 0 && (value.get(0) == ValueTag.TEXT || value.get(0) == ValueTag.BYTES);
    }

    private static Bytes joined(Bytes one, Bytes other) {
        byte[] whole = new byte[one.length() + other.length() - 1];
        System.arraycopy(one.array(), one.offset(), whole, 0, one.length());
        System.arraycopy(other.array(), other.offset() + 1, whole, one.length(), other.length() - 1);
        whole[0] = one.get(0) == ValueTag.TEXT && other.get(0) == ValueTag.TEXT ? ValueTag.TEXT : ValueTag.BYTES;
        return Bytes.of(whole);
    }

    private static Reply expire(Command.Expire expire, EntryEdit entry) {
        if (!entry.exists()) {
            return new Reply.Changed(false, false, 0, null);
        }
        if (!holds(expire, entry)) {
            return new Reply.Changed(true, false, entry.version(), null);
        }
        if (expire.ttlMillis() == Ttl.DEFINED) {
            entry.read();
        } else if (expire.ttlMillis() != Ttl.UNCHANGED) {
            entry.expireIn(expire.ttlMillis());
        }
        return new Reply.Changed(true, true, entry.version(), null);
    }

    private static boolean holds(Command.Expire expire, EntryEdit entry) {
        long present = entry.deadlineMillis();
        long wanted = expire.ttlMillis() == Ttl.ETERNAL
                ? EntryRecord.NO_DEADLINE
                : EntryChanges.deadline(expire.ttlMillis(), entry.nowMillis());
        return switch (expire.when()) {
            case ANY -> true;
            case NONE -> present == EntryRecord.NO_DEADLINE;
            case SOME -> present != EntryRecord.NO_DEADLINE;
            case EARLIER -> present < wanted;
            case LATER -> present > wanted;
        };
    }

    private static Reply.Failure refused(String why) {
        return new Reply.Failure(Status.BAD_REQUEST, why);
    }
}
