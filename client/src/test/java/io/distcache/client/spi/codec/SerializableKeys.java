package io.distcache.client.spi.codec;

import java.io.Externalizable;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInput;
import java.io.ObjectInputStream;
import java.io.ObjectInputValidation;
import java.io.ObjectOutput;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamField;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Date;
import java.util.Hashtable;
import java.util.LinkedList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.Stack;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.Vector;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keys that are Serializable and nothing else, in the ways that libraries and applications make them so. */
final class SerializableKeys {
    private SerializableKeys() {}

    /** As kotlin.Pair. */
    static final class Pair<A, B> implements Serializable {
        private static final long serialVersionUID = 1L;
        final A first;
        final B second;

        Pair(A first, B second) {
            this.first = first;
            this.second = second;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Pair<?, ?> p && Objects.equals(first, p.first) && Objects.equals(second, p.second);
        }

        @Override
        public int hashCode() {
            return Objects.hash(first, second);
        }

        @Override
        public String toString() {
            return "(" + first + ", " + second + ")";
        }
    }

    static final class Money implements Serializable {
        private static final long serialVersionUID = 1L;
        private final long cents;

        Money(long cents) {
            this.cents = cents;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Money m && m.cents == cents;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(cents);
        }
    }

    /** As Spring's SimpleKey. */
    static final class Params implements Serializable {
        private static final long serialVersionUID = 1L;
        private final Object[] params;
        private transient int hash;

        Params(Object... params) {
            this.params = params.clone();
            this.hash = Arrays.deepHashCode(params);
        }

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            hash = Arrays.deepHashCode(params);
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Params p && Arrays.deepEquals(params, p.params);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    static class Unserialized {
        transient String unserialized = "made";
    }

    static class Base extends Unserialized implements Serializable {
        private static final long serialVersionUID = 1L;
        private final String name;

        Base(String name) {
            this.name = name;
        }

        String baseName() {
            return name;
        }
    }

    static final class Derived extends Base {
        private static final long serialVersionUID = 1L;
        private final String name;
        private final List<String> tags;

        Derived(String base, String name, List<String> tags) {
            super(base);
            this.name = name;
            this.tags = tags;
            this.unserialized = "changed";
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Derived d
                    && baseName().equals(d.baseName())
                    && name.equals(d.name)
                    && tags.equals(d.tags);
        }

        @Override
        public int hashCode() {
            return Objects.hash(baseName(), name, tags);
        }
    }

    /** Numbers before, between and after; an object of its own; and a set that it wants back as what it is. */
    static final class WritesItself implements Serializable {
        private static final long serialVersionUID = 1L;
        private final String first;
        private transient String second;
        private transient int number;
        private transient TreeSet<String> both;

        WritesItself(String first, String second, int number) {
            this.first = first;
            this.second = second;
            this.number = number;
            this.both = new TreeSet<>(List.of(first, second));
        }

        private void writeObject(ObjectOutputStream out) throws IOException {
            out.writeByte(7);
            out.defaultWriteObject();
            out.writeInt(number);
            out.writeUTF(second);
            out.writeObject(second);
            out.writeObject(both);
            out.write(new byte[] {1, 2, 3}, 1, 2);
            out.writeLong(number);
            out.writeObject(null);
            out.writeDouble(number);
        }

        @SuppressWarnings("unchecked")
        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            if (in.readByte() != 7) {
                throw new InvalidObjectException("no 7");
            }
            in.defaultReadObject();
            number = in.readInt();
            second = in.readUTF();
            if (!second.equals(in.readObject())) {
                throw new InvalidObjectException("another second");
            }
            both = (TreeSet<String>) in.readObject();
            byte[] two = new byte[2];
            in.readFully(two);
            if (two[1] != 3 || in.readLong() != number || in.readObject() != null || in.available() != 8) {
                throw new InvalidObjectException("another number");
            }
            // The double is left where it is.
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof WritesItself w
                    && first.equals(w.first)
                    && second.equals(w.second)
                    && number == w.number
                    && both.equals(w.both);
        }

        @Override
        public int hashCode() {
            return Objects.hash(first, second, number);
        }
    }

    @SuppressWarnings("UnusedVariable") // Java serialization reads it.
    static final class ByFields implements Serializable {
        private static final long serialVersionUID = 1L;
        private static final ObjectStreamField[] serialPersistentFields = {
            new ObjectStreamField("text", String.class), new ObjectStreamField("times", int.class)
        };
        private final transient Holder held;

        ByFields(String name, int count) {
            this.held = new Holder();
            held.name = name;
            held.count = count;
        }

        private static final class Holder {
            String name = "";
            int count;
        }

        private void writeObject(ObjectOutputStream out) throws IOException {
            ObjectOutputStream.PutField fields = out.putFields();
            fields.put("text", held.name);
            fields.put("times", held.count);
            out.writeFields();
        }

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            ObjectInputStream.GetField fields = in.readFields();
            Holder read = new Holder();
            read.name = (String) fields.get("text", null);
            read.count = fields.get("times", -1);
            try {
                java.lang.reflect.Field field = ByFields.class.getDeclaredField("held");
                field.setAccessible(true);
                field.set(this, read);
            } catch (ReflectiveOperationException e) {
                throw new IOException(e);
            }
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof ByFields b && held.name.equals(b.held.name) && held.count == b.held.count;
        }

