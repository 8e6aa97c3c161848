package io.distcache.client.spi.codec;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A class as a Java object stream describes it. Confined to one call. */
final class StreamClass {
    /** Kinds of keys. */
    static final byte OTHER = 0;

    static final byte TEXT = 1;
    static final byte INT = 2;
    static final byte LONG = 3;
    static final byte CONSTANT = 4;
    private static final Map<String, Byte> KINDS = Map.of(
            "java.lang.Integer", INT,
            "java.lang.Long", LONG,
            "java.lang.Short", (byte) 5,
            "java.lang.Byte", (byte) 6,
            "java.lang.Character", (byte) 7,
            "java.util.UUID", (byte) 8);

    final String name;
    final boolean isPlatform;
    final byte kind;
    final int handle;
    int flags;
    int primitiveBytes;
    int references;

    @Nullable
    StreamClass parent;

    /** How many objects of it there are in the stream. */
    int objects;

    private @Nullable List<StreamClass> hierarchy;

    StreamClass(String name, int handle) {
        this.name = name;
        this.handle = handle;
        this.isPlatform = name.startsWith("java.");
        this.kind = KINDS.getOrDefault(name, OTHER);
    }

    /** From the topmost class down. */
    List<StreamClass> hierarchy() {
        if (hierarchy == null) {
            ArrayDeque<StreamClass> levels = new ArrayDeque<>();
            for (StreamClass level = this; level != null; level = level.parent) {
                levels.addFirst(level);
            }
            hierarchy = List.copyOf(levels);
        }
        return hierarchy;
    }
}
