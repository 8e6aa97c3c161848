package io.distcache.benchmarks.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Locale;
import java.util.SplittableRandom;

/**
 * What lies in the cache while it is measured: keys of 16 characters, and values of one kind and size. Immutable.
 *
 * @param valueBytes length of a BYTES or TEXT value; not used for the other kinds
 */
public record Dataset(ValueKind kind, int keys, int valueBytes) {
    /** As many different values as are written; enough that no peer can profit from equal ones. */
    private static final int VALUES = 64;

    static Dataset of(Line line) {
        return new Dataset(ValueKind.valueOf(line.text("kind")), line.integer("keys"), line.integer("valueBytes"));
    }

    Line describe(Line line) {
        return line.with("kind", kind).with("keys", keys).with("valueBytes", valueBytes);
    }

    static String key(int number) {
        return String.format(Locale.ROOT, "key-%012d", number);
    }

    String[] makeKeys() {
        String[] made = new String[keys];
        for (int i = 0; i < keys; i++) {
            made[i] = key(i);
        }
        return made;
    }

    Object[] makeValues() {
        SplittableRandom random = new SplittableRandom(42);
        Object[] made = new Object[VALUES];
        for (int i = 0; i < VALUES; i++) {
            made[i] = switch (kind) {
                case BYTES -> bytes(random);
                case TEXT -> text(random);
                case BEAN -> customer(random);
                case COUNT -> 0L;
            };
        }
        return made;
    }

    /** Whether {@code value} can have come out of this dataset; cheap enough to ask after every get. */
    boolean holds(Object value) {
        return switch (kind) {
            case BYTES -> value instanceof byte[] bytes && bytes.length == valueBytes;
            case TEXT -> value instanceof String text && text.length() == valueBytes;
            case BEAN ->
                value instanceof Customer customer && !customer.getEmail().isEmpty();
            case COUNT -> value instanceof Long;
        };
    }

    private byte[] bytes(SplittableRandom random) {
        byte[] bytes = new byte[valueBytes];
        random.nextBytes(bytes);
        return bytes;
    }

    private String text(SplittableRandom random) {
        byte[] letters = new byte[valueBytes];
        for (int i = 0; i < valueBytes; i++) {
            letters[i] = (byte) random.nextInt('a', 'z' + 1);
        }
        return new String(letters, ISO_8859_1);
    }

    private static Customer customer(SplittableRandom random) {
        int number = random.nextInt(1_000_000);
        Customer customer = new Customer();
        customer.setId(random.nextLong());
        customer.setName("Customer Number " + number);
        customer.setEmail("customer." + number + "@example.com");
        customer.setBalance(random.nextDouble() * 1000);
        customer.setActive(random.nextBoolean());
        return customer;
    }
}
