package io.distcache.client.spi.codec;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.FlaggedValue;
import io.distcache.protocol.ValueTag;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;

/** Classes as applications have them; package-private and nested on purpose. */
final class Samples {
    private Samples() {}

    /** A value as a memcached client stores it that gives flags with it. */
    static Bytes flagged(Bytes bare) {
        byte[] bytes = new byte[FlaggedValue.HEADER_BYTES + bare.length()];
        ByteBuffer.wrap(bytes)
                .put(ValueTag.FLAGGED)
                .put((byte) 0)
                .putInt(0xdeadbeef)
                .put(bare.array(), bare.offset(), bare.length());
        return Bytes.of(bytes);
    }

    enum Color {
        RED,
        GREEN {
            @Override
            int weight() {
                return 2;
            }
        },
        BLUE;

        int weight() {
            return 1;
        }
    }

    record Point(int x, int y) {}

    record Everything(
            boolean flag,
            byte small,
            short less,
            char unit,
            int number,
            long big,
            float half,
            double whole,
            String text,
            Long boxed,
            Color color,
            List<Point> points,
            Map<Point, List<Color>> byPoint,
            SortedMap<String, Point> sorted,
            Object any) {}

    record Pair<A, B>(A first, B second) {}

    record Empty() {}

    static class Person {
        private String name = "nobody";
        private int age;
        private boolean isActive;
        private long id;
        private List<String> tags = List.of();

        Person() {}

        Person(String name, int age, boolean active, long id, List<String> tags) {
            this.name = name;
            this.age = age;
            this.isActive = active;
            this.id = id;
            this.tags = tags;
        }

        public String getName() {
            return name;
        }

        public void setName(String name) {
            this.name = name;
        }

        public int getAge() {
            return age;
        }

        public void setAge(int age) {
            this.age = age;
        }

        public boolean isActive() {
            return isActive;
        }

        public void setActive(boolean active) {
            this.isActive = active;
        }

        public long getId() {
            return id;
        }

        public void setId(long id) {
            this.id = id;
        }

        public List<String> getTags() {
            return tags;
        }

        public void setTags(List<String> tags) {
            this.tags = tags;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Person p
                    && name.equals(p.name)
                    && age == p.age
                    && isActive == p.isActive
                    && id == p.id
                    && tags.equals(p.tags);
        }

        @Override
        public int hashCode() {
            return Objects.hash(name, age, id);
        }
    }

    static final class Employee extends Person {
        private Person boss;

        Employee() {}

        Employee(Person boss) {
            super("worker", 30, true, 7, List.of("a"));
            this.boss = boss;
        }

        public Person getBoss() {
            return boss;
        }

        public void setBoss(Person boss) {
            this.boss = boss;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Employee e && super.equals(o) && Objects.equals(boss, e.boss);
        }

        @Override
        public int hashCode() {
            return super.hashCode();
        }
    }

    /** Serializable, but no bean: no setter. */
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

    /** A chain, or a ring: Serializable and a bean. */
    static final class Link implements Serializable {
        private static final long serialVersionUID = 1L;
        private Link next;

        public Link getNext() {
            return next;
        }

        public void setNext(Link next) {
            this.next = next;
        }
    }

    /** Neither portable nor Serializable. */
    static final class Opaque {
        final int value;

        Opaque(int value) {
            this.value = value;
        }
    }

    record Line(int amount, Opaque product) {}

    record Order(String id, List<Line> lines) {}

    /** Serializable itself, but not what it holds. */
    static final class Holder implements Serializable {
        private static final long serialVersionUID = 1L;
        final List<Object> parts;

        Holder(List<Object> parts) {
            this.parts = parts;
        }
    }

    /** Does harm when it is read, as a gadget does. */
    static final class Gadget implements Serializable {
        private static final long serialVersionUID = 1L;
        static boolean ran;

        private final int value = 1;

        int value() {
            return value;
        }

        private void readObject(java.io.ObjectInputStream in) throws java.io.IOException, ClassNotFoundException {
            in.defaultReadObject();
            ran = true;
        }
    }

    /** A record that does harm when it is made. */
    record RecordGadget(int value) {
        static boolean ran;

        @SuppressWarnings("StaticAssignmentInConstructor") // The harm.
        RecordGadget {
            ran = value == 666;
        }
    }

    record Wide(Set<String> names, Map<String, Long> counts, Set<Point> points) {}
}
