package io.distcache.client.spi;

import io.distcache.protocol.Secret;
import java.util.Objects;

/** What a client proves itself with, a token or a password, which is printed nowhere. Immutable. */
public record SharedToken(Secret secret) {
    /** No token at all. */
    public static final SharedToken NONE = new SharedToken(Secret.NONE);

    public SharedToken {
        Objects.requireNonNull(secret, "secret");
    }

    /** This text as a token; the empty text is {@link #NONE}. */
    public static SharedToken of(String text) {
        return new SharedToken(Secret.of(text));
    }

    /** Tells only whether there is one. */
    @Override
    public String toString() {
        return secret.toString();
    }
}
