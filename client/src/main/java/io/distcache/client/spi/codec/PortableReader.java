package io.distcache.client.spi.codec;

import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import io.distcache.client.UndecodableValueException;
import java.io.IOException;
import java.io.ObjectInputValidation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads one portable item. Nothing is allocated from a length alone: arrays grow with what is really there, and the parser
 * reads long byte strings in chunks. Confined to one call.
 */
final class PortableReader {
    private final Form.All forms;
    private final CBORParser parser;
    private final StoredTypes resolver;
    private final Cost cost;
    private final List<Named> types = new ArrayList<>(4);
    private @Nullable List<Validation> validations;

    PortableReader(Form.All forms, CBORParser parser, StoredTypes resolver, Cost cost) {
        this.forms = forms;
        this.parser = parser;
        this.resolver = resolver;
        this.cost = cost;
    }

    /** A shape or type, by its number in the item. */
    private static final class Named {
        private final String name;
        private Form.@Nullable Reader shape;

        Named(String name) {
            this.name = name;
        }
    }

    Cost cost() {
        return cost;
    }

    StoredTypes resolver() {
        return resolver;
    }

    /** The class that was met last; empty if none was, or none that could be one. */
    String lastClass() {
        if (types.isEmpty()) {
            return "";
        }
        String name = types.get(types.size() - 1).name;
        int space = name.indexOf(' ');
        int end = space < 0 ? name.length() : space;
        return end > StoredTypes.MAX_CLASS_NAME ? "" : name.substring(0, end);
    }

    /** Reads the next item. */
    @Nullable
    Object read() throws IOException {
        parser.nextToken();
        return current();
    }

    /** Reads the item whose first token is the current one. */
    @Nullable
    Object current() throws IOException {
        int tag = parser.getCurrentTag();
        cost.item();
        if (tag < 0) {
            JsonToken token = parser.currentToken();
            if (token == JsonToken.VALUE_STRING) {
                return counted(parser.getText());
            }
            if (token == JsonToken.VALUE_NULL) {
                return null;
            }
        } else if (tag == PortableTag.UTF16) {
            return counted(Utf16.text(binary()));
        }
        cost.enter();
        Object value = tag < 0 ? untagged() : forms.byTag(tag).read(this);
        cost.leave();
        return value;
    }

    private String counted(String text) {
        cost.text(text.length());
        return text;
    }

