package io.distcache.server.frontdoor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.server.DoorNode;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.GetExArgs;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.SetArgs;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import net.rubyeye.xmemcached.GetsResponse;
import net.rubyeye.xmemcached.MemcachedClient;
import net.rubyeye.xmemcached.XMemcachedClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.resps.ScanResult;

/** The clients that people use work with a node as with the servers that they were made for, and see each other's entries. */
@Timeout(120)
class ClientsIT {
    private DoorNode node;

    @BeforeEach
    void start() throws Exception {
        node = new DoorNode();
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void jedis() {
        try (Jedis jedis = new Jedis("127.0.0.1", node.respPort())) {
            assertThat(jedis.ping()).isEqualTo("PONG");
            assertThat(jedis.set("k", "v")).isEqualTo("OK");
            assertThat(jedis.get("k")).isEqualTo("v");
            assertThat(jedis.set("k", "w", SetParams.setParams().nx())).isNull();
            assertThat(jedis.set("k", "w", SetParams.setParams().xx().ex(100))).isEqualTo("OK");
            assertThat(jedis.ttl("k")).isBetween(99L, 100L);
            assertThat(jedis.incrBy("n", 41)).isEqualTo(41);
            assertThat(jedis.incr("n")).isEqualTo(42);
            assertThat(jedis.incrByFloat("f", 1.5)).isEqualTo(1.5);
            assertThat(jedis.mset("a", "1", "b", "2")).isEqualTo("OK");
            assertThat(jedis.mget("a", "b", "nothing")).containsExactly("1", "2", null);
            byte[] binary = new byte[1 << 20];
            new Random(1).nextBytes(binary);
            jedis.set("binary".getBytes(StandardCharsets.UTF_8), binary);
            assertThat(jedis.get("binary".getBytes(StandardCharsets.UTF_8))).isEqualTo(binary);
            assertThat(jedis.del("a", "b", "nothing")).isEqualTo(2);
            assertThatThrownBy(() -> jedis.incr("k"))
                    .isInstanceOf(JedisDataException.class)
                    .hasMessageContaining("not an integer");
            jedis.select(5);
            assertThat(jedis.get("k")).isNull();
            jedis.select(0);
            assertThat(jedis.dbSize()).isEqualTo(4);
            assertThat(jedis.flushDB()).isEqualTo("OK");
            assertThat(jedis.dbSize()).isZero();
        }
    }

    @Test
    void jedis_pipelines_and_transactions() {
        try (Jedis jedis = new Jedis("127.0.0.1", node.respPort())) {
            List<Response<Long>> counts = new ArrayList<>();
            Pipeline pipeline = jedis.pipelined();
            for (int i = 0; i < 10_000; i++) {
                counts.add(pipeline.incr("n"));
            }
            pipeline.sync();
            for (int i = 0; i < counts.size(); i++) {
                assertThat(counts.get(i).get()).isEqualTo(i + 1);
            }
            jedis.watch("n");
            Transaction transaction = jedis.multi();
            Response<Long> incremented = transaction.incr("n");
            Response<String> read = transaction.get("n");
            assertThat(transaction.exec()).hasSize(2);
            assertThat(incremented.get()).isEqualTo(10_001);
            assertThat(read.get()).isEqualTo("10001");

            jedis.watch("n");
            try (Jedis other = new Jedis("127.0.0.1", node.respPort())) {
                other.incr("n");
            }
            Transaction late = jedis.multi();
            late.set("n", "0");
            assertThat(late.exec()).isNull();
            assertThat(jedis.get("n")).isEqualTo("10002");
        }
    }

    @Test
    void a_scan_comes_by_every_key() {
        try (Jedis jedis = new Jedis("127.0.0.1", node.respPort())) {
            Set<String> expected = new HashSet<>();
            for (int i = 0; i < 1000; i++) {
                jedis.set("key:" + i, "v");
                expected.add("key:" + i);
            }
            jedis.set("other", "v");
            List<String> found = new ArrayList<>();
            String cursor = "0";
            do {
                ScanResult<String> page =
                        jedis.scan(cursor, new ScanParams().match("key:*").count(17));
                found.addAll(page.getResult());
                cursor = page.getCursor();
            } while (!cursor.equals("0"));
            assertThat(found).hasSize(1000);
            assertThat(new HashSet<>(found)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ProtocolVersion.class,
            names = {"RESP2", "RESP3"})
    void lettuce(ProtocolVersion protocol) throws Exception {
        RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", node.respPort()));
        client.setOptions(ClientOptions.builder().protocolVersion(protocol).build());
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            RedisCommands<String, String> redis = connection.sync();
            assertThat(redis.set("k", "v", SetArgs.Builder.ex(100))).isEqualTo("OK");
            assertThat(redis.get("k")).isEqualTo("v");
            assertThat(redis.getex("k", GetExArgs.Builder.persist())).isEqualTo("v");
            assertThat(redis.ttl("k")).isEqualTo(-1);
            assertThat(redis.get("nothing")).isNull();
            assertThat(redis.append("k", "w")).isEqualTo(2);
            assertThat(redis.mset(Map.of("a", "1", "b", "2"))).isEqualTo("OK");
            assertThat(redis.mget("a", "nothing").get(1).hasValue()).isFalse();
            assertThat(redis.configGet("databases")).containsEntry("databases", "16");
            assertThat(redis.clientList()).contains("resp=" + (protocol == ProtocolVersion.RESP3 ? 3 : 2));
            assertThat(redis.info("server")).contains("redis_version:");
            KeyScanCursor<String> page = redis.scan(ScanArgs.Builder.limit(100));
            assertThat(page.getKeys()).containsExactlyInAnyOrder("k", "a", "b");
            assertThat(page.isFinished()).isTrue();
            redis.multi();
            redis.incr("a");
            redis.get("a");
            TransactionResult result = redis.exec();
            assertThat(result.wasDiscarded()).isFalse();
            assertThat(result.<Object>get(0)).isEqualTo(2L);
            assertThat(result.<Object>get(1)).isEqualTo("2");

            List<RedisFuture<Long>> many = new ArrayList<>();
            for (int i = 0; i < 5000; i++) {
                many.add(connection.async().incr("n"));
            }
            for (int i = 0; i < many.size(); i++) {
                assertThat(many.get(i).get(10, TimeUnit.SECONDS)).isEqualTo(i + 1);
            }
        } finally {
            client.shutdown(0, 2, TimeUnit.SECONDS);
        }
    }

    @Test
    void lettuce_says_the_token() throws Exception {
        try (DoorNode closed = new DoorNode("server.auth-token", "s3cret", "memcached.port", "-1")) {
            RedisURI right = RedisURI.builder()
                    .withHost("127.0.0.1")
                    .withPort(closed.respPort())
                    .withPassword("s3cret".toCharArray())
                    .build();
            RedisURI wrong = RedisURI.builder()
                    .withHost("127.0.0.1")
                    .withPort(closed.respPort())
                    .withPassword("wrong".toCharArray())
                    .build();
            RedisClient client = RedisClient.create();
            try (StatefulRedisConnection<String, String> connection = client.connect(right)) {
                assertThat(connection.sync().ping()).isEqualTo("PONG");
                assertThatThrownBy(() -> client.connect(wrong)).hasStackTraceContaining("WRONGPASS");
            } finally {
                client.shutdown(0, 2, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void xmemcached() throws Exception {
        MemcachedClient client =
                new XMemcachedClient(new InetSocketAddress(InetAddress.getLoopbackAddress(), node.memcachedPort()));
        try {
            assertThat(client.set("k", 0, "v")).isTrue();
            assertThat(client.<Object>get("k")).isEqualTo("v");
            assertThat(client.add("k", 0, "w")).isFalse();
            assertThat(client.replace("k", 0, "w")).isTrue();
            assertThat(client.append("k", "x")).isTrue();
            assertThat(client.<Object>get("k")).isEqualTo("wx");
            assertThat(client.set("number", 0, 4711)).isTrue();
            assertThat(client.<Object>get("number")).isEqualTo(4711);
            assertThat(client.set("object", 0, new ArrayList<>(List.of("a", 1))))
                    .isTrue();
            assertThat(client.<Object>get("object")).isEqualTo(List.of("a", 1));
            assertThat(client.incr("n", 5, 10)).isEqualTo(10);
            assertThat(client.incr("n", 5, 10)).isEqualTo(15);
            assertThat(client.decr("n", 100)).isZero();
            GetsResponse<String> gets = client.gets("k");
            assertThat(client.cas("k", 0, "by cas", gets.getCas())).isTrue();
            assertThat(client.cas("k", 0, "too late", gets.getCas())).isFalse();
            assertThat(client.touch("k", 100)).isTrue();
            assertThat(client.get(List.of("k", "number", "nothing"))).hasSize(2);
            assertThat(client.delete("k")).isTrue();
            assertThat(client.<Object>get("k")).isNull();
            assertThat(client.getStats().values().iterator().next()).containsEntry("version", "1.6.18");
            client.flushAll();
            assertThat(client.<Object>get("number")).isNull();
        } finally {
            client.shutdown();
        }
    }

    @Test
    void one_entry_is_the_same_through_all_doors() throws Exception {
        MemcachedClient memcached =
                new XMemcachedClient(new InetSocketAddress(InetAddress.getLoopbackAddress(), node.memcachedPort()));
        try (Jedis redis = new Jedis("127.0.0.1", node.respPort())) {
            redis.set("k", "written by redis");
            assertThat(memcached.<Object>get("k")).isEqualTo("written by redis");
            memcached.set("k", 100, "written by memcached");
            assertThat(redis.get("k")).isEqualTo("written by memcached");
            assertThat(redis.ttl("k")).isBetween(98L, 100L);
            redis.incr("n");
            assertThat(memcached.incr("n", 2)).isEqualTo(3);
            assertThat(redis.incr("n")).isEqualTo(4);
        } finally {
            memcached.shutdown();
        }
    }

    @Test
    void increments_by_all_doors_at_once_are_all_counted() throws Exception {
        int each = 2000;
        ExecutorService threads = Executors.newFixedThreadPool(8);
        MemcachedClient memcached =
                new XMemcachedClient(new InetSocketAddress(InetAddress.getLoopbackAddress(), node.memcachedPort()));
        try (Jedis first = new Jedis("127.0.0.1", node.respPort())) {
            first.set("n", "0");
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                boolean redis = i % 2 == 0;
                running.add(threads.submit(() -> {
                    try (Jedis jedis = new Jedis("127.0.0.1", node.respPort())) {
                        for (int n = 0; n < each; n++) {
                            if (redis) {
                                jedis.incr("n");
                            } else {
                                memcached.incr("n", 1);
                            }
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> one : running) {
                one.get(60, TimeUnit.SECONDS);
            }
            assertThat(first.get("n")).isEqualTo(Integer.toString(8 * each));
        } finally {
            memcached.shutdown();
            threads.shutdownNow();
        }
    }
}
