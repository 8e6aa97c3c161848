package io.distcache.server.frontdoor.value;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A portable composite as JSON: records, beans and maps with scalar keys as objects, other maps as arrays of pairs, sets and lists as
 * arrays, dates and times in ISO 8601, enums by name, byte strings in base 64. The CBOR tags are those of the provider's
 * {@code PortableTag}; an item under an unknown one is written as it is. Confined to one call.
 */
final class PortableJson {
    /** A larger composite is not shown as JSON: its items take some forty times its bytes of heap, and a tenth of a second. */
    static final int MAX_CBOR_BYTES = 1 << 20;
    /** Nor is one whose text gets longer than this: a few bytes may stand for names of many. */
    static final int MAX_JSON_BYTES = 16 << 20;

    private static final int MAX_DEPTH = 500;
    /** A composite of more is not shown as JSON: it is made on an event loop, and becomes many times as large as its bytes. */
    private static final int MAX_ITEMS = 1_000_000;

    private static final int CONTAINER_ITEMS = 4;
    /** Decimal digits of longer ones take more than linear time. */
    private static final int MAX_NUMBER_BITS = 64 * 1024;

    private static final int BASE = 0x4440;
    private static final int OBJECT = 7;
    private static final int CHAR = 10;
    private static final int ENUM = 11;
    private static final int MAP = 13;
    private static final int LINKED_MAP = 14;
    private static final int UUID_TAG = 37;
    private static final int LOCAL_DATE = 100;
    private static final long NANOS_OF_SECOND = 1_000_000_000;

    private final CBORParser in;
    private final List<Shape> types = new ArrayList<>(4);
    private int depth;
    private int items;

    /** A type with the names of its fields, taken apart once however often it occurs. */
    private static final class Shape {
        final String text;
        private String @Nullable [] names;

        Shape(String text) {
            this.text = text;
        }

        String[] names() {
            String[] known = names;
            if (known == null) {
                int space = text.indexOf(' ');
                known = space < 0 || space + 1 == text.length()
                        ? new String[0]
                        : text.substring(space + 1).split(",");
                names = known;
            }
            return known;
        }
    }

    private PortableJson(CBORParser in) {
        this.in = in;
    }

    /** Writes the item whose first token is the parser's current one. */
    static void copy(CBORParser in, JsonGenerator out) throws IOException {
        try {
            write(new PortableJson(in).current(), out);
        } catch (IllegalArgumentException | ClassCastException | ArithmeticException | java.time.DateTimeException e) {
            throw new IOException("not what its tag says", e);
        }
    }

    private @Nullable Object current() throws IOException {
        int tag = in.getCurrentTag();
        if (++depth > MAX_DEPTH) {
            throw new IOException("nested deeper than " + MAX_DEPTH);
        }
        count(in.currentToken() == JsonToken.START_ARRAY ? CONTAINER_ITEMS : 1);
        Object item = isTyped(tag) ? typed(tag) : counted(tag, untagged());
        depth--;
        return item;
    }

    private void count(int more) throws IOException {
        items += more;
        if (items > MAX_ITEMS || items < 0) {
            throw new IOException("more than " + MAX_ITEMS + " items");
        }
    }

    private @Nullable Object untagged() throws IOException {
        JsonToken token = in.currentToken();
        if (token == null) {
            throw new IOException("the bytes end early");
        }
        return switch (token) {
            case VALUE_NULL -> null;
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_STRING -> in.getText();
            case VALUE_NUMBER_INT ->
                in.getNumberType() == NumberType.BIG_INTEGER
                        ? bounded(in.getBigIntegerValue())
                        : (Object) in.getLongValue();
            case VALUE_NUMBER_FLOAT ->
                in.getNumberType() == NumberType.FLOAT ? in.getFloatValue() : (Object) in.getDoubleValue();
            case VALUE_EMBEDDED_OBJECT -> in.getBinaryValue();
            case START_ARRAY -> rest();
            default -> throw new IOException("unexpected " + token);
        };
    }

