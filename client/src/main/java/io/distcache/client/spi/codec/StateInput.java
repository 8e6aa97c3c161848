package io.distcache.client.spi.codec;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.NotActiveException;
import java.io.ObjectInputStream;
import java.io.ObjectInputValidation;
import java.io.ObjectStreamClass;
import java.io.OptionalDataException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a class reads from that reads itself; what it leaves is passed over. Confined to one call for one object. */
final class StateInput extends ObjectInputStream {
    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    private final PortableReader in;
    private final StatePlan.@Nullable Level level;
    private final List<String> names;
    private final Object target;
    private final boolean onlyFields;
    private final DataInputStream numbers = new DataInputStream(new Data());
    private ByteBuffer data = NONE;
    /** The parser stands at an item that nobody took yet. */
    private boolean waiting;

    private boolean ended;

    private StateInput(
            PortableReader in, StatePlan.@Nullable Level level, List<String> names, Object target, boolean onlyFields)
            throws IOException {
        this.in = in;
        this.level = level;
        this.names = names;
        this.target = target;
        this.onlyFields = onlyFields;
    }

    /** Of a class that wrote itself: items up to the end of the array that the parser is in. */
    static StateInput ofItems(PortableReader in, StatePlan.@Nullable Level level, List<String> names, Object target)
            throws IOException {
        return new StateInput(in, level, names, target, false);
    }

    /** Of a class that left it to Java serialization: the next items are its fields, and that is all. */
    static StateInput ofFields(PortableReader in, StatePlan.Level level, List<String> names, Object target)
            throws IOException {
        return new StateInput(in, level, names, target, true);
    }

    /** Passes over what nobody read. */
    void end() throws IOException {
        if (onlyFields) {
            for (int i = 0; !ended && i < names.size(); i++) {
                in.skip();
            }
            return;
        }
        while (hasItem()) {
            waiting = false;
            in.skipCurrent();
        }
    }

    private boolean hasItem() throws IOException {
        if (!waiting && !ended) {
            waiting = in.more();
            ended = !waiting;
        }
        return waiting;
    }

    private boolean hasData() throws IOException {
        while (!data.hasRemaining() && !onlyFields && hasItem() && in.tag() == PortableTag.STATE_DATA) {
            data = ByteBuffer.wrap(in.binary());
            waiting = false;
        }
        return data.hasRemaining();
    }

    @Override
    protected @Nullable Object readObjectOverride() throws IOException, OptionalDataException {
        if (hasData()) {
            throw SerializationHooks.noObject(false);
        }
        if (onlyFields || !hasItem()) {
            throw SerializationHooks.noObject(true);
        }
        if (in.tag() == PortableTag.STATE_FIELDS) {
            throw new StreamCorruptedException("fields instead of an object");
        }
        waiting = false;
        return in.current();
    }

    @Override
    public @Nullable Object readUnshared() throws IOException {
        return readObjectOverride();
    }

    /** Whether fields come next; steps into them. */
    private boolean startFields() throws IOException {
        if (level == null || (onlyFields && ended)) {
            throw new NotActiveException("not in readObject invocation or fields already read");
        }
        if (onlyFields) {
            ended = true;
            return true;
        }
        if (hasData()) {
            throw new StreamCorruptedException("unread block data");
        }
        if (!hasItem() || in.tag() != PortableTag.STATE_FIELDS) {
            return false;
        }
        waiting = false;
        in.startArray();
        return true;
    }

    private void endFields() throws IOException {
        if (!onlyFields) {
            in.endArray();
        }
    }

    @Override
    public void defaultReadObject() throws IOException {
        if (!startFields()) {
            return;
        }
        for (String name : names) {
            ObjectField field = field(name);
            if (field == null) {
                in.skip();
            } else {
                field.read(in, target);
            }
        }
        endFields();
    }

    private @Nullable ObjectField field(String name) {
        if (level == null) {
            return null;
        }
        for (ObjectField field : level.fields()) {
            if (field.name().equals(name)) {
                return field;
            }
        }
        return null;
    }

    @Override
    public GetField readFields() throws IOException {
        Fields fields = new Fields();
        if (startFields()) {
            for (String name : names) {
                fields.values.put(name, in.read());
            }
            endFields();
        }
        return fields;
    }

