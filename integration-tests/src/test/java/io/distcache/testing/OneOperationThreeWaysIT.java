package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import io.distcache.client.DistCacheException;
import io.distcache.client.Keyspace;
import io.distcache.client.NodeAddress;
import io.distcache.fixtures.Seed;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.SetParams;

/**
 * The same operation makes the same entry, whichever way it comes: random ones are done to one key by the native API, to another by a
 * client of Redis, to a third by one of memcached, and the three entries stay alike, with type and time to live.
 */
@Timeout(300)
class OneOperationThreeWaysIT {
    private static final String CACHE = "doors";
    private static final Duration TTL = Duration.ofSeconds(1000);
    private static final int KEYS = 5;
    private static final int STEPS = Integer.getInteger("distcache.testing.three-ways", 1500);

    private static NodeProcess node;
    private static DistCacheClient client;
    private static Keyspace nativeKeys;
    private static Jedis redis;
    private static Memcached memcached;

    /** As much of a client of memcached as is needed here; it speaks the text protocol. */
    private static final class Memcached implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;

        Memcached(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            in = new BufferedInputStream(socket.getInputStream());
        }

        /** Sends a line, and perhaps a block; the first line of the answer. */
        String ask(String line, String... block) throws IOException {
            String sent = line + "\r\n" + (block.length == 0 ? "" : block[0] + "\r\n");
            socket.getOutputStream().write(sent.getBytes(StandardCharsets.UTF_8));
            StringBuilder answer = new StringBuilder();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) {
                    throw new IOException("the node has closed the connection after " + answer);
                }
                answer.append((char) next);
            }
            return answer.toString().strip();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @BeforeAll
    static void start() throws IOException {
        node = NodeSetup.of("resp.port=0", "resp.cache=" + CACHE, "memcached.port=0", "memcached.cache=" + CACHE)
                .withJvmFlags("-Xmx256m")
                .start();
        client = DistCacheClient.connect(ClientConfig.of(NodeAddress.parse(node.address())).toBuilder()
                .callTimeout(Duration.ofSeconds(30))
                .build());
        nativeKeys = client.keyspace("default", CACHE);
        redis = new Jedis("127.0.0.1", doorPort("resp"), 60_000);
        memcached = new Memcached(doorPort("memcached"));
    }

    private static int doorPort(String door) {
        String ready = node.process().lines().stream()
                .filter(line -> line.startsWith("ready "))
                .findFirst()
                .orElseThrow();
        return Integer.parseInt(ready.replaceAll(".* " + door + "=(\\d+).*", "$1"));
    }

    @AfterAll
    static void stop() throws IOException {
        memcached.close();
        redis.close();
        client.close();
        node.close();
    }

    @Test
    void random_operations_make_the_same_entries() throws IOException {
        long seed = Seed.of(OneOperationThreeWaysIT.class, 20_261_129);
        Random random = new Random(seed);
        for (int step = 0; step < STEPS; step++) {
            int key = random.nextInt(KEYS);
            String done = operate(random, key);
            assertAlike("seed " + seed + ", step " + step + ": " + done, key);
        }
    }

    private static void assertAlike(String when, int key) {
        Object one = nativeKeys.get("n" + key);
        Optional<Duration> ttl = nativeKeys.ttl("n" + key);
        for (String other : new String[] {"r" + key, "m" + key}) {
            Object value = nativeKeys.get(other);
            assertThat(value).as("%s: %s", when, other).isEqualTo(one);
            Optional<Duration> others = nativeKeys.ttl(other);
            assertThat(others.isPresent()).as("%s: ttl of %s", when, other).isEqualTo(ttl.isPresent());
            assertThat(Math.abs(others.orElse(Duration.ZERO)
                            .minus(ttl.orElse(Duration.ZERO))
                            .toSeconds()))
                    .as("%s: ttl %s of %s, not %s", when, others, other, ttl)
                    .isLessThan(60);
        }
    }

    private static String operate(Random random, int key) throws IOException {
        String n = "n" + key;
        String r = "r" + key;
        String m = "m" + key;
        Object present = nativeKeys.get(n);
        switch (random.nextInt(12)) {
            case 0, 1 -> {
                String text = text(random);
                nativeKeys.set(n, text, Keyspace.FOREVER);
                redis.set(r, text);
                assertThat(memcached.ask("set " + m + " 0 0 " + text.length(), text))
                        .isEqualTo("STORED");
                return "set '" + text + "'";
            }
            case 2 -> {
                Object number = number(random);
                for (String each : new String[] {n, r, m}) {
                    nativeKeys.set(each, number, Keyspace.FOREVER);
                }
                return "set " + number.getClass().getSimpleName() + " " + number;
            }
            case 3, 4, 5 -> {
                long by = random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(11) - 5;
                boolean refused = false;
                try {
                    nativeKeys.increment(n, by, by, null);
                } catch (DistCacheException e) {
                    refused = true;
                }
                assertThat(isRefused(() -> redis.incrBy(r, by)))
                        .as("incrby %s of %s", by, present)
                        .isEqualTo(refused);
                Object after = nativeKeys.get(n);
                if (!refused
                        && present != null
                        && Long.parseLong(present.toString()) >= 0
                        && Long.parseLong(after.toString()) >= 0) {
                    assertThat(memcached.ask((by < 0 ? "decr " : "incr ") + m + " " + Math.abs(by)))
                            .isEqualTo(after.toString());
                } else {
                    // What memcached calls a number is another thing.
                    assertThat(isRefused(() -> redis.incrBy(m, by))).isEqualTo(refused);
                }
                return "increment of " + present + " by " + by;
            }
            case 6 -> {
                if (present != null && !(present instanceof String)) {
                    return "nothing: a number is no text to the native API";
                }
                nativeKeys.append(n, "xy");
                redis.append(r, "xy");
                String answer = memcached.ask("append " + m + " 0 0 2", "xy");
                if (present == null) {
                    assertThat(answer).isEqualTo("NOT_STORED");
                    redis.append(m, "xy");
                }
                return "append to " + present;
            }
            case 7 -> {
                boolean was = nativeKeys.delete(n);
                assertThat(redis.del(r)).isEqualTo(was ? 1 : 0);
                assertThat(memcached.ask("delete " + m)).isEqualTo(was ? "DELETED" : "NOT_FOUND");
                return "delete " + present;
            }
            case 8 -> {
                boolean was = nativeKeys.expire(n, TTL);
                assertThat(redis.expire(r, TTL.toSeconds())).isEqualTo(was ? 1 : 0);
                assertThat(memcached.ask("touch " + m + " " + TTL.toSeconds()))
                        .isEqualTo(was ? "TOUCHED" : "NOT_FOUND");
                return "expire " + present;
            }
            case 9 -> {
                nativeKeys.persist(n);
                redis.persist(r);
                memcached.ask("touch " + m + " 0");
                return "persist " + present;
            }
            case 10 -> {
                String text = text(random);
                boolean added = nativeKeys.add(n, text);
                assertThat(redis.set(r, text, SetParams.setParams().nx())).isEqualTo(added ? "OK" : null);
                assertThat(memcached.ask("add " + m + " 0 0 " + text.length(), text))
                        .isEqualTo(added ? "STORED" : "NOT_STORED");
                return "add to " + present;
            }
            default -> {
                String text = text(random);
                boolean replaced = nativeKeys.replace(n, text, Keyspace.FOREVER);
                assertThat(redis.set(r, text, SetParams.setParams().xx())).isEqualTo(replaced ? "OK" : null);
                assertThat(memcached.ask("replace " + m + " 0 0 " + text.length(), text))
                        .isEqualTo(replaced ? "STORED" : "NOT_STORED");
                return "replace " + present;
            }
        }
    }

    private static boolean isRefused(Runnable call) {
        try {
            call.run();
            return false;
        } catch (JedisDataException e) {
            return true;
        }
    }

    private static String text(Random random) {
        String[] texts = {"", "abc", "5", "-3", "0", "007", "1.5", "9223372036854775806", "x".repeat(300)};
        return texts[random.nextInt(texts.length)];
    }

    private static Object number(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> Integer.MAX_VALUE - random.nextInt(3);
            case 1 -> (short) (Short.MAX_VALUE - random.nextInt(3));
            case 2 -> (byte) random.nextInt(128);
            case 3 -> random.nextLong() >>> 2;
            default -> random.nextInt(100);
        };
    }
}
