package io.distcache.jcache.internal.codec;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.ValueTag;

/**
 * Java objects to tagged {@link Bytes} and back, for one side (keys or values) of one cache. Nothing the caller can change
 * is shared: arrays are copied both ways. Thread-safe.
 */
public final class Codec {
    private final ClassLoader loader;
    private final AllowList allowList;

    private Codec(ClassLoader loader, AllowList allowList) {
        this.loader = loader;
        this.allowList = allowList;
    }

    /**
     * A codec for objects declared as {@code declaredType}; {@code Object} if nothing is declared.
     *
     * @throws IllegalArgumentException if the context's allow patterns are not understood
     */
    public static Codec create(Class<?> declaredType, CodecContext context) {
        return new Codec(context.classLoader(), AllowList.of(context.allow(), declaredType));
    }

    /**
     * The bytes of a value; the concrete kinds of collections are kept.
     *
     * @throws NotEncodableException if it is, or holds, an object that has neither a portable form nor is Serializable
     */
    public Bytes encode(Object value) {
        Bytes scalar = ScalarForm.write(value);
        return scalar != null ? scalar : Bytes.of(SerializedForm.write(value, ValueTag.SERIALIZED));
    }

    /**
     * The bytes of a key: equal keys give equal bytes.
     *
     * @throws NotEncodableException as {@link #encode} does
     */
    public Bytes encodeKey(Object key) {
        return encode(key);
    }

    /**
     * The object that {@link #encode} or {@link #encodeKey} was given, or one equal to it.
     *
     * @throws UndecodableValueException if its class changed or vanished, or the bytes are damaged
     * @throws SerializationRefusedException if the bytes name a class that is not allowed
     */
    public Object decode(Bytes encoded) {
        if (encoded.length() == 0) {
            throw new UndecodableValueException("a value of no bytes has no tag");
        }
        if (encoded.get(0) == ValueTag.SERIALIZED) {
            return SerializedForm.read(encoded.array(), encoded.offset() + 1, encoded.length() - 1, loader, allowList);
        }
        return ScalarForm.read(encoded);
    }

    /**
     * Whether equal objects of this form always have equal bytes, so that a node can compare them. Otherwise the caller
     * decodes and asks {@code equals}.
     */
    public static boolean byteEqual(Bytes encoded) {
        return encoded.length() > 0 && encoded.get(0) != ValueTag.PORTABLE && encoded.get(0) != ValueTag.SERIALIZED;
    }
}
