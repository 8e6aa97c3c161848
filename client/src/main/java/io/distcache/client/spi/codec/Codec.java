package io.distcache.client.spi.codec;

import io.distcache.client.DistCacheException;
import io.distcache.client.NotEncodableException;
import io.distcache.client.SerializationLimitException;
import io.distcache.client.SerializationLimits;
import io.distcache.client.SerializationRefusedException;
import io.distcache.client.UndecodableValueException;
import io.distcache.client.UnusableClassException;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.FlaggedValue;
import io.distcache.protocol.ValueTag;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Java objects to tagged {@link Bytes} and back, for one side (keys or values) of one cache. Nothing the caller can change
 * is shared: arrays are copied both ways. Thread-safe.
 */
public final class Codec {
    private final TypeResolver resolver;
    private final StoredClasses classes;
    private final Class<?> declaredType;

    private Codec(Class<?> declaredType, TypeResolver resolver) {
        this.declaredType = declaredType;
        this.resolver = resolver;
        this.classes = new StoredClasses(resolver.allowList(), resolver.sources());
    }

    /**
     * A codec for objects declared as {@code declaredType}; {@code Object} if nothing is declared.
     *
     * @throws IllegalArgumentException if the context's allow patterns are not understood
     */
    public static Codec create(Class<?> declaredType, CodecContext context) {
        return create(declaredType, List.of(), context);
    }

    /** Also for objects of the types in {@code more}, which are allowed as the declared one is. */
    public static Codec create(Class<?> declaredType, Collection<? extends Type> more, CodecContext context) {
        return create(declaredType, more, allowed(declaredType, more, context), context);
    }

    /** The same for the cache of this name, which is in the message of what it refuses. */
    public static Codec create(
            String cache, Class<?> declaredType, Collection<? extends Type> more, CodecContext context) {
        return create(declaredType, more, allowed(declaredType, more, context).named(cache), context);
    }

    private static AllowList allowed(Class<?> declaredType, Collection<? extends Type> more, CodecContext context) {
        return AllowList.of(context.allow(), declared(declaredType, more).toArray(Type[]::new));
    }

    private static List<Type> declared(Class<?> declaredType, Collection<? extends Type> more) {
        List<Type> declared = new ArrayList<>();
        declared.add(declaredType);
        declared.addAll(more);
        return declared;
    }

    private static Codec create(
            Class<?> declaredType, Collection<? extends Type> more, AllowList allowed, CodecContext context) {
        ClassSources sources = ClassSources.of(declared(declaredType, more), context.classLoader());
        return new Codec(declaredType, new TypeResolver(sources, allowed, context.limits()));
    }

    /**
     * The bytes of a value; the concrete kinds of collections are kept. A part that has no portable form but is
     * Serializable is embedded as its own Java object stream. A part that occurs twice is two equal parts afterwards.
     *
     * @throws NotEncodableException if it is, or holds, an object that has neither a portable form nor is Serializable
     * @throws SerializationRefusedException if {@link #decode} would refuse it
     * @throws SerializationLimitException if reading it would pass one of the limits
     */
    public Bytes encode(Object value) {
        return encode(value, false, classes);
    }

    /** As {@link #encode}, of what others will read, whatever {@link #decode} would say. */
    public Bytes encodeForOthers(Object value) {
        return encode(value, false, StoredClasses.ALL);
    }

    /**
     * The bytes of a key: equal keys give equal bytes. Lists, sets and maps of any kind count as equal to others of the
     * same content; all other objects if their classes are and all that they store: the fields of a record or bean, what Java
     * serialization would write of an object that is only Serializable. Arrays are compared by their content. An {@code equals} that
     * compares less than is stored (text without regard to case) cannot be seen; where it compares more, a warning says so.
     *
     * @throws NotEncodableException as {@link #encode} does
     * @throws SerializationRefusedException as {@link #encode} does
     * @throws SerializationLimitException as {@link #encode} does
     */
    public Bytes encodeKey(Object key) {
        Bytes encoded = encodeUnwatched(key);
        if (encoded.get(0) == ValueTag.PORTABLE) {
            KeyWatch.look(this, key, encoded);
        }
        return encoded;
    }

    /** As {@link #encodeKey}, without a look at whether the key can be read again. */
    Bytes encodeUnwatched(Object key) {
        return encode(key, true, classes);
    }

    private Bytes encode(Object value, boolean canonical, StoredClasses classes) {
        Bytes scalar = ScalarForm.write(value);
        if (scalar != null) {
            check(scalar);
            return scalar;
        }
        SerializationLimits limits = resolver.limits();
        try {
            Bytes encoded = isStream(value, canonical)
                    ? serialize(value, canonical, classes)
                    : PortableForm.write(value, canonical, new Cost(limits), classes);
            check(encoded);
            return encoded;
        } catch (TooDeep | StackOverflowError e) {
            if (canonical) {
                throw new NotEncodableException(
                        rootName(value) + " is nested deeper than "
                                + Math.min(Cost.MAX_PORTABLE_DEPTH, limits.maxDepth())
                                + " or refers to itself, and can be no key; leave out what leads back to it",
                        e);
            }
            return serializeDeep(value, classes);
        } catch (Unportable e) {
            throw new NotEncodableException(rootName(value) + e.path() + " cannot be stored: " + e.reason(), e);
        } catch (ConcurrentModificationException e) {
            throw new NotEncodableException(rootName(value) + " was changed while it was being stored", e);
        }
    }

    /** Of keys only what the JDK alone can take apart. */
    private static boolean isStream(Object value, boolean canonical) {
        return Forms.of(value.getClass()) == Forms.SERIALIZED
                && (!canonical || (JdkValueTypes.isPlatform(value.getClass()) && !collapses(value)));
    }

