package io.distcache.server.replication.link;

import io.distcache.protocol.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How two members show each other that they know the pool's secret, without saying it: HMAC-SHA256 (RFC 2104) over who shows it, the pool, who
 * calls whom, and what each has drawn for this connection. Thread-safe.
 */
final class SecretHash {
    static final int BYTES = 32;
    static final int NONCE_BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";

    /** Who shows that it knows the secret, so that nobody can be told its own proof. */
    enum By {
        CALLER,
        CALLED
    }

    private final Secret secret;

    SecretHash(Secret secret) {
        if (secret.isEmpty()) {
            throw new IllegalArgumentException("a replicated pool has a secret, by which its members know each other");
        }
        this.secret = secret;
    }

    byte[] proof(By by, PeerFrame.Hello hello, byte[] calledNonce) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.reveal().getBytes(StandardCharsets.UTF_8), ALGORITHM));
            mac.update(ByteBuffer.allocate(1 + Long.BYTES + 2)
                    .put((byte) by.ordinal())
                    .putLong(hello.pool())
                    .put((byte) hello.from())
                    .put((byte) hello.to())
                    .flip());
            mac.update(hello.nonce().array());
            mac.update(calledNonce);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no " + ALGORITHM + ": " + e.getMessage(), e);
        }
    }
}
