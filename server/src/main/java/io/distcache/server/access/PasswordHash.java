package io.distcache.server.access;

import io.distcache.protocol.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a password: {@code pbkdf2-sha512:ITERATIONS:SALT:HASH}, salt and hash in Base64. It is slow by intent, so whoever steals an
 * access file cannot try many passwords; no event loop computes it. Immutable.
 */
public final class PasswordHash {
    /** As OWASP advises for PBKDF2 with HMAC-SHA-512; about a tenth of a second. */
    public static final int ITERATIONS = 210_000;

    /** What stands before the numbers. */
    static final String KIND = "pbkdf2-sha512";

    private static final int LEAST_ITERATIONS = 1_000;
    /** More would let an access file stop all logins. */
    private static final int MOST_ITERATIONS = 10_000_000;

    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 64;

    private final int iterations;
    private final byte[] salt;
    private final byte[] hash;

    private PasswordHash(int iterations, byte[] salt, byte[] hash) {
        this.iterations = iterations;
        this.salt = salt;
        this.hash = hash;
    }

    /** A hash of a password with a salt of its own; takes as long as {@link #isOf}. */
    public static PasswordHash of(Secret password, int iterations) {
        byte[] salt = new byte[SALT_BYTES];
        new SecureRandom().nextBytes(salt);
        return new PasswordHash(iterations, salt, derive(password, iterations, salt));
    }

    /**
     * The hash that {@link #toString} has written.
     *
     * @throws IllegalArgumentException if it is none
     */
    static PasswordHash parse(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 4 || !parts[0].equals(KIND)) {
            throw new IllegalArgumentException("a password is written as " + KIND
                    + ":ITERATIONS:SALT:HASH; make it with: bin/distcache user passwd");
        }
        int iterations;
        try {
            iterations = Integer.parseInt(parts[1]);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("the password's iterations are no number", e);
        }
        if (iterations < LEAST_ITERATIONS || iterations > MOST_ITERATIONS) {
            throw new IllegalArgumentException("the password has " + iterations + " iterations; allowed are "
                    + LEAST_ITERATIONS + " to " + MOST_ITERATIONS);
        }
        byte[] salt = bytes(parts[2], "salt");
        byte[] hash = bytes(parts[3], "hash");
        if (salt.length < SALT_BYTES || hash.length != HASH_BYTES) {
            throw new IllegalArgumentException("the password's salt has " + salt.length + " bytes and its hash "
                    + hash.length + "; at least " + SALT_BYTES + " and exactly " + HASH_BYTES + " are needed");
        }
        return new PasswordHash(iterations, salt, hash);
    }

    private static byte[] bytes(String base64, String what) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the password's " + what + " is not Base64", e);
        }
    }

    /** Whether this is the password; slow, and in a time that does not depend on the answer. */
    boolean isOf(Secret password) {
        return MessageDigest.isEqual(hash, derive(password, iterations, salt));
    }

    /** A password as bytes, to be hashed. */
    static byte[] bytes(Secret password) {
        return password.reveal().getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] derive(Secret password, int iterations, byte[] salt) {
        PBEKeySpec spec = new PBEKeySpec(password.reveal().toCharArray(), salt, iterations, HASH_BYTES * 8);
        try {
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512")
                    .generateSecret(spec)
                    .getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no PBKDF2 with HMAC-SHA-512: " + e.getMessage(), e);
        } finally {
            spec.clearPassword();
        }
    }

    /** The same password with the same salt. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PasswordHash that && MessageDigest.isEqual(toBytes(), that.toBytes());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    private byte[] toBytes() {
        return toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** As it stands in an access file. */
    @Override
    public String toString() {
        Base64.Encoder encoder = Base64.getEncoder();
        return KIND + ":" + iterations + ":" + encoder.encodeToString(salt) + ":" + encoder.encodeToString(hash);
    }
}
