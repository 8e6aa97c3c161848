package io.distcache.jcache.internal;

import io.distcache.client.DefinitionDiffersException;
import io.distcache.client.DistCacheException;
import io.distcache.client.FailurePolicy;
import io.distcache.client.UnreachableException;
import io.distcache.client.spi.RemoteCache;
import io.distcache.client.spi.RemoteCaches;
import io.distcache.client.spi.codec.ClassSources;
import io.distcache.jcache.DistCacheConfiguration;
import io.distcache.jcache.internal.expiry.ExpiryTtls;
import io.distcache.jcache.internal.user.Closing;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Ttl;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.cache.CacheException;
import javax.cache.configuration.Factory;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes caches: from a configuration, or from what a node knows of one that another process created. Stateless. */
final class CacheFactory {
    private static final Logger LOG = LoggerFactory.getLogger(CacheFactory.class);

    private CacheFactory() {}

    /**
     * Creates the cache on the node, or attaches to it if it is there with the same definition. If this throws, the node has no more
     * caches than before, and nothing of the cache is left here but the objects of the application, which are the caller's.
     */
    static <K, V> DistCache<K, V> create(
            DistCacheManager manager,
            String name,
            DistCacheConfiguration<K, V> configuration,
            UserObjects<K, V> users,
            RemoteCaches caches,
            ManagerSettings settings) {
        ExpiryTtls expiry = new ExpiryTtls(users.expiry());
        RemoteCache remote;
        try {
            remote = openOrShare(manager.definition(name, configuration, expiry.definition()), caches);
        } catch (DistCacheException | IllegalArgumentException e) {
            throw cannotCreate(name, e);
        }
        DistCache<K, V> cache = null;
        try {
            cache = new DistCache<>(manager, name, configuration, remote, expiry, users, settings);
            cache.begin();
            return cache;
        } catch (Throwable e) {
            Closing closing = new Closing().then(cache == null ? remote::close : cache::close);
            if (remote.created()) {
                closing.then(() -> caches.destroy(
                        remote.definition().namespace(), remote.definition().name()));
            }
            closing.endBecauseOf(e);
            if (e instanceof DistCacheException failed) {
                throw cannotCreate(name, failed);
            }
            throw e;
        }
    }

    private static CacheException cannotCreate(String name, RuntimeException cause) {
        return new CacheException("cannot create cache " + name + ": " + cause.getMessage(), cause);
    }

    /** One that the native API or a door made first has no types, and so can have these; in all else it must be the same. */
    private static RemoteCache openOrShare(CacheDefinition wanted, RemoteCaches caches) {
        try {
            return caches.open(wanted);
        } catch (DefinitionDiffersException e) {
            RemoteCache present =
                    caches.attach(wanted.namespace(), wanted.name()).orElseThrow(() -> e);
            if (wanted.differencesToShared(present.definition()).isEmpty()) {
                return present;
            }
            present.close();
            throw e;
        }
    }

    /** The cache another process created, or null; of these types if its definition names none. */
    static @Nullable DistCache<?, ?> attach(
            DistCacheManager manager,
            String name,
            Class<?> keyType,
            Class<?> valueType,
            RemoteCaches caches,
            ManagerSettings settings) {
        RemoteCache remote;
        try {
            remote = caches.attach(settings.namespace(), name).orElse(null);
        } catch (UnreachableException e) {
            if (settings.client().lazy()) {
                LOG.warn(
                        "getCache says that there is no cache {}, since none is open here and no node can be asked; whether it is"
                                + " there shows when it is created here: {}",
                        name,
                        e.getMessage());
                return null;
            }
            throw cannotLookFor(name, e);
        } catch (DistCacheException e) {
            throw cannotLookFor(name, e);
        }
        if (remote == null) {
            return null;
        }
        try {
            return attached(manager, name, keyType, valueType, remote, settings);
        } catch (Throwable e) {
            new Closing().then(remote::close).endBecauseOf(e);
            throw e;
        }
    }

