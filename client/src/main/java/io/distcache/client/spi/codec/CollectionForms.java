package io.distcache.client.spi.codec;

import io.distcache.client.UndecodableValueException;
import java.io.IOException;
import java.util.AbstractMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.Stack;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.Vector;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The JDK's collections by kind. Stateless. */
final class CollectionForms {
    private static final Form SORTED_SET = CollectionForms::writeSortedSet;
    private static final Form SORTED_MAP = CollectionForms::writeSortedMap;

    /** Collections that have no form of their own as values; a stream writes how much room they have. */
    @SuppressWarnings("JdkObsolete") // Applications still hold them.
    private static final Map<Class<?>, Supplier<?>> OF_KIND = Map.of(
            Vector.class, Vector::new,
            Stack.class, Stack::new,
            Hashtable.class, Hashtable::new,
            Properties.class, Properties::new,
            CopyOnWriteArrayList.class, CopyOnWriteArrayList::new,
            CopyOnWriteArraySet.class, CopyOnWriteArraySet::new,
            ConcurrentSkipListSet.class, ConcurrentSkipListSet::new,
            ConcurrentSkipListMap.class, ConcurrentSkipListMap::new);

    private CollectionForms() {}

    @SuppressWarnings("JdkObsolete") // Applications still hold a LinkedList.
    static void register(FormTable forms) {
        forms.form(ArrayList.class, (out, value) -> out.elements((ArrayList<?>) value));
        forms.form(
                LinkedList.class,
                PortableTag.LINKED_LIST,
                PortableWriter::elements,
                in -> in.elements(new LinkedList<>()));
        forms.form(
                ArrayDeque.class,
                PortableTag.ARRAY_DEQUE,
                PortableWriter::elements,
                in -> in.elements(new ArrayDeque<>()));
        forms.read(PortableTag.LIST_OF, in -> listOf(in.elements(new ArrayList<>())));
        forms.read(
                PortableTag.LIST_AS,
                in -> Arrays.asList(in.elements(new ArrayList<>()).toArray()));
        forms.read(PortableTag.LIST_UNMODIFIABLE, in -> Collections.unmodifiableList(in.elements(new ArrayList<>())));

        forms.form(
                HashSet.class,
                PortableTag.SET,
                (out, value) -> out.hashed((Set<?>) value, true),
                in -> in.hashed(new HashSet<>(), true));
        forms.form(
                LinkedHashSet.class,
                PortableTag.LINKED_SET,
                (out, value) -> out.hashed((Set<?>) value, true),
                in -> in.hashed(new LinkedHashSet<>(), true));
        forms.form(TreeSet.class, SORTED_SET);
        forms.read(PortableTag.TREE_SET, in -> in.elements(new TreeSet<>()));
        forms.read(
                PortableTag.SET_OF,
                in -> Set.of(in.hashed(new ArrayList<>(), false).toArray()));
        forms.read(
                PortableTag.SET_UNMODIFIABLE,
                in -> Collections.unmodifiableSet(in.hashed(new LinkedHashSet<>(), true)));

        forms.form(
                HashMap.class,
                PortableTag.MAP,
                (out, value) -> out.hashed((Map<?, ?>) value, true),
                in -> in.hashed(new HashMap<>(), true));
        forms.form(
                LinkedHashMap.class,
                PortableTag.LINKED_MAP,
                (out, value) -> out.hashed((Map<?, ?>) value, true),
                in -> in.hashed(new LinkedHashMap<>(), true));
        forms.form(TreeMap.class, SORTED_MAP);
        forms.read(PortableTag.TREE_MAP, in -> in.entries(new TreeMap<>()));
        forms.form(
                ConcurrentHashMap.class,
                PortableTag.CONCURRENT_MAP,
                CollectionForms::writeConcurrent,
                in -> in.hashed(new ConcurrentHashMap<>(), true));
        forms.read(PortableTag.MAP_OF, in -> Map.copyOf(in.hashed(new LinkedHashMap<>(), false)));
        forms.read(
                PortableTag.MAP_UNMODIFIABLE,
                in -> Collections.unmodifiableMap(in.hashed(new LinkedHashMap<>(), true)));

        forms.read(PortableTag.COLLECTION, CollectionForms::readOfKind);

        forms.form(
                AbstractMap.SimpleEntry.class,
                (out, value) -> writeEntry(
                        out, out.canonical() ? PortableTag.ENTRY : PortableTag.MUTABLE_ENTRY, (Map.Entry<?, ?>) value));
        forms.read(PortableTag.MUTABLE_ENTRY, in -> new AbstractMap.SimpleEntry<>(readEntry(in)));
        forms.read(PortableTag.ENTRY, in -> readEntry(in));
    }

