package io.distcache.benchmarks.lettuce;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.distcache.benchmarks.load.Line;
import io.distcache.benchmarks.load.Session;
import io.distcache.benchmarks.load.SessionFactory;
import io.distcache.benchmarks.load.Target;
import io.distcache.benchmarks.load.ValueKind;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Redis without JCache: every caller's synchronous commands go through one shared connection, which pipelines them. Bytes and
 * texts travel as they are, a bean in Java's serialization, a count as the decimal number that {@code INCR} makes. The
 * one cache there is at a time is the whole database. Where replicas have to have what is put, puts have connections of their own.
 */
final class LettuceSession implements Session {
    private final ClientResources resources;
    private final RedisClient client;
    private final RedisCommands<String, byte[]> redis;
    private final Writer writer;

    private LettuceSession(
            ClientResources resources, RedisClient client, RedisCommands<String, byte[]> redis, Writer writer) {
        this.resources = resources;
        this.client = client;
        this.redis = redis;
        this.writer = writer;
    }

    /** How entries are put. Thread-safe. */
    interface Writer {
        void set(String key, byte[] value);

        void setAll(Map<String, byte[]> entries);
    }

    /** How the harness's client process finds this class. */
    public static final class Factory implements SessionFactory {
        @Override
        public Session open(Line line) {
            ClientResources resources = DefaultClientResources.builder()
                    .ioThreadPoolSize(2)
                    .computationThreadPoolSize(2)
                    .build();
            RedisClient client = RedisClient.create(resources, RedisURI.create("127.0.0.1", line.integer("port")));
            // A synchronous command is waited for with a timeout in any case; a timer for each one besides costs
            // throughput.
            client.setOptions(ClientOptions.builder()
                    .timeoutOptions(TimeoutOptions.create())
                    .build());
            RedisCodec<String, byte[]> codec = RedisCodec.of(StringCodec.ASCII, ByteArrayCodec.INSTANCE);
            RedisCommands<String, byte[]> redis = client.connect(codec).sync();
            int replicas = Integer.parseInt(line.fields().getOrDefault("replicas", "0"));
            Writer writer = replicas == 0
                    ? new Plain(redis)
                    : ReplicatedWriter.of(redis, () -> client.connect(codec), replicas);
            return new LettuceSession(resources, client, redis, writer);
        }
    }

    private record Plain(RedisCommands<String, byte[]> redis) implements Writer {

        @Override
        public void set(String key, byte[] value) {
            redis.set(key, value);
        }

        @Override
        public void setAll(Map<String, byte[]> entries) {
            redis.mset(entries);
        }
    }

    @Override
    public Target create(String name, ValueKind kind) {
        return new LettuceTarget(redis, writer, kind);
    }

    @Override
    public Target attach(String name, ValueKind kind) {
        return new LettuceTarget(redis, writer, kind);
    }

    @Override
    public void destroy(String name) {
        redis.flushdb();
    }

    @Override
    public void close() {
        client.shutdown();
        resources.shutdown().awaitUninterruptibly();
    }

    private record LettuceTarget(RedisCommands<String, byte[]> redis, Writer writer, ValueKind kind) implements Target {

        @Override
        public Object get(String key) {
            byte[] bytes = redis.get(key);
            return bytes == null ? null : value(bytes);
        }

        @Override
        public void put(String key, Object value) {
            writer.set(key, bytes(value));
        }

        @Override
        public Map<String, Object> getAll(Set<String> keys) {
            Map<String, Object> found = new HashMap<>();
            for (KeyValue<String, byte[]> each : redis.mget(keys.toArray(new String[0]))) {
                each.ifHasValue(bytes -> found.put(each.getKey(), value(bytes)));
            }
            return found;
        }

        @Override
        public void putAll(Map<String, Object> entries) {
            Map<String, byte[]> encoded = new HashMap<>();
            entries.forEach((key, value) -> encoded.put(key, bytes(value)));
            writer.setAll(encoded);
        }

        @Override
        public void increment(String key) {
            redis.incr(key);
        }

        private byte[] bytes(Object value) {
            return switch (kind) {
                case BYTES -> (byte[]) value;
                case TEXT, COUNT -> value.toString().getBytes(UTF_8);
                case BEAN -> serialize(value);
            };
        }

        private Object value(byte[] bytes) {
            return switch (kind) {
                case BYTES -> bytes;
                case TEXT -> new String(bytes, UTF_8);
                case BEAN -> deserialize(bytes);
                case COUNT -> Long.parseLong(new String(bytes, UTF_8));
            };
        }

        private static byte[] serialize(Object value) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream objects = new ObjectOutputStream(bytes)) {
                objects.writeObject(value);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return bytes.toByteArray();
        }

        private static Object deserialize(byte[] bytes) {
            try (ObjectInputStream objects = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
                return objects.readObject();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
