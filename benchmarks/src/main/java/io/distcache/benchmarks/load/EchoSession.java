package io.distcache.benchmarks.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.distcache.benchmarks.echo.EchoClient;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The echo: the limit of this shape of system. Bytes and texts travel as they are; for a bean 100 prepared bytes travel,
 * since what the peers' codecs cost is part of their figure and not of the limit.
 */
final class EchoSession implements Session {
    private static final byte[] BEAN = new byte[100];
    private static final Customer CUSTOMER = new Customer();

    static {
        CUSTOMER.setEmail("echo@example.com");
    }

    private final EchoClient client;

    private EchoSession(EchoClient client) {
        this.client = client;
    }

    static EchoSession open(Line line) {
        return new EchoSession(EchoClient.connect("127.0.0.1", line.integer("port")));
    }

    @Override
    public Target create(String name, ValueKind kind) {
        return new EchoTarget(client, kind);
    }

    @Override
    public Target attach(String name, ValueKind kind) {
        return new EchoTarget(client, kind);
    }

    @Override
    public void destroy(String name) {
        client.clear();
    }

    @Override
    public void close() {
        client.close();
    }

    private record EchoTarget(EchoClient client, ValueKind kind) implements Target {

        @Override
        public @Nullable Object get(String key) {
            byte[] bytes = client.get(key);
            return bytes == null ? null : value(bytes);
        }

        @Override
        public void put(String key, Object value) {
            client.put(key, bytes(value));
        }

        @Override
        public Map<String, Object> getAll(Set<String> keys) {
            Map<String, Object> values = new HashMap<>();
            client.getAll(keys).forEach((key, bytes) -> values.put(key, value(bytes)));
            return values;
        }

        @Override
        public void putAll(Map<String, Object> entries) {
            Map<String, byte[]> fields = new HashMap<>();
            entries.forEach((key, value) -> fields.put(key, bytes(value)));
            client.putAll(fields);
        }

        @Override
        public void increment(String key) {
            client.increment(key);
        }

        private static byte[] bytes(Object value) {
            if (value instanceof byte[] bytes) {
                return bytes;
            }
            if (value instanceof String text) {
                return text.getBytes(ISO_8859_1);
            }
            return BEAN;
        }

        private Object value(byte[] bytes) {
            return switch (kind) {
                case BYTES -> bytes;
                case TEXT -> new String(bytes, ISO_8859_1);
                case BEAN -> CUSTOMER;
                case COUNT -> ByteBuffer.wrap(bytes).getLong();
            };
        }
    }
}
