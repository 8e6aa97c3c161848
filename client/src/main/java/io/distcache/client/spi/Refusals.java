package io.distcache.client.spi;

import io.distcache.client.DefinitionDiffersException;
import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.LeaseLostException;
import io.distcache.client.LeaseTimeoutException;
import io.distcache.client.NoSuchCacheException;
import io.distcache.client.OverloadedException;
import io.distcache.client.RequestRefusedException;
import io.distcache.client.RequestRefusedException.Reason;
import io.distcache.client.UnreachableException;
import io.distcache.protocol.Reply;

/** The one table that turns a node's refusal into what the caller can do. Stateless. */
public final class Refusals {
    private Refusals() {}

    /** What a refusal means for the caller; {@code what} begins the message and says what was refused. */
    public static DistCacheException exception(String what, Reply.Failure failure) {
        String message = what + " refused with " + failure.status() + ": " + failure.message();
        return switch (failure.status()) {
            case NO_SUCH_CACHE -> new NoSuchCacheException(message);
            case DEFINITION_DIFFERS -> new DefinitionDiffersException(message);
            case LEASE_LOST -> new LeaseLostException(message);
            case LEASE_TIMEOUT -> new LeaseTimeoutException(message);
            case FULL, OVERLOADED -> new OverloadedException(message);
            case INDETERMINATE -> new IndeterminateException(message);
            case STARTING, DRAINING, NOT_OWNER, NOT_LEADER, UNAVAILABLE -> new UnreachableException(message);
            case BAD_REQUEST -> new RequestRefusedException(Reason.BAD_REQUEST, message);
            case LEASE_BUSY -> new RequestRefusedException(Reason.LEASE_BUSY, message);
            case TOO_LARGE -> new RequestRefusedException(Reason.TOO_LARGE, message);
            case READ_ONLY -> new RequestRefusedException(Reason.READ_ONLY, message);
            case VERSION_MISMATCH -> new RequestRefusedException(Reason.VERSION_MISMATCH, message);
            case FORBIDDEN -> new RequestRefusedException(Reason.FORBIDDEN, message);
            case UNAUTHORIZED -> new RequestRefusedException(Reason.UNAUTHORIZED, message);
            case INTERNAL -> new RequestRefusedException(Reason.INTERNAL, message);
        };
    }
}
