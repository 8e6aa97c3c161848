package io.distcache.jcache.internal.expiry;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Ttl;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Supplier;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A policy's durations as ttls ({@link Ttl}). The standard's own policies are constant, so a node applies them; any other is
 * user code and is asked here, once for each operation that the standard says uses it. Thread-safe as far as the policy is.
 *
 * <p>A policy that throws is answered for as the reference implementation does: a new entry is eternal, an update or access
 * leaves the deadline alone.
 */
public final class ExpiryTtls {
    private static final Logger LOG = LoggerFactory.getLogger(ExpiryTtls.class);
    private static final Set<Class<?>> CONSTANT = Set.of(
            EternalExpiryPolicy.class,
            CreatedExpiryPolicy.class,
            ModifiedExpiryPolicy.class,
            AccessedExpiryPolicy.class,
            TouchedExpiryPolicy.class);

    /** Those of which the log has told. Weak, so that an application that has gone does not stay for it. */
    private static final Set<Class<?>> COMPLAINED =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    private final ExpiryPolicy policy;
    private final CacheDefinition.Expiry definition;

    public ExpiryTtls(ExpiryPolicy policy) {
        this.policy = policy;
        this.definition = CONSTANT.contains(policy.getClass())
                ? new CacheDefinition.Expiry(
                        creation(policy),
                        change(policy, policy::getExpiryForUpdate),
                        change(policy, policy::getExpiryForAccess),
                        false)
                : new CacheDefinition.Expiry(Ttl.ETERNAL, Ttl.UNCHANGED, Ttl.UNCHANGED, true);
    }

    /** For a cache whose expiry the node knows already. */
    public ExpiryTtls(ExpiryPolicy policy, CacheDefinition.Expiry definition) {
        this.policy = policy;
        this.definition = definition;
    }

    /** What the node is told. */
    public CacheDefinition.Expiry definition() {
        return definition;
    }

    /** Whether the policy is user code. */
    public boolean isByClient() {
        return definition.byClient();
    }

    /** The policy itself, to be closed with the cache. */
    public ExpiryPolicy policy() {
        return policy;
    }

    /** The ttl of an entry that is being created. */
    public long forCreation() {
        return isByClient() ? creation(policy) : definition.creationMillis();
    }

    /** The ttl of an entry that is being updated. */
    public long forUpdate() {
        return isByClient() ? change(policy, policy::getExpiryForUpdate) : definition.updateMillis();
    }

    /** The ttl of an entry that was read. */
    public long forAccess() {
        return isByClient() ? change(policy, policy::getExpiryForAccess) : definition.accessMillis();
    }

    private static long creation(ExpiryPolicy policy) {
        return ttl(policy, policy::getExpiryForCreation, Ttl.ETERNAL);
    }

    private static long change(ExpiryPolicy policy, Supplier<@Nullable Duration> source) {
        return ttl(policy, source, Ttl.UNCHANGED);
    }

    /** What the policy says, or {@code otherwise} if it says nothing or fails. */
    private static long ttl(ExpiryPolicy policy, Supplier<@Nullable Duration> source, long otherwise) {
        try {
            Duration duration = source.get();
            return duration == null ? otherwise : millis(duration);
        } catch (VirtualMachineError | ThreadDeath e) {
            throw e;
        } catch (Throwable e) {
            complain(policy, e);
            return otherwise;
        }
    }

    private static void complain(ExpiryPolicy policy, Throwable failure) {
        if (COMPLAINED.add(policy.getClass())) {
            LOG.warn(
                    "the expiry policy {} failed; entries that are created are kept for good, others keep their deadline."
                            + " Further failures of this class are not logged",
                    policy.getClass().getName(),
                    failure);
        }
    }

    private static long millis(Duration duration) {
        if (duration.isEternal()) {
            return Ttl.ETERNAL;
        }
        if (duration.isZero()) {
            return Ttl.NOW;
        }
        return duration.getTimeUnit().toMillis(duration.getDurationAmount());
    }
}
