package io.distcache.client.spi;

import io.distcache.protocol.Secret;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a client proves itself with, a token or a password, which is printed nowhere. Immutable.
 *
 * @param secret the token or password itself; {@link Secret#NONE} if it is in a file, or there is none
 * @param file the file that it is in; it is read again for each connection, so that a token can be replaced while clients run
 */
public record SharedToken(Secret secret, @Nullable SecretFile file) {
    /** No token at all. */
    public static final SharedToken NONE = new SharedToken(Secret.NONE, null);

    public SharedToken {
        Objects.requireNonNull(secret, "secret");
    }

    /** This text as a token; the empty text is {@link #NONE}. */
    public static SharedToken of(String text) {
        return new SharedToken(Secret.of(text), null);
    }

    /** The token that is in a file. */
    public static SharedToken in(SecretFile file) {
        return new SharedToken(Secret.NONE, file);
    }

    /** Whether there is none. */
    public boolean isNone() {
        return file == null && secret.isEmpty();
    }

    /**
     * The token itself. Reads its file, if it is in one.
     *
     * @throws IllegalArgumentException if that cannot be read; the message shows nothing of it
     */
    public Secret read() {
        return file == null ? secret : Secret.of(file.read());
    }

    /** Tells only whether there is one. */
    @Override
    public String toString() {
        return file == null ? secret.toString() : file.toString();
    }
}