        @Override
        public int hashCode() {
            return Objects.hash(held.name, held.count);
        }
    }

    public static final class Outside implements Externalizable {
        private static final long serialVersionUID = 1L;
        private String name = "";
        private List<?> parts = List.of();

        public Outside() {}

        Outside(String name, List<?> parts) {
            this.name = name;
            this.parts = parts;
        }

        @Override
        public void writeExternal(ObjectOutput out) throws IOException {
            out.writeInt(parts.size());
            out.writeObject(name);
            for (Object part : parts) {
                out.writeObject(part);
            }
        }

        @Override
        public void readExternal(ObjectInput in) throws IOException, ClassNotFoundException {
            int count = in.readInt();
            name = (String) in.readObject();
            List<Object> read = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                read.add(in.readObject());
            }
            parts = read;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Outside e && name.equals(e.name) && parts.equals(e.parts);
        }

        @Override
        public int hashCode() {
            return Objects.hash(name, parts);
        }
    }

    /** Writes another in its place, as Effective Java has it. */
    static final class Disguised implements Serializable {
        private static final long serialVersionUID = 1L;
        private final transient String name;

        Disguised(String name) {
            this.name = name;
        }

        private Object writeReplace() {
            return new Mask(name, name);
        }

        private static final class Mask implements Serializable {
            private static final long serialVersionUID = 1L;
            private final String name;
            private final String again;

            Mask(String name, String again) {
                this.name = name;
                this.again = again;
            }

            private Object readResolve() throws InvalidObjectException {
                if (!name.equals(again)) {
                    throw new InvalidObjectException("two names");
                }
                return new Disguised(name);
            }
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Disguised d && name.equals(d.name);
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }
    }

    /** Extends a class of the JDK that writes itself. */
    @SuppressWarnings({"JavaUtilDate", "UndefinedEquals"})
    static final class Identified extends Date {
        private static final long serialVersionUID = 1L;
        private final String by;

        Identified(Date at, String by) {
            super(at.getTime());
            this.by = by;
        }

        @Override
        public boolean equals(Object o) {
            return super.equals(o) && o instanceof Identified i && by.equals(i.by);
        }

        @Override
        public int hashCode() {
            return Objects.hash(getTime(), by);
        }
    }

    static final class Bounded<T> implements Serializable {
        private static final long serialVersionUID = 1L;
        private final T bound;

        Bounded(T bound) {
            this.bound = bound;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Bounded<?> b && bound.equals(b.bound);
        }

        @Override
        public int hashCode() {
            return bound.hashCode();
        }
    }

    /** As Spring's NullValue. */
    static final class Singleton implements Serializable {
        private static final long serialVersionUID = 1L;
        static final Singleton INSTANCE = new Singleton();

        private Singleton() {}

        private Object readResolve() {
            return INSTANCE;
        }
    }

    static final class Validated implements Serializable, ObjectInputValidation {
        private static final long serialVersionUID = 1L;
        static int validated;

        private final int number;

        Validated(int number) {
            this.number = number;
        }

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            in.registerValidation(this, 0);
        }

        @Override
        public void validateObject() {
            validated++;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Validated v && number == v.number;
        }

        @Override
        public int hashCode() {
            return number;
        }
    }

    static final class ByCents implements Comparator<Money>, Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public int compare(Money a, Money b) {
            return Long.compare(a.cents, b.cents);
        }
    }

    static final class Sorted implements Serializable {
        private static final long serialVersionUID = 1L;
        private final SortedSet<?> set;

        Sorted(SortedSet<?> set) {
            this.set = set;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Sorted s && set.equals(s.set);
        }

        @Override
        public int hashCode() {
            return set.hashCode();
        }
    }

    @SuppressWarnings("JdkObsolete")
    static final class KindsOfCollections implements Serializable {
        private static final long serialVersionUID = 1L;
        private final LinkedList<String> linked = new LinkedList<>();
        private final Vector<String> vector;
        private final Stack<String> stack = new Stack<>();
        private final CopyOnWriteArrayList<String> copied = new CopyOnWriteArrayList<>();
        private final Hashtable<String, Money> table;
        private final ConcurrentMap<String, Money> concurrent;
        private final SortedMap<String, Money> sorted = new TreeMap<>();
        private final Iterable<String> any;

        private KindsOfCollections(int room) {
            this.vector = new Vector<>(room);
            this.table = new Hashtable<>(room);
            this.concurrent = new ConcurrentHashMap<>(room);
            this.any = new ArrayList<>(room);
            stack.ensureCapacity(room);
        }

        static KindsOfCollections of(int room, boolean backward) {
            KindsOfCollections made = new KindsOfCollections(room);
            for (int i = 0; i < 20; i++) {
                made.linked.add("e" + i);
                made.vector.add("e" + i);
                made.stack.add("e" + i);
                made.copied.add("e" + i);
                ((List<String>) made.any).add("e" + i);
                int key = backward ? 19 - i : i;
                made.table.put("k" + key, new Money(key));
                made.concurrent.put("k" + key, new Money(key));
                made.sorted.put("k" + key, new Money(key));
            }
            return made;
        }

        private List<Object> all() {
            return List.of(linked, vector, stack, copied, table, concurrent, sorted, any);
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof KindsOfCollections k && all().equals(k.all());
        }

        @Override
        public int hashCode() {
            return all().hashCode();
        }
    }
}
