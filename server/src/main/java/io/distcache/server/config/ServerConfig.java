package io.distcache.server.config;

import io.distcache.server.access.AccessConfig;
import io.distcache.server.frontdoor.http.HttpConfig;
import io.distcache.server.frontdoor.memcached.MemcachedConfig;
import io.distcache.server.frontdoor.resp.RespConfig;
import io.distcache.server.frontdoor.wire.WireConfig;
import io.distcache.server.log.LogConfig;
import io.distcache.server.pool.PoolConfig;
import io.distcache.server.shard.ExpiryConfig;
import io.distcache.server.shard.LeaseConfig;
import io.distcache.server.shard.StoreConfig;
import io.distcache.server.snapshot.SnapshotConfig;

/**
 * Everything a node can be told; one record per part. Setting {@code lease.max-wait} is {@code lease().maxWait()}.
 * Immutable.
 */
public record ServerConfig(
        NodeConfig node,
        WireConfig server,
        StoreConfig store,
        LeaseConfig lease,
        ExpiryConfig expiry,
        LogConfig log,
        SnapshotConfig snapshot,
        HttpConfig http,
        PoolConfig pool,
        RespConfig resp,
        MemcachedConfig memcached,
        AccessConfig access) {}
