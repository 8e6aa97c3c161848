package io.distcache.server.replication.link;

import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Secret;
import io.distcache.server.frontdoor.ConnectionLimit;
import io.distcache.server.frontdoor.wire.WireConfig;
import io.distcache.server.frontdoor.wire.WireServer;
import io.distcache.server.memory.Buffers;
import io.distcache.server.shard.TestShards;
import io.distcache.server.tls.ClientCertificates;
import io.distcache.server.tls.NodeTls;
import io.distcache.server.tls.Switch;
import io.distcache.server.tls.TlsConfig;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A port for clients, as a node has it, and links behind it. What comes is numbered messages, which are kept. Thread-safe. */
final class TestMember {
    static final TlsConfig NO_TLS = new TlsConfig(
            Switch.OFF, "", "", Secret.NONE, ClientCertificates.NONE, "", Secret.NONE, Duration.ofSeconds(1));

    static final int MOST_CLIENTS = 10;

    /** A message that came. */
    record Came(long connection, int number, int bytes) {}

    final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    final RaftLoop loop = new RaftLoop();
    final ConnectionLimit limit = new ConnectionLimit(MOST_CLIENTS);
    final int port;
    private final WireServer wire;
    private final @Nullable NodeTls tls;
    private final Map<Integer, List<Came>> came = new ConcurrentHashMap<>();
    PeerLinks links;

    TestMember(TlsConfig tlsConfig) throws Exception {
        Duration second = Duration.ofSeconds(1);
        WireConfig config = new WireConfig(
                "127.0.0.1",
                0,
                1,
                1 << 20,
                100,
                100,
                1 << 20,
                1 << 26,
                second,
                Duration.ZERO,
                Duration.ofSeconds(5),
                Secret.NONE,
                true,
                true,
                tlsConfig);
        tls = tlsConfig.on() == Switch.ON
                ? new NodeTls(tlsConfig, Duration.ofSeconds(5), System::currentTimeMillis)
                : null;
        wire = new WireServer(
                vertx,
                config,
                limit,
                new TestShards().dispatcher,
                new Buffers(1 << 26, 2, bytes -> bytes, () -> 0),
                () -> new Hello.Node(1, 0, "node", 1, 1 << 20, 100, 1000),
                () -> HealthReport.in(HealthReport.State.SERVING).build(),
                tls);
        port = wire.listen(1).await(10, TimeUnit.SECONDS);
    }

    Address address() {
        return new Address("127.0.0.1", port);
    }

    void join(long pool, int self, List<Address> members, String secret, long mostWaitingBytes) {
        links = new PeerLinks(vertx, pool, self, members, Secret.of(secret), tls, loop, 8 << 20, mostWaitingBytes);
        links.receiver((peer, connection, frame) -> came.computeIfAbsent(peer, p -> new ArrayList<>())
                .add(new Came(connection, ByteBuffer.wrap(frame).getInt(), frame.length)));
        wire.peers(links);
        links.start();
    }

    /** Sends messages, of a turn of the loop each. */
    void send(int peer, int from, int count, int bytes) {
        loop.execute(() -> {
            for (int i = from; i < from + count; i++) {
                links.send(peer, ByteBuffer.allocate(bytes).putInt(i).array());
            }
            links.flush();
        });
    }

    /** What has come from a peer. */
    List<Came> from(int peer) throws InterruptedException {
        List<Came> copy = new ArrayList<>();
        CountDownLatch done = new CountDownLatch(1);
        loop.execute(() -> {
            copy.addAll(came.getOrDefault(peer, List.of()));
            done.countDown();
        });
        done.await();
        return copy;
    }

    void close() throws Exception {
        if (links != null) {
            links.close();
        }
        wire.close(() -> {});
        vertx.close().await(10, TimeUnit.SECONDS);
        loop.close();
    }
}