    /** The form of a JDK class that is private or one of many; null for those that only Java serialization can write. */
    static @Nullable Form ofPlatformClass(Class<?> type) {
        if (!type.getPackageName().equals("java.util")) {
            return null;
        }
        String name = type.getName();
        boolean immutable = name.startsWith("java.util.ImmutableCollections$");
        boolean view = name.startsWith("java.util.Collections$Unmodifiable")
                || name.startsWith("java.util.Collections$Empty")
                || name.startsWith("java.util.Collections$Singleton")
                || name.equals("java.util.Collections$CopiesList")
                || !java.io.Serializable.class.isAssignableFrom(type);
        if (EnumSet.class.isAssignableFrom(type)) {
            return EnumForms.SET;
        }
        if (name.equals("java.util.Arrays$ArrayList")) {
            return elements(PortableTag.LIST_AS);
        }
        if (Map.Entry.class.isAssignableFrom(type)) {
            return (out, value) -> writeEntry(out, PortableTag.ENTRY, (Map.Entry<?, ?>) value);
        }
        if (SortedSet.class.isAssignableFrom(type)) {
            return SORTED_SET;
        }
        if (SortedMap.class.isAssignableFrom(type)) {
            return SORTED_MAP;
        }
        if (!immutable && !view) {
            return null;
        }
        if (List.class.isAssignableFrom(type)) {
            return elements(immutable ? PortableTag.LIST_OF : PortableTag.LIST_UNMODIFIABLE);
        }
        if (Set.class.isAssignableFrom(type)) {
            return set(immutable ? PortableTag.SET_OF : PortableTag.SET_UNMODIFIABLE, !immutable);
        }
        if (Map.class.isAssignableFrom(type)) {
            return map(immutable ? PortableTag.MAP_OF : PortableTag.MAP_UNMODIFIABLE, !immutable);
        }
        return null;
    }

