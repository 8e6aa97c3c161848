package io.distcache.client.spi.codec;

import io.distcache.client.UndecodableValueException;
import io.distcache.client.UnusableClassException;
import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How one record or bean class is taken apart and put together. A bean is a concrete class with a no-arg constructor whose
 * every field has a getter and a setter, without serialization hooks of its own, extending Object or such a class: setting
 * its fields is then all there is to it. Immutable.
 */
final class ObjectPlan implements Form {
    private final Class<?> type;
    private final String shape;
    private final ObjectField[] fields;
    private final Map<String, ObjectField> byName;
    private final MethodHandle constructor;
    private final @Nullable Object @Nullable [] arguments;

    private ObjectPlan(
            Class<?> type,
            List<ObjectField> fields,
            MethodHandle constructor,
            @Nullable Object @Nullable [] arguments) {
        this.type = type;
        this.fields = fields.toArray(ObjectField[]::new);
        this.byName = new HashMap<>();
        fields.forEach(field -> byName.put(field.name(), field));
        this.shape = type.getName() + " "
                + String.join(",", fields.stream().map(ObjectField::name).toList());
        this.constructor = constructor;
        this.arguments = arguments;
    }

    /** The plan of {@code type}, or null if it is neither a record nor a bean, or its module does not open it to us, or a type it needs is missing. */
    static @Nullable ObjectPlan of(Class<?> type) {
        try {
            return made(type);
        } catch (ReflectiveOperationException | InaccessibleObjectException | LinkageError e) {
            return null;
        }
    }

    /**
     * Of a class that has no plan: whether it would have one in an application that is put together otherwise.
     *
     * @throws UnusableClassException if so, with what is wrong
     */
    static void requireUsable(Class<?> type) {
        try {
            ObjectPlan unused = made(type);
        } catch (InaccessibleObjectException e) {
            throw new UnusableClassException(closed(type), e);
        } catch (LinkageError e) {
            throw new UnusableClassException(
                    "class " + type.getName() + " cannot be used in this application: " + Shortened.text(e), e);
        } catch (ReflectiveOperationException e) {
            // It is of another kind, wherever it runs.
        }
    }

    private static String closed(Class<?> type) {
        Module ours = ObjectPlan.class.getModule();
        return "class " + type.getName() + " is in the package " + type.getPackageName() + ", which the module "
                + type.getModule().getName() + " does not open, so its fields cannot be read. Add \"opens "
                + type.getPackageName() + " to " + (ours.isNamed() ? ours.getName() : "ALL-UNNAMED")
                + ";\" to its module-info";
    }

    private static @Nullable ObjectPlan made(Class<?> type) throws ReflectiveOperationException {
        if (hasHooks(type) || type.isHidden() || !isName(type.getName())) {
            return null;
        }
        return type.isRecord() ? ofRecord(type) : ofBean(type);
    }

