package io.distcache.server.access;

import io.distcache.protocol.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * What is kept of a token: {@code sha256:HEX}. A token is 256 random bits, so it cannot be guessed, and a fast hash of it is as good as a slow
 * one. Tokens are looked up by their hash, which nobody who guesses can steer; so the time of a look-up tells nothing. Immutable.
 *
 * @param hex the hash, 64 lower-case digits
 */
record TokenHash(String hex) {
    private static final String KIND = "sha256:";
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");
    private static final int TOKEN_BYTES = 32;
    /** Lets a scanner for leaked secrets know one. */
    private static final String TOKEN_PREFIX = "dct_";

    /** A token that nobody has had before. */
    static Secret random() {
        byte[] bits = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(bits);
        return Secret.of(TOKEN_PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bits));
    }

    /** Whether a token is as long as those made here, and not one that somebody has thought of. */
    static boolean isUnguessable(Secret token) {
        return token.reveal().length() >= TOKEN_PREFIX.length() + (TOKEN_BYTES * 8 + 5) / 6;
    }

    static TokenHash of(Secret token) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return new TokenHash(
                    HexFormat.of().formatHex(digest.digest(token.reveal().getBytes(StandardCharsets.UTF_8))));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no SHA-256: " + e.getMessage(), e);
        }
    }

    /**
     * The hash that {@link #toString} has written.
     *
     * @throws IllegalArgumentException if it is none
     */
    static TokenHash parse(String text) {
        String hex = text.startsWith(KIND) ? text.substring(KIND.length()) : "";
        if (!HEX.matcher(hex).matches()) {
            throw new IllegalArgumentException(
                    "a token is written as " + KIND + "HASH, 64 digits; make it with: bin/distcache user token");
        }
        return new TokenHash(hex);
    }

    /** As it stands in an access file. */
    @Override
    public String toString() {
        return KIND + hex;
    }
}
