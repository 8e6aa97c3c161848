package io.distcache.server.tls;

/** Whether something is on. */
public enum Switch {
    OFF,
    ON
}
