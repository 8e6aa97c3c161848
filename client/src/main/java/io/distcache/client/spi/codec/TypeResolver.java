package io.distcache.client.spi.codec;

import io.distcache.client.SerializationLimits;
import io.distcache.client.UndecodableValueException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Names in stored bytes to classes, once the {@link AllowList} agrees. Thread-safe; lives as long as its cache. */
final class TypeResolver implements StoredTypes {
    /** Names beyond this many are resolved each time, so that strange bytes cannot fill the memory. */
    private static final int MAX_REMEMBERED = 4096;

    private final ClassSources sources;
    private final AllowList allowList;
    /** Nor can shapes of many fields that no class has. */
    private static final int MAX_REMEMBERED_TEXT = 1 << 20;

    private final Map<String, Class<?>> types = new ConcurrentHashMap<>();
    private final Map<String, ObjectShape> shapes = new ConcurrentHashMap<>();
    private final Map<String, StateShape> stateShapes = new ConcurrentHashMap<>();

    private final AtomicInteger shapeText = new AtomicInteger();
    private final SerializationLimits limits;

    TypeResolver(ClassSources sources, AllowList allowList, SerializationLimits limits) {
        this.sources = sources;
        this.allowList = allowList;
        this.limits = limits;
    }

    ClassSources sources() {
        return sources;
    }

    @Override
    public AllowList allowList() {
        return allowList;
    }

    SerializationLimits limits() {
        return limits;
    }

    @Override
    public ObjectShape shape(String text) {
        ObjectShape shape = shapes.get(text);
        if (shape == null) {
            shape = resolveShape(text);
            remember(shapes, text, shape, text.substring(0, text.indexOf(' ')));
        }
        return shape;
    }

    @Override
    public StateShape stateShape(String text) {
        StateShape shape = stateShapes.get(text);
        if (shape == null) {
            shape = StateShape.parse(text, this);
            remember(stateShapes, text, shape, StateShape.className(text));
        }
        return shape;
    }

    /** Unless its class is one that only the current thread's context knows. */
    private <S> void remember(Map<String, S> known, String text, S shape, String className) {
        if (known.size() < MAX_REMEMBERED
                && types.containsKey(className)
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

    @Override
    public Class<?> type(String name) {
        Class<?> type = types.get(name);
        if (type == null) {
            Class<?> own = name.length() > MAX_CLASS_NAME ? null : sources.findOwn(name);
            type = own == null ? resolve(name) : allowed(own);
            if (own != null && types.size() < MAX_REMEMBERED) {
                types.put(name, own);
            }
        }
        return type;
    }

    /** Loading comes first, and runs nothing of the class: one that vanished is a miss, whatever the list says. */
    private Class<?> resolve(String name) {
        if (name.length() > MAX_CLASS_NAME) {
            throw new UndecodableValueException("no class has a name of " + name.length() + " characters");
        }
        try {
            return allowed(sources.find(name));
        } catch (ClassNotFoundException e) {
            throw new UndecodableValueException(
                    "class " + name + " is not there, neither for the class loaders of the cache's types and of its"
                            + " manager nor for the thread's context",
                    name,
                    e);
        }
    }

    private Class<?> allowed(Class<?> type) {
        if (!allowList.allows(type)) {
            throw allowList.refusal(type);
        }
        return type;
    }

    @Override
    @SuppressWarnings("unchecked")
    public Class<? extends Enum<?>> enumType(String name) {
        Class<?> type = type(name);
        if (!type.isEnum()) {
            throw new UndecodableValueException("class " + name + " is no longer an enum", name, null);
        }
        return (Class<? extends Enum<?>>) type;
    }

    @Override
    public Object deserialize(byte[] stream, Cost cost) {
        return deserialize(stream, 0, stream.length, cost);
    }

    Object deserialize(byte[] array, int offset, int length, Cost cost) {
        return SerializedForm.read(array, offset, length, this, cost);
    }
}
