package io.distcache.server.tls;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.RawClient;
import io.distcache.fixtures.Seed;
import io.distcache.fixtures.TestCertificates;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Secret;
import io.distcache.protocol.tls.ClientFiles;
import io.distcache.protocol.tls.NamedFile;
import io.distcache.protocol.tls.TlsToNodes;
import io.distcache.server.DoorNode;
import io.distcache.server.access.AccessEdit;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever others do at a port with TLS, and however often the certificate is renewed, a good client is served. */
@Timeout(120)
class TlsStressIT {
    private static final int MAX_CONNECTIONS = 1000;
    /** How many of them may not have come in, from one address: half of the half. */
    private static final int MAX_NEWCOMERS = MAX_CONNECTIONS / 4;

    private static final int ROTATIONS = Integer.getInteger("distcache.testing.rotations", 4);
    private static final int STALLED = Integer.getInteger("distcache.testing.stalled-handshakes", 300);

    /** The record and the begin of a client's first message, which announces more than comes. */
    private static final byte[] BEGUN = {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};

    @TempDir
    private static Path made;

    private static TestCertificates all;

    @TempDir
    private Path directory;

    private TestCertificates certificates;
    private Path users;
    private Secret standing = Secret.NONE;
    private DoorNode node;
    private TlsToNodes tls;

    @BeforeAll
    static void make() {
        all = TestCertificates.make(
                made,
                "node " + TestCertificates.LOCAL,
                "one " + TestCertificates.LOCAL,
                "two " + TestCertificates.LOCAL);
    }