    private Object untagged() throws IOException {
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw new UndecodableValueException("the bytes end early");
        }
        return switch (token) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_INT -> parser.getIntValue();
            case VALUE_NUMBER_FLOAT -> number();
            case VALUE_EMBEDDED_OBJECT -> primitives(1);
            case START_ARRAY -> elements(new ArrayList<>());
            default -> throw unexpected("a value");
        };
    }

    private Object number() throws IOException {
        return parser.getNumberType() == NumberType.FLOAT
                ? (Object) parser.getFloatValue()
                : (Object) parser.getDoubleValue();
    }

    /** The array that starts at the current token, added to {@code target}. */
    <C extends Collection<@Nullable Object>> C elements(C target) throws IOException {
        startArray();
        cost.container();
        while (more()) {
            target.add(current());
        }
        return target;
    }

    /** As {@link #elements}, of what becomes a hash table, which makes trees of elements with the same hash or not. */
    <C extends Collection<@Nullable Object>> C hashed(C target, boolean trees) throws IOException {
        startArray();
        cost.container();
        HashedKeys keys = null;
        while (more()) {
            if (keys == null) {
                keys = new HashedKeys(cost, trees);
            }
            long before = cost.size();
            Object element = current();
            keys.add(element, cost.size() - before, target);
            target.add(element);
        }
        return target;
    }

    /** The flat array of keys and values that starts at the current token, put into {@code target}, a tree. */
    <M extends Map<@Nullable Object, @Nullable Object>> M entries(M target) throws IOException {
        startArray();
        cost.container();
        while (more()) {
            Object key = current();
            target.put(key, read());
        }
        return target;
    }

    /** As {@link #entries}, of what becomes a hash table, which makes trees of keys with the same hash or not. */
    <M extends Map<@Nullable Object, @Nullable Object>> M hashed(M target, boolean trees) throws IOException {
        startArray();
        cost.container();
        HashedKeys keys = null;
        while (more()) {
            if (keys == null) {
                keys = new HashedKeys(cost, trees);
            }
            long before = cost.size();
            Object key = current();
            keys.add(key, cost.size() - before, target.keySet());
            target.put(key, read());
        }
        return target;
    }

    void startArray() {
        expect(JsonToken.START_ARRAY);
    }

    /** Steps to the next element of an array; false at its end. */
    boolean more() throws IOException {
        return parser.nextToken() != JsonToken.END_ARRAY;
    }

    void endArray() throws IOException {
        parser.nextToken();
        expect(JsonToken.END_ARRAY);
    }

    long longValue() throws IOException {
        expect(JsonToken.VALUE_NUMBER_INT);
        return parser.getLongValue();
    }

    int intValue() throws IOException {
        expect(JsonToken.VALUE_NUMBER_INT);
        return parser.getIntValue();
    }

    double doubleValue() throws IOException {
        expect(JsonToken.VALUE_NUMBER_FLOAT);
        return parser.getDoubleValue();
    }

    String text() throws IOException {
        expect(JsonToken.VALUE_STRING);
        return parser.getText();
    }

    byte[] binary() throws IOException {
        expect(JsonToken.VALUE_EMBEDDED_OBJECT);
        return parser.getBinaryValue();
    }

    /** A byte string that becomes an array of elements of so many bytes. */
    byte[] primitives(int elementBytes) throws IOException {
        byte[] bytes = binary();
        cost.array(bytes.length / elementBytes);
        return bytes;
    }

    /** The array of exactly {@code count} ints that starts at the current token. */
    long[] longs(int count) throws IOException {
        startArray();
        long[] numbers = new long[count];
        for (int i = 0; i < count; i++) {
            parser.nextToken();
            numbers[i] = longValue();
        }
        endArray();
        return numbers;
    }

    /** The next item as text. */
    String nextText() throws IOException {
        parser.nextToken();
        return text();
    }

    long nextLong() throws IOException {
        parser.nextToken();
        return longValue();
    }

    /** Whether the next item, to which it steps, is an int with {@code tag} (-1 for none). */
    boolean nextIsInt(int tag) throws IOException {
        return parser.nextToken() == JsonToken.VALUE_NUMBER_INT && parser.getCurrentTag() == tag;
    }

    /** The type that comes next. */
    String nextType() throws IOException {
        return nextNamed().name;
    }

    /** The shape that comes next; resolved once in each item, for its text may be long and stand for many objects. */
    Form.Reader nextShape() throws IOException {
        Named named = nextNamed();
        if (named.shape == null) {
            named.shape = resolver.shape(named.name);
        }
        return named.shape;
    }

    private Named nextNamed() throws IOException {
        if (parser.nextToken() == JsonToken.VALUE_STRING) {
            Named named = new Named(parser.getText());
            types.add(named);
            return named;
        }
        int index = intValue();
        if (index < 0 || index >= types.size()) {
            throw new UndecodableValueException("type " + index + " of " + types.size());
        }
        return types.get(index);
    }

    /** Passes over the next item without making anything of it, but keeps count of the types it names. */
    void skip() throws IOException {
        parser.nextToken();
        skipCurrent();
    }

    /** As {@link #skip}, of the item whose first token is the current one. */
    void skipCurrent() throws IOException {
        int open = 0;
        do {
            JsonToken token = open == 0 ? parser.currentToken() : parser.nextToken();
            if (token == null) {
                throw new UndecodableValueException("the bytes end early");
            }
            cost.item();
            if (token == JsonToken.START_ARRAY) {
                open++;
                cost.enter();
                if (PortableTag.isTyped(parser.getCurrentTag())) {
                    nextType();
                }
            } else if (token.isStructStart()) {
                throw unexpected("a value");
            } else if (token == JsonToken.END_ARRAY) {
                open--;
                cost.leave();
            }
        } while (open > 0);
    }

    /** The tag of the current item; -1 for none. */
    int tag() {
        return parser.getCurrentTag();
    }

    /** Steps into the array that comes next. */
    void nextArray() throws IOException {
        parser.nextToken();
        startArray();
    }

    /** Somebody wants to look at the object when all is read. */
    void validate(ObjectInputValidation validation, int priority) {
        if (validations == null) {
            validations = new ArrayList<>();
        }
        validations.add(new Validation(validation, priority));
    }

    /** Asks those who wanted to be asked, those of high priority first. */
    void complete() throws IOException {
        if (validations != null) {
            validations.sort(Comparator.comparingInt(Validation::priority).reversed());
            for (Validation validation : validations) {
                validation.by.validateObject();
            }
        }
    }

    private record Validation(ObjectInputValidation by, int priority) {}

    private void expect(JsonToken expected) {
        if (parser.currentToken() != expected) {
            throw unexpected(expected.toString());
        }
    }

    private UndecodableValueException unexpected(String expected) {
        return new UndecodableValueException("found " + parser.currentToken() + ", expected " + expected);
    }
}
