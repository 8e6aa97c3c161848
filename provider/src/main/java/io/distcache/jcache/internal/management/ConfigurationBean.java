package io.distcache.jcache.internal.management;

import javax.cache.configuration.CompleteConfiguration;
import javax.cache.management.CacheMXBean;

/**
 * The standard's view of a cache's configuration. It keeps nothing of the application, whose factories are in the configuration: beans
 * live on if nobody closes the cache. Thread-safe.
 */
public final class ConfigurationBean implements CacheMXBean {
    private final String keyType;
    private final String valueType;
    private final boolean readThrough;
    private final boolean writeThrough;
    private volatile boolean statisticsEnabled;
    private volatile boolean managementEnabled;

    /** What the configuration says. */
    public ConfigurationBean(CompleteConfiguration<?, ?> configuration) {
        this.keyType = configuration.getKeyType().getName();
        this.valueType = configuration.getValueType().getName();
        this.readThrough = configuration.isReadThrough();
        this.writeThrough = configuration.isWriteThrough();
        this.statisticsEnabled = configuration.isStatisticsEnabled();
        this.managementEnabled = configuration.isManagementEnabled();
    }

    /** From now on this is said of the statistics. */
    public void statisticsEnabled(boolean on) {
        statisticsEnabled = on;
    }

    /** From now on this is said of the management. */
    public void managementEnabled(boolean on) {
        managementEnabled = on;
    }

    @Override
    public String getKeyType() {
        return keyType;
    }

    @Override
    public String getValueType() {
        return valueType;
    }

    @Override
    public boolean isReadThrough() {
        return readThrough;
    }

    @Override
    public boolean isWriteThrough() {
        return writeThrough;
    }

    @Override
    public boolean isStoreByValue() {
        return true;
    }

    @Override
    public boolean isStatisticsEnabled() {
        return statisticsEnabled;
    }

    @Override
    public boolean isManagementEnabled() {
        return managementEnabled;
    }
}
