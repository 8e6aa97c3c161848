package io.distcache.client.spi.codec;

import io.distcache.client.SerializationLimitException;
import io.distcache.client.SerializationLimits;
import io.distcache.client.UndecodableValueException;
import java.io.ObjectStreamConstants;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a Java object stream before anything is made of it, by the grammar of the Java Object Serialization Specification
 * (chapter 6), and counts what reading it would cost: how deep it nests, how many objects there are, whether arrays are as long as they
 * say, and what its hash tables do. A filter of the JDK cannot know the last: in a stream an object may stand in many places, so hashing
 * 28 sets of two sets each visits 2<sup>28</sup> objects. Confined to one call.
 *
 * <p>An object that is a key counts with all that it refers to, whatever its class's {@code hashCode} does; where references lead back to
 * an object that is not complete yet, the count ends.
 *
 * <p>It is long since one grammar stands in one place, in the order of the specification.
 */
final class StreamSurvey {
    private static final int MAX_CLASS_NAME = 1024;
    /** Of the classes whose {@code writeObject} leaves out their fields, so many in one stream are found out. */
    private static final int MAX_ATTEMPTS = 8;
    /** Longer texts are not hashed here, but taken for ones that meet. */
    private static final int MAX_HASHED = 256;

    /** Of an {@link EmbeddedPart} so many bytes are taken for one object. */
    private static final int EMBEDDED_SHIFT = 3;

    private static final int NONE = -1;
    private static final long UNCOUNTABLE = 1L << 40;

    private static final Map<String, Keys> HASH_TABLES = Map.of(
            "java.util.HashMap", new Keys(2, true),
            "java.util.HashSet", new Keys(1, true),
            "java.util.concurrent.ConcurrentHashMap", new Keys(2, true),
            "java.util.Hashtable", new Keys(2, false));
    private static final String EMBEDDED = EmbeddedPart.class.getName();
    /** The form of List.of, Set.of and Map.of. */
    private static final String IMMUTABLE = "java.util.CollSer";

    private static final Keys IMMUTABLE_SET = new Keys(1, false);
    private static final Keys IMMUTABLE_MAP = new Keys(2, false);
    /** Those that compare their elements when they are read. */
    private static final Set<String> COMPARING = Set.of(
            "java.util.PriorityQueue",
            "java.util.concurrent.PriorityBlockingQueue",
            "java.util.concurrent.ConcurrentSkipListMap");

    /** Kinds of keys. */
    private static final byte OTHER = 0;

    private static final byte TEXT = 1;
    private static final byte INT = 2;
    private static final byte LONG = 3;
    private static final byte CONSTANT = 4;
    private static final Map<String, Byte> KINDS = Map.of(
            "java.lang.Integer", INT,
            "java.lang.Long", LONG,
            "java.lang.Short", (byte) 5,
            "java.lang.Byte", (byte) 6,
            "java.lang.Character", (byte) 7,
            "java.util.UUID", (byte) 8);

    private static final int OPEN = 1;
    private static final int CONTAINER = 2;
    /** A collection that is not complete can be reached from here through collections alone. */
    private static final int LOOP = 4;

    private static final int KNOWN_HASH = 8;

    private final byte[] in;
    private final int end;
    private final Cost cost;
    private final Set<String> fieldless;
    private int at;
    private int depth;
    private boolean inEmbedded;
    private @Nullable String suspect;

    // By handle.
    private int handles;
    private byte[] kinds = new byte[16];
    private byte[] states = new byte[16];
    private int[] hashes = new int[16];
    private long[] sizes = new long[16];
    private final Map<Integer, Description> descriptions = new HashMap<>();

    private StreamSurvey(byte[] in, int offset, int length, Cost cost, Set<String> fieldless) {
        this.in = in;
        this.end = offset + length;
        this.at = offset;
        this.cost = cost;
        this.fieldless = fieldless;
    }

    /** Every how many objects of an annotation are keys, and whether equal hashes become trees. */
    private record Keys(int step, boolean trees) {}

