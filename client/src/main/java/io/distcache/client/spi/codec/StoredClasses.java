package io.distcache.client.spi.codec;

import io.distcache.client.NotEncodableException;
import io.distcache.client.SerializationRefusedException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which classes a codec may write into bytes: those that it would find, and make objects of, when it reads them, so that nothing is stored that
 * can only be refused or missed later. It remembers classes of the codec's own class loaders only. Thread-safe.
 */
final class StoredClasses {
    /** For bytes that others read, by allow-lists of their own. */
    static final StoredClasses ALL = new StoredClasses();

    private static final int MAX_REMEMBERED = 4096;

    private final @Nullable AllowList allowed;
    private final @Nullable ClassSources sources;
    private final Map<String, Class<?>> known = new ConcurrentHashMap<>();

    private StoredClasses() {
        this.allowed = null;
        this.sources = null;
    }

    StoredClasses(AllowList allowed, ClassSources sources) {
        this.allowed = allowed;
        this.sources = sources;
    }

    /**
     * Asks whether objects of a class may be written.
     *
     * @throws SerializationRefusedException if an object of {@code type}, or an array of it, may not be made
     * @throws NotEncodableException if who reads it would not find that class
     */
    void require(Class<?> type) {
        if (allowed == null || known.get(type.getName()) == type) {
            return;
        }
        if (!allowed.allows(type)) {
            throw allowed.refusal(type);
        }
        requireFound(type);
    }

    /** A class that nobody finds again would be a miss, and nobody would know why. */
    private void requireFound(Class<?> type) {
        String name = type.getName();
        if (sources == null || known.get(name) == type || JdkValueTypes.isPlatform(ClassNames.element(type))) {
            return;
        }
        Class<?> own = sources.findOwn(name);
        if (own == type) {
            if (known.size() < MAX_REMEMBERED) {
                known.put(name, type);
            }
            return;
        }
        try {
            if (sources.find(name) == type) {
                return;
            }
        } catch (ClassNotFoundException e) {
            throw unfound(type, "have no such class", e);
        }
        throw unfound(type, "have another class of that name", null);
    }

    private NotEncodableException unfound(Class<?> type, String why, @Nullable Throwable cause) {
        return new NotEncodableException(
                "class " + type.getName() + " of the class loader " + type.getClassLoader()
                        + " would not be found when a value of " + (allowed == null ? "the cache" : allowed.cache())
                        + " is read: the class loaders of its declared types, of its manager and of the thread's context "
                        + why + ". Declare the type with the cache, or give getCacheManager the class loader of the"
                        + " application",
                cause);
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
        private final StoredClasses written;
        private final Set<Class<?>> superclasses = new HashSet<>();
        private @Nullable Class<?> refused;
        private @Nullable NotEncodableException unfound;

        /** Of a stream that is read. */
        InStream(AllowList allowed) {
            this.allowed = allowed;
            this.written = ALL;
        }

        /** Of a stream that is written. */
        InStream(StoredClasses classes) {
            this.allowed = classes.allowed;
            this.written = classes;
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
            if (type != EmbeddedPart.class) {
                find(type);
            }
            allowParts(type);
            return true;
        }

        private void find(Class<?> type) {
            try {
                written.requireFound(type);
            } catch (NotEncodableException e) {
                unfound = unfound == null ? e : unfound;
            }
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
         * @throws NotEncodableException if it is written, and named a class that who reads it would not find
         */
        void check() {
            if (allowed != null && refused != null) {
                throw allowed.refusal(refused);
            }
            if (unfound != null) {
                throw unfound;
            }
        }
    }
}
