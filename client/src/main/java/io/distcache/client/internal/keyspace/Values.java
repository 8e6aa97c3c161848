package io.distcache.client.internal.keyspace;

import io.distcache.client.ClientConfig;
import io.distcache.client.UndecodableValueException;
import io.distcache.client.spi.codec.ClassSources;
import io.distcache.client.spi.codec.Codec;
import io.distcache.client.spi.codec.CodecContext;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.ValueTag;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Keys and values of one cache: objects to bytes and back. Thread-safe. */
final class Values {
    private static final Bytes NULL = Bytes.of(new byte[] {ValueTag.NULL});

    private final String cache;
    private final CodecContext context;
    private final Class<?> keyType;
    private final Class<?> valueType;
    private final Codec any;
    private final Map<Class<?>, Codec> byType = new ConcurrentHashMap<>();

    Values(CacheDefinition definition, ClientConfig config, ClassLoader loader) {
        this.cache = definition.name();
        this.context = new CodecContext(loader, config.allow(), config.limits());
        this.keyType = type(definition, CacheDefinition.KEY_TYPE, loader);
        this.valueType = type(definition, CacheDefinition.VALUE_TYPE, loader);
        this.any = Codec.create(cache, valueType, List.of(keyType), context);
    }

    private static Class<?> type(CacheDefinition definition, String side, ClassLoader loader) {
        String name = definition.attributes().getOrDefault(side, Object.class.getName());
        try {
            return ClassSources.of(List.of(), loader).find(name);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(
                    "cache " + definition.name() + " has " + side + " " + name
                            + ", a class that this process does not have",
                    e);
        }
    }

    Bytes key(Object key) {
        Objects.requireNonNull(key, "key");
        check(keyType, key, "keys");
        return any.encodeKey(key);
    }

    Bytes value(@Nullable Object value) {
        if (value == null) {
            return NULL;
        }
        check(valueType, value, "values");
        return writer(value.getClass()).encode(value);
    }

    /** Whoever reads a value may ask for its class; so what only a part of it would need to be allowed for is refused. */
    private Codec writer(Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        return loader == null || type == valueType || type == keyType ? any : byType.computeIfAbsent(type, this::codec);
    }

    private void check(Class<?> declared, Object object, String what) {
        if (!declared.isInstance(object)) {
            throw new IllegalArgumentException("cache " + cache + " was made for " + what + " of " + declared.getName()
                    + ", so a " + object.getClass().getName() + " cannot be one");
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the caller says what it stored
    <T> T keyObject(Bytes key) {
        return (T) any.decode(key);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the caller says what it stored
    <V> @Nullable V object(@Nullable Bytes value) {
        return value == null || isNull(value) ? null : (V) any.decode(value);
    }

    <V> @Nullable V object(Bytes value, Class<V> type) {
        if (isNull(value)) {
            return null;
        }
        Object object = byType.computeIfAbsent(type, this::codec).decode(value);
        if (!boxed(type).isInstance(object)) {
            throw new UndecodableValueException(
                    "the value is a " + object.getClass().getName() + ", not a " + type.getName());
        }
        @SuppressWarnings("unchecked") // checked above; cast() would refuse int.class
        V typed = (V) object;
        return typed;
    }

    private Codec codec(Class<?> type) {
        return Codec.create(cache, type, List.of(keyType, valueType), context);
    }

    private static Class<?> boxed(Class<?> type) {
        return MethodType.methodType(type).wrap().returnType();
    }

    private static boolean isNull(Bytes value) {
        return value.length() == 1 && value.get(0) == ValueTag.NULL;
    }
}
