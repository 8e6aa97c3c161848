package io.distcache.client.internal.link;

import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.UnreachableException;
import io.distcache.protocol.Command;
import io.distcache.protocol.Opcode;

/** What the lack of a reply means for the caller; what a refusal means is in {@code Refusals}. Stateless. */
final class Failures {
    private Failures() {}

    /** What the lack of a reply means for the caller. */
    static DistCacheException lost(Call.Lost lost, Command command, String what) {
        if (!lost.sent()) {
            return new UnreachableException(what + " was not sent: " + lost.why(), lost.cause());
        }
        if (changesNothing(command)) {
            return new UnreachableException(what + " was not answered: " + lost.why(), lost.cause());
        }
        return new IndeterminateException(
                what + " was sent and not answered, so it may or may not have been applied: " + lost.why()
                        + ". Repeat it only if applying it twice does no harm.",
                lost.cause());
    }

    /** Whether a command that may have been executed can be sent again, or it can be found out whether it was. */
    static boolean mayComeAgain(Command command) {
        return command instanceof Command.Once
                || command instanceof Command.Settle
                || command instanceof Command.OfGroup part && part.as() != null
                || changesNothing(command);
    }

    /** Whether a command leaves every entry as it is. A lease taken by a lost call is given back when its reply comes. */
    private static boolean changesNothing(Command command) {
        Opcode opcode = command instanceof Command.OfGroup part ? part.whole().opcode() : command.opcode();
        return switch (opcode.effect()) {
            case READ -> opcode != Opcode.SUBSCRIBE;
            case OPERATOR, POOL -> true;
            case CACHE -> false;
            case WRITE, CONTROL ->
                opcode == Opcode.LEASE
                        || opcode == Opcode.LEASE_MANY
                        || opcode == Opcode.AWAY
                        || opcode == Opcode.ACK
                        || opcode == Opcode.PING;
        };
    }
}
