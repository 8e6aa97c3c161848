package io.distcache.cdi;

import jakarta.enterprise.event.Event;
import java.io.NotSerializableException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import javax.cache.CacheException;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CacheWriterException;
import javax.cache.processor.EntryProcessorException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What happens when a cache cannot be reached: counted, told, and either thrown or passed over. Thread-safe. */
final class Outages implements OutageCounter {
    private static final Logger LOG = LoggerFactory.getLogger(Outages.class);
    private static final long LOG_NANOS = 10_000_000_000L;

    private static final int MAX_REFUSED = 1000;

    private final Set<String> refusedClasses = ConcurrentHashMap.newKeySet();
    private final boolean proceed;
    private final Event<CacheOutage> event;
    private final AtomicLong total = new AtomicLong();
    private final Map<String, LongAdder> byCache = new ConcurrentHashMap<>();
    private final AtomicLong unlogged = new AtomicLong();
    private final AtomicLong logAgainNanos = new AtomicLong(System.nanoTime());

    /** With {@code proceed} methods go on without their cache, else they throw what it threw. */
    Outages(boolean proceed, Event<CacheOutage> event) {
        this.proceed = proceed;
        this.event = event;
    }

    /**
     * Returns if the method is to go on without its cache.
     *
     * @throws RuntimeException {@code failure}, if it is to be thrown: always if it is no outage but a mistake
     */
    void tolerate(CacheMethod method, String cacheName, RuntimeException failure) {
        String refused = proceed && Providers.DISTCACHE_IS_PRESENT ? DistCacheAccess.refusedClass(failure) : null;
        if (refused != null) {
            warnOnce(refused, method, cacheName, failure);
            return;
        }
        if (!isOutage(failure)) {
            throw failure;
        }
        if (!proceed) {
            throw failure;
        }
        long count = total.incrementAndGet();
        byCache.computeIfAbsent(cacheName, name -> new LongAdder()).increment();
        log(method, cacheName, failure);
        CacheOutage outage = new CacheOutage(cacheName, method.method(), failure, count);
        try {
            event.fireAsync(outage);
            event.fire(outage);
        } catch (VirtualMachineError | ThreadDeath e) {
            throw e;
        } catch (Throwable e) {
            LOG.warn("an observer of {} failed", outage, e);
        }
    }

    /** What the cache may not hold is no outage: the method goes on without it, each time, and its developer is told once. */
    private void warnOnce(String refused, CacheMethod method, String cacheName, RuntimeException failure) {
        if (refusedClasses.size() < MAX_REFUSED && refusedClasses.add(refused)) {
            LOG.warn(
                    "what {} is called with or returns is not kept in cache {}, so it runs each time: {}",
                    method.describe(),
                    cacheName,
                    failure.getMessage());
        }
    }

    private void log(CacheMethod method, String cacheName, RuntimeException failure) {
        long since = unlogged.incrementAndGet();
        long due = logAgainNanos.get();
        long now = System.nanoTime();
        if (now - due >= 0 && logAgainNanos.compareAndSet(due, now + LOG_NANOS)) {
            unlogged.addAndGet(-since);
            LOG.warn(
                    "cache {} cannot be used and {} went on without it; {} such calls since the last such line. Cause: {}",
                    cacheName,
                    method.describe(),
                    since,
                    failure.toString());
        }
    }

    /** Whether a failure says that the cache cannot be reached or used now, and not that it is used wrongly. */
    static boolean isOutage(RuntimeException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            Boolean known = Providers.DISTCACHE_IS_PRESENT ? DistCacheAccess.isOutage(cause) : null;
            if (known != null) {
                return known;
            }
            if (cause instanceof NotSerializableException || isUsersCode(cause)) {
                return false;
            }
            String name = cause.getClass().getName();
            if (cause instanceof RuntimeException && (name.startsWith("java.") || name.startsWith("io.distcache."))) {
                return false; // Arguments, types, states: a mistake, whoever found it.
            }
        }
        return failure instanceof CacheException
                || !failure.getClass().getName().startsWith("java.");
    }

    private static boolean isUsersCode(@Nullable Throwable cause) {
        return cause instanceof CacheLoaderException
                || cause instanceof CacheWriterException
                || cause instanceof CacheEntryListenerException
                || cause instanceof EntryProcessorException;
    }

    @Override
    public long count() {
        return total.get();
    }

    @Override
    public long count(String cacheName) {
        LongAdder count = byCache.get(cacheName);
        return count == null ? 0 : count.sum();
    }
}
