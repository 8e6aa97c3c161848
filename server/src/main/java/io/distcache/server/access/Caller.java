package io.distcache.server.access;

/**
 * Somebody who wants to come in. Immutable.
 *
 * @param door by which protocol
 * @param address from where, without the port
 */
public record Caller(String door, String address) {

    /** The caller at a socket's other end, {@code host:port}. */
    public static Caller at(String door, String peer) {
        int colon = peer.lastIndexOf(':');
        return new Caller(door, colon < 0 ? peer : peer.substring(0, colon));
    }
}
