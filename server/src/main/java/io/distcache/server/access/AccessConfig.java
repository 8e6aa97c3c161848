package io.distcache.server.access;

/**
 * Who may use the node. Immutable.
 *
 * @param file the access file; empty if there is none
 */
public record AccessConfig(String file) {}