    /**
     * Writes a collection in a key whose kind is fixed by what is {@code declared}: all that may stand there and be equal alike.
     *
     * @return false if it has a form of its own that does so
     */
    static boolean writeOfKind(PortableWriter out, Object value, Class<?> declared) throws IOException {
        if (value instanceof SortedSet<?> set && declared.isAssignableFrom(TreeSet.class)) {
            SortedSet<?> natural = natural(set);
            if (natural == null) {
                return false;
            }
            writeSortedSet(out, natural);
            return true;
        }
        if (value instanceof SortedMap<?, ?> map && declared.isAssignableFrom(TreeMap.class)) {
            SortedMap<?, ?> natural = natural(map);
            if (natural == null) {
                return false;
            }
            writeSortedMap(out, natural);
            return true;
        }
        Object content = value instanceof SortedSet<?> set
                ? natural(set)
                : value instanceof SortedMap<?, ?> map ? natural(map) : value;
        if (content == null || !OF_KIND.containsKey(value.getClass())) {
            return false;
        }
        out.tag(PortableTag.COLLECTION);
        out.generator().writeStartArray(value, 2);
        out.type(value.getClass(), value.getClass().getName());
        out.write(content, Object.class);
        out.generator().writeEndArray();
        return true;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Object readOfKind(PortableReader in) throws IOException {
        in.startArray();
        Class<?> type = in.resolver().type(in.nextType());
        Supplier<?> kind = OF_KIND.get(type);
        if (kind == null) {
            throw new UndecodableValueException("class " + type.getName() + " is no such collection");
        }
        Object content = in.read();
        in.endArray();
        Object made = kind.get();
        if (made instanceof Collection target && content instanceof Collection<?> elements) {
            target.addAll(elements);
        } else if (made instanceof Map target && content instanceof Map<?, ?> entries) {
            target.putAll(entries);
        } else {
            throw new UndecodableValueException("no content of a " + type.getName());
        }
        return made;
    }

    /** The same elements in their natural order; null if they have none, or there would be fewer of them. */
    @SuppressWarnings("unchecked")
    private static @Nullable SortedSet<?> natural(SortedSet<?> set) {
        if (set.comparator() == null) {
            return set;
        }
        try {
            TreeSet<Object> natural = new TreeSet<>();
            natural.addAll((Collection<Object>) set);
            return natural.size() == set.size() ? natural : null;
        } catch (ClassCastException | NullPointerException e) {
            return null;
        }
    }

    private static @Nullable SortedMap<?, ?> natural(SortedMap<?, ?> map) {
        if (map.comparator() == null) {
            return map;
        }
        try {
            TreeMap<Object, Object> natural = new TreeMap<>();
            map.forEach(natural::put);
            return natural.size() == map.size() ? natural : null;
        } catch (ClassCastException | NullPointerException e) {
            return null;
        }
    }

    private static Form elements(int tag) {
        return (out, value) -> {
            out.tag(tag);
            out.elements((Collection<?>) value);
        };
    }

    private static Form set(int tag, boolean trees) {
        return (out, value) -> {
            out.tag(tag);
            out.hashed((Set<?>) value, trees);
        };
    }

    private static Form map(int tag, boolean trees) {
        return (out, value) -> {
            out.tag(tag);
            out.hashed((Map<?, ?>) value, trees);
        };
    }

    /** Stream.toList makes lists of the same class as List.of, but with nulls. */
    private static List<@Nullable Object> listOf(List<@Nullable Object> elements) {
        return elements.contains(null) ? Collections.unmodifiableList(elements) : List.of(elements.toArray());
    }

    private static void writeSortedSet(PortableWriter out, Object value) throws IOException {
        SortedSet<?> set = (SortedSet<?>) value;
        if (set.comparator() != null) { // A copy, as views of a TreeSet have classes of their own.
            out.serialized(new TreeSet<>(set));
            return;
        }
        out.tag(PortableTag.TREE_SET);
        out.elements(set);
    }

    private static void writeSortedMap(PortableWriter out, Object value) throws IOException {
        SortedMap<?, ?> map = (SortedMap<?, ?>) value;
        if (map.comparator() != null) {
            out.serialized(new TreeMap<>(map));
            return;
        }
        out.tag(PortableTag.TREE_MAP);
        out.entries(map);
    }

    /** Others may be changing it; the copy has one size. */
    private static void writeConcurrent(PortableWriter out, ConcurrentHashMap<?, ?> map) throws IOException {
        out.hashed(new HashMap<>(map), true);
    }

    private static void writeEntry(PortableWriter out, int tag, Map.Entry<?, ?> entry) throws IOException {
        out.tag(tag);
        out.elements(Arrays.asList(entry.getKey(), entry.getValue()));
    }

    private static Map.Entry<?, ?> readEntry(PortableReader in) throws IOException {
        in.startArray();
        in.cost().container();
        Map.Entry<?, ?> entry = new AbstractMap.SimpleImmutableEntry<>(in.read(), in.read());
        in.endArray();
        return entry;
    }
}
