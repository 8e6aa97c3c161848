package io.distcache.client.codec;

import io.distcache.client.NotEncodableException;
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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Java serialization, for what the portable form does not cover. Reading goes through an {@link ObjectInputFilter} made of
 * the {@link AllowList} and of limits derived from the number of bytes.
 */
final class SerializedForm {
    /**
     * Only a backstop: a list of linked user objects may be that deep and must still be readable after it was written.
     */
    private static final int MAX_DEPTH = 10_000;

    private SerializedForm() {}

    /** Writes {@code value} after the {@code prefix} byte, if there is to be one (0 to 255). */
    static byte[] write(Object value, int prefix) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        if (prefix >= 0) {
            bytes.write(prefix);
        }
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        } catch (NotSerializableException e) {
            throw new NotSerializable(e);
        } catch (IOException | RuntimeException e) {
            throw new NotEncodableException(
                    "Java serialization of " + value.getClass().getName() + " failed: " + e, e);
        } catch (StackOverflowError e) {
            throw new NotEncodableException(
                    "an object of " + value.getClass().getName()
                            + " is nested too deep for Java serialization; store a flatter one",
                    e);
        }
        return bytes.toByteArray();
    }

    static Object read(byte[] array, int offset, int length, ClassLoader loader, AllowList allowList) {
        Filter filter = new Filter(allowList, length);
        try (ObjectInputStream in = new LoaderStream(new ByteArrayInputStream(array, offset, length), loader, filter)) {
            Object value = in.readObject();
            filter.check();
            if (value == null) {
                throw new UndecodableValueException("serialized bytes hold no object");
            }
            return value;
        } catch (SerializationRefusedException | UndecodableValueException e) {
            throw e;
        } catch (IOException | ReflectiveOperationException | RuntimeException | LinkageError e) {
            filter.check();
            throw new UndecodableValueException("Java deserialization failed: " + e, e);
        } catch (StackOverflowError e) {
            throw new UndecodableValueException("Java deserialization failed: nested too deep", e);
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
        private final long maxArray;
        private final long maxReferences;
        private @Nullable Class<?> refused;

        Filter(AllowList allowList, int length) {
            this.allowList = allowList;
            // An element takes a byte at least; hash tables are allocated up to eight times their content.
            this.maxArray = 8L * length;
            this.maxReferences = 8L * length;
        }

        @Override
        public Status checkInput(FilterInfo info) {
            if (info.depth() > MAX_DEPTH || info.references() > maxReferences || info.arrayLength() > maxArray) {
                return Status.REJECTED;
            }
            Class<?> type = info.serialClass();
            if (type == null) {
                return Status.UNDECIDED;
            }
            if (superclasses.contains(type) || allowList.allows(type)) {
                allowParts(type);
                return Status.ALLOWED;
            }
            refused = type;
            return Status.REJECTED;
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

        void check() {
            if (refused != null) {
                throw AllowList.refusal(refused);
            }
        }
    }
}
