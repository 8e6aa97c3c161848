package io.distcache.server.frontdoor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.server.DoorNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

/** What a client may take from a node through the doors of others, and how it is told. */
@Timeout(120)
@SuppressWarnings("StringConcatToTextBlock") // the line ends of these protocols are two characters
class LimitsIT {

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(64 << 10);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static void send(Socket socket, String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** All that comes until the node closes. */
    private static String untilClosed(Socket socket) throws IOException {
        StringBuilder all = new StringBuilder();
        byte[] part = new byte[64 << 10];
        try {
            InputStream in = socket.getInputStream();
            for (int read = in.read(part); read >= 0; read = in.read(part)) {
                all.append(new String(part, 0, Math.min(read, 1000), StandardCharsets.ISO_8859_1));
            }
        } catch (SocketException reset) {
            // Also an end.
        }
        return all.toString();
    }

    private static String answer(Socket socket, int bytes) throws IOException {
        return new String(socket.getInputStream().readNBytes(bytes), StandardCharsets.ISO_8859_1);
    }

    @Test
    void connections_of_all_doors_count_together() throws Exception {
        try (DoorNode node = new DoorNode("server.max-connections", "2");
                Socket redis = connect(node.respPort());
                Socket memcached = connect(node.memcachedPort())) {
            send(redis, "PING\r\n");
            assertThat(answer(redis, 7)).isEqualTo("+PONG\r\n");
            send(memcached, "mn\r\n");
            assertThat(answer(memcached, 4)).isEqualTo("MN\r\n");
            try (Socket third = connect(node.respPort());
                    Socket fourth = connect(node.memcachedPort())) {
                assertThat(untilClosed(third)).isEqualTo("-ERR max number of clients reached\r\n");
                assertThat(untilClosed(fourth)).isEqualTo("ERROR Too many open connections\r\n");
            }
            send(redis, "PING\r\n");
            assertThat(answer(redis, 7)).isEqualTo("+PONG\r\n");
        }
    }

    @Test
    void a_value_does_not_grow_over_the_limit_by_what_memcached_appends() throws Exception {
        String part = "x".repeat(60_000) + "\r\n";
        try (DoorNode node = new DoorNode("server.max-frame-bytes", "64kb");
                Socket memcached = connect(node.memcachedPort())) {
            send(memcached, "set k 0 0 60000\r\n" + part);
            send(memcached, "append k 0 0 60000\r\n" + part + "prepend k 0 0 60000\r\n" + part);
            send(memcached, "ms k 60000 MA\r\n" + part + "mg k s\r\n");
            String expected = "STORED\r\nNOT_STORED\r\nNOT_STORED\r\nNS\r\nHD s60000\r\n";
            assertThat(answer(memcached, expected.length())).isEqualTo(expected);
        }
    }

    @Test
    void values_over_the_limit_are_refused_before_they_are_taken() throws Exception {
        try (DoorNode node = new DoorNode("server.max-frame-bytes", "64kb");
                Socket redis = connect(node.respPort());
                Socket memcached = connect(node.memcachedPort())) {
            send(redis, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$65537\r\n");
            assertThat(untilClosed(redis)).isEqualTo("-ERR Protocol error: invalid bulk length\r\n");
            send(memcached, "set k 0 0 65537\r\n" + "x".repeat(65537) + "\r\nget k\r\n");
            String expected = "SERVER_ERROR object too large for cache\r\nEND\r\n";
            assertThat(answer(memcached, expected.length())).isEqualTo(expected);
            try (Jedis jedis = new Jedis("127.0.0.1", node.respPort())) {
                jedis.append("k", "x".repeat(60_000));
                assertThatThrownBy(() -> jedis.append("k", "x".repeat(60_000)))
                        .hasMessageContaining("string exceeds maximum allowed size");
                assertThat(jedis.strlen("k")).isEqualTo(60_000);
            }
        }
    }

    /** How long it is shows only as it comes; the arrays that hold it grow by regions of the heap. */
    @ParameterizedTest
    @ValueSource(ints = {10, 1000, 40_000, 200_000})
    void a_request_of_many_words_is_answered_whatever_its_length(int bytesOfWord) throws Exception {
        try (DoorNode node = new DoorNode("server.max-frame-bytes", "64mb");
                Socket redis = connect(node.respPort())) {
            for (long bytes = 100_000; bytes < 12_000_000; bytes += bytes / 3) {
                int words = (int) Math.max(1, bytes / bytesOfWord);
                String word = "$" + bytesOfWord + "\r\n" + "w".repeat(bytesOfWord) + "\r\n";
                String request = "*" + (words + 1) + "\r\n$6\r\nEXISTS\r\n" + word.repeat(words);
                send(redis, request + request + "PING\r\n");
                String expected = ":0\r\n:0\r\n+PONG\r\n";
                assertThat(answer(redis, expected.length()))
                        .as("%d words", words)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void who_never_reads_costs_no_more_than_the_output_limit() throws Exception {
        try (DoorNode node = new DoorNode("server.output-limit-bytes", "4mb");
                Jedis good = new Jedis("127.0.0.1", node.respPort());
                Socket bad = connect(node.respPort())) {
            good.set("large", "x".repeat(1 << 20));
            // One reply of 16 MB.
            StringBuilder request = new StringBuilder("*17\r\n$4\r\nMGET\r\n");
            request.append("$5\r\nlarge\r\n".repeat(16));
            send(bad, request.toString());
            TimeUnit.MILLISECONDS.sleep(500);
            assertThat(good.get("large")).hasSize(1 << 20);
            assertThat(untilClosed(bad)).isNotNull();
        }
    }

    @Test
    void pipelined_replies_wait_for_a_client_that_reads_slowly() throws Exception {
        try (DoorNode node = new DoorNode("server.output-limit-bytes", "4mb");
                Jedis good = new Jedis("127.0.0.1", node.respPort());
                Socket slow = connect(node.respPort())) {
            good.set("large", "x".repeat(1 << 20));
            send(slow, "GET large\r\n".repeat(100));
            TimeUnit.MILLISECONDS.sleep(500);
            long bytes = 0;
            byte[] part = new byte[64 << 10];
            long expected = 100L * ((1 << 20) + "$1048576\r\n\r\n".length());
            while (bytes < expected) {
                int read = slow.getInputStream().read(part);
                assertThat(read).isPositive();
                bytes += read;
            }
            assertThat(bytes).isEqualTo(expected);
        }
    }

    @Test
    void a_queue_between_multi_and_exec_has_a_bound() throws Exception {
        try (DoorNode node = new DoorNode("resp.max-queued", "3");
                Socket redis = connect(node.respPort())) {
            send(redis, "MULTI\r\n" + "INCR n\r\n".repeat(4) + "EXEC\r\nGET n\r\nQUIT\r\n");
            assertThat(untilClosed(redis))
                    .startsWith("+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n-ERR MULTI queue is full")
                    .endsWith("-EXECABORT Transaction discarded because of previous errors.\r\n$-1\r\n+OK\r\n");
        }
    }

    @Test
    void a_full_cache_and_a_full_node_evict_or_say_so() throws Exception {
        try (DoorNode node = new DoorNode("store.max-bytes", "4mb");
                Jedis jedis = new Jedis("127.0.0.1", node.respPort())) {
            for (int i = 0; i < 10_000; i++) {
                jedis.set("key:" + i, "x".repeat(1000));
            }
            assertThat(node.health().bytes()).isLessThan(5 << 20);
            assertThat(node.health().evictions()).isPositive();
            assertThatThrownBy(() -> jedis.set("k", "x".repeat(3 << 20))).hasMessageContaining("exceeds maximum");
        }
    }

    @Test
    void what_was_answered_is_there_after_a_restart(@TempDir Path directory) throws Exception {
        for (String sync : new String[] {"always", "interval"}) {
            String data = directory.resolve(sync).toString();
            try (DoorNode node = new DoorNode("node.data-dir", data, "log.sync", sync);
                    Socket redis = connect(node.respPort());
                    Socket memcached = connect(node.memcachedPort())) {
                send(
                        redis,
                        String.join(
                                "\r\n",
                                "SET k v",
                                "GET k",
                                "INCR n",
                                "GET n",
                                "MSET a 1 b 2",
                                "MULTI",
                                "INCR n",
                                "SELECT 3",
                                "SET t v",
                                "EXEC",
                                ""));
                String expected = "+OK\r\n$1\r\nv\r\n:1\r\n$1\r\n1\r\n+OK\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n"
                        + "*3\r\n:2\r\n+OK\r\n+OK\r\n";
                assertThat(answer(redis, expected.length())).isEqualTo(expected);
                send(memcached, "set m 7 1000 1\r\nx\r\nget m\r\n");
                expected = "STORED\r\nVALUE m 7 1\r\nx\r\nEND\r\n";
                assertThat(answer(memcached, expected.length())).isEqualTo(expected);
            }
            try (DoorNode node = new DoorNode("node.data-dir", data, "log.sync", sync);
                    Socket redis = connect(node.respPort());
                    Socket memcached = connect(node.memcachedPort())) {
                send(redis, "MGET k n a b\r\nSELECT 3\r\nGET t\r\n");
                String expected = "*4\r\n$1\r\nv\r\n$1\r\n2\r\n$1\r\n1\r\n$1\r\n2\r\n+OK\r\n$1\r\nv\r\n";
                assertThat(answer(redis, expected.length())).isEqualTo(expected);
                send(memcached, "mg m f v\r\n");
                expected = "VA 1 f7\r\nx\r\n";
                assertThat(answer(memcached, expected.length())).isEqualTo(expected);
            }
        }
    }
}
