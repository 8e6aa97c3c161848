package io.distcache.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.server.config.ConfigReader;
import io.distcache.server.node.Node;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/** A real node on a data directory, and a client of it. */
public final class RunningNode implements AutoCloseable {
    private final Node node;
    private final String address;
    private final NodeConnection client;
    private final Map<String, Integer> handles = new HashMap<>();

    RunningNode(Path directory, InstantSource clock, String... settings) throws Exception {
        ConfigReader reader = new ConfigReader()
                .set("server.port", "0", "test")
                .set("server.event-loops", "1", "test")
                .set("store.shards", "4", "test")
                .set("store.max-bytes", "64mb", "test")
                .set("snapshot.interval", "0s", "test")
                .set("snapshot.log-bytes", "0", "test")
                .set("node.data-dir", directory.toString(), "test");
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            reader.set(setting.substring(0, equals), setting.substring(equals + 1), "test");
        }
        node = new Node(reader.read(), clock);
        node.load(percent -> {});
        address = node.listen();
        client = NodeConnection.open(address, reader.read().server().authToken(), 60, null);
    }

    public static Bytes text(String text) {
        return Bytes.ofUtf8("\u0002" + text);
    }

    public static Bytes number(long number) {
        return Bytes.of(ByteBuffer.allocate(9).put((byte) 3).putLong(number).array());
    }

    String address() {
        return address;
    }

    Node node() {
        return node;
    }

    Reply ask(Command command) throws IOException {
        return client.ask(command);
    }

    int cache(String name) throws IOException {
        Integer open = handles.get(name);
        if (open != null) {
            return open;
        }
        int handle = handles.size() + 1;
        ask(new Command.OpenCache(handle, CacheDefinition.of("shop", name), true));
        handles.put(name, handle);
        return handle;
    }

    void put(String cache, Bytes key, Bytes value) throws IOException {
        put(cache, key, value, Ttl.DEFINED);
    }

    void put(String cache, Bytes key, Bytes value, long ttlMillis) throws IOException {
        ask(new Command.Put(cache(cache), key, value, Condition.ALWAYS, ttlMillis, false));
    }

    void remove(String cache, Bytes key) throws IOException {
        ask(new Command.Remove(cache(cache), key, Condition.ALWAYS, false));
    }

    /** The text under a key, or null. */
    String get(String cache, String key) throws IOException {
        Reply reply = ask(new Command.Get(cache(cache), text(key)));
        if (reply instanceof Reply.Value value) {
            String tagged = new String(value.value().toByteArray(), StandardCharsets.UTF_8);
            assertThat(tagged).startsWith("\u0002");
            return tagged.substring(1);
        }
        return null;
    }

    long size(String cache) throws IOException {
        return ((Reply.Count) ask(new Command.Size(cache(cache)))).value();
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        } finally {
            node.close();
        }
    }
}
