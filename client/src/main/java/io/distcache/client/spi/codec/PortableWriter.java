package io.distcache.client.spi.codec;

import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import io.distcache.protocol.Bytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes one portable item. As a canonical writer (for keys) it writes every list as an ArrayList, every set as a
 * LinkedHashSet sorted by its elements' bytes and every map as a LinkedHashMap sorted by its keys' bytes, since those
 * are equal whatever their kind. Confined to one call.
 */
final class PortableWriter {
    private static final int MAX_REFERRED = 64;

    private final Form.All forms;
    private final CBORGenerator generator;
    private final Sink sink;
    private final boolean canonical;
    private final String[] types = new String[MAX_REFERRED];
    private final Cost cost;
    private final StoredClasses classes;
    private int typeCount;

    PortableWriter(
            Form.All forms, CBORGenerator generator, Sink sink, boolean canonical, Cost cost, StoredClasses classes) {
        this.forms = forms;
        this.generator = generator;
        this.sink = sink;
        this.canonical = canonical;
        this.cost = cost;
        this.classes = classes;
    }

    CBORGenerator generator() {
        return generator;
    }

    Cost cost() {
        return cost;
    }

    StoredClasses classes() {
        return classes;
    }

    boolean canonical() {
        return canonical;
    }

    /** Writes any object that stands where a {@code declared} is expected. */
    void write(@Nullable Object value, Class<?> declared) throws IOException {
        cost.item();
        if (value == null) {
            generator.writeNull();
        } else if (value instanceof String text) {
            text(text);
        } else {
            if (cost.isDeepest()) {
                throw new TooDeep();
            }
            cost.enter();
            if (!canonical || !writeCollapsed(value, declared)) {
                forms.of(value.getClass()).write(this, value);
            }
            cost.leave();
        }
    }

    /** Writes an object that has no portable form of its own. */
    void serialized(Object value) throws IOException {
        forms.serialized().write(this, value);
    }

    /** Writes element {@code index} of a container. */
    void element(@Nullable Object value, int index) throws IOException {
        try {
            write(value, Object.class);
        } catch (Unportable e) {
            throw e.inside("[" + index + "]");
        }
    }

    private void text(String text) throws IOException {
        cost.text(text.length());
        if (ScalarForm.hasUtf8(text)) {
            generator.writeString(text);
        } else {
            tag(PortableTag.UTF16);
            generator.writeBinary(Utf16.units(text));
        }
    }

    void tag(int tag) throws IOException {
        generator.writeTag(tag);
    }

    /**
     * Writes a shape of {@code type}, or its name: text at first, then its number. {@code name} is the same String object each time.
     *
     * @throws io.distcache.client.SerializationRefusedException if nothing of that type may be stored
     */
    @SuppressWarnings({"ReferenceEquality", "StringEquality"}) // A miss only costs bytes.
    void type(Class<?> type, String name) throws IOException {
        int known = Math.min(typeCount, MAX_REFERRED);
        for (int i = 0; i < known && !canonical; i++) {
            if (types[i] == name) {
                generator.writeNumber(i);
                return;
            }
        }
        classes.require(type);
        if (typeCount < MAX_REFERRED) {
            types[typeCount] = name;
        }
        typeCount++;
        generator.writeString(name);
    }

    void longs(int tag, long... numbers) throws IOException {
        tag(tag);
        generator.writeStartArray(numbers, numbers.length);
        for (long number : numbers) {
            generator.writeNumber(number);
        }
        generator.writeEndArray();
    }

    void elements(Collection<?> elements) throws IOException {
        cost.container();
        generator.writeStartArray(elements, elements.size());
        int index = 0;
        for (Object element : elements) {
            element(element, index++);
        }
        generator.writeEndArray();
    }

    /** As {@link #elements}, of what is read into a hash table, which makes trees of elements with the same hash or not. */
    void hashed(Collection<?> elements, boolean trees) throws IOException {
        cost.container();
        HashedKeys keys = new HashedKeys(cost, trees);
        generator.writeStartArray(elements, elements.size());
        int index = 0;
        for (Object element : elements) {
            long before = cost.size();
            element(element, index++);
            keys.add(element, cost.size() - before, elements);
        }
        generator.writeEndArray();
    }

