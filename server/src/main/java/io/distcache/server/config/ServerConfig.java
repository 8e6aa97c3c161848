package io.distcache.server.config;

import io.distcache.server.frontdoor.wire.WireConfig;
import io.distcache.server.shard.LeaseConfig;
import io.distcache.server.shard.StoreConfig;

/** Everything a node can be told; one record per part. Setting {@code lease.max-wait} is {@code lease().maxWait()}. */
public record ServerConfig(NodeConfig node, WireConfig server, StoreConfig store, LeaseConfig lease) {}