    static ObjectPlan ofRecord(Class<?> type) throws ReflectiveOperationException {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        @Nullable Object[] defaults = new Object[components.length];
        List<ObjectField> fields = new ArrayList<>();
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            defaults[i] = Array.get(Array.newInstance(types[i], 1), 0);
            Field field = type.getDeclaredField(components[i].getName());
            field.setAccessible(true);
            fields.add(ObjectField.ofRecord(field, i));
        }
        Constructor<?> canonical = type.getDeclaredConstructor(types);
        canonical.setAccessible(true);
        MethodHandle constructor = MethodHandles.lookup()
                .unreflectConstructor(canonical)
                .asSpreader(Object[].class, types.length)
                .asType(MethodType.methodType(Object.class, Object[].class));
        return new ObjectPlan(type, fields, constructor, defaults);
    }

    private static @Nullable ObjectPlan ofBean(Class<?> type) throws ReflectiveOperationException {
        if (type.isInterface() || Modifier.isAbstract(type.getModifiers()) || isInner(type)) {
            return null;
        }
        List<ObjectField> fields = new ArrayList<>();
        for (Class<?> level = type; level != Object.class; level = level.getSuperclass()) {
            if (JdkValueTypes.isPlatform(level)) {
                return null;
            }
            for (Field field : level.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers()) || Modifier.isTransient(field.getModifiers())) {
                    continue;
                }
                boolean shadowed = fields.stream().anyMatch(f -> f.name().equals(field.getName()));
                if (shadowed || !isName(field.getName()) || !hasAccessors(level, field)) {
                    return null;
                }
                field.setAccessible(true);
                fields.add(ObjectField.ofBean(field));
            }
        }
        Constructor<?> noArg = type.getDeclaredConstructor();
        noArg.setAccessible(true);
        MethodHandle constructor =
                MethodHandles.lookup().unreflectConstructor(noArg).asType(MethodType.methodType(Object.class));
        return new ObjectPlan(type, fields, constructor, null);
    }

    private static boolean isInner(Class<?> type) {
        return type.getEnclosingClass() != null
                && (type.isAnonymousClass() || (type.isMemberClass() && !Modifier.isStatic(type.getModifiers())));
    }

    /** Some JVM languages allow the characters that separate names in a shape. */
    static boolean isName(String name) {
        return name.indexOf(' ') < 0 && name.indexOf(',') < 0;
    }

    private static boolean hasAccessors(Class<?> type, Field field) {
        String name = field.getName();
        boolean flag = field.getType() == boolean.class || field.getType() == Boolean.class;
        String property = flag && name.length() > 2 && name.startsWith("is") && Character.isUpperCase(name.charAt(2))
                ? name.substring(2)
                : name;
        return (hasGetter(type, "get", name, field)
                        || (flag && (hasGetter(type, "is", name, field) || hasGetter(type, "is", property, field))))
                && (hasSetter(type, name, field) || hasSetter(type, property, field));
    }

    private static boolean hasGetter(Class<?> type, String verb, String property, Field field) {
        try {
            return type.getDeclaredMethod(verb + capital(property)).getReturnType() == field.getType();
        } catch (NoSuchMethodException e) {
            return false;
        }
    }

    private static boolean hasSetter(Class<?> type, String property, Field field) {
        return declares(type, "set" + capital(property), field.getType());
    }

    private static String capital(String name) {
        return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    }

    private static boolean hasHooks(Class<?> type) {
        if (Externalizable.class.isAssignableFrom(type)) {
            return true;
        }
        for (Class<?> level = type; level != null && level != Object.class; level = level.getSuperclass()) {
            if (declares(level, "writeReplace")
                    || declares(level, "readResolve")
                    || declares(level, "readObjectNoData")
                    || declares(level, "writeObject", ObjectOutputStream.class)
                    || declares(level, "readObject", ObjectInputStream.class)) {
                return true;
            }
        }
        return false;
    }

    private static boolean declares(Class<?> type, String method, Class<?>... parameters) {
        for (Method candidate : type.getDeclaredMethods()) {
            if (candidate.getName().equals(method) && Arrays.equals(candidate.getParameterTypes(), parameters)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void write(PortableWriter out, Object value) throws IOException {
        out.tag(PortableTag.OBJECT);
        out.generator().writeStartArray(value, 1 + fields.length);
        out.type(type, shape);
        for (ObjectField field : fields) {
            field.write(out, value);
        }
        out.generator().writeEndArray();
    }

    @Nullable
    ObjectField field(String name) {
        return byName.get(name);
    }

    List<ObjectField> fields() {
        return List.of(fields);
    }

    int fieldCount() {
        return fields.length;
    }

    /** What the fields are set in: the bean itself, or the record's arguments. */
    Object begin() {
        return arguments != null ? arguments.clone() : construct(null);
    }

    /** The object, once its fields are set. */
    Object finish(Object target) {
        return arguments != null ? construct((Object[]) target) : target;
    }

    private Object construct(Object @Nullable [] values) {
        try {
            return values == null ? (Object) constructor.invokeExact() : (Object) constructor.invokeExact(values);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new UndecodableValueException("a constructor failed: " + e, e);
        }
    }
}
