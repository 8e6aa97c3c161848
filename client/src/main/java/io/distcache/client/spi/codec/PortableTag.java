package io.distcache.client.spi.codec;

/**
 * The CBOR tags of the portable form. A value of tag {@link io.distcache.protocol.ValueTag#PORTABLE} is one CBOR item: Stateless.
 *
 * <pre>
 *  item without tag   null, boolean, text; int (Integer); float32 (Float); float64 (Double);
 *                     byte string (byte[]); array (ArrayList)
 *
 *  tag  name              item under the tag
 *    6  LONG              int
 *    7  OBJECT            [shape, value...]        a record or bean; shape = class name, space, field names with commas
 *    8  SHORT             int
 *    9  BYTE              int
 *   10  CHAR              int                      one UTF-16 unit
 *   11  ENUM              [type, name]
 *   12  LIST_OF           [element...]             List.of
 *   13  MAP               [key, value, ...]        HashMap; all maps are flat arrays, as CBOR map keys are too narrow
 *   14  LINKED_MAP        [key, value, ...]
 *   15  SET               [element...]             HashSet
 *   32  URI               text                     (IANA)
 *   37  UUID              16 bytes                 (IANA)
 *  100  LOCAL_DATE        int                      days since 1970-01-01 (IANA)
 *  0x4440 and up          see the constants; ints are written without LONG where the item's type is fixed
 * </pre>
 *
 * A shape or type is text where it first occurs in the item and an int after that: the number of texts for shapes and
 * types before it. Keys always write the text, so that a part's bytes do not depend on what stands before it.
 */
final class PortableTag {
    static final int LONG = 6;
    static final int OBJECT = 7;
    static final int SHORT = 8;
    static final int BYTE = 9;
    static final int CHAR = 10;
    static final int ENUM = 11;
    static final int LIST_OF = 12;
    static final int MAP = 13;
    static final int LINKED_MAP = 14;
    static final int SET = 15;
    static final int URI = 32;
    static final int UUID = 37;
    static final int LOCAL_DATE = 100;

    private static final int BASE = 0x4440;

    /** Byte string: UTF-16 big-endian; only for text that UTF-8 cannot say. */
    static final int UTF16 = BASE;
    /** Byte string: two's complement, big-endian. */
    static final int BIG_INTEGER = BASE + 1;
    /** [scale, byte string as BIG_INTEGER]. */
    static final int BIG_DECIMAL = BASE + 2;
    /** Text: a BCP 47 language tag. */
    static final int LOCALE = BASE + 3;
    /** Text: ISO 4217. */
    static final int CURRENCY = BASE + 4;
    /** [] or [value]. */
    static final int OPTIONAL = BASE + 5;
    /** [] or [int]. */
    static final int OPTIONAL_INT = BASE + 6;
    /** [] or [int]. */
    static final int OPTIONAL_LONG = BASE + 7;
    /** [] or [float64]. */
    static final int OPTIONAL_DOUBLE = BASE + 8;
    /** Byte string, bit 0 lowest in the first byte. */
    static final int BIT_SET = BASE + 9;

    /** [seconds, nanos]. */
    static final int INSTANT = BASE + 10;
    /** Nanoseconds of the day. */
    static final int LOCAL_TIME = BASE + 11;
    /** [days, nanoseconds of the day]. */
    static final int LOCAL_DATE_TIME = BASE + 12;
    /** [nanoseconds of the day, offset in seconds]. */
    static final int OFFSET_TIME = BASE + 13;
    /** [days, nanoseconds of the day, offset in seconds]. */
    static final int OFFSET_DATE_TIME = BASE + 14;
    /** [days, nanoseconds of the day, offset in seconds, zone text]. */
    static final int ZONED_DATE_TIME = BASE + 15;
    /** [seconds, nanos]. */
    static final int DURATION = BASE + 16;
    /** [years, months, days]. */
    static final int PERIOD = BASE + 17;
    /** Int. */
    static final int YEAR = BASE + 18;
    /** [year, month]. */
    static final int YEAR_MONTH = BASE + 19;
    /** [month, day]. */
    static final int MONTH_DAY = BASE + 20;
    /** Text: the id of a region or an offset. */
    static final int ZONE_ID = BASE + 21;
    /** Milliseconds since 1970: java.util.Date. */
    static final int DATE = BASE + 22;
    /** Milliseconds since 1970: java.sql.Date. */
    static final int SQL_DATE = BASE + 23;
    /** Milliseconds since 1970: java.sql.Time. */
    static final int SQL_TIME = BASE + 24;
    /** [milliseconds since 1970, nanos of the second]: java.sql.Timestamp. */
    static final int SQL_TIMESTAMP = BASE + 25;

