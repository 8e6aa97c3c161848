package io.distcache.client.spi.codec;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** How objects of one class are written as a portable item. Thread-safe. */
@FunctionalInterface
interface Form {
    /** Writes {@code value}, tag first if the form has one. */
    void write(PortableWriter out, Object value) throws IOException;

    /** How the item under one tag is read; the parser stands at its first token, and ends at its last. */
    @FunctionalInterface
    interface Reader {
        @Nullable
        Object read(PortableReader in) throws IOException;
    }
}
