package io.distcache.client.spi.codec;

import io.distcache.client.UndecodableValueException;
import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectStreamClass;
import java.io.ObjectStreamField;
import java.io.Serializable;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How an object of the application that is only Serializable is taken apart as a key and put together again: by the rules of Java
 * serialization, with all the methods that a class may have for it ({@code writeObject}, {@code writeReplace}, {@link Externalizable} and
 * so on), but part by part into the portable form instead of a stream. So equal parts have equal bytes, wherever else in the key they stand
 * and whatever kind of list, set or map they are. A stream writes an object that it has met by its number, and tables as large as they are.
 *
 * <p>Drawn in {@link PortableTag}. Immutable.
 */
final class StatePlan {
    private static final ClassValue<Object> PLANS = new ClassValue<>() {
        @Override
        protected Object computeValue(Class<?> type) {
            StatePlan plan = make(type);
            return plan == null ? NONE : plan;
        }
    };
    private static final Object NONE = new Object();

    private final Class<?> type;
    private final String shape;
    private final List<Level> levels;
    private final @Nullable ObjectPlan record;
    private final List<Field> insisting;
    private final @Nullable Constructor<?> constructor;
    private final @Nullable MethodHandle writeReplace;
    private final @Nullable MethodHandle readResolve;

    private StatePlan(
            Class<?> type, List<Level> levels, @Nullable ObjectPlan record, @Nullable Constructor<?> constructor) {
        this.type = type;
        this.levels = levels;
        this.record = record;
        this.insisting = insisting(type);
        this.constructor = constructor;
        this.shape = isExternal()
                ? type.getName()
                : String.join(
                        StateShape.BETWEEN, levels.stream().map(Level::shape).toList());
        this.writeReplace = SerializationHooks.writeReplace(type);
        this.readResolve = SerializationHooks.readResolve(type);
    }

    /**
     * What one class of the hierarchy adds.
     *
     * @param fields what it writes without further ado, those alone that the class has
     * @param named all that it may write by name, which is more where it has {@code serialPersistentFields}
     */
    record Level(
            String name,
            List<ObjectField> fields,
            List<Named> named,
            @Nullable MethodHandle writeObject,
            @Nullable MethodHandle readObject,
            @Nullable MethodHandle readObjectNoData) {

        String shape() {
            List<String> names = writeObject == null
                    ? fields.stream().map(ObjectField::name).toList()
                    : named.stream().map(Named::name).toList();
            return name + (writeObject == null ? StateShape.PLAIN : StateShape.WRITTEN) + String.join(",", names);
        }

        @Nullable
        Named named(String fieldName) {
            for (Named field : named) {
                if (field.name.equals(fieldName)) {
                    return field;
                }
            }
            return null;
        }
    }

    /** A field by name; null if the class only says that it writes it. */
    record Named(String name, Class<?> type, @Nullable ObjectField field) {}

    /** The plan of {@code type}; null if it is none of the application's, or has parts in the JDK that only the JDK can reach. */
    static @Nullable StatePlan of(Class<?> type) {
        return PLANS.get(type) instanceof StatePlan plan ? plan : null;
    }

    // --- classes ---

    private static @Nullable StatePlan make(Class<?> type) {
        if (!Serializable.class.isAssignableFrom(type)
                || JdkValueTypes.isPlatform(type)
                || type.isArray()
                || type.isInterface()
                || type.isHidden()
                || Proxy.isProxyClass(type)
                || Enum.class.isAssignableFrom(type)
                || !ObjectPlan.isName(type.getName())) {
            return null;
        }
        try {
            if (type.isRecord()) {
                ObjectPlan record = ObjectPlan.ofRecord(type);
                Level level = new Level(type.getName(), record.fields(), List.of(), null, null, null);
                return new StatePlan(type, List.of(level), record, null);
            }
            if (Externalizable.class.isAssignableFrom(type)) {
                return new StatePlan(type, List.of(), null, SerializationHooks.externalConstructor(type));
            }
            List<Level> levels = levels(type);
            return levels == null ? null : new StatePlan(type, levels, null, SerializationHooks.constructor(type));
        } catch (ReflectiveOperationException | InaccessibleObjectException | LinkageError e) {
            return null;
        }
    }

    private static @Nullable List<Level> levels(Class<?> type) throws IllegalAccessException {
        List<Level> levels = new ArrayList<>();
        for (Class<?> level = type;
                level != null && Serializable.class.isAssignableFrom(level);
                level = level.getSuperclass()) {
            List<Named> named = named(level);
            if (named == null) {
                return null;
            }
            MethodHandle writeObject = SerializationHooks.writeObject(level);
            MethodHandle readObject = SerializationHooks.readObject(level);
            MethodHandle readObjectNoData = SerializationHooks.readObjectNoData(level);
            List<ObjectField> fields = new ArrayList<>();
            for (Named field : named) {
                if (field.field != null) {
                    fields.add(field.field);
                }
            }
            boolean empty = named.isEmpty() && writeObject == null && readObject == null && readObjectNoData == null;
            if (level == type || !empty) {
                levels.add(0, new Level(level.getName(), fields, named, writeObject, readObject, readObjectNoData));
            }
        }
        return List.copyOf(levels);
    }

    /** The fields that serialization knows of a class, in its order, which does not depend on that of the source; null if not ours to use. */
    private static @Nullable List<Named> named(Class<?> level) throws IllegalAccessException {
        ObjectStreamField[] known = ObjectStreamClass.lookupAny(level).getFields();
        if (known.length > 0 && JdkValueTypes.isPlatform(level)) {
            return null;
        }
        List<Named> named = new ArrayList<>();
        for (ObjectStreamField field : known) {
            if (!ObjectPlan.isName(field.getName())) {
                return null;
            }
            named.add(new Named(field.getName(), field.getType(), real(level, field)));
        }
        return named;
    }

