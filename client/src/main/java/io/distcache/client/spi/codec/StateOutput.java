package io.distcache.client.spi.codec;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.NotActiveException;
import java.io.ObjectOutput;
import java.io.ObjectOutputStream;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a class writes to that writes itself: its fields and each object are one item of the portable form, and the numbers in between one
 * byte string. Confined to one call of one object.
 */
final class StateOutput extends ObjectOutputStream {
    private final PortableWriter out;
    private final StatePlan plan;
    private final StatePlan.@Nullable Level level;
    private final Object value;
    private final BoundedBytes bytes;
    private final DataOutputStream data;
    private @Nullable Fields fields;

    /** {@code level} is the class that writes; null if it is Externalizable. */
    StateOutput(PortableWriter out, StatePlan plan, StatePlan.@Nullable Level level, Object value) throws IOException {
        this.out = out;
        this.plan = plan;
        this.level = level;
        this.value = value;
        this.bytes = new BoundedBytes(out.cost().limits());
        this.data = new DataOutputStream(bytes);
    }

    /** Writes what is left. */
    void end() throws IOException {
        if (bytes.size() > 0) {
            out.tag(PortableTag.STATE_DATA);
            out.generator().writeBinary(bytes.toByteArray());
            bytes.reset();
        }
    }

    @Override
    protected void writeObjectOverride(@Nullable Object object) throws IOException {
        end();
        out.write(object, plan.declaredType(value, object));
    }

    @Override
    public void writeUnshared(@Nullable Object object) throws IOException {
        writeObjectOverride(object);
    }

    private StatePlan.Level level() throws NotActiveException {
        if (level == null) {
            throw new NotActiveException("not in a call to writeObject");
        }
        return level;
    }

    @Override
    public void defaultWriteObject() throws IOException {
        StatePlan.Level written = level();
        startFields(written);
        for (StatePlan.Named field : written.named()) {
            if (field.field() != null) {
                field.field().write(out, value);
            } else {
                out.write(Fields.initial(field.type()), field.type());
            }
        }
        out.generator().writeEndArray();
    }

    @Override
    public PutField putFields() throws IOException {
        if (fields == null) {
            fields = new Fields(level());
        }
        return fields;
    }

    @Override
    public void writeFields() throws IOException {
        if (fields == null) {
            throw new NotActiveException("no current PutField object");
        }
        StatePlan.Level written = level();
        startFields(written);
        for (StatePlan.Named field : written.named()) {
            out.write(fields.values.get(field.name()), field.type());
        }
        out.generator().writeEndArray();
    }

    private void startFields(StatePlan.Level written) throws IOException {
        end();
        out.cost().items(written.named().size()); // A reader may count some that are none to a writer.
        out.tag(PortableTag.STATE_FIELDS);
        out.generator().writeStartArray(value, written.named().size());
    }

    /** Fields by name, those not put as they are in a new object. */
    private static final class Fields extends PutField {
        private final StatePlan.Level level;
        private final Map<String, @Nullable Object> values = new HashMap<>();

        Fields(StatePlan.Level level) {
            this.level = level;
            for (StatePlan.Named field : level.named()) {
                values.put(field.name(), initial(field.type()));
            }
        }

        static @Nullable Object initial(Class<?> type) {
            return java.lang.reflect.Array.get(java.lang.reflect.Array.newInstance(type, 1), 0);
        }

        private void put(String name, @Nullable Object value, boolean fits) {
            if (level.named(name) == null || !fits) {
                throw new IllegalArgumentException("no such field " + name + " with type of given value");
            }
            values.put(name, value);
        }

        private boolean is(String name, Class<?> primitive) {
            StatePlan.Named field = level.named(name);
            return field != null && field.type() == primitive;
        }

        @Override
        public void put(String name, boolean value) {
            put(name, value, is(name, boolean.class));
        }

        @Override
        public void put(String name, byte value) {
            put(name, value, is(name, byte.class));
        }

        @Override
        public void put(String name, char value) {
            put(name, value, is(name, char.class));
        }

        @Override
        public void put(String name, short value) {
            put(name, value, is(name, short.class));
        }

        @Override
        public void put(String name, int value) {
            put(name, value, is(name, int.class));
        }

        @Override
        public void put(String name, long value) {
            put(name, value, is(name, long.class));
        }

        @Override
        public void put(String name, float value) {
            put(name, value, is(name, float.class));
        }

        @Override
        public void put(String name, double value) {
            put(name, value, is(name, double.class));
        }

        @Override
        public void put(String name, @Nullable Object value) {
            StatePlan.Named field = level.named(name);
            put(name, value, field != null && !field.type().isPrimitive());
        }

        @Override
        @Deprecated
        @SuppressWarnings("InlineMeSuggester")
        public void write(ObjectOutput to) {
            throw new UnsupportedOperationException("use writeFields()");
        }
    }

    // --- numbers ---

    @Override
    public void write(int b) throws IOException {
        data.write(b);
    }

    @Override
    public void write(byte[] source) throws IOException {
        data.write(source, 0, source.length);
    }

    @Override
    public void write(byte[] source, int from, int length) throws IOException {
        data.write(source, from, length);
    }

    @Override
    public void writeBoolean(boolean flag) throws IOException {
        data.writeBoolean(flag);
    }

    @Override
    public void writeByte(int number) throws IOException {
        data.writeByte(number);
    }

    @Override
    public void writeShort(int number) throws IOException {
        data.writeShort(number);
    }

    @Override
    public void writeChar(int unit) throws IOException {
        data.writeChar(unit);
    }

    @Override
    public void writeInt(int number) throws IOException {
        data.writeInt(number);
    }

    @Override
    public void writeLong(long number) throws IOException {
        data.writeLong(number);
    }

    @Override
    public void writeFloat(float number) throws IOException {
        data.writeFloat(number);
    }

    @Override
    public void writeDouble(double number) throws IOException {
        data.writeDouble(number);
    }

    @Override
    public void writeBytes(String text) throws IOException {
        data.writeBytes(text);
    }

    @Override
    public void writeChars(String text) throws IOException {
        data.writeChars(text);
    }

    @Override
    public void writeUTF(String text) throws IOException {
        data.writeUTF(text);
    }

    @Override
    public void useProtocolVersion(int version) {}

    @Override
    public void reset() {}

    @Override
    public void flush() {}

    @Override
    protected void drain() {}

    @Override
    public void close() {}
}
