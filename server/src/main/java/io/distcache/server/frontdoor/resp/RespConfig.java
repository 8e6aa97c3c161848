package io.distcache.server.frontdoor.resp;

import io.distcache.server.tls.DoorTls;

/**
 * The front door for clients of Redis.
 *
 * @param port the port to listen on, at {@code server.bind}; 0 for any free one, -1 for none
 * @param cache the name of the cache, in namespace {@code default}, that is database 0; database n is {@code cache:n}
 * @param maxQueued the most commands between MULTI and EXEC
 * @param maxStepWork the most keys, and kilobytes to copy, of one step
 * @param tls whether it speaks TLS
 */
public record RespConfig(int port, String cache, int maxQueued, int maxStepWork, DoorTls tls) {
    public RespConfig {
        if (port < -1 || port > 65535) {
            throw new IllegalArgumentException("resp.port is " + port + "; allowed are 0 to 65535, or -1 for none");
        }
        if (cache.isEmpty() || cache.length() > 1000) {
            throw new IllegalArgumentException("resp.cache is '" + cache + "'; write a name of 1 to 1000 characters");
        }
        if (maxQueued < 1 || maxQueued > 1_000_000) {
            throw new IllegalArgumentException("resp.max-queued is " + maxQueued + "; allowed are 1 to 1000000");
        }
        if (maxStepWork < 1000 || maxStepWork > 100_000_000) {
            throw new IllegalArgumentException(
                    "resp.max-step-work is " + maxStepWork + "; allowed are 1000 to 100000000");
        }
    }
}
