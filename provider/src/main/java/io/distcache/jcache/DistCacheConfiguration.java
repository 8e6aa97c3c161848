package io.distcache.jcache;

import io.distcache.client.FailurePolicy;
import java.util.Objects;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.MutableConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * A configuration with what the standard leaves open: bounds, what happens when they are reached, durability, and what happens while a
 * node is down or nobody leads. Any other configuration means: no bounds of its own (the node's hold), evict, logged, the manager's failure
 * policy, no stale reads. Not thread-safe; a cache keeps a copy.
 *
 * <pre>{@code
 * manager.createCache("sessions", new DistCacheConfiguration<String, Session>()
 *         .maxEntries(100_000)
 *         .setTypes(String.class, Session.class));
 * }</pre>
 */
public class DistCacheConfiguration<K, V> extends MutableConfiguration<K, V> {
    private static final long serialVersionUID = 1L;

    private long maxEntries;
    private long maxBytes;
    private boolean refuseWhenFull;
    private boolean logged = true;
    private @Nullable FailurePolicy failurePolicy;
    private boolean allowStaleReads;

    /** The standard's defaults, unbounded. */
    public DistCacheConfiguration() {}

    /** A copy; of another kind of configuration, with no bounds. */
    public DistCacheConfiguration(CompleteConfiguration<K, V> other) {
        super(other);
        if (other instanceof DistCacheConfiguration<K, V> more) {
            maxEntries = more.maxEntries;
            maxBytes = more.maxBytes;
            refuseWhenFull = more.refuseWhenFull;
            logged = more.logged;
            failurePolicy = more.failurePolicy;
            allowStaleReads = more.allowStaleReads;
        }
    }

    /** The most entries kept on each node; 0 for no bound. */
    public DistCacheConfiguration<K, V> maxEntries(long most) {
        maxEntries = atLeastZero("maxEntries", most);
        return this;
    }

    /** The most bytes kept on each node, keys, values and overhead together; 0 for no bound. */
    public DistCacheConfiguration<K, V> maxBytes(long most) {
        maxBytes = atLeastZero("maxBytes", most);
        return this;
    }

    /** Whether a write that would go over a bound is refused, instead of evicting what was not used lately. */
    public DistCacheConfiguration<K, V> refuseWhenFull(boolean refuse) {
        refuseWhenFull = refuse;
        return this;
    }

    /** Whether changes are logged on a node that has a log. */
    public DistCacheConfiguration<K, V> logged(boolean log) {
        logged = log;
        return this;
    }

    /** What becomes of calls whose node is down; without this, what the manager's option {@code failure-policy} says. */
    public DistCacheConfiguration<K, V> failurePolicy(FailurePolicy policy) {
        failurePolicy = Objects.requireNonNull(policy, "policy");
        return this;
    }

    /**
     * Whether reads (get, getAll, containsKey) may be answered from old data in a replicated pool that has lost its majority: by any member
     * that can be reached, from what it has. Without this they fail until a majority is back, as everything else does in any case.
     *
     * <p>As long as there is a leader all reads go to it, and show the newest. While there is none, and an election would have found one by
     * then, a read may show a value that was overwritten or removed before, or miss what had been put last; two reads may be answered by
     * different members, so that the later one shows the older value. With a majority, all is the newest again. {@link
     * PoolMXBean#getStaleReads} counts what was answered so, and the log says when it begins and ends. Loaders are not run on a miss that may
     * be old: such a {@code get} fails.
     *
     * <p>All clients of a cache have to agree on it. It means nothing on nodes that are in no replicated pool.
     */
    public DistCacheConfiguration<K, V> allowStaleReads(boolean allow) {
        allowStaleReads = allow;
        return this;
    }

    /** Null if it is the manager's. */
    public @Nullable FailurePolicy getFailurePolicy() {
        return failurePolicy;
    }

    public long getMaxEntries() {
        return maxEntries;
    }

    public long getMaxBytes() {
        return maxBytes;
    }

    public boolean isRefuseWhenFull() {
        return refuseWhenFull;
    }

    public boolean isLogged() {
        return logged;
    }

    public boolean isAllowStaleReads() {
        return allowStaleReads;
    }

    private static long atLeastZero(String what, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(what + " is " + value + "; use 0 for no bound, or a positive number");
        }
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return super.equals(other)
                && other instanceof DistCacheConfiguration<?, ?> that
                && maxEntries == that.maxEntries
                && maxBytes == that.maxBytes
                && refuseWhenFull == that.refuseWhenFull
                && logged == that.logged
                && failurePolicy == that.failurePolicy
                && allowStaleReads == that.allowStaleReads;
    }

    @Override
    public int hashCode() {
        return 31 * super.hashCode() + Long.hashCode(maxEntries) + Long.hashCode(maxBytes);
    }
}
