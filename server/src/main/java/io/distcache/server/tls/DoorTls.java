package io.distcache.server.tls;

/** Whether one port speaks TLS. */
public enum DoorTls {
    /** If {@code server.tls} says so. */
    AS_SERVER,
    OFF,
    ON;

    /** Whether the port does, with this {@code server.tls}. */
    public boolean isOn(Switch server) {
        return this == ON || (this == AS_SERVER && server == Switch.ON);
    }
}
