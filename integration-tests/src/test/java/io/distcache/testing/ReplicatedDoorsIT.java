package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;

/** Clients of Redis and memcached at members of a replicated pool: the leader of a key answers, the others say that they do not. */
@Timeout(120)
class ReplicatedDoorsIT {
    private static final String HERE = "127.0.0.1";
    private static final int NODES = 3;
    private static final Pattern PORTS = Pattern.compile("ready .* resp=(\\d+) memcached=(\\d+)");

    @TempDir
    private static Path directory;

    private static ReplicatedPool pool;

    @BeforeAll
    static void start() {
        pool = ReplicatedPool.start(
                NodeSetup.of("resp.port=0", "memcached.port=0").withJvmFlags("-Xmx256m", "-XX:TieredStopAtLevel=1"),
                NODES,
                directory);
    }

    @AfterAll
    static void stop() {
        pool.close();
    }

    /** The ports of the node's last start: one that becomes a member starts anew. */
    private static int port(int node, int door) {
        Matcher last = null;
        for (String line : pool.node(node).process().lines()) {
            Matcher ready = PORTS.matcher(line);
            last = ready.find() ? ready : last;
        }
        if (last == null) {
            throw new IllegalStateException("node " + node + " is not ready");
        }
        return Integer.parseInt(last.group(door));
    }

    private static Jedis jedis(int node) {
        return new Jedis(HERE, port(node, 1));
    }

    private static String memcached(int node, String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port(node, 2))) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
        }
    }

    /** The only node that takes a command on a key; the others refuse it. */
    private static int leader(String key) {
        List<Integer> leaders = new ArrayList<>();
        for (int node = 0; node < NODES; node++) {
            try (Jedis jedis = jedis(node)) {
                jedis.get(key);
                leaders.add(node);
            } catch (JedisDataException e) {
                assertThat(e).hasMessageContaining("does not lead");
            }
        }
        assertThat(leaders).hasSize(1);
        return leaders.get(0);
    }

    @Test
    void the_leader_of_a_key_answers_and_nobody_else() throws Exception {
        // The members agree on the doors' caches when they have leaders.
        eventually(() -> leader("k0"));
        for (int i = 0; i < 40; i++) {
            String key = "k" + i;
            int leader = leader(key);
            try (Jedis jedis = jedis(leader)) {
                assertThat(jedis.set(key, "v" + i)).isEqualTo("OK");
                assertThat(jedis.get(key)).isEqualTo("v" + i);
                assertThat(jedis.incr("n{" + key + "}")).isEqualTo(1);
                assertThat(jedis.mset("{" + key + "}a", "1", "{" + key + "}b", "2"))
                        .isEqualTo("OK");
            }
            try (Jedis other = jedis((leader + 1) % NODES)) {
                assertThatThrownBy(() -> other.set(key, "stale")).hasMessageContaining("does not lead");
                assertThatThrownBy(() -> other.mget(key, "{" + key + "}a")).hasMessageContaining("does not lead");
                assertThatThrownBy(other::dbSize).hasMessageContaining("about all keys");
                assertThatThrownBy(() -> other.mget("a", "b", "c", "d")).hasMessageContaining("several groups");
            }
            assertThat(memcached(leader, "set m{" + key + "} 0 0 1\r\nx\r\n")).isEqualTo("STORED");
            assertThat(memcached((leader + 2) % NODES, "set m{" + key + "} 0 0 1\r\ny\r\n"))
                    .startsWith("SERVER_ERROR");
        }
        assertThat(memcached(0, "flush_all\r\n")).contains("about all keys");

        int leader = leader("k7");
        pool.node(leader).kill();
        int next = (leader + 1) % NODES;
        int last = (leader + 2) % NODES;
        eventually(() -> assertThat(List.of(getOrError(next, "k7"), getOrError(last, "k7")))
                .contains("v7"));
        pool.startAgain(leader);
        try (DistCacheClient client = DistCacheClient.connect(ClientConfig.parse(pool.members()))) {
            assertThat(client.<Long>get("n{k3}")).isEqualTo(1L);
        }
        assertThat(pool.lines()).noneMatch(line -> line.contains("could not be applied"));
    }

    private static String getOrError(int node, String key) {
        try (Jedis jedis = jedis(node)) {
            return jedis.get(key);
        } catch (JedisDataException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
