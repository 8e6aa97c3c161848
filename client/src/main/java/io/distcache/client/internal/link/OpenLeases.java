package io.distcache.client.internal.link;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;

/** Counts the leases that a node has given over the present connection and has not got back. Confined to the event loop. */
final class OpenLeases {
    private int open;

    /** There is another connection. */
    void reset() {
        open = 0;
    }

    /** A command was answered, whether anybody still waits or not. */
    void answered(Command command, Reply reply) {
        if (reply instanceof Reply.Leased) {
            open++;
        } else if (command instanceof Command.Settle settle) {
            for (Command.Settlement settlement : settle.settlements()) {
                open -= settlement.share() instanceof Command.Share.Keep ? 0 : 1;
            }
        } else if (command instanceof Command.LeaseMany && reply instanceof Reply.Many many) {
            for (Reply part : many.replies()) {
                open += part instanceof Reply.Leased ? 1 : 0;
            }
        }
    }

    /** Whether there is none. */
    boolean isNone() {
        return open <= 0;
    }
}
