package io.distcache.server.replication;

import io.distcache.protocol.Secret;
import io.distcache.server.store.KeyHasher;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * In which order scans give the entries of a replicated pool: the same at each of its members, so that the walk of a client goes on at the next
 * leader where it was, and one that clients cannot guess. HMAC-SHA256 (RFC 2104), by the pool's secret, over what it is for. Stateless.
 */
final class ScanOrderHash {
    private static final String ALGORITHM = "HmacSHA256";
    /** Members with another text here would have another order. */
    private static final String LABEL = "distcache scan order 1";

    private ScanOrderHash() {}

    static KeyHasher of(Secret secret) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.reveal().getBytes(StandardCharsets.UTF_8), ALGORITHM));
            byte[] derived = mac.doFinal(LABEL.getBytes(StandardCharsets.UTF_8));
            return KeyHasher.of(Arrays.copyOf(derived, KeyHasher.BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no " + ALGORITHM + ": " + e.getMessage(), e);
        }
    }
}
