package io.distcache.client.spi.codec;

import io.distcache.client.UndecodableValueException;
import io.distcache.client.UnusableClassException;
import io.distcache.protocol.Bytes;
import java.io.IOException;
import java.io.Serializable;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * Which form a class has, and which form a tag has. Forms of the JDK's classes stand in a {@link FormTable}; those of the
 * application's classes hang on the classes themselves, so neither keeps the other's class loader alive. Thread-safe.
 */
final class Forms {
    /** An item that has no portable form of its own. */
    static final Form SERIALIZED = Forms::writeSerialized;

    /** What writes and reads by forms asks here. */
    static final Form.All ALL = new Asked();

    private static final FormTable TABLE = new FormTable();

    private static final ClassValue<Form> APPLICATION = new ClassValue<>() {
        @Override
        protected Form computeValue(Class<?> type) {
            return ofApplicationClass(type);
        }
    };

    static {
        FormTable forms = TABLE;
        NumberForms.register(forms);
        TextForms.register(forms);
        TimeForms.register(forms);
        ArrayForms.register(forms);
        CollectionForms.register(forms);
        EnumForms.register(forms);
        forms.read(PortableTag.OBJECT, Forms::readObject);
        forms.read(PortableTag.STATE, StatePlan::read);
        forms.read(PortableTag.EXTERNAL, StatePlan::readExternal);
        forms.read(PortableTag.SERIALIZED, in -> in.resolver().deserialize(in.binary(), in.cost()));
    }

    private Forms() {}

    static Form of(Class<?> type) {
        Form form = TABLE.of(type);
        if (form != null) {
            return form;
        }
        if (type.isArray()) {
            return ArrayForms.OBJECTS;
        }
        if (JdkValueTypes.isPlatform(type)) {
            return TABLE.computed(type, Forms::ofPlatformClass);
        }
        return APPLICATION.get(type);
    }

    static Form.Reader byTag(int tag) {
        Form.Reader reader = TABLE.byTag(tag);
        if (reader == null) {
            throw new UndecodableValueException("no object has the CBOR tag " + tag);
        }
        return reader;
    }

    private static Form ofPlatformClass(Class<?> type) {
        if (Enum.class.isAssignableFrom(type)) {
            return EnumForms.CONSTANT;
        }
        Form form = CollectionForms.ofPlatformClass(type);
        return form != null ? form : TimeForms.isZone(type) ? TimeForms.ZONE : SERIALIZED;
    }

    private static Form ofApplicationClass(Class<?> type) {
        if (Enum.class.isAssignableFrom(type)) {
            return EnumForms.CONSTANT;
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

    private static @Nullable Object readObject(PortableReader in) throws IOException {
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
            throw new Unportable(
                    type.getName() + " is a lambda or a proxy; those are never stored. Store the data it stands for");
        }
        if (!(value instanceof Serializable)) {
            ObjectPlan.requireUsable(type);
            throw unstorable(type.getName());
        }
    }

    static Unportable unstorable(String className) {
        return new Unportable("class " + className + " is neither portable (a record, or a class with a"
                + " no-arg constructor and a getter and a setter for every field) nor java.io.Serializable. Make it"
                + " one of these, or make the field that holds it transient");
    }

    /** Hands on what is asked of the forms of all classes. Stateless. */
    private static final class Asked implements Form.All {
        @Override
        public Form of(Class<?> type) {
            return Forms.of(type);
        }

        @Override
        public Form.Reader byTag(int tag) {
            return Forms.byTag(tag);
        }

        @Override
        public Form serialized() {
            return SERIALIZED;
        }

        @Override
        public boolean writeOfKind(PortableWriter out, Object value, Class<?> declared) throws IOException {
            return CollectionForms.writeOfKind(out, value, declared);
        }

        @Override
        public Bytes part(@Nullable Object part, Cost cost, StoredClasses classes) throws IOException {
            return PortableForm.writePart(part, cost, classes);
        }
    }
}
