package io.distcache.server.replication.link;

/** Where a member listens. Immutable. */
public record Address(String host, int port) {
    @Override
    public String toString() {
        return host + ":" + port;
    }
}
