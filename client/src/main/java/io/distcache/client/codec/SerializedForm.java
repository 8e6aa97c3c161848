package io.distcache.client.codec;

import io.distcache.client.DistCacheException;
import io.distcache.client.NotEncodableException;
import io.distcache.client.SerializationLimitException;
import io.distcache.client.SerializationLimits;
import io.distcache.client.SerializationRefusedException;
import io.distcache.client.UndecodableValueException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.NotSerializableException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Java serialization, for what the portable form does not cover. What reading costs is known beforehand by {@link StreamSurvey}, also to
 * who writes; then it goes through an {@link ObjectInputFilter} made of the {@link AllowList} and of what the survey cannot see: the
 * tables that collections allocate for as many elements as they say they have.
 */
final class SerializedForm {
    /** Objects of more fields than this cost more than one reference. */
    private static final int USUAL_FIELDS = 64;
    /** Hash tables are allocated up to eight times their content. */
    private static final long TABLE_PER_BYTE = 8;

    private static final ClassValue<Integer> FIELDS = new ClassValue<>() {
        @Override
        protected Integer computeValue(Class<?> type) {
            int fields = 0;
            for (Class<?> level = type; level != null; level = level.getSuperclass()) {
                fields += level.getDeclaredFields().length;
            }
            return fields;
        }
    };

    private SerializedForm() {}

    /** Writes {@code value} after the {@code prefix} byte, if there is to be one (0 to 255). */
    static byte[] write(Object value, int prefix, Cost cost) {
        ByteArrayOutputStream bytes = new BoundedBytes(cost.limits());
        if (prefix >= 0) {
            bytes.write(prefix);
        }
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        } catch (NotSerializableException e) {
            throw new NotSerializable(e);
        } catch (SerializationLimitException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new NotEncodableException(
                    "Java serialization of " + value.getClass().getName() + " failed: " + e, e);
        } catch (StackOverflowError e) {
            throw Cost.overflow(cost.limits(), e);
        }
        byte[] array = bytes.toByteArray();
        int start = prefix >= 0 ? 1 : 0;
        try {
            StreamSurvey.add(array, start, array.length - start, cost);
        } catch (UndecodableValueException e) {
            throw new NotEncodableException(
                    value.getClass().getName()
                            + " writes itself in a way that only itself can read, and holds a hash table, whose"
                            + " cost can then not be known: call defaultWriteObject() in each writeObject. "
                            + e.getMessage(),
                    e);
        }
        return array;
    }

    static Object read(byte[] array, int offset, int length, ClassLoader loader, AllowList allowList, Cost cost) {
        Filter filter = new Filter(allowList, length, cost, StreamSurvey.add(array, offset, length, cost));
        try (ObjectInputStream in = new LoaderStream(new ByteArrayInputStream(array, offset, length), loader, filter)) {
            Object value = in.readObject();
            filter.check();
            if (value == null) {
                throw new UndecodableValueException("serialized bytes hold no object");
            }
            return value;
        } catch (DistCacheException e) {
            throw e;
        } catch (IOException | ReflectiveOperationException | RuntimeException e) {
            filter.check();
            throw new UndecodableValueException(
                    "Java deserialization failed: " + Codec.shortened(e), filter.lastClass(), e);
        } catch (StackOverflowError e) {
            throw Cost.overflow(cost.limits(), e);
        }
    }

    /** Refuses to become longer than a value may be. */
    private static final class BoundedBytes extends ByteArrayOutputStream {
        private final SerializationLimits limits;

        BoundedBytes(SerializationLimits limits) {
            super(512);
            this.limits = limits;
        }

        @Override
        public synchronized void write(int b) {
            Cost.bytes(count, limits);
            super.write(b);
        }

        @Override
        public synchronized void write(byte[] source, int from, int length) {
            Cost.bytes((long) count + length - 1, limits);
            super.write(source, from, length);
        }
    }

    /** What {@link NotSerializableException} says, for a caller that can add where the class sits. */
    static final class NotSerializable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotSerializable(NotSerializableException cause) {
            super(cause.getMessage(), cause);
        }

        String className() {
            return String.valueOf(getMessage());
        }
    }

    /** Looks classes up in the context's loader and knows no proxies. */
    private static final class LoaderStream extends ObjectInputStream {
        private final ClassLoader loader;

        LoaderStream(InputStream in, ClassLoader loader, ObjectInputFilter filter) throws IOException {
            super(in);
            this.loader = loader;
            setObjectInputFilter(filter);
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
            return ClassNames.load(description.getName(), loader);
        }

        @Override
        protected Class<?> resolveProxyClass(String[] interfaces) {
            throw new SerializationRefusedException(
                    "java.lang.reflect.Proxy", "dynamic proxies are never deserialized, whatever the allow-list says");
        }
    }

    /** Confined to one read. */
    private static final class Filter implements ObjectInputFilter {
        private final AllowList allowList;
        private final Set<Class<?>> superclasses = new HashSet<>();
        private final Cost cost;
        private final Map<String, Integer> objects;
        private final long maxAllocated;
        private long allocated;
        private @Nullable Class<?> refused;
        private @Nullable Class<?> last;
        private @Nullable SerializationLimitException limit;

        Filter(AllowList allowList, int length, Cost cost, Map<String, Integer> objects) {
            this.allowList = allowList;
            this.cost = cost;
            this.objects = objects;
            this.maxAllocated = TABLE_PER_BYTE * length;
        }

        @Override
        public Status checkInput(FilterInfo info) {
            try {
                return check(info);
            } catch (SerializationLimitException e) {
                limit = e;
                return Status.REJECTED;
            }
        }

        private Status check(FilterInfo info) {
            if (info.references() > cost.limits().maxReferences()) {
                cost.work(info.references());
            }
            if (info.arrayLength() > 0) {
                allocated += info.arrayLength();
                if (allocated > maxAllocated) {
                    return Status.REJECTED; // Somebody announces what does not come.
                }
                cost.array(info.arrayLength());
            }
            Class<?> type = info.serialClass();
            if (type == null) {
                return Status.UNDECIDED;
            }
            last = type;
            if (superclasses.contains(type) || allowList.allows(type)) {
                allowParts(type);
                if (info.arrayLength() < 0) {
                    fields(type);
                }
                return Status.ALLOWED;
            }
            refused = type;
            return Status.REJECTED;
        }

        /** A stream may leave out fields, but an object has them all. */
        private void fields(Class<?> type) {
            int fields = FIELDS.get(type);
            if (fields > USUAL_FIELDS) {
                cost.work((long) fields * objects.getOrDefault(type.getName(), 0));
            }
        }

        /** A stream describes each superclass too; who names a class means it with them. */
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

        /** The class that was met last; empty if none was. */
        String lastClass() {
            return last == null ? "" : last.getName();
        }

        void check() {
            if (limit != null) {
                throw limit;
            }
            if (refused != null) {
                throw AllowList.refusal(refused);
            }
        }
    }
}
