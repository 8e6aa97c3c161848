package io.distcache.jcache.internal.user;

import javax.cache.CacheException;
import javax.cache.configuration.Factory;
import org.jspecify.annotations.Nullable;

/** Asks the factories of a configuration. Stateless. */
public final class UserFactory {
    private UserFactory() {}

    /**
     * What a factory makes. What the factory throws passes as it is.
     *
     * @param what the kind of object, for messages
     * @throws CacheException if there is no factory, or it gives null
     */
    public static <T> T make(@Nullable Factory<? extends T> factory, String what, String cache) {
        if (factory == null) {
            throw new CacheException("a " + what + " of cache " + cache + " is configured without a factory; name one");
        }
        T made = factory.create();
        if (made == null) {
            throw new CacheException("the factory " + factory.getClass().getName() + " of a " + what + " of cache "
                    + cache + " gave null; let it return a " + what
                    + ", or configure no factory if there is to be none");
        }
        return made;
    }
}
