package io.distcache.client.spi.codec;

import io.distcache.client.UndecodableValueException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How objects written with certain classes and fields are read into a class as it is now: classes and fields meet by name. Its text is one
 * part for each class of the hierarchy, from the topmost down: class name, a space or, where the class writes itself, a slash, field names
 * with commas. Immutable.
 */
final class StateShape implements Form.Reader {
    static final String BETWEEN = ";";
    static final char PLAIN = ' ';
    static final char WRITTEN = '/';

    private final StatePlan plan;
    private final List<Part> parts;

    private StateShape(StatePlan plan, List<Part> parts) {
        this.plan = plan;
        this.parts = parts;
    }

    /** What one class wrote, and which of the classes now reads it; null if none does any more. */
    private record Part(boolean itself, List<String> names, StatePlan.@Nullable Level level) {}

    /** The shape that {@code text} says, of a class that {@code resolver} allows. */
    static StateShape parse(String text, StoredTypes resolver) {
        String[] texts = text.split(BETWEEN, -1);
        Class<?> type = resolver.type(className(text));
        StatePlan plan = StatePlan.of(type);
        if (plan == null || plan.isExternal()) {
            throw new UndecodableValueException("class " + type.getName() + " is no longer Serializable as it was");
        }
        List<Part> parts = new ArrayList<>();
        for (String part : texts) {
            int end = endOfName(part);
            String names = part.substring(end + 1);
            parts.add(new Part(
                    part.charAt(end) == WRITTEN,
                    names.isEmpty() ? List.of() : List.of(names.split(",", -1)),
                    level(plan, part.substring(0, end))));
        }
        return new StateShape(plan, List.copyOf(parts));
    }

    /** The class that an object of this shape has. */
    static String className(String text) {
        String last = text.substring(text.lastIndexOf(BETWEEN) + 1);
        return last.substring(0, endOfName(last));
    }

    private static int endOfName(String part) {
        for (int i = 0; i < part.length(); i++) {
            if (part.charAt(i) == PLAIN || part.charAt(i) == WRITTEN) {
                return i;
            }
        }
        throw new UndecodableValueException("text of " + part.length() + " characters is no shape of an object");
    }

    private static StatePlan.@Nullable Level level(StatePlan plan, String name) {
        for (StatePlan.Level level : plan.levels()) {
            if (level.name().equals(name)) {
                return level;
            }
        }
        return null;
    }

    /** Reads the parts up to the end of the array. */
    @Override
    public @Nullable Object read(PortableReader in) throws IOException {
        Object target = plan.begin();
        read(in, target);
        in.endArray();
        return plan.finish(in, target);
    }

    /** Reads all parts into {@code target}, which is an object or, for a record, its arguments. */
    private void read(PortableReader in, Object target) throws IOException {
        int next = 0;
        List<StatePlan.Level> levels = plan.levels();
        for (Part part : parts) {
            int index = part.level == null ? -1 : levels.indexOf(part.level);
            for (; next < index; next++) {
                noData(levels.get(next), target);
            }
            next = Math.max(next, index + 1);
            read(part, in, target);
        }
        for (; next < levels.size(); next++) {
            noData(levels.get(next), target);
        }
    }

    private static void read(Part part, PortableReader in, Object target) throws IOException {
        StatePlan.Level level = part.level;
        if (level == null) {
            int items = part.itself ? 1 : part.names.size();
            for (int i = 0; i < items; i++) {
                in.skip();
            }
            return;
        }
        if (part.itself) {
            in.nextArray();
        }
        StateInput items = part.itself
                ? StateInput.ofItems(in, level, part.names, target)
                : StateInput.ofFields(in, level, part.names, target);
        MethodHandle readObject = level.readObject();
        if (readObject == null) {
            items.defaultReadObject();
        } else {
            invoke(readObject, target, items);
        }
        items.end();
    }

    private static void invoke(MethodHandle readObject, Object target, StateInput items) throws IOException {
        try {
            readObject.invokeExact(target, (ObjectInputStream) items);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException(e);
        }
    }

    private static void noData(StatePlan.Level level, Object target) throws IOException {
        MethodHandle method = level.readObjectNoData();
        if (method == null) {
            return;
        }
        try {
            method.invokeExact(target);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException(e);
        }
    }
}