    private static CacheException cannotLookFor(String name, DistCacheException cause) {
        return new CacheException("cannot look for cache " + name + ": " + cause.getMessage(), cause);
    }

    private static DistCache<?, ?> attached(
            DistCacheManager manager,
            String name,
            Class<?> keyType,
            Class<?> valueType,
            RemoteCache remote,
            ManagerSettings settings) {
        CacheDefinition definition = remote.definition();
        if (definition.expiry().byClient()) {
            throw new CacheException("cache " + name + " exists, but its expiry policy is code of the application that"
                    + " created it; create the cache here with the same configuration instead of getting it");
        }
        DistCacheConfiguration<Object, Object> configuration = bounded(definition);
        setTypes(
                configuration,
                type(manager, name, definition, CacheDefinition.KEY_TYPE, keyType),
                type(manager, name, definition, CacheDefinition.VALUE_TYPE, valueType));
        ExpiryPolicy policy = new DefinedExpiry(definition.expiry());
        configuration.setExpiryPolicyFactory((Factory<ExpiryPolicy>) () -> policy);
        return new DistCache<>(
                manager,
                name,
                configuration,
                remote,
                new ExpiryTtls(policy, definition.expiry()),
                UserObjects.none(name, policy),
                settings);
    }

    /** A configuration with the bounds, durability, failure policy and stale reads that a node says an existing cache has. */
    private static DistCacheConfiguration<Object, Object> bounded(CacheDefinition definition) {
        return new DistCacheConfiguration<>()
                .maxEntries(definition.maxEntries())
                .maxBytes(definition.maxBytes())
                .refuseWhenFull(definition.whenFull() == CacheDefinition.WhenFull.REFUSE)
                .logged(definition.durability() == CacheDefinition.Durability.LOGGED)
                .failurePolicy(FailurePolicy.of(definition.attributes()))
                .allowStaleReads(definition.allowsStaleReads());
    }

    @SuppressWarnings("unchecked") // the cache's real types are only known to whoever asks for it
    private static void setTypes(DistCacheConfiguration<Object, Object> configuration, Class<?> key, Class<?> value) {
        configuration.setTypes((Class<Object>) key, (Class<Object>) value);
    }

    private static Class<?> type(
            DistCacheManager manager, String name, CacheDefinition definition, String side, Class<?> asked) {
        String type = definition.attributes().get(side);
        if (type == null || type.equals(asked.getName())) {
            return asked;
        }
        try {
            return ClassSources.of(List.of(), manager.getClassLoader()).find(type);
        } catch (ClassNotFoundException e) {
            throw new CacheException(
                    "cache " + name + " exists with " + side + " " + type + ", a class that this process does not have",
                    e);
        }
    }

    /** An existing cache's expiry, for its configuration. */
    private static final class DefinedExpiry implements ExpiryPolicy {
        private final CacheDefinition.Expiry expiry;

        DefinedExpiry(CacheDefinition.Expiry expiry) {
            this.expiry = expiry;
        }

        @Override
        @SuppressWarnings("NullAway") // null leaves an entry's expiry unchanged
        public Duration getExpiryForCreation() {
            return duration(expiry.creationMillis());
        }

        @Override
        @SuppressWarnings("NullAway") // null leaves an entry's expiry unchanged
        public Duration getExpiryForAccess() {
            return duration(expiry.accessMillis());
        }

        @Override
        @SuppressWarnings("NullAway") // null leaves an entry's expiry unchanged
        public Duration getExpiryForUpdate() {
            return duration(expiry.updateMillis());
        }

        private static @Nullable Duration duration(long ttl) {
            if (ttl == Ttl.UNCHANGED) {
                return null;
            }
            return ttl == Ttl.ETERNAL ? Duration.ETERNAL : new Duration(TimeUnit.MILLISECONDS, ttl);
        }
    }
}
