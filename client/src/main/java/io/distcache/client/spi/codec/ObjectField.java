package io.distcache.client.spi.codec;

import io.distcache.client.UndecodableValueException;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import org.jspecify.annotations.Nullable;

/**
 * One field of a record or bean. Handles have generic types, so that {@code invokeExact} fits all of them; int and long,
 * the commonest primitives, go without boxing. Immutable.
 */
final class ObjectField {
    private static final MethodType GET = MethodType.methodType(Object.class, Object.class);
    private static final MethodType GET_INT = MethodType.methodType(int.class, Object.class);
    private static final MethodType GET_LONG = MethodType.methodType(long.class, Object.class);
    private static final MethodType SET = MethodType.methodType(void.class, Object.class, Object.class);
    private static final MethodType SET_INT = MethodType.methodType(void.class, Object.class, int.class);
    private static final MethodType SET_LONG = MethodType.methodType(void.class, Object.class, long.class);

    private enum Kind {
        INT,
        LONG,
        OTHER
    }

    private final String name;
    private final Class<?> type;
    private final Class<?> boxed;
    private final Kind kind;
    private final MethodHandle getter;
    private final MethodHandle setter;

    private ObjectField(String name, Class<?> type, Kind kind, MethodHandle getter, MethodHandle setter) {
        this.name = name;
        this.type = type;
        this.boxed = MethodType.methodType(type).wrap().returnType();
        this.kind = kind;
        this.getter = getter;
        this.setter = setter;
    }

    /** A bean's field, set in the bean. The field has been made accessible. */
    static ObjectField ofBean(Field field) throws IllegalAccessException {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        Kind kind = field.getType() == int.class ? Kind.INT : field.getType() == long.class ? Kind.LONG : Kind.OTHER;
        return new ObjectField(
                field.getName(),
                field.getType(),
                kind,
                lookup.unreflectGetter(field).asType(kind == Kind.INT ? GET_INT : kind == Kind.LONG ? GET_LONG : GET),
                lookup.unreflectSetter(field).asType(kind == Kind.INT ? SET_INT : kind == Kind.LONG ? SET_LONG : SET));
    }

    /** A record's component, set in the array of arguments to its constructor. The field has been made accessible. */
    static ObjectField ofRecord(Field field, int index) throws IllegalAccessException {
        Kind kind = field.getType() == int.class ? Kind.INT : field.getType() == long.class ? Kind.LONG : Kind.OTHER;
        MethodHandle setter = MethodHandles.insertArguments(MethodHandles.arrayElementSetter(Object[].class), 1, index);
        return new ObjectField(
                field.getName(),
                field.getType(),
                kind,
                MethodHandles.lookup()
                        .unreflectGetter(field)
                        .asType(kind == Kind.INT ? GET_INT : kind == Kind.LONG ? GET_LONG : GET),
                setter.asType(kind == Kind.INT ? SET_INT : kind == Kind.LONG ? SET_LONG : SET));
    }

    String name() {
        return name;
    }

    Class<?> type() {
        return type;
    }

    void write(PortableWriter out, Object source) throws IOException {
        try {
            switch (kind) {
                case INT -> out.generator().writeNumber((int) getter.invokeExact(source));
                case LONG -> {
                    out.tag(PortableTag.LONG);
                    out.generator().writeNumber((long) getter.invokeExact(source));
                }
                case OTHER -> out.write((Object) getter.invokeExact(source), type);
            }
        } catch (Unportable e) {
            throw e.inside("." + name);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    void read(PortableReader in, Object target) throws IOException {
        try {
            switch (kind) {
                case INT -> {
                    if (in.nextIsInt(-1)) {
                        setter.invokeExact(target, in.intValue());
                    } else {
                        setter.invokeExact(target, (int) (Integer) fit(in.current()));
                    }
                }
                case LONG -> {
                    if (in.nextIsInt(PortableTag.LONG)) {
                        setter.invokeExact(target, in.longValue());
                    } else {
                        setter.invokeExact(target, (long) (Long) fit(in.current()));
                    }
                }
                case OTHER -> {
                    Object value = in.read();
                    if (value == null ? type.isPrimitive() : !boxed.isInstance(value)) {
                        value = fit(value);
                    }
                    setter.invokeExact(target, value);
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** A number widened as Java would, when the field became wider since; nothing else changes its type. */
    private Object fit(@Nullable Object value) {
        if (boxed.isInstance(value)) {
            return value;
        }
        boolean upToShort = value instanceof Byte || value instanceof Short;
        if (value instanceof Number number) {
            if (boxed == Short.class && value instanceof Byte) {
                return number.shortValue();
            }
            if (boxed == Integer.class && upToShort) {
                return number.intValue();
            }
            if (boxed == Long.class && (upToShort || value instanceof Integer)) {
                return number.longValue();
            }
            if (boxed == Float.class && upToShort) {
                return number.floatValue();
            }
            if (boxed == Double.class && (upToShort || value instanceof Integer || value instanceof Float)) {
                return number.doubleValue();
            }
        }
        throw new UndecodableValueException("field " + name + " is a " + type.getName() + " now, but "
                + (value == null ? "null" : "a " + value.getClass().getName()) + " was stored");
    }
}
