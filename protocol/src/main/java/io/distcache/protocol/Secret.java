package io.distcache.protocol;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * A text that nobody may read who was not given it, such as the token that clients and nodes share. It is printed as {@value
 * #HIDDEN} wherever it stands in a record, a message or a log, and compared in a time that does not tell how much of a guess is right.
 * Immutable.
 */
public final class Secret {
    /** What stands for a secret in everything that is printed. No character of it is special in a URI, a setting or an MBean's name. */
    public static final String HIDDEN = "<hidden>";

    /** No secret at all. */
    public static final Secret NONE = new Secret("");

    private final String text;

    private Secret(String text) {
        this.text = text;
    }

    /** A secret; the empty text is {@link #NONE}. */
    public static Secret of(String text) {
        return text.isEmpty() ? NONE : new Secret(text);
    }

    /** Whether there is none. */
    public boolean isEmpty() {
        return text.isEmpty();
    }

    /** The secret itself, to be sent to who wants it, and to be printed nowhere. */
    public String reveal() {
        return text;
    }

    /** Whether these bytes are the secret in UTF-8, in a time that depends on their number only. */
    public boolean isSaidBy(byte[] said) {
        return MessageDigest.isEqual(said, text.getBytes(StandardCharsets.UTF_8));
    }

    /** In a time that depends on the length of the texts only. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && isSaidBy(secret.text.getBytes(StandardCharsets.UTF_8));
    }

    /** The same for all: a hash would tell about the secret. */
    @Override
    public int hashCode() {
        return Secret.class.hashCode();
    }

    @Override
    public String toString() {
        return isEmpty() ? "none" : HIDDEN;
    }
}
