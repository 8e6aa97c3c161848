package io.distcache.client.spi.codec;

import io.distcache.client.SerializationLimitException;
import io.distcache.client.SerializationRefusedException;
import io.distcache.client.UndecodableValueException;
import io.distcache.protocol.Bytes;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the first keys of each class of the application back, and warns, once per class, where that does not give the key again: then what
 * its {@code equals} compares and what is stored are not the same. Thread-safe.
 */
final class KeyWatch {
    private static final Logger LOG = LoggerFactory.getLogger(KeyWatch.class);
    private static final int LOOKS = 8;

    private static final ClassValue<AtomicInteger> LEFT = new ClassValue<>() {
        @Override
        protected AtomicInteger computeValue(Class<?> type) {
            return new AtomicInteger(JdkValueTypes.isPlatform(ClassNames.element(type)) ? 0 : LOOKS);
        }
    };

    private KeyWatch() {}

    static void look(Codec codec, Object key, Bytes encoded) {
        AtomicInteger left = LEFT.get(key.getClass());
        if (left.get() <= 0 || left.getAndDecrement() <= 0) {
            return;
        }
        String found = fault(codec, key, encoded);
        if (found != null && left.getAndSet(0) >= 0) {
            LOG.warn(
                    "keys of class {}: {}. What is stored decides which keys are one entry. Let equals and hashCode follow"
                            + " from what is stored alone, for example by making the class a record",
                    key.getClass().getName(),
                    found);
        }
    }

    private static @Nullable String fault(Codec codec, Object key, Bytes encoded) {
        try {
            Object again = codec.decode(encoded);
            if (!again.equals(key) || !key.equals(again)) {
                return "a key that is stored and read again, as an iterator does, is not equal to the one that was given";
            }
            if (again.hashCode() != key.hashCode()) {
                return "a key that is stored and read again is equal to the one that was given, but has another hashCode";
            }
            if (!codec.encodeUnwatched(again).equals(encoded)) {
                return "a key that is stored and read again has other bytes, though it is equal, so it is another entry";
            }
            return null;
        } catch (SerializationRefusedException | SerializationLimitException e) {
            return null; // A matter of configuration, which may differ where it is read.
        } catch (UndecodableValueException e) {
            return "they can be stored but not read again, as iterators and events do: " + e.getMessage();
        } catch (RuntimeException | LinkageError e) {
            return "they can be stored, but comparing one with itself as it is read again ended with "
                    + Shortened.text(e);
        }
    }
}
