package io.distcache.cdi;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;

/** Exceptions that are thrown more than once. Stateless. */
final class Thrown {
    private Thrown() {}

    /**
     * A copy with the stack of the calling thread, since an exception kept or shared has that of a call long gone. The original if
     * it cannot be copied.
     */
    static Throwable copy(Throwable original) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(original);
            }
            try (ObjectInputStream in = new SameClasses(new ByteArrayInputStream(bytes.toByteArray()), original)) {
                return in.readObject() instanceof Throwable copy ? copy.fillInStackTrace() : original;
            }
        } catch (Throwable e) {
            return original;
        }
    }

    /** Throws any exception where only unchecked ones are declared: the method that it comes from declares it. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    static <X extends Throwable> RuntimeException unchecked(Throwable exception) throws X {
        throw (X) exception;
    }

    private static final class SameClasses extends ObjectInputStream {
        private final ClassLoader loader;

        SameClasses(InputStream in, Throwable original) throws IOException {
            super(in);
            ClassLoader own = original.getClass().getClassLoader();
            this.loader = own == null ? ClassLoader.getSystemClassLoader() : own;
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
            try {
                return Class.forName(description.getName(), false, loader);
            } catch (ClassNotFoundException e) {
                return super.resolveClass(description);
            }
        }
    }
}
