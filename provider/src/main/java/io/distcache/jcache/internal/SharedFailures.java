package io.distcache.jcache.internal;

import io.distcache.client.DistCacheException;
import io.distcache.client.spi.codec.Codec;
import io.distcache.jcache.ComputationException;
import io.distcache.protocol.Bytes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Failures of computations on their way to those who wait for them. In the process that failed they find the very exception, in
 * others what its class's bytes give, if it may be deserialized. Thread-safe.
 */
final class SharedFailures {
    /** Those who wait are answered at once, so few are on their way; with a failure its stack is kept, so few are kept. */
    private static final int MAX_KEPT = 64;

    private final Codec codec;
    private final Map<String, Throwable> own = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Throwable> eldest) {
            return size() > MAX_KEPT;
        }
    };

    SharedFailures(Codec codec) {
        this.codec = codec;
    }

    /** A list of: which failure, what it says, its bytes or none. */
    Bytes encode(Throwable failure) {
        String id = UUID.randomUUID().toString();
        synchronized (own) {
            own.put(id, failure);
        }
        byte[] bytes;
        try {
            bytes = codec.encodeForOthers(failure).toByteArray();
        } catch (Throwable e) {
            bytes = new byte[0]; // What it says must do.
        }
        return codec.encode(List.of(id, text(failure), bytes));
    }

    /** What a failure says; it is an object of the application, and may fail to say anything. */
    static String text(Throwable failure) {
        try {
            return String.valueOf(failure);
        } catch (Throwable e) {
            return failure.getClass().getName();
        }
    }

    ComputationException decode(Bytes error) {
        if (!(decoded(error) instanceof List<?> parts) || parts.size() != 3) {
            return new ComputationException("another caller computed the value and failed: " + error.toUtf8(), null);
        }
        String text = "another caller computed the value and failed: " + parts.get(1);
        synchronized (own) {
            Throwable failure = own.get(String.valueOf(parts.get(0)));
            if (failure != null) {
                return new ComputationException(text, failure);
            }
        }
        if (!(parts.get(2) instanceof byte[] bytes) || bytes.length == 0) {
            return new ComputationException(text, null);
        }
        try {
            return new ComputationException(
                    text, codec.decode(Bytes.of(bytes)) instanceof Throwable failure ? failure : null);
        } catch (DistCacheException e) {
            return new ComputationException(text + " (" + e.getMessage() + ")", null);
        }
    }

    private @Nullable Object decoded(Bytes error) {
        try {
            return codec.decode(error);
        } catch (DistCacheException e) {
            return null;
        }
    }
}
