package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;

/** What a node refuses, in words that clients of Redis know. Stateless. */
final class Failures {
    private Failures() {}

    /** That a client's user may not run a command. */
    private static String forbidden(String command) {
        return "NOPERM this user has no permissions to run the '" + command + "' command";
    }

    /** That it may not any more what it might when it was queued. */
    static String forbiddenSince() {
        return "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call."
                + " This command is no longer allowed for the following reason: no permission to execute the command or"
                + " subcommand";
    }

    /** Why a command is refused as a whole. */
    static String text(Reply.Failure failure, RespCommand command) {
        return failure.status() == Status.FORBIDDEN ? forbidden(command.name()) : text(failure);
    }

    static String text(Reply.Failure failure) {
        return switch (failure.status()) {
            case STARTING -> "LOADING Redis is loading the dataset in memory";
            case FULL -> "OOM command not allowed when used memory > 'maxmemory'.";
            case TOO_LARGE -> "ERR string exceeds maximum allowed size (" + failure.message() + ")";
            case READ_ONLY -> "MISCONF " + failure.message();
            case OVERLOADED, LEASE_TIMEOUT, LEASE_BUSY -> "TRYAGAIN " + failure.message();
            case UNAVAILABLE -> "CLUSTERDOWN " + failure.message();
            case FORBIDDEN -> "NOPERM this user has no permissions to access one of the keys used as arguments";
            case UNAUTHORIZED -> "NOAUTH Authentication required.";
            case BAD_REQUEST,
                    NO_SUCH_CACHE,
                    DEFINITION_DIFFERS,
                    LEASE_LOST,
                    DRAINING,
                    VERSION_MISMATCH,
                    INTERNAL,
                    INDETERMINATE,
                    NOT_OWNER,
                    NOT_LEADER -> "ERR " + failure.message();
        };
    }
}
