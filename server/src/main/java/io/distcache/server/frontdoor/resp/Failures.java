package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Reply;

/** What a node refuses, in words that clients of Redis know. Stateless. */
final class Failures {
    private Failures() {}

    /** That a client's user may not run a command. */
    static String forbidden(String command) {
        return "NOPERM this user has no permissions to run the '" + command + "' command";
    }

    static String text(Reply.Failure failure) {
        return switch (failure.status()) {
            case STARTING -> "LOADING Redis is loading the dataset in memory";
            case FULL -> "OOM command not allowed when used memory > 'maxmemory'.";
            case TOO_LARGE -> "ERR string exceeds maximum allowed size (" + failure.message() + ")";
            case READ_ONLY -> "MISCONF " + failure.message();
            case OVERLOADED, LEASE_TIMEOUT, LEASE_BUSY -> "TRYAGAIN " + failure.message();
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
                    NOT_OWNER -> "ERR " + failure.message();
        };
    }
}
