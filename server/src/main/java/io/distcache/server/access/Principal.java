package io.distcache.server.access;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Effect;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A user that has proved who it is, for one connection: what it may do, by the rules as they are now. What it may do to a cache is decided once
 * for each version of the rules, and then remembered. Thread-safe.
 */
public final class Principal {
    /** The effects on a cache, for each of which one bit stands. */
    private static final int ON_CACHES =
            1 << Effect.READ.ordinal() | 1 << Effect.WRITE.ordinal() | 1 << Effect.CACHE.ordinal();

    private final String name;
    private final Caller caller;
    private final Predicate<User> proof;
    private final Consumer<Principal> leaves;
    private volatile Grants grants;
    private volatile Runnable whenChanged = () -> {};

    /**
     * A user that has come in.
     *
     * @param proof whether what it came in with is still good
     * @param leaves is told when it has gone
     */
    Principal(User user, Caller caller, Predicate<User> proof, Consumer<Principal> leaves) {
        this.name = user.name();
        this.caller = caller;
        this.proof = proof;
        this.leaves = leaves;
        this.grants = new Grants(user);
    }

    /** What the user is called. */
    public String name() {
        return name;
    }

    /** From where it came. */
    Caller caller() {
        return caller;
    }

    /** Whether it may have an effect on a cache. */
    public boolean may(Effect effect, CacheDefinition cache) {
        return (grants.of(cache) & 1 << effect.ordinal()) != 0;
    }

    /** Whether it may have any effect on a cache, and so may know of it. */
    public boolean mayKnow(CacheDefinition cache) {
        return (grants.of(cache) & ON_CACHES) != 0;
    }

    /** Whether it may have an effect on the node itself: {@code POOL}, {@code OPERATOR} or {@code CONTROL}. */
    public boolean may(Effect effect) {
        return (grants.onNode & 1 << effect.ordinal()) != 0;
    }

    /** Whether it may have an effect on some cache. */
    public boolean mayAnywhere(Effect effect) {
        User user = grants.user;
        return user != null && user.mayAnywhere(effect);
    }

    /** Whether the user is gone, or what it came in with is not good any more: it may do nothing then. */
    public boolean isVoid() {
        return grants.user == null;
    }

    /** Has something done when what it may do has changed; on any thread, must not block. */
    public void whenChanged(Runnable action) {
        whenChanged = action;
    }

    /** Its connection has ended. */
    public void leave() {
        leaves.accept(this);
    }

    /** There are other rules. */
    void review(@Nullable User now) {
        Grants before = grants;
        if (now == null || !proof.test(now)) {
            grants = new Grants(null);
        } else if (before.user != null && !before.user.rules().equals(now.rules())) {
            grants = new Grants(now);
        } else {
            return;
        }
        whenChanged.run();
    }

    /** What one version of the rules allows. */
    private static final class Grants {
        private static final int REMEMBERED = 32;

        private final @Nullable User user;
        private final int onNode;
        /** By the cache's identity; written by any thread, since what is written is immutable and as good as what was there. */
        private final @Nullable Grant[] remembered = new @Nullable Grant[REMEMBERED];

        Grants(@Nullable User user) {
            this.user = user;
            this.onNode = user == null ? 0 : user.effects("", "") & ~ON_CACHES;
        }

        @SuppressWarnings(
                "ReferenceEquality") // what is meant: a comparison of definitions would take longer than a decision
        int of(CacheDefinition cache) {
            int slot = System.identityHashCode(cache) & REMEMBERED - 1;
            Grant known = remembered[slot];
            if (known != null && known.cache == cache) {
                return known.effects;
            }
            int effects = user == null ? 0 : user.effects(cache.namespace(), cache.name());
            remembered[slot] = new Grant(cache, effects);
            return effects;
        }
    }

    private record Grant(CacheDefinition cache, int effects) {}
}
