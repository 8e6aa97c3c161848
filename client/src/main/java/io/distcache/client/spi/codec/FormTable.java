package io.distcache.client.spi.codec;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Which form a class of the JDK has, and how the item under a tag is read. Thread-safe; tags are entered before it is used. */
final class FormTable {
    private final Map<Class<?>, Form> byClass = new ConcurrentHashMap<>();
    private final Form.@Nullable Reader[] byTag = new Form.@Nullable Reader[PortableTag.PLACES];

    /** Writes the item under a tag. */
    @FunctionalInterface
    interface Untagged<T> {
        void write(PortableWriter out, T value) throws IOException;
    }

    /** Objects of exactly {@code type} are written by {@code form}, and items under {@code tag} read by {@code reader}. */
    <T> void form(Class<T> type, int tag, Untagged<T> form, Form.Reader reader) {
        form(type, (out, value) -> {
            out.tag(tag);
            form.write(out, type.cast(value));
        });
        read(tag, reader);
    }

    void form(Class<?> type, Form form) {
        byClass.put(type, form);
    }

    void read(int tag, Form.Reader reader) {
        byTag[PortableTag.place(tag)] = reader;
    }

    /** The form of a class; null if none was entered. */
    @Nullable
    Form of(Class<?> type) {
        return byClass.get(type);
    }

    /** The form of a class, which is computed once. */
    Form computed(Class<?> type, Function<Class<?>, Form> computing) {
        return byClass.computeIfAbsent(type, computing);
    }

    /** How the item under a tag is read; null if no object has that tag. */
    Form.@Nullable Reader byTag(int tag) {
        int place = PortableTag.place(tag);
        return place < 0 ? null : byTag[place];
    }
}
