package io.distcache.server.config;

/**
 * The node itself.
 *
 * @param name a stable name; empty for the address it listens on
 */
public record NodeConfig(String name) {}