    @Override
    public void registerValidation(ObjectInputValidation validation, int priority) {
        in.validate(validation, priority);
    }

    /** Fields by name, as they were written. */
    private final class Fields extends GetField {
        private final Map<String, @Nullable Object> values = new HashMap<>();

        private boolean has(String name) {
            if (level == null || (level.named(name) == null && !values.containsKey(name))) {
                throw new IllegalArgumentException("no such field " + name);
            }
            return values.containsKey(name);
        }

        private <T> T get(String name, T otherwise, Class<T> type) {
            return has(name) && type.isInstance(values.get(name)) ? type.cast(values.get(name)) : otherwise;
        }

        @Override
        public ObjectStreamClass getObjectStreamClass() {
            return ObjectStreamClass.lookupAny(target.getClass());
        }

        @Override
        public boolean defaulted(String name) {
            return !has(name);
        }

        @Override
        public boolean get(String name, boolean otherwise) {
            return get(name, otherwise, Boolean.class);
        }

        @Override
        public byte get(String name, byte otherwise) {
            return get(name, otherwise, Byte.class);
        }

        @Override
        public char get(String name, char otherwise) {
            return get(name, otherwise, Character.class);
        }

        @Override
        public short get(String name, short otherwise) {
            return get(name, otherwise, Short.class);
        }

        @Override
        public int get(String name, int otherwise) {
            return get(name, otherwise, Integer.class);
        }

        @Override
        public long get(String name, long otherwise) {
            return get(name, otherwise, Long.class);
        }

        @Override
        public float get(String name, float otherwise) {
            return get(name, otherwise, Float.class);
        }

        @Override
        public double get(String name, double otherwise) {
            return get(name, otherwise, Double.class);
        }

        @Override
        public @Nullable Object get(String name, @Nullable Object otherwise) {
            return has(name) ? values.get(name) : otherwise;
        }
    }

    // --- numbers ---

    private final class Data extends InputStream {
        @Override
        public int read() throws IOException {
            return hasData() ? data.get() & 0xff : -1;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (!hasData()) {
                return -1;
            }
            int count = Math.min(length, data.remaining());
            data.get(into, from, count);
            return count;
        }

        @Override
        public int available() throws IOException {
            return hasData() ? data.remaining() : 0;
        }
    }

    @Override
    public int read() throws IOException {
        return numbers.read();
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
        return numbers.read(into, from, length);
    }

    @Override
    public int available() throws IOException {
        return numbers.available();
    }

    @Override
    public boolean readBoolean() throws IOException {
        return numbers.readBoolean();
    }

    @Override
    public byte readByte() throws IOException {
        return numbers.readByte();
    }

    @Override
    public int readUnsignedByte() throws IOException {
        return numbers.readUnsignedByte();
    }

    @Override
    public char readChar() throws IOException {
        return numbers.readChar();
    }

    @Override
    public short readShort() throws IOException {
        return numbers.readShort();
    }

    @Override
    public int readUnsignedShort() throws IOException {
        return numbers.readUnsignedShort();
    }

    @Override
    public int readInt() throws IOException {
        return numbers.readInt();
    }

    @Override
    public long readLong() throws IOException {
        return numbers.readLong();
    }

    @Override
    public float readFloat() throws IOException {
        return numbers.readFloat();
    }

    @Override
    public double readDouble() throws IOException {
        return numbers.readDouble();
    }

    @Override
    public void readFully(byte[] into) throws IOException {
        numbers.readFully(into);
    }

    @Override
    public void readFully(byte[] into, int from, int length) throws IOException {
        numbers.readFully(into, from, length);
    }

    @Override
    public int skipBytes(int count) throws IOException {
        return numbers.skipBytes(count);
    }

    @Override
    public long skip(long count) throws IOException {
        return numbers.skip(count);
    }

    @Override
    @Deprecated
    @SuppressWarnings("InlineMeSuggester")
    public @Nullable String readLine() throws IOException {
        return numbers.readLine();
    }

    @Override
    public String readUTF() throws IOException {
        return numbers.readUTF();
    }

    @Override
    public void close() {}
}
