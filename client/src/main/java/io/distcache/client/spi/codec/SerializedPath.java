package io.distcache.client.spi.codec;

import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where in an object a class sits that Java serialization stumbled over; its exception names only the class. Looks in the
 * order of nearness, so it tells the shortest way. Confined to one call.
 */
final class SerializedPath {
    private static final int MAX_VISITED = 100_000;

    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<Step> open = new ArrayDeque<>();

    private record Step(Object value, String path) {}

    private SerializedPath() {}

    /** The path from {@code root} to an object of {@code className}, such as {@code .lines[3].product}; empty if unknown. */
    static String find(Object root, String className) {
        SerializedPath search = new SerializedPath();
        search.add(root, "");
        while (!search.open.isEmpty() && search.seen.size() < MAX_VISITED) {
            Step step = search.open.remove();
            if (step.value.getClass().getName().equals(className)) {
                return step.path;
            }
            search.addParts(step);
        }
        return "";
    }

    private void add(@Nullable Object value, String path) {
        if (value != null && seen.add(value)) {
            open.add(new Step(value, path));
        }
    }

    private void addParts(Step step) {
        if (step.value instanceof Object[] array) {
            for (int i = 0; i < array.length; i++) {
                add(array[i], step.path + "[" + i + "]");
            }
        } else if (step.value instanceof Iterable<?> elements && JdkValueTypes.isPlatform(step.value.getClass())) {
            int index = 0;
            for (Object element : elements) {
                add(element, step.path + "[" + index++ + "]");
            }
        } else if (step.value instanceof Map<?, ?> map && JdkValueTypes.isPlatform(step.value.getClass())) {
            int index = 0;
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                add(entry.getKey(), step.path + "[" + index++ + "]");
                add(entry.getValue(), step.path + "[" + index++ + "]");
            }
        } else {
            addFields(step);
        }
    }

    private void addFields(Step step) {
        for (Class<?> type = step.value.getClass();
                type != null && !JdkValueTypes.isPlatform(type);
                type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())
                        && !Modifier.isTransient(field.getModifiers())
                        && !field.getType().isPrimitive()) {
                    try {
                        field.setAccessible(true);
                        add(field.get(step.value), step.path + "." + field.getName());
                    } catch (IllegalAccessException | InaccessibleObjectException e) {
                        return; // A message without a path is better than none.
                    }
                }
            }
        }
    }
}
