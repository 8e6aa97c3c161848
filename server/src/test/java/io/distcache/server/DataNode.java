package io.distcache.server;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.server.config.ConfigReader;
import io.distcache.server.node.Node;
import io.distcache.server.shard.RecordingSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A node with a data directory and one client, but without a socket. Takes snapshots only when asked to. */
final class DataNode implements AutoCloseable {

    /** What a client sees of an entry. */
    record Seen(Bytes value, long version) {}

    final Node node;
    final RecordingSession client;
    final String loaded;
    private final Path directory;
    private int lastHandle;

    /** Starts a node in a directory; settings come in pairs of key and value. */
    DataNode(Path directory, InstantSource clock, String... settings) throws IOException {
        this.directory = directory;
        ConfigReader reader = new ConfigReader();
        reader.set("node.data-dir", directory.toString(), "a test");
        reader.set("snapshot.interval", "0s", "a test");
        reader.set("snapshot.log-bytes", "0", "a test");
        reader.set("store.shards", "4", "a test");
        for (int i = 0; i < settings.length; i += 2) {
            reader.set(settings[i], settings[i + 1], "a test");
        }
        this.node = new Node(reader.read(), clock);
        try {
            this.loaded = node.load(percent -> {});
        } catch (IOException | RuntimeException e) {
            node.close();
            throw e;
        }
        this.client = new RecordingSession("a", node.dispatcher());
    }

    /** Opens a cache, which is made if it is not there, and returns its handle. */
    int open(CacheDefinition definition) throws InterruptedException {
        int handle = ++lastHandle;
        Reply opened = client.await(new Command.OpenCache(handle, definition, true));
        if (!(opened instanceof Reply.Opened)) {
            throw new AssertionError(opened);
        }
        return handle;
    }

    Reply put(int cache, String key, String value) throws InterruptedException {
        return client.await(new Command.Put(cache, text(key), text(value), Condition.ALWAYS, Ttl.DEFINED, false));
    }

    Reply remove(int cache, String key) throws InterruptedException {
        return client.await(new Command.Remove(cache, text(key), Condition.ALWAYS, false));
    }

    /** The value of an entry, or null. */
    String get(int cache, String key) throws InterruptedException {
        return client.await(new Command.Get(cache, text(key))) instanceof Reply.Value value
                ? value.value().toUtf8().substring(1)
                : null;
    }

    /** Has the node write a snapshot, and returns its file. */
    Path snapshot() throws InterruptedException {
        Reply reply = client.await(new Command.Snapshot());
        if (!(reply instanceof Reply.Files files)) {
            throw new AssertionError(reply);
        }
        return directory.resolve(files.files().get(0).path());
    }

    /** All entries of a cache. */
    Map<Bytes, Seen> entries(int cache) throws InterruptedException {
        Map<Bytes, Seen> entries = new HashMap<>();
        for (long cursor = 0; cursor >= 0; ) {
            Reply.Page page = (Reply.Page) client.await(new Command.Scan(cache, cursor, 1000, false, Bytes.EMPTY));
            page.items().forEach(item -> entries.put(item.key(), new Seen(item.value(), item.version())));
            cursor = page.cursor();
        }
        return entries;
    }

    /** The definitions of all caches in namespace {@code ns}, by name. */
    List<String> caches() throws InterruptedException {
        Reply.Caches caches = (Reply.Caches) client.await(new Command.ListCaches("ns"));
        return caches.definitions().stream().map(CacheDefinition::name).toList();
    }

    /** Copies the directory as it is now, while the node runs: what another process would find if this one were killed. */
    void copyTo(Path copy) throws IOException {
        copy(directory, copy);
    }

    /**
     * Copies a directory. What tells how far the log goes is copied before the log: a node may go on writing meanwhile, and in no
     * directory that a kill leaves does the one promise more than the other has.
     */
    static void copy(Path from, Path to) throws IOException {
        Path end = from.resolve("log-end");
        Files.createDirectories(to);
        if (Files.exists(end)) {
            Files.copy(end, to.resolve("log-end"));
        }
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (!file.equals(from) && !file.equals(end)) {
                    Files.copy(file, to.resolve(from.relativize(file).toString()));
                }
            }
        }
    }

    static Bytes text(String text) {
        return Bytes.ofUtf8("\u0002" + text);
    }

    @Override
    public void close() {
        node.close();
    }
}