    /** The stream is not as it should be, or a class writes in a way that only itself can read. */
    private static final class Broken extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Broken(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * Adds what reading the stream costs.
     *
     * @return how many objects there are of each class
     * @throws SerializationLimitException if that is too much
     * @throws UndecodableValueException if it cannot be known: the stream does not keep to the grammar and names a hash table
     */
    static Map<String, Integer> add(byte[] array, int offset, int length, Cost cost) {
        Set<String> fieldless = new HashSet<>();
        Cost.Mark mark = cost.mark();
        for (int attempt = 1; ; attempt++) {
            StreamSurvey survey = new StreamSurvey(array, offset, length, cost, fieldless);
            try {
                survey.stream();
                return survey.objects();
            } catch (Broken e) {
                // A class may write its fields itself although it has some; the stream does not tell.
                if (attempt < MAX_ATTEMPTS && survey.suspect != null && fieldless.add(survey.suspect)) {
                    cost.reset(mark);
                    continue;
                }
                if (namesHashTable(array, offset, length)) {
                    throw new UndecodableValueException("the Java object stream does not keep to its grammar at byte "
                            + (survey.at - offset) + " of " + length + ": " + e.getMessage());
                }
                return Map.of(); // Reading ends where the stream does.
            } catch (StackOverflowError e) {
                throw Cost.overflow(cost.limits(), e);
            }
        }
    }

    private Map<String, Integer> objects() {
        Map<String, Integer> byName = new HashMap<>();
        descriptions.values().forEach(type -> byName.merge(type.name, type.objects, Integer::sum));
        return byName;
    }

    private static boolean namesHashTable(byte[] array, int offset, int length) {
        String text = new String(array, offset, length, StandardCharsets.ISO_8859_1);
        return text.contains(IMMUTABLE)
                || HASH_TABLES.keySet().stream().anyMatch(text::contains)
                || COMPARING.stream().anyMatch(text::contains);
    }

    private void stream() {
        if (unsignedShort() != (ObjectStreamConstants.STREAM_MAGIC & 0xffff)
                || unsignedShort() != ObjectStreamConstants.STREAM_VERSION) {
            throw new Broken("no header");
        }
        while (peek() == ObjectStreamConstants.TC_RESET) {
            at++;
        }
        content();
    }

    // --- objects ---

    /** One object; its handle, or {@link #NONE} for null. */
    private int content() {
        int code = unsignedByte();
        if (code == ObjectStreamConstants.TC_NULL) {
            return NONE;
        }
        cost.item();
        if (code == ObjectStreamConstants.TC_REFERENCE) {
            return reference();
        }
        if (code == ObjectStreamConstants.TC_STRING) {
            return text(unsignedShort());
        }
        if (code == ObjectStreamConstants.TC_LONGSTRING) {
            return text(longLength());
        }
        if (++depth > cost.limits().maxDepth()) {
            throw Cost.tooDeep(cost.limits(), "is nested deeper", null);
        }
        int handle = switch (code) {
            case ObjectStreamConstants.TC_OBJECT -> object();
            case ObjectStreamConstants.TC_ARRAY -> array();
            case ObjectStreamConstants.TC_ENUM -> constant();
            case ObjectStreamConstants.TC_CLASS -> {
                classDescription();
                yield handle(OTHER, 1);
            }
            case ObjectStreamConstants.TC_CLASSDESC, ObjectStreamConstants.TC_PROXYCLASSDESC -> {
                at--;
                yield described().handle;
            }
            default -> throw new Broken("code " + code + " instead of an object");
        };
        depth--;
        return handle;
    }

    private int object() {
        Description type = described();
        int handle = handle(type.kind, 1);
        Visit visit = new Visit(handle, 1);
        if (type.isPlatform) {
            visit.size += 3;
            states[handle] |= CONTAINER;
            cost.container();
        }
        states[handle] |= OPEN;
        inEmbedded = type.name.equals(EMBEDDED);
        type.objects++;
        List<Description> levels = type.hierarchy();
        cost.work(levels.size() - 1);
        for (Description level : levels) {
            section(level, visit, handle);
        }
        return complete(handle, visit);
    }

    private int complete(int handle, Visit visit) {
        sizes[handle] = Math.min(UNCOUNTABLE, visit.size);
        states[handle] &= ~OPEN;
        if (visit.loops && (states[handle] & CONTAINER) != 0) {
            states[handle] |= LOOP;
        }
        return handle;
    }

    /** What an object's class adds to it at one level of its hierarchy. */
    private void section(Description level, Visit visit, int handle) {
        if ((level.flags & ObjectStreamConstants.SC_EXTERNALIZABLE) != 0) {
            if ((level.flags & ObjectStreamConstants.SC_BLOCK_DATA) == 0) {
                throw new Broken("an externalizable class of an old protocol");
            }
            annotation(level, visit, null, 0);
            return;
        }
        if ((level.flags & ObjectStreamConstants.SC_SERIALIZABLE) == 0) {
            return;
        }
        boolean writesItself = (level.flags & ObjectStreamConstants.SC_WRITE_METHOD) != 0;
        Keys keys = HASH_TABLES.get(level.name);
        long before = visit.size;
        if (!(writesItself && fieldless.contains(level.name))) {
            if (writesItself && level.primitiveBytes + level.references > 0) {
                suspect = level.name;
            }
            int fields = at;
            skip(level.primitiveBytes);
            if (level.kind == INT && level.primitiveBytes == Integer.BYTES) {
                hash(handle, intAt(fields));
            } else if (level.kind == LONG && level.primitiveBytes == Long.BYTES) {
                hash(handle, intAt(fields) ^ intAt(fields + Integer.BYTES));
            } else if (level.name.equals(IMMUTABLE) && level.primitiveBytes == Integer.BYTES) {
                int form = in[fields + Integer.BYTES - 1];
                keys = form == 2 ? IMMUTABLE_SET : form == 3 ? IMMUTABLE_MAP : null;
            }
            for (int i = 0; i < level.references; i++) {
                visit.add(content());
            }
        }
        if (writesItself) {
            annotation(level, visit, keys, visit.size - before);
        }
    }

    /** What a class writes besides its fields, up to the end mark. */
    private void annotation(Description level, Visit visit, @Nullable Keys keys, long fieldSize) {
        KeyCount counted = keys == null ? null : new KeyCount(keys);
        boolean compares = COMPARING.contains(level.name);
        int position = 0;
        while (true) {
            int code = peek();
            if (code == ObjectStreamConstants.TC_ENDBLOCKDATA) {
                at++;
                break;
            } else if (code == ObjectStreamConstants.TC_BLOCKDATA) {
                at++;
                skip(unsignedByte());
            } else if (code == ObjectStreamConstants.TC_BLOCKDATALONG) {
                at++;
                skip(intLength());
            } else {
                int child = content();
                visit.add(child);
                if (counted != null && position % counted.keys.step == 0) {
                    counted.add(child);
                }
                if (compares) {
                    cost.work(2 * (size(child) + fieldSize));
                }
                position++;
            }
        }
        if (counted != null) {
            counted.end();
        }
    }

    private int array() {
        Description type = described();
        int handle = handle(OTHER, 1);
        long length = intLength();
        if (type.name.length() < 2 || type.name.charAt(0) != '[') {
            throw new Broken("an array of no array class");
        }
        int bytes = primitiveBytes(type.name.charAt(1));
        if (Math.max(1, bytes) * length > end - at) {
            throw new Broken("an array of " + length + " elements, and " + (end - at) + " bytes are left");
        }
        cost.array(length);
        if (bytes > 0) {
            skip(length * bytes);
            sizes[handle] = 1 + (length * bytes >>> (inEmbedded ? EMBEDDED_SHIFT : 6));
            return handle;
        }
        Visit visit = new Visit(handle, 4);
        cost.container();
        states[handle] |= CONTAINER | OPEN;
        for (int i = 0; i < length; i++) {
            visit.add(content());
        }
        return complete(handle, visit);
    }

    private int constant() {
        described();
        int handle = handle(CONSTANT, 1);
        content();
        return handle;
    }

    private int reference() {
        int handle = intAt(skipped(Integer.BYTES)) - ObjectStreamConstants.baseWireHandle;
        if (handle < 0 || handle >= handles) {
            throw new Broken("a reference to object " + handle + " of " + handles);
        }
        return handle;
    }

    private int text(long length) {
        int from = skipped(length);
        cost.text((int) length);
        int handle = handle(TEXT, 1 + (length >>> 6));
        if (length <= MAX_HASHED) {
            hash(handle, textHash(from, (int) length));
        }
        return handle;
    }

    /** As {@link String#hashCode} of modified UTF-8. */
    private int textHash(int from, int length) {
        int hash = 0;
        int to = from + length;
        for (int i = from; i < to; i++) {
            int unit = in[i];
            if (unit < 0) {
                boolean two = (unit & 0xe0) == 0xc0;
                if (i + (two ? 1 : 2) >= to) {
                    throw new Broken("text that ends within a character");
                }
                unit = two
                        ? (unit & 0x1f) << 6 | in[++i] & 0x3f
                        : (unit & 0x0f) << 12 | (in[++i] & 0x3f) << 6 | in[++i] & 0x3f;
            }
            hash = 31 * hash + unit;
        }
        return hash;
    }

    // --- classes ---

    /** A class as the stream describes it. */
    private static final class Description {
        private final String name;
        private final boolean isPlatform;
        private final byte kind;
        private final int handle;
        private int flags;
        private int primitiveBytes;
        private int references;
        private @Nullable Description parent;
        private @Nullable List<Description> hierarchy;

        private int objects;

        Description(String name, int handle) {
            this.name = name;
            this.handle = handle;
            this.isPlatform = name.startsWith("java.");
            this.kind = KINDS.getOrDefault(name, OTHER);
        }

        /** From the topmost class down. */
        List<Description> hierarchy() {
            if (hierarchy == null) {
                ArrayDeque<Description> levels = new ArrayDeque<>();
                for (Description level = this; level != null; level = level.parent) {
                    levels.addFirst(level);
                }
                hierarchy = List.copyOf(levels);
            }
            return hierarchy;
        }
    }

    private Description described() {
        Description type = classDescription();
        if (type == null) {
            throw new Broken("an object of no class");
        }
        return type;
    }

    private @Nullable Description classDescription() {
        int code = unsignedByte();
        return switch (code) {
            case ObjectStreamConstants.TC_NULL -> null;
            case ObjectStreamConstants.TC_REFERENCE -> {
                Description known = descriptions.get(reference());
                if (known == null) {
                    throw new Broken("a reference to a class that is none");
                }
                yield known;
            }
            case ObjectStreamConstants.TC_CLASSDESC -> newClass();
            case ObjectStreamConstants.TC_PROXYCLASSDESC -> newProxy();
            default -> throw new Broken("code " + code + " instead of a class");
        };
    }

    private Description newClass() {
        cost.item();
        String name = name();
        skip(Long.BYTES);
        Description type = new Description(name, handle(OTHER, 1));
        descriptions.put(type.handle, type);
        type.flags = unsignedByte();
        int fields = unsignedShort();
        for (int i = 0; i < fields; i++) {
            int code = unsignedByte();
            name();
            int bytes = primitiveBytes((char) code);
            if (bytes > 0) {
                if (type.references > 0) {
                    throw new Broken("fields in no order");
                }
                type.primitiveBytes += bytes;
            } else if (code == 'L' || code == '[') {
                type.references++;
                content();
            } else {
                throw new Broken("a field of type " + code);
            }
        }
        endOfClass(type);
        return type;
    }

    private Description newProxy() {
        cost.item();
        Description type = new Description("a proxy", handle(OTHER, 1));
        type.flags = ObjectStreamConstants.SC_SERIALIZABLE;
        descriptions.put(type.handle, type);
        int interfaces = intLength();
        for (int i = 0; i < interfaces; i++) {
            name();
        }
        endOfClass(type);
        return type;
    }

    private void endOfClass(Description type) {
        annotation(type, new Visit(NONE, 0), null, 0);
        if (++depth > cost.limits().maxDepth()) {
            throw Cost.tooDeep(cost.limits(), "has a class of more superclasses", null);
        }
        type.parent = classDescription();
        depth--;
        for (Description level = type.parent; level != null; level = level.parent) {
            if (level == type) {
                throw new Broken("a class that is its own superclass");
            }
        }
    }

    private String name() {
        int length = unsignedShort();
        int from = skipped(length);
        if (length > MAX_CLASS_NAME) {
            throw new Broken("a name of " + length + " characters");
        }
        return new String(in, from, length, StandardCharsets.UTF_8);
    }

    /** How long a primitive of this type is; 0 for objects. */
    private static int primitiveBytes(char type) {
        return switch (type) {
            case 'B', 'Z' -> 1;
            case 'S', 'C' -> 2;
            case 'I', 'F' -> 4;
            case 'J', 'D' -> 8;
            default -> 0;
        };
    }

    // --- handles ---

    private int handle(byte kind, long size) {
        if (handles == kinds.length) {
            int more = 2 * handles;
            kinds = Arrays.copyOf(kinds, more);
            states = Arrays.copyOf(states, more);
            hashes = Arrays.copyOf(hashes, more);
            sizes = Arrays.copyOf(sizes, more);
        }
        kinds[handles] = kind;
        sizes[handles] = size;
        return handles++;
    }

    private void hash(int handle, int hash) {
        hashes[handle] = hash;
        states[handle] |= KNOWN_HASH;
    }

    private long size(int handle) {
        return handle == NONE ? 0 : sizes[handle];
    }

    /** What one object refers to, so far. */
    private final class Visit {
        private final int self;
        private long size;
        private boolean loops;

        Visit(int self, long size) {
            this.self = self;
            this.size = size;
        }

        void add(int child) {
            if (child != NONE && child != self) { // A synchronized collection is its own mutex.
                size = Math.min(UNCOUNTABLE, size + sizes[child]);
                int state = states[child];
                loops |= (state & LOOP) != 0 || (state & (OPEN | CONTAINER)) == (OPEN | CONTAINER);
            }
        }
    }

    /** The keys of one hash table. */
    private final class KeyCount {
        private static final int FEW = 16;
        private static final int COMPARISON_SHIFT = 1;

        private final Keys keys;
        private long count;
        private long size;
        private int kindsSeen;
        private long strangers;
        private long strangerSize;
        private @Nullable HashTally tally;

        KeyCount(Keys keys) {
            this.keys = keys;
        }

        void add(int key) {
            if (key == NONE) {
                return;
            }
            int state = states[key];
            if ((state & LOOP) != 0 || (state & (OPEN | CONTAINER)) == (OPEN | CONTAINER)) {
                throw new SerializationLimitException(
                        SerializationLimits.MAX_DEPTH,
                        cost.limits().maxDepth(),
                        "has a hash table with a key that holds itself, so its hash has no end",
                        null);
            }
            count++;
            size += sizes[key];
            cost.work(sizes[key]);
            kindsSeen |= 1 << kinds[key];
            if (!keys.trees) {
                if ((state & KNOWN_HASH) == 0) {
                    strangers++;
                    strangerSize += sizes[key];
                } else {
                    tally = tally == null ? new HashTally() : tally;
                    cost.work(tally.add(hashes[key]) * sizes[key] >> COMPARISON_SHIFT);
                }
            }
        }

        /** Hashes of other objects than text and numbers are not known here: for all that is known they are the same. */
        void end() {
            boolean inOrder = keys.trees && Integer.bitCount(kindsSeen) <= 1 && (kindsSeen & 1 << OTHER) == 0;
            if (keys.trees && !inOrder && count > FEW) {
                cost.work(count * size >> COMPARISON_SHIFT + 1);
            }
            if (strangers > FEW) {
                cost.work(strangers * strangerSize >> COMPARISON_SHIFT + 1);
            }
        }
    }

    // --- bytes ---

    private int peek() {
        if (at >= end) {
            throw new Broken("it ends early");
        }
        return in[at] & 0xff;
    }

    private int unsignedByte() {
        int value = peek();
        at++;
        return value;
    }

    private int unsignedShort() {
        int from = skipped(Short.BYTES);
        return (in[from] & 0xff) << 8 | in[from + 1] & 0xff;
    }

    private int intLength() {
        int length = intAt(skipped(Integer.BYTES));
        if (length < 0) {
            throw new Broken("a length of " + length);
        }
        return length;
    }

    private long longLength() {
        int from = skipped(Long.BYTES);
        return (long) intAt(from) << 32 | intAt(from + Integer.BYTES) & 0xffffffffL;
    }

    private int intAt(int from) {
        return (in[from] & 0xff) << 24 | (in[from + 1] & 0xff) << 16 | (in[from + 2] & 0xff) << 8 | in[from + 3] & 0xff;
    }

    private void skip(long length) {
        int unused = skipped(length);
    }

    /** Passes over so many bytes; where they begin. */
    private int skipped(long length) {
        if (length < 0 || length > end - at) {
            throw new Broken(length + " bytes announced, and " + (end - at) + " are left");
        }
        int from = at;
        at += (int) length;
        return from;
    }
}