    private static boolean collapses(Object value) {
        return value instanceof List || value instanceof Set || value instanceof Map;
    }

    /** Of bytes alone: that they are not too many. */
    private void check(Bytes encoded) {
        Cost.bytes(encoded.length() - 1L, resolver.limits());
        if (encoded.get(0) == ValueTag.BYTES
                && encoded.length() - 1 > resolver.limits().maxArrayLength()) {
            new Cost(resolver.limits()).array(encoded.length() - 1L);
        }
    }

    private Bytes serialize(Object value, boolean canonical, StoredClasses classes) {
        Forms.requireSerializable(value);
        try {
            return Bytes.of(
                    SerializedForm.write(value, ValueTag.SERIALIZED, canonical, new Cost(resolver.limits()), classes));
        } catch (SerializedForm.NotSerializable e) {
            throw Forms.unstorable(e.className()).inside(SerializedPath.find(value, e.className()));
        }
    }

    /** Java serialization knows cycles; the portable form does not. */
    private Bytes serializeDeep(Object value, StoredClasses classes) {
        try {
            Bytes encoded = serialize(value, false, classes);
            check(encoded);
            requireDecodable(value, encoded);
            return encoded;
        } catch (Unportable e) {
            throw new NotEncodableException(
                    rootName(value) + " is nested deeper than " + Cost.MAX_PORTABLE_DEPTH
                            + " or refers to itself, so only Java serialization could store it, but "
                            + rootName(value) + e.path() + " cannot be serialized: " + e.reason(),
                    e);
        } catch (TooDeep e) {
            throw new NotEncodableException(
                    rootName(value) + " is nested deeper than " + Cost.MAX_PORTABLE_DEPTH
                            + ", or refers to itself through a part that only the portable form can store;"
                            + " store a flatter one",
                    e);
        }
    }

    /** Reading takes more stack than writing. Better an error now than a miss on every get. */
    private void requireDecodable(Object value, Bytes encoded) {
        try {
            decode(encoded);
        } catch (SerializationRefusedException e) {
            return; // A matter of configuration, which may differ where it is read.
        } catch (UndecodableValueException e) {
            throw new NotEncodableException(
                    rootName(value) + " is nested too deep to be read again; store a flatter one", e);
        }
    }

    private static String rootName(Object value) {
        String name = value.getClass().getSimpleName();
        return name.isEmpty() ? "value" : name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
    }

    /**
     * The object that {@link #encode} or {@link #encodeKey} was given, or one equal to it. What memcached keeps beside a value
     * ({@link FlaggedValue}) is left out.
     *
     * @throws UndecodableValueException if its class changed or vanished, or the bytes are damaged
     * @throws UnusableClassException if its class is there, but cannot be linked or is not opened by its module
     * @throws SerializationRefusedException if the bytes name a class that is not allowed
     * @throws SerializationLimitException if the object passes one of the limits
     */
    public Object decode(Bytes encoded) {
        Bytes bare = FlaggedValue.bare(encoded);
        if (bare.length() == 0) {
            throw new UndecodableValueException("a value of no bytes has no tag");
        }
        check(bare);
        byte tag = bare.get(0);
        if (tag != ValueTag.PORTABLE && tag != ValueTag.SERIALIZED) {
            return ScalarForm.read(bare);
        }
        Cost cost = new Cost(resolver.limits());
        try {
            byte[] array = bare.array();
            int start = bare.offset() + 1;
            int length = bare.length() - 1;
            return tag == ValueTag.PORTABLE
                    ? PortableForm.read(array, start, length, resolver, cost)
                    : resolver.deserialize(array, start, length, cost);
        } catch (LinkageError e) {
            throw new UnusableClassException(
                    "a class of a stored object cannot be used in this application: " + Shortened.text(e), e);
        } catch (DistCacheException e) {
            throw e;
        } catch (IOException | RuntimeException | InternalError | AssertionError e) {
            throw new UndecodableValueException("the stored bytes give no object: " + Shortened.text(e), e);
        } catch (StackOverflowError e) {
            throw Cost.overflow(resolver.limits(), e);
        }
    }

    /**
     * As {@link #decode}, of what is handed on as the declared type.
     *
     * @throws ClassCastException if it is none: somebody stored it who does not know the cache's types
     */
    public Object decodeDeclared(Bytes encoded) {
        Object object = decode(encoded);
        if (!declaredType.isInstance(object)) {
            throw new ClassCastException(resolver.allowList().cache() + " holds a "
                    + object.getClass().getName() + " where a " + declaredType.getName()
                    + " was declared. Another client stored it, who was told of other types or of none, as those of Redis"
                    + " and memcached are. Remove it, or read it through a cache that declares java.lang.Object");
        }
        return object;
    }

    /**
     * Asks whether {@code object} is of the declared type.
     *
     * @throws ClassCastException if it is not
     */
    public void requireDeclared(Object object) {
        if (!declaredType.isInstance(object)) {
            throw new ClassCastException("a " + object.getClass().getName() + " cannot be stored in "
                    + resolver.allowList().cache() + ", where a " + declaredType.getName() + " was declared");
        }
    }

    /**
     * Whether equal objects of this form always have equal bytes, so that a node can compare them. Otherwise the caller
     * decodes and asks {@code equals}. Of what {@link #encode} gave: a node leaves out itself what memcached keeps beside the
     * value that it compares with.
     */
    public static boolean byteEqual(Bytes encoded) {
        if (encoded.length() == 0) {
            return false;
        }
        byte tag = encoded.get(0);
        return tag != ValueTag.PORTABLE && tag != ValueTag.SERIALIZED && tag != ValueTag.FLAGGED;
    }
}
