package io.distcache.client.spi.codec;

import io.distcache.client.DistCacheException;
import io.distcache.client.NotEncodableException;
import io.distcache.client.SerializationLimitException;
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
import java.io.OutputStream;
import java.io.Serializable;
import java.util.GregorianCalendar;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Java serialization, for what the portable form does not cover. What reading costs is known beforehand by {@link StreamSurvey}, also to
 * who writes; then it goes through an {@link ObjectInputFilter} made of the {@link AllowList} and of what the survey cannot see: the
 * tables that collections allocate for as many elements as they say they have. Thread-safe.
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
    static byte[] write(Object value, int prefix, boolean canonical, Cost cost, StoredClasses classes) {
        classes.requireNotRejected(value.getClass());
        ByteArrayOutputStream bytes = new BoundedBytes(cost.limits());
        if (prefix >= 0) {
            bytes.write(prefix);
        }
        try (EmbeddingStream out = new EmbeddingStream(bytes, value, canonical, cost, classes)) {
            out.writeObject(value);
            out.check();
        } catch (NotSerializableException e) {
            throw new NotSerializable(e);
        } catch (SerializationLimitException
                | SerializationRefusedException
                | NotEncodableException
                | Unportable
                | TooDeep e) {
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

    static Object read(byte[] array, int offset, int length, TypeResolver resolver, Cost cost) {
        Filter filter = new Filter(resolver.allowList(), length, cost, StreamSurvey.add(array, offset, length, cost));
        try (ObjectInputStream in =
                new LoaderStream(new ByteArrayInputStream(array, offset, length), resolver, filter, cost)) {
            Object value = in.readObject();
            filter.check();
            if (value == null) {
                throw new UndecodableValueException("serialized bytes hold no object");
            }
            return value;
        } catch (DistCacheException e) {
            throw e;
        } catch (IOException | ReflectiveOperationException | RuntimeException | InternalError | AssertionError e) {
            // The errors are how some classes complain of bytes, as Map.of does of an odd number.
            filter.check();
            throw new UndecodableValueException(
                    "Java deserialization failed: " + Shortened.text(e), filter.lastClass(), e);
        } catch (StackOverflowError e) {
            throw Cost.overflow(cost.limits(), e);
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

    /**
     * Writes what the stream could not write, but the portable form can, as an {@link EmbeddedPart}. A canonical one does so with all objects
     * of the application's classes but the outermost, and writes each text anew, so that nothing refers to what stands before.
     */
    private static final class EmbeddingStream extends ObjectOutputStream {
        private final Object whole;
        private final boolean canonical;
        private final Cost cost;
        private final StoredClasses classes;
        private final StoredClasses.InStream named;
        private boolean started;

        EmbeddingStream(OutputStream out, Object whole, boolean canonical, Cost cost, StoredClasses classes)
                throws IOException {
            super(out);
            this.classes = classes;
            this.named = new StoredClasses.InStream(classes);
            this.whole = whole;
            this.canonical = canonical;
            this.cost = cost;
            enableReplaceObject(true);
        }

        @Override
        @SuppressWarnings("StringOperationCanBeSimplified")
        protected Object replaceObject(Object part) throws IOException {
            boolean outermost = !started;
            started = true;
            if (canonical && part instanceof String text) {
                return new String(text);
            }
            if (canonical && part.getClass() == GregorianCalendar.class) {
                return normal((GregorianCalendar) part);
            }
            return !outermost && isEmbedded(part) ? embedded(part) : part;
        }

        /** Called for each class that the stream names, as the filter of who reads it will be; also when it is given up. */
        @Override
        protected void annotateClass(Class<?> type) {
            boolean unused = named.allows(type);
        }

        @Override
        protected void annotateProxyClass(Class<?> type) {
            boolean unused = named.allows(type);
        }

        /** @throws SerializationRefusedException if whoever reads the stream will not */
        void check() {
            named.check();
        }

        private boolean isEmbedded(Object part) {
            Class<?> type = part.getClass();
            if (part instanceof Serializable) {
                return canonical && !(part instanceof Enum) && !JdkValueTypes.isPlatform(ClassNames.element(type));
            }
            return Forms.of(type) != Forms.SERIALIZED;
        }

        private EmbeddedPart embedded(Object part) throws IOException {
            try {
                return new EmbeddedPart(PortableForm.writeEmbedded(part, canonical, cost, classes));
            } catch (Unportable e) {
                throw e.inside(SerializedPath.find(whole, part.getClass().getName()));
            }
        }

        /** An equal one: which fields were set last is no part of it. */
        private static GregorianCalendar normal(GregorianCalendar calendar) {
            GregorianCalendar normal = new GregorianCalendar(calendar.getTimeZone());
            normal.setGregorianChange(calendar.getGregorianChange());
            normal.setLenient(calendar.isLenient());
            normal.setFirstDayOfWeek(calendar.getFirstDayOfWeek());
            normal.setMinimalDaysInFirstWeek(calendar.getMinimalDaysInFirstWeek());
            normal.setTimeInMillis(calendar.getTimeInMillis());
            return normal;
        }
    }

    /** Looks classes up where the resolver does and knows no proxies. */
    private static final class LoaderStream extends ObjectInputStream {
        private final TypeResolver resolver;
        private final Filter filter;
        private final Cost cost;

        LoaderStream(InputStream in, TypeResolver resolver, Filter filter, Cost cost) throws IOException {
            super(in);
            this.resolver = resolver;
            this.cost = cost;
            this.filter = filter;
            setObjectInputFilter(filter);
            enableResolveObject(true);
        }

        @Override
        protected Object resolveObject(Object object) throws IOException {
            if (!(object instanceof EmbeddedPart part)) {
                return object;
            }
            byte[] item = part.item();
            if (item == null) {
                throw new UndecodableValueException("an embedded part of no bytes");
            }
            return PortableForm.read(item, 0, item.length, resolver, cost);
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
            Class<?> named = description.getName().equals(EmbeddedPart.class.getName())
                    ? EmbeddedPart.class
                    : resolver.sources().find(description.getName());
            filter.named.add(named);
            return named;
        }

        @Override
        protected Class<?> resolveProxyClass(String[] interfaces) {
            throw new SerializationRefusedException(
                    "java.lang.reflect.Proxy", "dynamic proxies are never deserialized, whatever the allow-list says");
        }
    }

    /** Confined to one read. */
    private static final class Filter implements ObjectInputFilter {
        private final StoredClasses.InStream classes;
        private final Set<Class<?>> named = new HashSet<>();
        private final Cost cost;
        private final Map<String, Integer> objects;
        private final long maxAllocated;
        private long allocated;
        private @Nullable Class<?> last;
        private @Nullable SerializationLimitException limit;

        Filter(AllowList allowList, int length, Cost cost, Map<String, Integer> objects) {
            this.classes = new StoredClasses.InStream(allowList);
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
            if (info.arrayLength() < 0 && !named.contains(type)) {
                return classes.allowsMade(type) ? Status.ALLOWED : Status.REJECTED; // What readResolve gave.
            }
            if (classes.allows(type)) {
                if (info.arrayLength() < 0) {
                    fields(type);
                }
                return Status.ALLOWED;
            }
            return Status.REJECTED;
        }

        /** A stream may leave out fields, but an object has them all. */
        private void fields(Class<?> type) {
            int fields = FIELDS.get(type);
            if (fields > USUAL_FIELDS) {
                cost.work((long) fields * objects.getOrDefault(type.getName(), 0));
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
            classes.check();
        }
    }
}
