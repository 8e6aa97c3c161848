package io.distcache.client.spi.codec;

import io.distcache.client.SerializationLimitException;
import io.distcache.client.UndecodableValueException;
import java.io.ObjectStreamConstants;
import java.nio.charset.StandardCharsets;
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
 */
final class StreamSurvey {
    /** Of the classes whose {@code writeObject} leaves out their fields, so many in one stream are found out. */
    private static final int MAX_ATTEMPTS = 8;
    /** Longer texts are not hashed here, but taken for ones that meet. */
    private static final int MAX_HASHED = 256;

    /** Of an {@link EmbeddedPart} so many bytes are taken for one object. */
    private static final int EMBEDDED_SHIFT = 3;

    private static final Map<String, SurveyedObjects.Keys> HASH_TABLES = Map.of(
            "java.util.HashMap", new SurveyedObjects.Keys(2, true),
            "java.util.HashSet", new SurveyedObjects.Keys(1, true),
            "java.util.concurrent.ConcurrentHashMap", new SurveyedObjects.Keys(2, true),
            "java.util.Hashtable", new SurveyedObjects.Keys(2, false));
    private static final String EMBEDDED = EmbeddedPart.class.getName();
    /** The form of List.of, Set.of and Map.of. */
    private static final String IMMUTABLE = "java.util.CollSer";

    private static final SurveyedObjects.Keys IMMUTABLE_SET = new SurveyedObjects.Keys(1, false);
    private static final SurveyedObjects.Keys IMMUTABLE_MAP = new SurveyedObjects.Keys(2, false);
    /** Those that compare their elements when they are read. */
    private static final Set<String> COMPARING = Set.of(
            "java.util.PriorityQueue",
            "java.util.concurrent.PriorityBlockingQueue",
            "java.util.concurrent.ConcurrentSkipListMap");

    private final StreamBytes in;
    private final Cost cost;
    private final SurveyedObjects objects;
    private final Set<String> fieldless;
    private int depth;
    private boolean inEmbedded;
    private @Nullable String suspect;

    private final Map<Integer, StreamClass> descriptions = new HashMap<>();

