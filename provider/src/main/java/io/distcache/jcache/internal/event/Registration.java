package io.distcache.jcache.internal.event;

import io.distcache.jcache.internal.user.Closing;
import io.distcache.jcache.internal.user.UserFactory;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.Factory;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryEventFilter;
import javax.cache.event.CacheEntryExpiredListener;
import javax.cache.event.CacheEntryListener;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;

/** One listener with its filter, made by the application's factories. As thread-safe as the listener. */
public final class Registration<K, V> {
    private final String cache;
    private final CacheEntryListenerConfiguration<K, V> configuration;
    private final boolean synchronous;
    private final boolean oldValueRequired;
    private final CacheEntryListener<? super K, ? super V> listener;
    private final @Nullable CacheEntryEventFilter<? super K, ? super V> filter;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Registration(
            String cache,
            CacheEntryListenerConfiguration<K, V> configuration,
            CacheEntryListener<? super K, ? super V> listener,
            @Nullable CacheEntryEventFilter<? super K, ? super V> filter) {
        this.cache = cache;
        this.configuration = configuration;
        this.synchronous = configuration.isSynchronous();
        this.oldValueRequired = configuration.isOldValueRequired();
        this.listener = listener;
        this.filter = filter;
    }

    /** Asks the factories of {@code configuration}. If one throws or gives null, nothing stays open, and this throws. */
    public static <K, V> Registration<K, V> make(CacheEntryListenerConfiguration<K, V> configuration, String cache) {
        CacheEntryListener<? super K, ? super V> listener =
                UserFactory.make(configuration.getCacheEntryListenerFactory(), "CacheEntryListener", cache);
        CacheEntryEventFilter<? super K, ? super V> filter = null;
        try {
            Factory<CacheEntryEventFilter<? super K, ? super V>> filters =
                    configuration.getCacheEntryEventFilterFactory();
            if (filters != null) {
                filter = UserFactory.make(filters, "CacheEntryEventFilter", cache);
            }
            return new Registration<>(cache, configuration, listener, filter);
        } catch (Throwable e) {
            new Closing().thenUsers(listener, cache).thenUsers(filter, cache).endBecauseOf(e);
            throw e;
        }
    }

    CacheEntryListenerConfiguration<K, V> configuration() {
        return configuration;
    }

    /** Closes the application's objects, if that has not been done. */
    public void close(Closing closing) {
        if (closed.compareAndSet(false, true)) {
            closing.thenUsers(listener, cache).thenUsers(filter, cache);
        }
    }

    boolean isSynchronous() {
        return synchronous;
    }

    boolean isOldValueRequired() {
        return oldValueRequired;
    }

    boolean wants(EventType type) {
        return switch (type) {
            case CREATED -> listener instanceof CacheEntryCreatedListener;
            case UPDATED -> listener instanceof CacheEntryUpdatedListener;
            case REMOVED -> listener instanceof CacheEntryRemovedListener;
            case EXPIRED -> listener instanceof CacheEntryExpiredListener;
        };
    }

    /** Runs the listener if its filter lets the event through. Whatever it throws comes as the standard's exception. */
    @SuppressWarnings("unchecked") // a listener of a supertype of K and V takes events of K and V
    void deliver(CacheEntryEvent<K, V> event) {
        try {
            if (filter != null && !filter.evaluate(event)) {
                return;
            }
            List<CacheEntryEvent<? extends K, ? extends V>> events = List.of(event);
            switch (event.getEventType()) {
                case CREATED -> ((CacheEntryCreatedListener<K, V>) listener).onCreated(events);
                case UPDATED -> ((CacheEntryUpdatedListener<K, V>) listener).onUpdated(events);
                case REMOVED -> ((CacheEntryRemovedListener<K, V>) listener).onRemoved(events);
                case EXPIRED -> ((CacheEntryExpiredListener<K, V>) listener).onExpired(events);
            }
        } catch (CacheEntryListenerException e) {
            throw e;
        } catch (Throwable e) {
            throw new CacheEntryListenerException(
                    "the listener " + listener.getClass().getName() + " failed on " + event.getEventType(), e);
        }
    }
}
