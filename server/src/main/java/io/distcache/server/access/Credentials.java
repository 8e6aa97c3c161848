package io.distcache.server.access;

import io.distcache.protocol.Secret;

/**
 * What somebody says to be let in. Immutable.
 *
 * @param user who it says it is; empty if a token is to tell that
 * @param secret a password or a token
 */
public record Credentials(String user, Secret secret) {
    /** Nothing was said. */
    public static final Credentials NONE = new Credentials("", Secret.NONE);
}
