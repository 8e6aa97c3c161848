package io.distcache.client.spi.codec;

import java.io.IOException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.Map;

/** Enums, and the JDK's collections of them. Stateless. */
final class EnumForms {
    static final Form CONSTANT = EnumForms::writeEnum;
    static final Form SET = EnumForms::writeEnumSet;

    private EnumForms() {}

    static void register(FormTable forms) {
        forms.form(EnumMap.class, EnumForms::writeEnumMap);
        forms.read(PortableTag.ENUM_MAP, EnumForms::readEnumMap);
        forms.read(PortableTag.ENUM_SET, EnumForms::readEnumSet);
        forms.read(PortableTag.ENUM, EnumForms::readEnum);
    }

    private static void writeEnum(PortableWriter out, Object value) throws IOException {
        Enum<?> constant = (Enum<?>) value;
        out.tag(PortableTag.ENUM);
        out.generator().writeStartArray(value, 2);
        out.type(constant.getDeclaringClass(), constant.getDeclaringClass().getName());
        out.generator().writeString(constant.name());
        out.generator().writeEndArray();
    }

    private static Object readEnum(PortableReader in) throws IOException {
        in.startArray();
        Class<? extends Enum<?>> type = in.resolver().enumType(in.nextType());
        Object constant = constant(type, in.nextText());
        in.endArray();
        return constant;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Enum<?> constant(Class<? extends Enum<?>> type, String name) {
        return Enum.valueOf((Class) type, name);
    }

    private static void writeEnumSet(PortableWriter out, Object value) throws IOException {
        EnumSet<?> set = (EnumSet<?>) value;
        // An empty set knows its type, but tells only through its complement.
        Iterator<? extends Enum<?>> sample = (set.isEmpty() ? EnumSet.complementOf(set) : set).iterator();
        if (!sample.hasNext()) {
            out.serialized(value);
            return;
        }
        out.tag(PortableTag.ENUM_SET);
        out.generator().writeStartArray(value, 1 + set.size());
        Class<?> type = sample.next().getDeclaringClass();
        out.type(type, type.getName());
        for (Enum<?> constant : set) {
            out.generator().writeString(constant.name());
        }
        out.generator().writeEndArray();
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Object readEnumSet(PortableReader in) throws IOException {
        in.startArray();
        Class<? extends Enum<?>> type = in.resolver().enumType(in.nextType());
        EnumSet set = EnumSet.noneOf((Class) type);
        while (in.more()) {
            set.add(constant(type, in.text()));
        }
        return set;
    }

    private static void writeEnumMap(PortableWriter out, Object value) throws IOException {
        EnumMap<?, ?> map = (EnumMap<?, ?>) value;
        if (map.isEmpty()) { // Its type shows only in its Java stream.
            out.serialized(value);
            return;
        }
        out.tag(PortableTag.ENUM_MAP);
        Class<?> type = map.keySet().iterator().next().getDeclaringClass();
        out.cost().items(type.getEnumConstants().length);
        out.generator().writeStartArray(value, 1 + 2 * map.size());
        out.type(type, type.getName());
        int index = 0;
        for (Map.Entry<? extends Enum<?>, ?> entry : map.entrySet()) {
            out.generator().writeString(entry.getKey().name());
            out.element(entry.getValue(), index++);
        }
        out.generator().writeEndArray();
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Object readEnumMap(PortableReader in) throws IOException {
        in.startArray();
        Class<? extends Enum<?>> type = in.resolver().enumType(in.nextType());
        in.cost().items(type.getEnumConstants().length); // It has a place for each.
        EnumMap map = new EnumMap((Class) type);
        while (in.more()) {
            Enum<?> key = constant(type, in.text());
            map.put(key, in.read());
        }
        return map;
    }
}
