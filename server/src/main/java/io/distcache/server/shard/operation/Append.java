package io.distcache.server.shard.operation;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.FlaggedValue;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.ValueTag;

/** Puts a piece of text or bytes before or behind what is there ({@link Command.Append}). Immutable. */
public record Append(Command.Append command) implements EntryOperation {

    @Override
    public Bytes key() {
        return command.key();
    }

    @Override
    public long bytes() {
        return (long) key().length() + command.piece().length();
    }

    @Override
    public boolean isRead() {
        return false;
    }

    @Override
    public Reply decide(EntryView entry) {
        Bytes piece = command.piece();
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
        if (isTooLong(entry, present, piece)) {
            return new Reply.Failure(
                    Status.TOO_LARGE,
                    "the value would take " + length(present, piece) + " bytes; at most " + entry.maxValueBytes()
                            + " are allowed (server.max-frame-bytes). Nothing was changed");
        }
        Bytes whole = command.front() ? joined(piece, present) : joined(present, piece);
        entry.store(FlaggedValue.like(entry.value(), whole));
        return new Reply.Count(whole.length() - 1);
    }

    /** Whether two values of text or bytes make one that is longer than a value may grow. */
    public static boolean isTooLong(EntryView entry, Bytes one, Bytes other) {
        return length(one, other) > entry.maxValueBytes();
    }

    private static long length(Bytes one, Bytes other) {
        return (long) one.length() + other.length() - 1;
    }

    private static boolean isAppendable(Bytes value) {
        return value.length() > 0 && (value.get(0) == ValueTag.TEXT || value.get(0) == ValueTag.BYTES);
    }

    /**
     * Two values of text or bytes as one, in an array of its own: text if both are.
     *
     * @param one with its tag, as {@code other} is
     */
    public static Bytes joined(Bytes one, Bytes other) {
        byte[] whole = new byte[one.length() + other.length() - 1];
        System.arraycopy(one.array(), one.offset(), whole, 0, one.length());
        System.arraycopy(other.array(), other.offset() + 1, whole, one.length(), other.length() - 1);
        whole[0] = one.get(0) == ValueTag.TEXT && other.get(0) == ValueTag.TEXT ? ValueTag.TEXT : ValueTag.BYTES;
        return Bytes.of(whole);
    }

    private static Reply.Failure refused(String why) {
        return new Reply.Failure(Status.BAD_REQUEST, why);
    }
}
