package io.distcache.server.tls;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.RawClient;
import io.distcache.fixtures.Seed;
import io.distcache.fixtures.TestCertificates;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Secret;
import io.distcache.protocol.tls.ClientFiles;
import io.distcache.protocol.tls.NamedFile;
import io.distcache.protocol.tls.TlsToNodes;
import io.distcache.server.DoorNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever others do at a port with TLS, and however often the certificate is renewed, a good client is served. */
@Timeout(120)
class TlsStressIT {
    /** The record and the begin of a client's first message, which announces more than comes. */
    private static final byte[] BEGUN = {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};

    @TempDir
    private static Path made;

    private static TestCertificates all;

    @TempDir
    private Path directory;

    private TestCertificates certificates;
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
        node = new DoorNode(
                "server.tls",
                "on",
                "server.tls.certificate",
                certificates.pem("node").toString(),
                "server.tls.key",
                certificates.key("node").toString(),
                "server.tls.reload-interval",
                "10ms",
                "server.handshake-timeout",
                "3s");
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
        RawClient client = new RawClient(tls.encrypt(socket, "localhost", node.port())).greet();
        client.ask(new Command.OpenCache(1, CacheDefinition.of("shop", "tls"), true));
        return client;
    }

    private static void assertServed(RawClient client) throws IOException {
        assertThat(client.ask(new Command.Size(1))).isEqualTo(new Reply.Count(0));
    }

    @Test
    void a_hundred_renewals_under_load_cost_no_call() throws Exception {
        try (RawClient before = client(plain())) {
            for (int i = 0; i < 100; i++) {
                certificates.replace("node", i % 2 == 0 ? "one" : "two");
                try (RawClient connected = client(plain())) {
                    assertServed(connected);
                }
                assertServed(before);
            }
        }
    }

    @Test
    void handshakes_that_stand_still_leave_others_room_and_are_ended() throws Exception {
        List<Socket> still = new ArrayList<>();
        try (RawClient before = client(plain())) {
            for (int i = 0; i < 500; i++) {
                Socket socket = plain();
                still.add(socket);
                socket.getOutputStream().write(BEGUN, 0, i % BEGUN.length);
            }
            assertServed(before);
            try (RawClient after = client(plain())) {
                assertServed(after);
            }
            eventually(() -> assertThat(node.health().connections()).isEqualTo(1));
            assertServed(before);
        } finally {
            for (Socket socket : still) {
                socket.close();
            }
        }
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
