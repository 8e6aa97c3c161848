package io.distcache.jcache.internal.management;

import java.util.function.LongSupplier;
import javax.cache.management.CacheStatisticsMXBean;

/** The standard's statistics, of this process; evictions are the nodes', as they said last. Thread-safe; asks nobody. */
public final class StatisticsBean implements CacheStatisticsMXBean {
    private final Statistics statistics;
    private final LongSupplier evictions;

    /** A bean over these counts. */
    public StatisticsBean(Statistics statistics, LongSupplier evictions) {
        this.statistics = statistics;
        this.evictions = evictions;
    }

    @Override
    public void clear() {
        statistics.clear();
    }

    @Override
    public long getCacheHits() {
        return statistics.hits();
    }

    @Override
    public float getCacheHitPercentage() {
        return percentage(getCacheHits(), getCacheGets());
    }

    @Override
    public long getCacheMisses() {
        return statistics.misses();
    }

    @Override
    public float getCacheMissPercentage() {
        return percentage(getCacheMisses(), getCacheGets());
    }

    @Override
    public long getCacheGets() {
        return getCacheHits() + getCacheMisses();
    }

    @Override
    public long getCachePuts() {
        return statistics.puts();
    }

    @Override
    public long getCacheRemovals() {
        return statistics.removals();
    }

    @Override
    public long getCacheEvictions() {
        return evictions.getAsLong();
    }

    @Override
    public float getAverageGetTime() {
        return statistics.averageGetMicros();
    }

    @Override
    public float getAveragePutTime() {
        return statistics.averagePutMicros();
    }

    @Override
    public float getAverageRemoveTime() {
        return statistics.averageRemoveMicros();
    }

    private static float percentage(long part, long whole) {
        return whole == 0 ? 0 : (float) part / whole * 100;
    }
}
