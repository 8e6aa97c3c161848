package io.distcache.server.access;

import io.distcache.protocol.OwnThread;
import io.distcache.protocol.Secret;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Compares passwords with their slow hashes, on a thread of its own, so that no event loop is held up. A password that was right is remembered
 * by a fast hash with a key that only this process has, so a thousand clients that come back cost one slow comparison. Thread-safe.
 */
final class PasswordCheck implements AutoCloseable {
    /** More wait for their turn only if somebody attacks, or a herd comes back; those after them are told to try again. */
    private static final int MOST_WAITING = 1000;

    private static final int IDLE_SECONDS = 10;
    private static final int KEY_BYTES = 32;

    private final SecretKeySpec key;
    private final Map<PasswordHash, byte[]> right = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            task -> OwnThread.make(task, "distcache-passwords"));

    PasswordCheck() {
        byte[] random = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(random);
        this.key = new SecretKeySpec(random, "HmacSHA256");
        thread.allowCoreThreadTimeOut(true);
    }

    /** Whether a password is known to be right, without a slow comparison. */
    boolean isKnown(PasswordHash wanted, Secret said) {
        byte[] known = right.get(wanted);
        return known != null && MessageDigest.isEqual(known, fast(said));
    }

    /**
     * Compares slowly.
     *
     * @param then gets whether it is the password; on another thread
     * @return false if too many wait; then nothing happens
     */
    boolean begin(PasswordHash wanted, Secret said, Consumer<Boolean> then) {
        try {
            thread.execute(() -> {
                boolean is = wanted.isOf(said);
                if (is) {
                    right.put(wanted, fast(said));
                }
                then.accept(is);
            });
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /** Only these may still come in. */
    void keep(Collection<PasswordHash> hashes) {
        right.keySet().retainAll(hashes);
    }

    private byte[] fast(Secret said) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac.doFinal(PasswordHash.bytes(said));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no HMAC with SHA-256: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
