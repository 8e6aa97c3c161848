package io.distcache.client.codec;

import io.distcache.client.SerializationLimits;
import io.distcache.client.UndecodableValueException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Names in stored bytes to classes, once the {@link AllowList} agrees. Thread-safe; lives as long as its cache. */
final class TypeResolver {
    /** Names beyond this many are resolved each time, so that strange bytes cannot fill the memory. */
    private static final int MAX_REMEMBERED = 4096;

    private final ClassLoader loader;
    private final AllowList allowList;
    /** Nor can shapes of many fields that no class has. */
    private static final int MAX_REMEMBERED_TEXT = 1 << 20;
    /** A class loader keeps every name that it was ever asked for. */
    static final int MAX_CLASS_NAME = 1024;

    private final Map<String, Class<?>> types = new ConcurrentHashMap<>();
    private final Map<String, ObjectShape> shapes = new ConcurrentHashMap<>();
    private final Map<String, StateShape> stateShapes = new ConcurrentHashMap<>();

    private final AtomicInteger shapeText = new AtomicInteger();
    private final SerializationLimits limits;

    TypeResolver(ClassLoader loader, AllowList allowList, SerializationLimits limits) {
        this.loader = loader;
        this.allowList = allowList;
        this.limits = limits;
    }

    ClassLoader loader() {
        return loader;
    }

    AllowList allowList() {
        return allowList;
    }

    SerializationLimits limits() {
        return limits;
    }

    /** The shape written as class name, space, field names with commas. */
    ObjectShape shape(String text) {
        ObjectShape shape = shapes.get(text);
        if (shape == null) {
            shape = resolveShape(text);
            remember(shapes, text, shape);
        }
        return shape;
    }

    /** The shape of an object taken apart as {@link StatePlan} does it. */
    StateShape stateShape(String text) {
        StateShape shape = stateShapes.get(text);
        if (shape == null) {
            shape = StateShape.parse(text, this);
            remember(stateShapes, text, shape);
        }
        return shape;
    }

    private <S> void remember(Map<String, S> known, String text, S shape) {
        if (known.size() < MAX_REMEMBERED
                && shapeText.get() + (long) text.length() < MAX_REMEMBERED_TEXT
                && known.put(text, shape) == null) {
            shapeText.addAndGet(text.length());
        }
    }

    private ObjectShape resolveShape(String text) {
        int space = text.indexOf(' ');
        if (space < 0) {
            throw new UndecodableValueException("text of " + text.length() + " characters is no shape of an object");
        }
        Class<?> type = type(text.substring(0, space));
        if (!JdkValueTypes.isPlatform(type) && Forms.of(type) instanceof ObjectPlan plan) {
            return ObjectShape.of(plan, text.substring(space + 1));
        }
        ObjectPlan.requireUsable(type);
        throw new UndecodableValueException(
                "class " + type.getName() + " is no longer a record or bean", type.getName(), null);
    }

    Class<?> type(String name) {
        Class<?> type = types.get(name);
        if (type == null) {
            type = resolve(name);
            if (types.size() < MAX_REMEMBERED) {
                types.put(name, type);
            }
        }
        return type;
    }

    /** Loading comes first, and runs nothing of the class: one that vanished is a miss, whatever the list says. */
    private Class<?> resolve(String name) {
        if (name.length() > MAX_CLASS_NAME) {
            throw new UndecodableValueException("no class has a name of " + name.length() + " characters");
        }
        Class<?> type;
        try {
            type = ClassNames.load(name, loader);
        } catch (ClassNotFoundException e) {
            throw new UndecodableValueException("class " + name + " is not there", name, e);
        }
        if (!allowList.allows(type)) {
            throw allowList.refusal(type);
        }
        return type;
    }

    @SuppressWarnings("unchecked")
    Class<? extends Enum<?>> enumType(String name) {
        Class<?> type = type(name);
        if (!type.isEnum()) {
            throw new UndecodableValueException("class " + name + " is no longer an enum", name, null);
        }
        return (Class<? extends Enum<?>>) type;
    }

    Object deserialize(byte[] stream, Cost cost) {
        return deserialize(stream, 0, stream.length, cost);
    }

    Object deserialize(byte[] array, int offset, int length, Cost cost) {
        return SerializedForm.read(array, offset, length, this, cost);
    }
}