    /** [element...]: LinkedList. */
    static final int LINKED_LIST = BASE + 26;
    /** [element...]: Arrays.asList. */
    static final int LIST_AS = BASE + 27;
    /** [element...]: Collections.unmodifiableList, emptyList, singletonList, nCopies, and views of lists. */
    static final int LIST_UNMODIFIABLE = BASE + 28;
    /** [element...]: ArrayDeque. */
    static final int ARRAY_DEQUE = BASE + 29;
    /** [element...]: LinkedHashSet. */
    static final int LINKED_SET = BASE + 30;
    /** [element...]: TreeSet in natural order. */
    static final int TREE_SET = BASE + 31;
    /** [element...]: Set.of. */
    static final int SET_OF = BASE + 32;
    /** [element...]: Collections.unmodifiableSet, emptySet, singleton, and views of maps. */
    static final int SET_UNMODIFIABLE = BASE + 33;
    /** [type, name...]: EnumSet. */
    static final int ENUM_SET = BASE + 34;
    /** [key, value, ...]: TreeMap in natural order. */
    static final int TREE_MAP = BASE + 35;
    /** [key, value, ...]: Map.of. */
    static final int MAP_OF = BASE + 36;
    /** [key, value, ...]: Collections.unmodifiableMap, emptyMap, singletonMap. */
    static final int MAP_UNMODIFIABLE = BASE + 37;
    /** [key, value, ...]: ConcurrentHashMap. */
    static final int CONCURRENT_MAP = BASE + 38;
    /** [type, name, value, ...]: EnumMap, not empty. */
    static final int ENUM_MAP = BASE + 39;
    /** [key, value]: Map.entry, AbstractMap.SimpleImmutableEntry. */
    static final int ENTRY = BASE + 40;
    /** [key, value]: AbstractMap.SimpleEntry. */
    static final int MUTABLE_ENTRY = BASE + 41;

    /** [component type, element...]. */
    static final int ARRAY = BASE + 42;
    /** Byte string, as for all primitive arrays: the elements big-endian. */
    static final int BOOLEAN_ARRAY = BASE + 43;

    static final int SHORT_ARRAY = BASE + 44;
    static final int CHAR_ARRAY = BASE + 45;
    static final int INT_ARRAY = BASE + 46;
    static final int LONG_ARRAY = BASE + 47;
    static final int FLOAT_ARRAY = BASE + 48;
    static final int DOUBLE_ARRAY = BASE + 49;

    /** Byte string: a Java object stream, for a Serializable part that has no portable form. */
    static final int SERIALIZED = BASE + 50;

    /**
     * [shape, part...]: an object of a Serializable class, in a key only. The shape has one text for each class of the hierarchy, from the
     * topmost down, with ';' between: class name and, after a space, the names of its fields with commas; then the part is their values.
     * After a
     * slash in place of the space, the class writes itself; then the part is an array of what it writes: objects, STATE_FIELDS, STATE_DATA.
     */
    static final int STATE = BASE + 51;
    /** [value...]: the fields of the class that writes itself, as its shape names them. */
    static final int STATE_FIELDS = BASE + 52;
    /** Byte string: numbers, as java.io.DataOutput has them, that stand between two objects or fields. */
    static final int STATE_DATA = BASE + 53;
    /** [type, item...]: an Externalizable object, in a key only; objects and STATE_DATA. */
    static final int EXTERNAL = BASE + 54;
    /** [type, item]: another collection of the JDK, in a key only: Vector, Stack, Hashtable, ...; a list, LINKED_SET or LINKED_MAP. */
    static final int COLLECTION = BASE + 55;

    private static final int LOW = 128;
    private static final int HIGH = 64;

    /** The size of a table with one place per tag. */
    static final int PLACES = LOW + HIGH;

    private PortableTag() {}

    /** The place of {@code tag} in such a table, or -1 if it is none of ours. */
    static int place(int tag) {
        if (tag < LOW) {
            return tag;
        }
        int above = tag - BASE;
        return above >= 0 && above < HIGH ? LOW + above : -1;
    }

    /** Whether the array under {@code tag} starts with a shape or type. */
    static boolean isTyped(int tag) {
        return switch (tag) {
            case OBJECT, ENUM, ENUM_SET, ENUM_MAP, ARRAY, STATE, EXTERNAL, COLLECTION -> true;
            default -> false;
        };
    }
}
