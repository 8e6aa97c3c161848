package io.distcache.server.config;

import java.time.Duration;

/**
 * The node itself.
 *
 * @param name a stable name; empty for the address it listens on
 * @param trimIdle without commands for how long the heap is trimmed; zero for never
 * @param trimMaxBytes the largest store for which that is done
 */
public record NodeConfig(String name, Duration trimIdle, long trimMaxBytes) {}
