package io.distcache.client;

/**
 * What reading one stored object may cost, whoever wrote it. Writing asks the same, so that what can be written can be read. Passing a
 * limit ends with a {@link SerializationLimitException} that names it. Immutable.
 *
 * @param maxDepth how deep objects may lie in one another; default 1,000. Portable values nest at most 500 deep whatever this says,
 *     deeper ones are written by Java serialization
 * @param maxReferences the most objects in one value, those counted again that a hash table has to hash or compare. A collection counts
 *     as four, 64 characters of text as one more. Default 10,000,000
 * @param maxArrayLength the most elements of one array; default 268,435,456
 * @param maxBytes the most bytes of one encoded key or value, its tag not counted; default 256 MiB, as much as a reply may have
 */
public record SerializationLimits(int maxDepth, long maxReferences, int maxArrayLength, int maxBytes) {
    /** The name of {@link #maxDepth} as an option and, after {@code distcache.}, as a property. */
    public static final String MAX_DEPTH = "serialization.max-depth";
    /** The name of {@link #maxReferences}. */
    public static final String MAX_REFERENCES = "serialization.max-references";
    /** The name of {@link #maxArrayLength}. */
    public static final String MAX_ARRAY_LENGTH = "serialization.max-array-length";
    /** The name of {@link #maxBytes}. */
    public static final String MAX_BYTES = "serialization.max-bytes";

    /** The limits unless told otherwise. */
    public static final SerializationLimits DEFAULT = new SerializationLimits(1_000, 10_000_000, 256 << 20, 256 << 20);

    /** @throws IllegalArgumentException naming the limit that is not positive */
    public SerializationLimits {
        check(MAX_DEPTH, maxDepth);
        check(MAX_REFERENCES, maxReferences);
        check(MAX_ARRAY_LENGTH, maxArrayLength);
        check(MAX_BYTES, maxBytes);
    }

    private static void check(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + "; use at least 1");
        }
    }

    /**
     * {@link #DEFAULT}, but for what system properties {@code distcache.serialization.max-...} say.
     *
     * @throws IllegalArgumentException if one of them is no positive whole number
     */
    public static SerializationLimits ofSystemProperties() {
        return new SerializationLimits(
                (int) property(MAX_DEPTH, DEFAULT.maxDepth, Integer.MAX_VALUE),
                property(MAX_REFERENCES, DEFAULT.maxReferences, Long.MAX_VALUE),
                (int) property(MAX_ARRAY_LENGTH, DEFAULT.maxArrayLength, Integer.MAX_VALUE),
                (int) property(MAX_BYTES, DEFAULT.maxBytes, Integer.MAX_VALUE));
    }

    private static long property(String option, long otherwise, long most) {
        String name = "distcache." + option;
        String text = System.getProperty(name, "").strip();
        return text.isEmpty() ? otherwise : parse(name, text, most);
    }

    /**
     * The number that {@code text} is.
     *
     * @throws IllegalArgumentException if it is none from 1 to {@code most}
     */
    public static long parse(String name, String text, long most) {
        try {
            long value = Long.parseLong(text);
            if (value >= 1 && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new IllegalArgumentException(name + " is '" + text + "'; write a whole number from 1 to " + most);
    }
}
