package io.distcache.server.replication.recovery;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Secret;
import io.distcache.protocol.ValueTag;
import io.distcache.server.config.ConfigReader;
import io.distcache.server.consensus.Founding;
import io.distcache.server.node.Memberships;
import io.distcache.server.node.Node;
import io.distcache.server.replication.PoolPlan;
import io.distcache.server.shard.RecordingSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A node without a socket, and a client. If {@link #PLAN} is in its directory it is a member that is alone in its pool. Confined to one thread.
 */
public final class LoneMember implements AutoCloseable {
    /** How many groups its pool has. */
    public static final int GROUPS = 3;

    /** Says that a node is that member. */
    public static final PoolPlan PLAN = new PoolPlan(
            Routes.of(0xa7, GROUPS, List.of(new Routes.Node("n1", "localhost", 1))),
            0,
            Secret.of("00ff00ff00ff00ff"),
            Founding.EMPTY);

    final Node node;
    final RecordingSession client;
    private int lastHandle;

    LoneMember(Path directory) throws IOException {
        this(directory, InstantSource.system(), Map.of());
    }

    /** A node that serves. */
    public LoneMember(Path directory, InstantSource clock, Map<String, String> settings) throws IOException {
        this(directory, clock, settings, true);
    }

    /** A node that starts and may never come to lead anything. */
    public static LoneMember started(Path directory, Map<String, String> settings) throws IOException {
        return new LoneMember(directory, InstantSource.system(), settings, false);
    }

    private LoneMember(Path directory, InstantSource clock, Map<String, String> settings, boolean serves)
            throws IOException {
        ConfigReader reader = new ConfigReader();
        reader.set("node.data-dir", directory.toString(), "a test");
        reader.set("store.shards", "4", "a test");
        settings.forEach((name, value) -> reader.set(name, value, "a test"));
        node = new Node(reader.read(), clock, new Memberships(() -> {}));
        node.load(percent -> {});
        client = new RecordingSession("a", node.dispatcher());
        if (serves && isMember()) {
            eventually(() -> assertThat(IntStream.range(0, GROUPS))
                    .allMatch(node.dispatcher().replicas()::leads));
        }
    }

    static Bytes text(String text) {
        return Bytes.ofUtf8("\u0002" + text);
    }

    static Bytes number(long value) {
        return Bytes.of(
                ByteBuffer.allocate(9).put(ValueTag.INT64).putLong(value).array());
    }

    /** Whether it is in a replicated pool. */
    public boolean isMember() {
        return node.dispatcher().replicas().isReplicated();
    }

    /** Opens a cache; returns its handle. */
    public int open(String name) throws InterruptedException {
        int handle = ++lastHandle;
        Reply opened = client.await(new Command.OpenCache(handle, CacheDefinition.of("ns", name), true));
        assertThat(opened).isInstanceOf(Reply.Opened.class);
        return handle;
    }

    /** Puts a text. */
    public void put(int cache, String key, String value, long ttl) throws InterruptedException {
        Reply reply = client.await(new Command.Put(cache, text(key), text(value), Condition.ALWAYS, ttl, false));
        assertThat(reply).isNotInstanceOf(Reply.Failure.class);
    }

    /** Removes a text. */
    public void remove(int cache, String key) throws InterruptedException {
        Reply reply = client.await(new Command.Remove(cache, text(key), Condition.ALWAYS, false));
        assertThat(reply).isNotInstanceOf(Reply.Failure.class);
    }

    /** Destroys a cache. */
    public void destroy(String name) throws InterruptedException {
        Reply reply = client.await(new Command.DestroyCache("ns", name));
        assertThat(reply).isNotInstanceOf(Reply.Failure.class);
    }

    /** Has all groups make a snapshot for themselves. */
    public void snapshot() throws InterruptedException {
        assertThat(client.await(new Command.Snapshot())).isInstanceOf(Reply.Files.class);
    }

    /** All that a client can see, with the versions. */
    public Map<String, String> all() throws InterruptedException {
        Map<String, String> all = new TreeMap<>();
        Reply.Caches caches = (Reply.Caches) client.await(new Command.ListCaches("ns"));
        for (CacheDefinition definition : caches.definitions()) {
            int cache = open(definition.name());
            all.put(definition.name(), "");
            for (long cursor = 0; cursor >= 0; ) {
                Reply.Page page = (Reply.Page) client.await(new Command.Scan(cache, cursor, 1000, false, Bytes.EMPTY));
                page.items()
                        .forEach(item -> all.put(
                                definition.name() + "/" + item.key().toUtf8(), item.value() + " " + item.version()));
                cursor = page.cursor();
            }
        }
        return all;
    }

    @Override
    public void close() {
        node.close();
    }
}