    private StreamSurvey(StreamBytes in, Cost cost, Set<String> fieldless) {
        this.in = in;
        this.cost = cost;
        this.objects = new SurveyedObjects(cost);
        this.fieldless = fieldless;
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
            StreamSurvey survey = new StreamSurvey(new StreamBytes(array, offset, length), cost, fieldless);
            try {
                survey.stream();
                return survey.objectsByClass();
            } catch (StreamBytes.Broken e) {
                // A class may write its fields itself although it has some; the stream does not tell.
                if (attempt < MAX_ATTEMPTS && survey.suspect != null && fieldless.add(survey.suspect)) {
                    cost.reset(mark);
                    continue;
                }
                if (namesHashTable(array, offset, length)) {
                    throw new UndecodableValueException("the Java object stream does not keep to its grammar at byte "
                            + (survey.in.at() - offset) + " of " + length + ": " + e.getMessage());
                }
                return Map.of(); // Reading ends where the stream does.
            } catch (StackOverflowError e) {
                throw Cost.overflow(cost.limits(), e);
            }
        }
    }

    private Map<String, Integer> objectsByClass() {
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
        if (in.unsignedShort() != (ObjectStreamConstants.STREAM_MAGIC & 0xffff)
                || in.unsignedShort() != ObjectStreamConstants.STREAM_VERSION) {
            throw new StreamBytes.Broken("no header");
        }
        while (in.peek() == ObjectStreamConstants.TC_RESET) {
            in.skip(1);
        }
        content();
    }

    // --- objects ---

    /** One object; its handle, or {@link SurveyedObjects#NONE} for null. */
    private int content() {
        int code = in.unsignedByte();
        if (code == ObjectStreamConstants.TC_NULL) {
            return SurveyedObjects.NONE;
        }
        cost.item();
        if (code == ObjectStreamConstants.TC_REFERENCE) {
            return reference();
        }
        if (code == ObjectStreamConstants.TC_STRING) {
            return text(in.unsignedShort());
        }
        if (code == ObjectStreamConstants.TC_LONGSTRING) {
            return text(in.longLength());
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
                yield objects.handle(StreamClass.OTHER, 1);
            }
            case ObjectStreamConstants.TC_CLASSDESC, ObjectStreamConstants.TC_PROXYCLASSDESC -> {
                in.back();
                yield described().handle;
            }
            default -> throw new StreamBytes.Broken("code " + code + " instead of an object");
        };
        depth--;
        return handle;
    }

    private int object() {
        StreamClass type = described();
        int handle = objects.handle(type.kind, 1);
        SurveyedObjects.Visit visit = objects.new Visit(handle, 1);
        if (type.isPlatform) {
            visit.size += 3;
            objects.container(handle);
            cost.container();
        }
        objects.open(handle);
        inEmbedded = type.name.equals(EMBEDDED);
        type.objects++;
        List<StreamClass> levels = type.hierarchy();
        cost.work(levels.size() - 1);
        for (StreamClass level : levels) {
            section(level, visit, handle);
        }
        return objects.complete(handle, visit);
    }

    /** What an object's class adds to it at one level of its hierarchy. */
    private void section(StreamClass level, SurveyedObjects.Visit visit, int handle) {
        if ((level.flags & ObjectStreamConstants.SC_EXTERNALIZABLE) != 0) {
            if ((level.flags & ObjectStreamConstants.SC_BLOCK_DATA) == 0) {
                throw new StreamBytes.Broken("an externalizable class of an old protocol");
            }
            annotation(level, visit, null, 0);
            return;
        }
        if ((level.flags & ObjectStreamConstants.SC_SERIALIZABLE) == 0) {
            return;
        }
        boolean writesItself = (level.flags & ObjectStreamConstants.SC_WRITE_METHOD) != 0;
        SurveyedObjects.Keys keys = HASH_TABLES.get(level.name);
        long before = visit.size;
        if (!(writesItself && fieldless.contains(level.name))) {
            if (writesItself && level.primitiveBytes + level.references > 0) {
                suspect = level.name;
            }
            int fields = in.at();
            in.skip(level.primitiveBytes);
            if (level.kind == StreamClass.INT && level.primitiveBytes == Integer.BYTES) {
                objects.hash(handle, in.intAt(fields));
            } else if (level.kind == StreamClass.LONG && level.primitiveBytes == Long.BYTES) {
                objects.hash(handle, in.intAt(fields) ^ in.intAt(fields + Integer.BYTES));
            } else if (level.name.equals(IMMUTABLE) && level.primitiveBytes == Integer.BYTES) {
                int form = in.byteAt(fields + Integer.BYTES - 1);
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
    private void annotation(
            StreamClass level, SurveyedObjects.Visit visit, SurveyedObjects.@Nullable Keys keys, long fieldSize) {
        SurveyedObjects.KeyCount counted = keys == null ? null : objects.new KeyCount(keys);
        boolean compares = COMPARING.contains(level.name);
        int position = 0;
        while (true) {
            int code = in.peek();
            if (code == ObjectStreamConstants.TC_ENDBLOCKDATA) {
                in.skip(1);
                break;
            } else if (code == ObjectStreamConstants.TC_BLOCKDATA) {
                in.skip(1);
                in.skip(in.unsignedByte());
            } else if (code == ObjectStreamConstants.TC_BLOCKDATALONG) {
                in.skip(1);
                in.skip(in.intLength());
            } else {
                int child = content();
                visit.add(child);
                if (counted != null && position % counted.keys.step() == 0) {
                    counted.add(child);
                }
                if (compares) {
                    cost.work(2 * (objects.size(child) + fieldSize));
                }
                position++;
            }
        }
        if (counted != null) {
            counted.end();
        }
    }

    private int array() {
        StreamClass type = described();
        int handle = objects.handle(StreamClass.OTHER, 1);
        long length = in.intLength();
        if (type.name.length() < 2 || type.name.charAt(0) != '[') {
            throw new StreamBytes.Broken("an array of no array class");
        }
        int bytes = primitiveBytes(type.name.charAt(1));
        if (Math.max(1, bytes) * length > in.left()) {
            throw new StreamBytes.Broken("an array of " + length + " elements, and " + in.left() + " bytes are left");
        }
        cost.array(length);
        if (bytes > 0) {
            in.skip(length * bytes);
            objects.measured(handle, 1 + (length * bytes >>> (inEmbedded ? EMBEDDED_SHIFT : 6)));
            return handle;
        }
        SurveyedObjects.Visit visit = objects.new Visit(handle, 4);
        cost.container();
        objects.container(handle);
        objects.open(handle);
        for (int i = 0; i < length; i++) {
            visit.add(content());
        }
        return objects.complete(handle, visit);
    }

    private int constant() {
        described();
        int handle = objects.handle(StreamClass.CONSTANT, 1);
        content();
        return handle;
    }

    private int reference() {
        int handle = in.intAt(in.skipped(Integer.BYTES)) - ObjectStreamConstants.baseWireHandle;
        if (handle < 0 || handle >= objects.count()) {
            throw new StreamBytes.Broken("a reference to object " + handle + " of " + objects.count());
        }
        return handle;
    }

    private int text(long length) {
        int from = in.skipped(length);
        cost.text((int) length);
        int handle = objects.handle(StreamClass.TEXT, 1 + (length >>> 6));
        if (length <= MAX_HASHED) {
            objects.hash(handle, in.textHash(from, (int) length));
        }
        return handle;
    }

    // --- classes ---

    private StreamClass described() {
        StreamClass type = classDescription();
        if (type == null) {
            throw new StreamBytes.Broken("an object of no class");
        }
        return type;
    }

    private @Nullable StreamClass classDescription() {
        int code = in.unsignedByte();
        return switch (code) {
            case ObjectStreamConstants.TC_NULL -> null;
            case ObjectStreamConstants.TC_REFERENCE -> {
                StreamClass known = descriptions.get(reference());
                if (known == null) {
                    throw new StreamBytes.Broken("a reference to a class that is none");
                }
                yield known;
            }
            case ObjectStreamConstants.TC_CLASSDESC -> newClass();
            case ObjectStreamConstants.TC_PROXYCLASSDESC -> newProxy();
            default -> throw new StreamBytes.Broken("code " + code + " instead of a class");
        };
    }

    private StreamClass newClass() {
        cost.item();
        String name = in.name();
        in.skip(Long.BYTES);
        StreamClass type = new StreamClass(name, objects.handle(StreamClass.OTHER, 1));
        descriptions.put(type.handle, type);
        type.flags = in.unsignedByte();
        int fields = in.unsignedShort();
        for (int i = 0; i < fields; i++) {
            int code = in.unsignedByte();
            in.name();
            int bytes = primitiveBytes((char) code);
            if (bytes > 0) {
                if (type.references > 0) {
                    throw new StreamBytes.Broken("fields in no order");
                }
                type.primitiveBytes += bytes;
            } else if (code == 'L' || code == '[') {
                type.references++;
                content();
            } else {
                throw new StreamBytes.Broken("a field of type " + code);
            }
        }
        endOfClass(type);
        return type;
    }

    private StreamClass newProxy() {
        cost.item();
        StreamClass type = new StreamClass("a proxy", objects.handle(StreamClass.OTHER, 1));
        type.flags = ObjectStreamConstants.SC_SERIALIZABLE;
        descriptions.put(type.handle, type);
        int interfaces = in.intLength();
        for (int i = 0; i < interfaces; i++) {
            in.name();
        }
        endOfClass(type);
        return type;
    }

    private void endOfClass(StreamClass type) {
        annotation(type, objects.new Visit(SurveyedObjects.NONE, 0), null, 0);
        if (++depth > cost.limits().maxDepth()) {
            throw Cost.tooDeep(cost.limits(), "has a class of more superclasses", null);
        }
        type.parent = classDescription();
        depth--;
        for (StreamClass level = type.parent; level != null; level = level.parent) {
            if (level == type) {
                throw new StreamBytes.Broken("a class that is its own superclass");
            }
        }
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
}
