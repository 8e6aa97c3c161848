package io.distcache.testing;

import io.distcache.client.IndeterminateException;
import io.distcache.client.LeaseLostException;
import io.distcache.client.RequestRefusedException;
import io.distcache.client.RequestRefusedException.Reason;
import io.distcache.client.UnreachableException;
import java.util.Optional;
import javax.cache.CacheException;

/**
 * What a caller knows of a change once its call has ended.
 *
 * @param failure what the call threw, if it did
 */
record Attempt(Outcome outcome, Optional<CacheException> failure) {

    enum Outcome {
        /** The call returned: the change is acknowledged. */
        APPLIED,
        /** Certainly not, now or later. */
        NOT_APPLIED,
        /** Either way, or later. */
        UNKNOWN
    }

    /**
     * Makes a change.
     *
     * @throws CacheException what neither a lost nor a read-only node explains
     */
    static Attempt of(Runnable change) {
        try {
            change.run();
            return new Attempt(Outcome.APPLIED, Optional.empty());
        } catch (CacheException e) {
            if (e.getCause() instanceof IndeterminateException) {
                return new Attempt(Outcome.UNKNOWN, Optional.of(e));
            }
            if (e.getCause() instanceof UnreachableException
                    || e.getCause() instanceof LeaseLostException
                    || (e.getCause() instanceof RequestRefusedException refused
                            && refused.reason() == Reason.READ_ONLY)) {
                return new Attempt(Outcome.NOT_APPLIED, Optional.of(e));
            }
            throw e;
        }
    }

    boolean acknowledged() {
        return outcome == Outcome.APPLIED;
    }
}