    @BeforeEach
    void start() throws Exception {
        certificates = all.copiedTo(directory);
        users = directory.resolve("access.conf");
        AccessEdit edit = AccessEdit.open(users);
        edit.add("app", List.of("allow all"));
        standing = edit.token("app", "standing");
        edit.save();
        node = new DoorNode(
                "access.file",
                users.toString(),
                "server.tls",
                "on",
                "server.tls.certificate",
                certificates.pem("node").toString(),
                "server.tls.key",
                certificates.key("node").toString(),
                "server.tls.reload-interval",
                "10ms",
                "server.max-connections",
                String.valueOf(MAX_CONNECTIONS),
                "server.handshake-timeout",
                "2s");
        tls = TlsToNodes.read(new ClientFiles(
                new NamedFile("trust", certificates.authority()), Secret.NONE, null, null, Secret.NONE, true));
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private Socket plain() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private RawClient client(Socket socket) throws IOException {
        return client(socket, standing);
    }

    private RawClient client(Socket socket, Secret token) throws IOException {
        RawClient client = new RawClient(tls.encrypt(socket, "localhost", node.port())).greet(hello(token));
        client.ask(new Command.OpenCache(1, CacheDefinition.of("shop", "tls"), true));
        return client;
    }

    private static void assertServed(RawClient client) throws IOException {
        assertThat(client.ask(new Command.Size(1))).isEqualTo(new Reply.Count(0));
    }

    /** Calls in a loop, on one connection for each token that there is in turn. */
    private final class Caller implements Runnable {
        private final AtomicReference<Secret> token;
        private final CountDownLatch over;
        private volatile Secret used = Secret.NONE;
        private final AtomicLong calls = new AtomicLong();
        private volatile @Nullable Throwable failure;

        Caller(AtomicReference<Secret> token, CountDownLatch over) {
            this.token = token;
            this.over = over;
        }

        @Override
        public void run() {
            try {
                while (over.getCount() > 0) {
                    Secret now = token.get();
                    try (RawClient client = client(plain(), now)) {
                        used = now;
                        while (over.getCount() > 0 && token.get().equals(now)) {
                            assertServed(client);
                            calls.incrementAndGet();
                        }
                    }
                }
            } catch (IOException | RuntimeException | AssertionError e) {
                failure = e;
            }
        }
    }

    @Test
    void renewals_of_certificate_and_token_under_load_cost_no_call() throws Exception {
        AtomicReference<Secret> token = new AtomicReference<>(addToken("t0"));
        CountDownLatch over = new CountDownLatch(1);
        List<Caller> callers = List.of(new Caller(token, over), new Caller(token, over), new Caller(token, over));
        List<Thread> threads = callers.stream().map(Thread::new).toList();
        eventually("the token is known", () -> letsIn(token.get()));
        threads.forEach(Thread::start);
        try (RawClient leftBehind = client(plain(), token.get())) {
            for (int i = 1; i <= ROTATIONS; i++) {
                Secret next = addToken("t" + i);
                certificates.replace("node", i % 2 == 0 ? "one" : "two");
                eventually("the next token is known", () -> letsIn(next));
                token.set(next);
                eventually(
                        "all use the next token",
                        () -> callers.stream().allMatch(one -> one.used.equals(next) || one.failure != null));
                removeToken("t" + (i - 1));
            }
            // What has come in with a token that is gone is ended.
            leftBehind.awaitClosed();
        }
        over.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        for (Caller caller : callers) {
            assertThat(caller.failure).isNull();
            assertThat(caller.calls.get()).isGreaterThan(ROTATIONS);
        }
        // The last one was replaced just now.
        eventually(() -> {
            try (SSLSocket socket = (SSLSocket) tls.encrypt(plain(), "localhost", node.port())) {
                String shown = socket.getSession().getPeerPrincipal().getName();
                assertThat(shown).isEqualTo(ROTATIONS % 2 == 0 ? "CN=one" : "CN=two");
            }
        });
    }

    private Secret addToken(String name) throws Exception {
        AccessEdit edit = AccessEdit.open(users);
        Secret token = edit.token("app", name);
        edit.save();
        return token;
    }

    private void removeToken(String name) throws Exception {
        AccessEdit edit = AccessEdit.open(users);
        edit.removeToken("app", name);
        edit.save();
    }

    private boolean letsIn(Secret token) {
        try (RawClient client = new RawClient(tls.encrypt(plain(), "localhost", node.port())).greet(hello(token))) {
            return client.next() instanceof Hello.Node;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Hello.Client hello(Secret token) {
        return new Hello.Client(Hello.VERSION, Hello.VERSION, 0, "test", token, 0, "");
    }

    @Test
    void handshakes_that_stand_still_leave_others_room_and_are_ended() throws Exception {
        List<Socket> still = new ArrayList<>();
        byte[] hello = wholeHello();
        try (RawClient before = client(plain())) {
            long usedBefore = usedBytes();
            for (int i = 0; i < STALLED; i++) {
                Socket socket = plain();
                still.add(socket);
                try {
                    socket.getOutputStream().write(i % 2 == 0 ? hello : BEGUN, 0, i % 2 == 0 ? hello.length : i % 11);
                    if (i % 4 == 0) {
                        socket.shutdownOutput();
                    }
                } catch (IOException pushedOut) {
                    // By those after it.
                }
                if (i % 50 == 0) {
                    try (RawClient meanwhile = client(plain())) {
                        assertServed(meanwhile);
                    }
                }
            }
            assertServed(before);
            try (RawClient after = client(plain())) {
                assertServed(after);
            }
            eventually(() -> assertThat(node.health().connections()).isLessThanOrEqualTo(MAX_NEWCOMERS + 2));
            long taken = usedBytes() - usedBefore;
            assertThat(taken).isLessThan(64 << 20);
            eventually(() -> assertThat(node.health().connections()).isEqualTo(1));
            assertServed(before);
        } finally {
            for (Socket socket : still) {
                socket.close();
            }
        }
    }

    /** What this process, which is the node too, holds of heap and of Netty's memory outside of it. */
    private static long usedBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory() + Math.max(0, PlatformDependent.usedDirectMemory());
    }

    /** The whole first message of a client. */
    private static byte[] wholeHello() throws Exception {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine("localhost", 1);
        engine.setUseClientMode(true);
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), out);
        return Arrays.copyOf(out.array(), out.position());
    }

    @Test
    void garbage_before_and_inside_tls_ends_the_connection_that_it_came_by() throws Exception {
        Random random = new Random(Seed.of(TlsStressIT.class, 14));
        try (RawClient good = client(plain())) {
            for (int i = 0; i < 200; i++) {
                byte[] garbage = new byte[1 + random.nextInt(600)];
                random.nextBytes(garbage);
                try (Socket socket = plain()) {
                    boolean inside = i % 4 == 0;
                    if (inside) {
                        RawClient unused = client(socket);
                    } else if (i % 4 == 1) {
                        System.arraycopy(BEGUN, 0, garbage, 0, Math.min(garbage.length, BEGUN.length));
                    } else {
                        garbage[0] = 0x16;
                    }
                    socket.getOutputStream().write(garbage);
                    if (i % 4 != 1) {
                        socket.shutdownOutput();
                    }
                }
                assertServed(good);
            }
            eventually(() -> assertThat(node.health().connections()).isEqualTo(1));
        }
    }
}