    /** The entries of a map that is read into a tree. */
    void entries(Map<?, ?> map) throws IOException {
        cost.container();
        generator.writeStartArray(map, 2 * map.size());
        int index = 0;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            element(entry.getKey(), index++);
            element(entry.getValue(), index++);
        }
        generator.writeEndArray();
    }

    /** As {@link #entries}, of what is read into a hash table, which makes trees of keys with the same hash or not. */
    void hashed(Map<?, ?> map, boolean trees) throws IOException {
        cost.container();
        HashedKeys keys = new HashedKeys(cost, trees);
        generator.writeStartArray(map, 2 * map.size());
        int index = 0;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            long before = cost.size();
            element(entry.getKey(), index++);
            keys.add(entry.getKey(), cost.size() - before, map.keySet());
            element(entry.getValue(), index++);
        }
        generator.writeEndArray();
    }

    /** Where a field insists on a kind, as TreeMap and SortedMap do, the kind is the same in all equal keys. */
    private boolean writeCollapsed(Object value, Class<?> declared) throws IOException {
        if (value instanceof List<?> list && declared.isAssignableFrom(ArrayList.class)) {
            elements(list);
        } else if (value instanceof Set<?> set && declared.isAssignableFrom(LinkedHashSet.class)) {
            writeSorted(set);
        } else if (value instanceof Map<?, ?> map && declared.isAssignableFrom(LinkedHashMap.class)) {
            writeSorted(PortableTag.LINKED_MAP, map);
        } else if (value instanceof Map<?, ?> map && declared.isAssignableFrom(ConcurrentHashMap.class)) {
            writeSorted(PortableTag.CONCURRENT_MAP, map);
        } else {
            return (value instanceof Collection || value instanceof Map) && forms.writeOfKind(this, value, declared);
        }
        return true;
    }

    private void writeSorted(Set<?> set) throws IOException {
        cost.container();
        List<Part> parts = new ArrayList<>(set.size());
        for (Object element : set) {
            parts.add(part(element));
        }
        Collections.sort(parts);
        hashed(parts);
        tag(PortableTag.LINKED_SET);
        writeParts(parts.stream().map(Part::bytes).toList());
    }

    private void writeSorted(int tag, Map<?, ?> map) throws IOException {
        cost.container();
        List<Part> parts = new ArrayList<>(map.size());
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            parts.add(part(entry.getKey()).with(forms.part(entry.getValue(), cost, classes)));
        }
        Collections.sort(parts);
        hashed(parts);
        List<Bytes> flat = new ArrayList<>(2 * parts.size());
        for (Part part : parts) {
            flat.add(part.bytes);
            flat.add(part.value);
        }
        tag(tag);
        writeParts(flat);
    }

    /** An element of a set or an entry of a map, in the order of the bytes of element or key. */
    private record Part(Bytes bytes, Bytes value, @Nullable Object object, long size) implements Comparable<Part> {
        Part with(Bytes value) {
            return new Part(bytes, value, object, size);
        }

        @Override
        public int compareTo(Part other) {
            return bytes.compareTo(other.bytes);
        }
    }

    private Part part(@Nullable Object object) throws IOException {
        long before = cost.size();
        Bytes bytes = forms.part(object, cost, classes);
        return new Part(bytes, Bytes.EMPTY, object, cost.size() - before);
    }

    private void hashed(List<Part> parts) {
        HashedKeys keys = new HashedKeys(cost, true);
        List<@Nullable Object> before = new ArrayList<>(parts.size());
        for (Part part : parts) {
            keys.add(part.object, part.size, before);
            before.add(part.object);
        }
    }

    /** The generator does not count the elements of an array of indefinite length, so ready bytes may go between. */
    private void writeParts(List<Bytes> parts) throws IOException {
        generator.writeStartArray();
        generator.flush();
        for (Bytes part : parts) {
            sink.write(part.array(), part.offset(), part.length());
        }
        generator.writeEndArray();
    }
}
