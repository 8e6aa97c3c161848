package io.distcache.server.access;

import org.jspecify.annotations.Nullable;

/**
 * What became of somebody's wish to come in. Immutable.
 *
 * @param principal who it is; null if it is refused
 * @param refusal why it is refused; empty if it is not
 * @param isThrottled whether it is refused whatever it has said, since it has said too much that was wrong
 */
public record Login(@Nullable Principal principal, String refusal, boolean isThrottled) {

    static Login as(Principal principal) {
        return new Login(principal, "", false);
    }

    static Login refused(String why) {
        return new Login(null, why, false);
    }

    static Login throttled(String why) {
        return new Login(null, why, true);
    }
}