    private static @Nullable ObjectField real(Class<?> level, ObjectStreamField named) throws IllegalAccessException {
        try {
            Field field = level.getDeclaredField(named.getName());
            if (Modifier.isStatic(field.getModifiers()) || field.getType() != named.getType()) {
                return null;
            }
            field.setAccessible(true);
            return ObjectField.ofBean(field);
        } catch (NoSuchFieldException e) {
            return null;
        }
    }

    List<Level> levels() {
        return levels;
    }

    boolean isExternal() {
        return record == null && Externalizable.class.isAssignableFrom(type);
    }

    /** The fields, also transient ones, that do not take every list, set or map. */
    private static List<Field> insisting(Class<?> type) {
        List<Field> insisting = new ArrayList<>();
        for (Class<?> level = type; level != null && !JdkValueTypes.isPlatform(level); level = level.getSuperclass()) {
            for (Field field : level.getDeclaredFields()) {
                Class<?> declared = field.getType();
                boolean collection =
                        Collection.class.isAssignableFrom(declared) || Map.class.isAssignableFrom(declared);
                if (collection
                        && !Modifier.isStatic(field.getModifiers())
                        && !declared.isAssignableFrom(ArrayList.class)) {
                    field.setAccessible(true);
                    insisting.add(field);
                }
            }
        }
        return List.copyOf(insisting);
    }

    /**
     * What type a part has that {@code value} writes itself, and will want when it reads it: that of the field which holds it. The object
     * itself cannot tell: one that is written in a loop may be anything.
     */
    Class<?> declaredType(Object value, @Nullable Object part) {
        for (Field field : insisting) {
            try {
                if (part != null && field.get(value) == part) {
                    return field.getType();
                }
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }
        return Object.class;
    }

    // --- writing ---

    void write(PortableWriter out, Object value) throws IOException {
        Object written = value;
        if (writeReplace != null) {
            out.classes().requireNotRejected(type);
            written = resolved(writeReplace, value);
            if (written == null || written.getClass() != type) {
                out.write(written, Object.class);
                return;
            }
        }
        if (isExternal()) {
            writeExternal(out, (Externalizable) written);
            return;
        }
        out.tag(PortableTag.STATE);
        out.generator().writeStartArray();
        out.type(type, shape);
        for (Level level : levels) {
            if (level.writeObject != null) {
                writeItself(out, level, level.writeObject, written);
            } else {
                for (ObjectField field : level.fields) {
                    field.write(out, written);
                }
            }
        }
        out.generator().writeEndArray();
    }

    private void writeItself(PortableWriter out, Level level, MethodHandle writeObject, Object value)
            throws IOException {
        out.generator().writeStartArray();
        StateOutput items = new StateOutput(out, this, level, value);
        try {
            writeObject.invokeExact(value, (java.io.ObjectOutputStream) items);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException(e);
        }
        items.end();
        out.generator().writeEndArray();
    }

    private void writeExternal(PortableWriter out, Externalizable value) throws IOException {
        out.tag(PortableTag.EXTERNAL);
        out.generator().writeStartArray();
        out.type(type, shape);
        StateOutput items = new StateOutput(out, this, null, value);
        value.writeExternal(items);
        items.end();
        out.generator().writeEndArray();
    }

    private static @Nullable Object resolved(MethodHandle method, Object value) throws IOException {
        try {
            return (Object) method.invokeExact(value);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException(e);
        }
    }

    // --- reading ---

    static @Nullable Object read(PortableReader in) throws IOException {
        in.startArray();
        return in.resolver().stateShape(in.nextType()).read(in);
    }

    /** What the parts of an object are read into: the object, or for a record its arguments. */
    Object begin() {
        return record == null ? construct() : record.begin();
    }

    /** The object whose parts have been read. */
    @Nullable
    Object finish(PortableReader in, Object target) throws IOException {
        return complete(in, record == null ? target : record.finish(target));
    }

    static @Nullable Object readExternal(PortableReader in) throws IOException {
        in.startArray();
        Class<?> type = in.resolver().type(in.nextType());
        StatePlan plan = of(type);
        if (plan == null || !plan.isExternal()) {
            throw new UndecodableValueException("class " + type.getName() + " is no longer Externalizable");
        }
        Externalizable target = (Externalizable) plan.construct();
        StateInput items = StateInput.ofItems(in, null, List.of(), target);
        try {
            target.readExternal(items);
        } catch (ClassNotFoundException e) {
            throw new UndecodableValueException("a class is missing: " + e.getMessage(), e);
        }
        items.end();
        return plan.complete(in, target);
    }

    private Object construct() {
        if (constructor == null) {
            throw new UndecodableValueException("class " + type.getName() + " has no "
                    + (isExternal() ? "public no-arg constructor" : "superclass with a no-arg constructor")
                    + ", without which Java serialization cannot make an object of it");
        }
        try {
            return constructor.newInstance();
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new UndecodableValueException("a constructor failed: " + e.getCause(), e);
        } catch (ReflectiveOperationException e) {
            throw new UndecodableValueException("no object of class " + type.getName() + " can be made: " + e, e);
        }
    }

    private @Nullable Object complete(PortableReader in, Object value) throws IOException {
        if (readResolve == null) {
            return value;
        }
        Object made = resolved(readResolve, value);
        if (made != null && in.resolver().allowList().rejects(made.getClass())) {
            throw in.resolver().allowList().refusal(made.getClass());
        }
        return made;
    }
}
