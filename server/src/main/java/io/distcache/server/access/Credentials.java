package io.distcache.server.access;

import io.distcache.protocol.Secret;

/**
 * What somebody says to be let in. Immutable.
 *
 * @param user who it says it is; empty if a token is to tell that
 * @param secret a password or a token
 */
public record Credentials(String user, Secret secret) {
    /** One more than a user's name can have: what is cut to it is nobody's, and takes no room. */
    private static final int MOST_KEPT = 129;

    public Credentials {
        user = user.substring(0, Math.min(MOST_KEPT, user.length()));
    }
}
