package io.distcache.client.codec;

import io.distcache.client.UndecodableValueException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Names in stored bytes to classes, once the {@link AllowList} agrees. Thread-safe; lives as long as its cache. */
final class TypeResolver {
    /** Names beyond this many are resolved each time, so that strange bytes cannot fill the memory. */
    private static final int MAX_REMEMBERED = 4096;

    private final ClassLoader loader;
    private final AllowList allowList;
    private final Map<String, Class<?>> types = new ConcurrentHashMap<>();
    private final Map<String, ObjectShape> shapes = new ConcurrentHashMap<>();

    TypeResolver(ClassLoader loader, AllowList allowList) {
        this.loader = loader;
        this.allowList = allowList;
    }

    /** The shape written as class name, space, field names with commas. */
    ObjectShape shape(String text) {
        ObjectShape shape = shapes.get(text);
        if (shape == null) {
            shape = resolveShape(text);
            if (shapes.size() < MAX_REMEMBERED) {
                shapes.put(text, shape);
            }
        }
        return shape;
    }

    private ObjectShape resolveShape(String text) {
        int space = text.indexOf(' ');
        if (space < 0) {
            throw new UndecodableValueException("\"" + text + "\" is no shape of an object");
        }
        Class<?> type = type(text.substring(0, space));
        if (!JdkValueTypes.isPlatform(type) && Forms.of(type) instanceof ObjectPlan plan) {
            return ObjectShape.of(plan, text.substring(space + 1));
        }
        throw new UndecodableValueException("class " + type.getName() + " is no longer a record or bean");
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
        Class<?> type;
        try {
            type = ClassNames.load(name, loader);
        } catch (ClassNotFoundException | LinkageError e) {
            throw new UndecodableValueException("class " + name + " is not there", e);
        }
        if (!allowList.allows(type)) {
            throw AllowList.refusal(type);
        }
        return type;
    }

    @SuppressWarnings("unchecked")
    Class<? extends Enum<?>> enumType(String name) {
        Class<?> type = type(name);
        if (!type.isEnum()) {
            throw new UndecodableValueException("class " + name + " is no longer an enum");
        }
        return (Class<? extends Enum<?>>) type;
    }

    Object deserialize(byte[] stream) {
        return deserialize(stream, 0, stream.length);
    }

    Object deserialize(byte[] array, int offset, int length) {
        return SerializedForm.read(array, offset, length, loader, allowList);
    }
}
