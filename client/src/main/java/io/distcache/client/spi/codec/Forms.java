package io.distcache.client.spi.codec;

import io.distcache.client.UndecodableValueException;
import io.distcache.client.UnusableClassException;
import java.io.IOException;
import java.io.Serializable;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which form a class has, and which form a tag has. Forms of the JDK's classes stand in a map of ours; those of the
 * application's classes hang on the classes themselves, so neither keeps the other's class loader alive. Thread-safe.
 */
final class Forms {
    /** An item that has no portable form of its own. */
    static final Form SERIALIZED = Forms::writeSerialized;

    private static final Map<Class<?>, Form> PLATFORM = new ConcurrentHashMap<>();
    private static final Form.@Nullable Reader[] BY_TAG = new Form.@Nullable Reader[PortableTag.PLACES];

    private static final ClassValue<Form> APPLICATION = new ClassValue<>() {
        @Override
        protected Form computeValue(Class<?> type) {
            return ofApplicationClass(type);
        }
    };

    static {
        Forms forms = new Forms();
        NumberForms.register(forms);
        TextForms.register(forms);
        TimeForms.register(forms);
        ArrayForms.register(forms);
        CollectionForms.register(forms);
        forms.read(PortableTag.OBJECT, Forms::readObject);
        forms.read(PortableTag.STATE, StatePlan::read);
        forms.read(PortableTag.EXTERNAL, StatePlan::readExternal);
        forms.read(PortableTag.SERIALIZED, in -> in.resolver().deserialize(in.binary(), in.cost()));
    }

    private Forms() {}

    static Form of(Class<?> type) {
        Form form = PLATFORM.get(type);
        if (form != null) {
            return form;
        }
        if (type.isArray()) {
            return ArrayForms.OBJECTS;
        }
        if (JdkValueTypes.isPlatform(type)) {
            return PLATFORM.computeIfAbsent(type, Forms::ofPlatformClass);
        }
        return APPLICATION.get(type);
    }

    static Form.Reader byTag(int tag) {
        int place = PortableTag.place(tag);
        Form.Reader reader = place < 0 ? null : BY_TAG[place];
        if (reader == null) {
            throw new UndecodableValueException("no object has the CBOR tag " + tag);
        }
        return reader;
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
        PLATFORM.put(type, form);
    }

    void read(int tag, Form.Reader reader) {
        BY_TAG[PortableTag.place(tag)] = reader;
    }

    /** Writes the item under a tag. */
    @FunctionalInterface
    interface Untagged<T> {
        void write(PortableWriter out, T value) throws IOException;
    }

    private static Form ofPlatformClass(Class<?> type) {
        if (Enum.class.isAssignableFrom(type)) {
            return CollectionForms.ENUM;
        }
        Form form = CollectionForms.ofPlatformClass(type);
        return form != null ? form : TimeForms.isZone(type) ? TimeForms.ZONE : SERIALIZED;
    }

    private static Form ofApplicationClass(Class<?> type) {
        if (Enum.class.isAssignableFrom(type)) {
            return CollectionForms.ENUM;
        }
        ObjectPlan plan = ObjectPlan.of(type);
        return plan != null ? plan : type.isRecord() ? ofRecordWithoutPlan(type) : SERIALIZED;
    }

    /** One that is closed to us here would have other bytes than where it is open, so as a key it would be another one. */
    private static Form ofRecordWithoutPlan(Class<?> type) {
        try {
            ObjectPlan.requireUsable(type);
            return SERIALIZED;
        } catch (UnusableClassException e) {
            return (out, value) -> {
                throw new UnusableClassException(String.valueOf(e.getMessage()), e.getCause());
            };
        }
    }

    private static Object readObject(PortableReader in) throws IOException {
        in.startArray();
        return in.nextShape().read(in);
    }

    private static void writeSerialized(PortableWriter out, Object value) throws IOException {
        requireSerializable(value);
        if (out.canonical()) {
            StatePlan plan = StatePlan.of(value.getClass());
            if (plan != null) {
                plan.write(out, value);
                return;
            }
        }
        byte[] stream;
        try {
            stream = SerializedForm.write(value, -1, out.canonical(), out.cost(), out.classes());
        } catch (SerializedForm.NotSerializable e) {
            throw unstorable(e.className()).inside(SerializedPath.find(value, e.className()));
        }
        out.tag(PortableTag.SERIALIZED);
        out.generator().writeBinary(stream);
    }

    /** Fails for what Java serialization cannot write, or nobody would be allowed to read. */
    static void requireSerializable(Object value) {
        Class<?> type = value.getClass();
        if (type.isHidden() || Proxy.isProxyClass(type)) {
            throw new PortableForm.Unportable(
                    type.getName() + " is a lambda or a proxy; those are never stored. Store the data it stands for");
        }
        if (!(value instanceof Serializable)) {
            ObjectPlan.requireUsable(type);
            throw unstorable(type.getName());
        }
    }

    static PortableForm.Unportable unstorable(String className) {
        return new PortableForm.Unportable("class " + className + " is neither portable (a record, or a class with a"
                + " no-arg constructor and a getter and a setter for every field) nor java.io.Serializable. Make it"
                + " one of these, or make the field that holds it transient");
    }
}
