package io.distcache.client.codec;

import io.distcache.client.SerializationRefusedException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which classes a codec may write into bytes: those that it would make objects of when it reads them, so that nothing is stored that can
 * only be refused later. It remembers names, not classes. Thread-safe.
 */
final class StoredClasses {
    /** For bytes that others read, by allow-lists of their own. */
    static final StoredClasses ALL = new StoredClasses(null);

    private static final int MAX_REMEMBERED = 4096;

    private final @Nullable AllowList allowed;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    StoredClasses(@Nullable AllowList allowed) {
        this.allowed = allowed;
    }

    /**
     * Asks whether objects of a class may be written.
     *
     * @throws SerializationRefusedException if an object of {@code type}, or an array of it, may not be made
     */
    void require(Class<?> type) {
        if (allowed == null || known.contains(type.getName())) {
            return;
        }
        if (!allowed.allows(type)) {
            throw allowed.refusal(type);
        }
        if (known.size() < MAX_REMEMBERED) {
            known.add(type.getName());
        }
    }

    /**
     * Of an object that may write another in its place, and be made of that by its own class: whether it may be is a matter of the other.
     *
     * @throws SerializationRefusedException if a pattern refuses it all the same
     */
    void requireNotRejected(Class<?> type) {
        if (allowed != null && allowed.rejects(type)) {
            throw allowed.refusal(type);
        }
    }

    /** What one Java object stream may name: a class that is allowed means its superclasses with it. Confined to one stream. */
    static final class InStream {
        private final @Nullable AllowList allowed;
        private final Set<Class<?>> superclasses = new HashSet<>();
        private @Nullable Class<?> refused;

        InStream(AllowList allowed) {
            this.allowed = allowed;
        }

        InStream(StoredClasses classes) {
            this.allowed = classes.allowed;
        }

        /** Whether an object may be there that a class of the stream made in its own place; the first that may not is kept. */
        boolean allowsMade(Class<?> type) {
            if (allowed != null && allowed.rejects(type)) {
                refused = refused == null ? type : refused;
                return false;
            }
            return true;
        }

        /** Whether the stream may name {@code type}; the first that it may not is kept. */
        boolean allows(Class<?> type) {
            if (allowed == null) {
                return true;
            }
            if (type != EmbeddedPart.class && !superclasses.contains(type) && !allowed.allows(type)) {
                refused = refused == null ? type : refused;
                return false;
            }
            allowParts(type);
            return true;
        }

        private void allowParts(Class<?> type) {
            Class<?> parent = type.getSuperclass();
            if (parent != null && superclasses.add(parent)) {
                allowParts(parent);
            }
            if (type == Throwable.class) {
                superclasses.add(StackTraceElement.class);
                superclasses.add(StackTraceElement[].class);
            }
        }

        /**
         * Asks whether all was well.
         *
         * @throws SerializationRefusedException if it named a class that it may not
         */
        void check() {
            if (allowed != null && refused != null) {
                throw allowed.refusal(refused);
            }
        }
    }
}
