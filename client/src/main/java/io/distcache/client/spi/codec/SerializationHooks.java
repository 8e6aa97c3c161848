package io.distcache.client.spi.codec;

import io.distcache.client.NotEncodableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OptionalDataException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import org.jspecify.annotations.Nullable;

/**
 * What a Serializable class has for Java serialization alone: its private methods, and the constructor that runs nothing of it. The JDK
 * gives them to libraries as {@code sun.reflect.ReflectionFactory} in the module {@code jdk.unsupported}, also those of its own classes
 * and of packages that are not open; its name is looked up, since a compiler warns of it. Thread-safe.
 */
final class SerializationHooks {
    private static final MethodType RESOLVE = MethodType.methodType(Object.class, Object.class);
    private static final MethodType WRITE = MethodType.methodType(void.class, Object.class, ObjectOutputStream.class);
    private static final MethodType READ = MethodType.methodType(void.class, Object.class, ObjectInputStream.class);
    private static final MethodType NO_DATA = MethodType.methodType(void.class, Object.class);

    private static final @Nullable Object FACTORY = factory();

    private SerializationHooks() {}

    private static @Nullable Object factory() {
        try {
            return Class.forName("sun.reflect.ReflectionFactory")
                    .getMethod("getReflectionFactory")
                    .invoke(null);
        } catch (ReflectiveOperationException e) {
            return null; // Said when it is needed.
        }
    }

    static @Nullable MethodHandle writeObject(Class<?> type) {
        return handle("writeObjectForSerialization", type, WRITE);
    }

    static @Nullable MethodHandle readObject(Class<?> type) {
        return handle("readObjectForSerialization", type, READ);
    }

    static @Nullable MethodHandle readObjectNoData(Class<?> type) {
        return handle("readObjectNoDataForSerialization", type, NO_DATA);
    }

    static @Nullable MethodHandle writeReplace(Class<?> type) {
        return handle("writeReplaceForSerialization", type, RESOLVE);
    }

    static @Nullable MethodHandle readResolve(Class<?> type) {
        return handle("readResolveForSerialization", type, RESOLVE);
    }

    /** Makes a {@code type} through the no-arg constructor of its first superclass that is not Serializable; null without one. */
    static @Nullable Constructor<?> constructor(Class<?> type) {
        return (Constructor<?>) call("newConstructorForSerialization", Class.class, type);
    }

    /** The public no-arg constructor of an Externalizable class; null without one. */
    static @Nullable Constructor<?> externalConstructor(Class<?> type) {
        return (Constructor<?>) call("newConstructorForExternalization", Class.class, type);
    }

    /** What a class gets that asks for an object where there are numbers, or nothing more. */
    static OptionalDataException noObject(boolean atEnd) {
        Object made = call("newOptionalDataExceptionForSerialization", boolean.class, atEnd);
        if (made == null) {
            throw new IllegalStateException("no OptionalDataException");
        }
        return (OptionalDataException) made;
    }

    private static @Nullable MethodHandle handle(String method, Class<?> type, MethodType as) {
        MethodHandle handle = (MethodHandle) call(method, Class.class, type);
        return handle == null ? null : handle.asType(as);
    }

    private static @Nullable Object call(String method, Class<?> parameter, Object argument) {
        if (FACTORY == null) {
            throw new NotEncodableException(
                    "keys that are only Serializable need the JDK's module jdk.unsupported, which this run-time image"
                            + " leaves out. Add it (--add-modules jdk.unsupported), or make the key a record",
                    null);
        }
        try {
            return FACTORY.getClass().getMethod(method, parameter).invoke(FACTORY, argument);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("sun.reflect.ReflectionFactory." + method + " failed", e);
        }
    }
}