    private List<@Nullable Object> rest() throws IOException {
        List<@Nullable Object> items = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            items.add(current());
        }
        return items;
    }

    // --- items that begin with a shape or type ---

    private static boolean isTyped(int tag) {
        return tag == OBJECT || tag == ENUM || tag == BASE + 34 || tag == BASE + 39 || tag == BASE + 42;
    }

    private @Nullable Object typed(int tag) throws IOException {
        if (in.currentToken() != JsonToken.START_ARRAY) {
            throw new IOException("no array under tag " + tag);
        }
        Shape type = type();
        List<@Nullable Object> items = rest();
        return switch (tag) {
            case OBJECT -> object(type, items);
            case ENUM -> items.get(0);
            case BASE + 39 -> pairs(items);
            default -> items;
        };
    }

    /** Text where it first occurs, its number after that. */
    private Shape type() throws IOException {
        if (in.nextToken() == JsonToken.VALUE_STRING) {
            Shape first = new Shape(in.getText());
            types.add(first);
            return first;
        }
        int known = in.getIntValue();
        if (known < 0 || known >= types.size()) {
            throw new IOException("type " + known + " of " + types.size());
        }
        return types.get(known);
    }

    private Object object(Shape shape, List<@Nullable Object> values) throws IOException {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        String[] names = shape.names();
        int fieldCount = Math.min(names.length, values.size());
        count(fieldCount);
        for (int i = 0; i < fieldCount; i++) {
            fields.put(names[i], values.get(i));
        }
        return fields;
    }

    // --- what a tag makes of an item ---

    /** What is longer as text than as bytes counts as what it becomes. */
    private @Nullable Object counted(int tag, @Nullable Object item) throws IOException {
        if (item instanceof byte[] bytes) {
            if (tag == BASE + 1 && bytes.length > MAX_NUMBER_BITS / Byte.SIZE) {
                throw new IOException("a number of " + bytes.length + " bytes");
            }
            if (tag == BASE + 9) {
                count(BitSet.valueOf(bytes).cardinality());
            } else if (tag >= BASE + 43 && tag <= BASE + 49) {
                count(bytes.length);
            }
        } else if (tag == BASE + 2
                && item instanceof List<?> decimal
                && decimal.size() == 2
                && decimal.get(1) instanceof byte[] digits
                && digits.length > MAX_NUMBER_BITS / Byte.SIZE) {
            throw new IOException("a number of " + digits.length + " bytes");
        }
        return meant(tag, item);
    }

    private static @Nullable Object meant(int tag, @Nullable Object item) {
        if (item instanceof List<?> items) {
            return meant(tag, items);
        }
        if (item instanceof byte[] bytes) {
            return meant(tag, bytes);
        }
        if (item instanceof Long number) {
            return switch (tag) {
                case CHAR -> String.valueOf((char) number.intValue());
                case LOCAL_DATE -> LocalDate.ofEpochDay(number).toString();
                case BASE + 11 -> LocalTime.ofNanoOfDay(number).toString();
                case BASE + 22, BASE + 23, BASE + 24 ->
                    Instant.ofEpochMilli(number).toString();
                default -> number;
            };
        }
        return item;
    }

    private static @Nullable Object meant(int tag, List<?> items) {
        return switch (tag) {
            case MAP, LINKED_MAP, BASE + 35, BASE + 36, BASE + 37, BASE + 38 -> pairs(items);
            case BASE + 2 -> new BigDecimal(bounded(new BigInteger(bytes(items, 1))), (int) whole(items, 0));
            case BASE + 5, BASE + 6, BASE + 7, BASE + 8 -> items.isEmpty() ? null : items.get(0);
            case BASE + 10 ->
                Instant.ofEpochSecond(whole(items, 0), whole(items, 1)).toString();
            case BASE + 12 -> dateTime(items).toString();
            case BASE + 13 ->
                OffsetTime.of(LocalTime.ofNanoOfDay(whole(items, 0)), offset(items, 1))
                        .toString();
            case BASE + 14 ->
                OffsetDateTime.of(dateTime(items), offset(items, 2)).toString();
            case BASE + 15 -> OffsetDateTime.of(dateTime(items), offset(items, 2)) + "[" + items.get(3) + "]";
            case BASE + 16 ->
                Duration.ofSeconds(whole(items, 0), whole(items, 1)).toString();
            case BASE + 17 ->
                Period.of((int) whole(items, 0), (int) whole(items, 1), (int) whole(items, 2))
                        .toString();
            case BASE + 19 ->
                YearMonth.of((int) whole(items, 0), (int) whole(items, 1)).toString();
            case BASE + 20 ->
                MonthDay.of((int) whole(items, 0), (int) whole(items, 1)).toString();
            case BASE + 25 ->
                Instant.ofEpochSecond(
                                Math.floorDiv(whole(items, 0), 1000L), Math.floorMod(whole(items, 1), NANOS_OF_SECOND))
                        .toString();
            case BASE + 40, BASE + 41 -> pairs(items);
            default -> items;
        };
    }

    private static Object meant(int tag, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return switch (tag) {
            case UUID_TAG -> new UUID(in.getLong(), in.getLong()).toString();
            case BASE -> new String(bytes, StandardCharsets.UTF_16BE);
            case BASE + 1 -> bounded(new BigInteger(bytes));
            case BASE + 9 -> bits(BitSet.valueOf(bytes));
            case BASE + 43 -> elements(bytes.length, i -> in.get() != 0);
            case BASE + 44 -> elements(bytes.length / Short.BYTES, i -> (long) in.getShort());
            case BASE + 45 -> elements(bytes.length / Character.BYTES, i -> String.valueOf(in.getChar()));
            case BASE + 46 -> elements(bytes.length / Integer.BYTES, i -> (long) in.getInt());
            case BASE + 47 -> elements(bytes.length / Long.BYTES, i -> in.getLong());
            case BASE + 48 -> elements(bytes.length / Float.BYTES, i -> in.getFloat());
            case BASE + 49 -> elements(bytes.length / Double.BYTES, i -> in.getDouble());
            default -> bytes;
        };
    }

    private static BigInteger bounded(BigInteger number) {
        if (number.bitLength() > MAX_NUMBER_BITS) {
            throw new IllegalArgumentException("a number of " + number.bitLength() + " bits");
        }
        return number;
    }

    private static List<Integer> bits(BitSet set) {
        if (set.cardinality() > MAX_CBOR_BYTES) {
            throw new IllegalArgumentException(set.cardinality() + " bits set");
        }
        return set.stream().boxed().toList();
    }

    private static List<Object> elements(int count, java.util.function.IntFunction<Object> element) {
        List<Object> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            all.add(element.apply(i));
        }
        return all;
    }

    private static long whole(List<?> items, int index) {
        return items.get(index) instanceof Number number ? number.longValue() : notThere(index);
    }

    private static byte[] bytes(List<?> items, int index) {
        if (items.get(index) instanceof byte[] bytes) {
            return bytes;
        }
        if (items.get(index) instanceof BigInteger number) {
            return number.toByteArray();
        }
        throw new IllegalArgumentException("no bytes at " + index);
    }

    private static long notThere(int index) {
        throw new IllegalArgumentException("no number at " + index);
    }

    private static LocalDateTime dateTime(List<?> items) {
        return LocalDateTime.of(LocalDate.ofEpochDay(whole(items, 0)), LocalTime.ofNanoOfDay(whole(items, 1)));
    }

    private static ZoneOffset offset(List<?> items, int index) {
        return ZoneOffset.ofTotalSeconds((int) whole(items, index));
    }

    /** Keys and values in turns, as an object if every key is a scalar. */
    private static Object pairs(List<?> flat) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        List<@Nullable Object> pairs = new ArrayList<>();
        for (int i = 0; i + 1 < flat.size(); i += 2) {
            Object key = flat.get(i);
            List<@Nullable Object> pair = new ArrayList<>();
            pair.add(key);
            pair.add(flat.get(i + 1));
            pairs.add(pair);
            if (!(key instanceof Collection) && !(key instanceof Map) && !(key instanceof byte[])) {
                object.put(String.valueOf(key), flat.get(i + 1));
            }
        }
        return object.size() == pairs.size() ? object : pairs;
    }

    // --- out ---

    private static void write(@Nullable Object item, JsonGenerator out) throws IOException {
        if (item instanceof Map<?, ?> object) {
            out.writeStartObject();
            for (Map.Entry<?, ?> field : object.entrySet()) {
                out.writeFieldName(String.valueOf(field.getKey()));
                write(field.getValue(), out);
            }
            out.writeEndObject();
        } else if (item instanceof List<?> array) {
            out.writeStartArray();
            for (Object element : array) {
                write(element, out);
            }
            out.writeEndArray();
        } else if (item instanceof byte[] bytes) {
            out.writeBinary(bytes);
        } else if (item instanceof Boolean flag) {
            out.writeBoolean(flag);
        } else if (item instanceof Long number) {
            out.writeNumber(number);
        } else if (item instanceof Double number) {
            out.writeNumber(number);
        } else if (item instanceof Float number) {
            out.writeNumber(number);
        } else if (item instanceof BigInteger number) {
            out.writeNumber(number);
        } else if (item instanceof BigDecimal number) {
            out.writeNumber(number);
        } else if (item == null) {
            out.writeNull();
        } else {
            out.writeString(item.toString());
        }
    }
}
