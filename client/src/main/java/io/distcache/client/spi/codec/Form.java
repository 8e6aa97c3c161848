package io.distcache.client.spi.codec;

import io.distcache.protocol.Bytes;
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

    /**
     * The forms of all classes. An object holds objects of any class, so whatever writes or reads one by its form asks here for those of the
     * others; and it knows no more of them than this. Thread-safe.
     */
    interface All {
        /** The form of objects of a class. */
        Form of(Class<?> type);

        /**
         * How the item under a tag is read.
         *
         * @throws io.distcache.client.UndecodableValueException if no object has that tag
         */
        Reader byTag(int tag);

        /** The form of what has no portable one of its own. */
        Form serialized();

        /**
         * Writes a collection in a key whose kind is fixed by what is {@code declared}: all that may stand there and be equal alike.
         *
         * @return false if it has a form of its own that does so
         */
        boolean writeOfKind(PortableWriter out, Object value, Class<?> declared) throws IOException;

        /** The bytes of a part of a key, which do not depend on what stands around it. */
        Bytes part(@Nullable Object part, Cost cost, StoredClasses classes) throws IOException;
    }
}
