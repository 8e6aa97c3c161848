package io.distcache.server.frontdoor;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Seed;
import io.distcache.fixtures.TestCertificates;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Secret;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.ValueTag;
import io.distcache.protocol.frame.FrameEncoder;
import io.distcache.protocol.tls.ClientFiles;
import io.distcache.protocol.tls.NamedFile;
import io.distcache.protocol.tls.TlsToNodes;
import io.distcache.server.DoorNode;
import io.distcache.server.access.EffectUsers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * Random bytes, and requests with random bytes changed, through all three doors at once: the node goes on, a good client is served all
 * the time, and memory stays bounded; where there are users, nothing that strangers send is done. {@code
 * -Ddistcache.testing.fuzz-seconds=60} for all together; see also {@link Seed}.
 */
class FuzzIT {
    private static final long MAX_STORED_BYTES = 64L << 20;
    private static final long MAX_HEAP_BYTES = 512L << 20;

    private enum Kind {
        OPEN,
        WITH_USERS,
        WITH_TLS
    }

    private interface Grammar {
        byte[] next(Random random);
    }

    private final long seed = Seed.of(FuzzIT.class, 20_261_128);
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong connections = new AtomicLong();
    private @Nullable TlsToNodes tls;

    /** Settings of a node of a kind. */
    private String[] settings(Kind kind, Path directory, EffectUsers users) throws Exception {
        List<String> settings = new ArrayList<>(List.of(
                "store.max-bytes", Long.toString(MAX_STORED_BYTES),
                "server.handshake-timeout", "2s",
                "server.output-limit-bytes", "8mb",
                "server.max-frame-bytes", "1mb"));
        if (kind == Kind.WITH_USERS) {
            settings.addAll(List.of("access.file", users.file().toString()));
        } else if (kind == Kind.WITH_TLS) {
            TestCertificates made = TestCertificates.make(directory, "node " + TestCertificates.LOCAL);
            settings.addAll(List.of(
                    "server.tls", "on",
                    "server.tls.certificate", made.pem("node").toString(),
                    "server.tls.key", made.key("node").toString()));
            tls = TlsToNodes.read(new ClientFiles(
                    new NamedFile("trust", made.authority()), Secret.NONE, null, null, Secret.NONE, true));
        }
        return settings.toArray(String[]::new);
    }

    private Jedis good(DoorNode node, Secret token) {
        TlsToNodes encrypting = tls;
        JedisClientConfig config = DefaultJedisClientConfig.builder()
                .timeoutMillis(10_000)
                .password(token.isEmpty() ? null : token.reveal())
                .build();
        if (encrypting == null) {
            return new Jedis(new HostAndPort("localhost", node.respPort()), config);
        }
        return new Jedis(new Connection(
                () -> {
                    try {
                        Socket socket = encrypting.encrypt(plain(node.respPort()), "localhost", node.respPort());
                        socket.setSoTimeout(10_000);
                        return socket;
                    } catch (IOException e) {
                        throw new JedisConnectionException(e);
                    }
                },
                config));
    }

    private static Socket plain(int port) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
        return socket;
    }

    @ParameterizedTest
    @EnumSource
    void a_node_survives_whatever_clients_send(Kind kind, @TempDir Path directory) throws Exception {
        int seconds = Math.max(3, Integer.getInteger("distcache.testing.fuzz-seconds", 10) / Kind.values().length);
        System.out.println("FuzzIT: " + kind + " for " + seconds + " s");
        EffectUsers users = EffectUsers.write(directory.resolve("access.conf"), "*");
        Secret token = kind == Kind.WITH_USERS ? users.everything() : Secret.NONE;
        try (DoorNode node = new DoorNode(settings(kind, directory, users))) {
            List<Thread> attackers = new ArrayList<>();
            attackers.add(attack(node.port(), seed, FuzzIT::frames, true));
            attackers.add(attack(node.respPort(), seed + 1, FuzzIT::resp, false));
            attackers.add(attack(node.respPort(), seed + 2, FuzzIT::lines, false));
            attackers.add(attack(node.memcachedPort(), seed + 3, FuzzIT::memcached, false));
            long good = 0;
            long slowest = 0;
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            try (Jedis jedis = good(node, token)) {
                jedis.select(15);
                while (System.nanoTime() - deadline < 0) {
                    long began = System.nanoTime();
                    String value = Long.toString(good++);
                    jedis.set("good", value);
                    String found = jedis.get("good");
                    slowest = Math.max(slowest, System.nanoTime() - began);
                    // Nobody else is in this database but by a FLUSHALL, or as eviction wants it.
                    assertThat(found).as("seed %d", seed).isIn(value, null);
                    assertThat(node.health().bytes()).as("seed %d", seed).isLessThan(MAX_STORED_BYTES * 11 / 10);
                    if (kind == Kind.WITH_USERS) {
                        assertThat(found).as("seed %d", seed).isEqualTo(value);
                        assertThat(node.health().entries()).as("seed %d", seed).isEqualTo(1);
                    }
                    TimeUnit.MILLISECONDS.sleep(1);
                }
            } finally {
                stop.set(true);
                for (Thread attacker : attackers) {
                    attacker.join(30_000);
                }
            }
            assertThat(attackers).noneMatch(Thread::isAlive);
            for (int i = 0; i < 100 && node.health().connections() > 0; i++) {
                TimeUnit.MILLISECONDS.sleep(100);
            }
            assertThat(node.health().connections()).isZero();
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            assertThat(runtime.totalMemory() - runtime.freeMemory()).isLessThan(MAX_HEAP_BYTES);
            System.out.println(
                    "FuzzIT: " + sent.get() / 1024 + " KiB over " + connections.get() + " connections; a good client"
                            + " was served " + good + " times, at most " + slowest / 1_000_000 + " ms each");
            assertThat(good).isPositive();
        }
    }

    private Thread attack(int port, long itsSeed, Grammar grammar, boolean greets) {
        Thread thread = new Thread(() -> {
            Random random = new Random(itsSeed);
            while (!stop.get()) {
                try (Socket plain = plain(port);
                        Socket socket = mayEncrypt(plain, port, random)) {
                    connections.incrementAndGet();
                    converse(socket, random, grammar, greets);
                } catch (IOException closed) {
                    // As it should be.
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Most of what comes to a port with TLS comes inside of it. */
    private Socket mayEncrypt(Socket plain, int port, Random random) throws IOException {
        TlsToNodes encrypting = tls;
        return encrypting == null || random.nextInt(8) == 0 ? plain : encrypting.encrypt(plain, "localhost", port);
    }

    private void converse(Socket socket, Random random, Grammar grammar, boolean greets) throws IOException {
        if (greets && random.nextInt(10) > 0) {
            ByteBuf hello = Unpooled.buffer();
            FrameEncoder.encode(new Hello.Client(Hello.VERSION, Hello.VERSION, 0, "fuzz", "", 0), hello);
            socket.getOutputStream().write(ByteBufUtil.getBytes(hello));
        }
        boolean reads = random.nextInt(4) > 0;
        byte[] waste = new byte[64 << 10];
        socket.setSoTimeout(1);
        for (int i = random.nextInt(200); i > 0 && !stop.get(); i--) {
            byte[] request = grammar.next(random);
            switch (random.nextInt(12)) {
                case 0 -> request = mutated(request, random);
                case 1 -> request = Arrays.copyOf(request, random.nextInt(request.length + 1));
                case 2 -> {
                    request = new byte[random.nextInt(300)];
                    random.nextBytes(request);
                }
                default -> {
                    // As it is.
                }
            }
            socket.getOutputStream().write(request);
            pause(random);
            sent.addAndGet(request.length);
            while (reads && socket.getInputStream().available() > 0) {
                if (socket.getInputStream().read(waste) < 0) {
                    return;
                }
            }
        }
        if (random.nextBoolean()) {
            socket.setSoLinger(true, 0);
        }
    }

    /** Leaves a processor for the others: this is about what is sent, not about how much. */
    private static void pause(Random random) {
        if (random.nextInt(10) == 0) {
            LockSupport.parkNanos(200_000);
        }
    }

    private static byte[] mutated(byte[] request, Random random) {
        byte[] changed = request.clone();
        for (int i = random.nextInt(4); i >= 0 && changed.length > 0; i--) {
            changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
        }
        return changed;
    }

    // --- what is right, to begin with ---

    private static String word(Random random) {
        String[] words = {
            "k",
            "a",
            "b",
            "0",
            "1",
            "-1",
            "x",
            "",
            "9223372036854775807",
            "EX",
            "PX",
            "NX",
            "MATCH",
            "COUNT",
            "*",
            "GET",
            "value",
            "\u00ff\u00fe",
            "noreply",
            "{t}a",
            "[a-",
            "3"
        };
        return random.nextInt(50) == 0 ? "v".repeat(random.nextInt(100_000)) : words[random.nextInt(words.length)];
    }

    private static byte[] resp(Random random) {
        String[] names = {
            "SET",
            "GET",
            "INCR",
            "DEL",
            "MSET",
            "MGET",
            "APPEND",
            "SETRANGE",
            "GETRANGE",
            "EXPIRE",
            "TTL",
            "RENAME",
            "COPY",
            "SCAN",
            "KEYS",
            "RANDOMKEY",
            "MULTI",
            "EXEC",
            "DISCARD",
            "WATCH",
            "SELECT",
            "HELLO",
            "CLIENT",
            "COMMAND",
            "CONFIG",
            "INFO",
            "DBSIZE",
            "FLUSHDB",
            "OBJECT",
            "INCRBYFLOAT",
            "GETEX",
            "MSETNX",
            "RESET",
            "PING",
            "ECHO",
            "TYPE",
            "AUTH"
        };
        List<String> words = new ArrayList<>();
        String name = names[random.nextInt(names.length)];
        words.add(name);
        if (name.equals("CLIENT")) {
            words.add(List.of("LIST", "INFO", "ID", "SETNAME").get(random.nextInt(4)));
        }
        for (int i = random.nextInt(6); i > 0; i--) {
            words.add(word(random));
        }
        StringBuilder request = new StringBuilder("*" + words.size() + "\r\n");
        for (String word : words) {
            request.append('$')
                    .append(word.length())
                    .append("\r\n")
                    .append(word)
                    .append("\r\n");
        }
        return request.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] lines(Random random) {
        StringBuilder line = new StringBuilder(random.nextBoolean() ? "SET" : "MGET");
        for (int i = random.nextInt(8); i > 0; i--) {
            line.append(random.nextInt(5) == 0 ? " \"" + word(random) + "\"" : " " + word(random));
        }
        return line.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] memcached(Random random) {
        String[] names = {
            "get",
            "gets",
            "gat",
            "set",
            "add",
            "replace",
            "append",
            "prepend",
            "cas",
            "incr",
            "decr",
            "delete",
            "touch",
            "stats",
            "flush_all",
            "mg",
            "ms",
            "md",
            "ma",
            "me",
            "mn",
            "version"
        };
        String name = names[random.nextInt(names.length)];
        byte[] data = word(random).getBytes(StandardCharsets.ISO_8859_1);
        String line = switch (name) {
            case "set", "add", "replace", "append", "prepend" ->
                name + " " + word(random) + " " + random.nextInt(9) + " " + random.nextInt(3) + " " + data.length;
            case "cas" -> "cas " + word(random) + " 0 0 " + data.length + " " + random.nextInt();
            case "ms" -> "ms " + word(random) + " " + data.length + " T30 c k M" + "SEAPR".charAt(random.nextInt(5));
            case "mg" -> "mg " + word(random) + " v t f c s h N30 R10".substring(0, random.nextInt(21));
            default -> name + " " + word(random) + " " + word(random);
        };
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        if (List.of("set", "add", "replace", "append", "prepend", "cas", "ms").contains(name)) {
            request.writeBytes(data);
            request.writeBytes(new byte[] {'\r', '\n'});
        }
        return request.toByteArray();
    }

    private static byte[] frames(Random random) {
        Bytes key = Bytes.ofUtf8("\u0002" + word(random));
        Bytes value = Bytes.ofUtf8("\u0002" + word(random));
        Command command = switch (random.nextInt(14)) {
            case 0 -> new Command.OpenCache(1, CacheDefinition.of("", "fuzz"), true);
            case 1, 2 -> new Command.Put(1, key, value, Condition.ALWAYS, Ttl.DEFINED, random.nextBoolean());
            case 3 -> new Command.Get(1, key);
            case 4 -> new Command.Remove(1, key, Condition.ALWAYS, false);
            case 5 -> new Command.Lease(1, key, random.nextBoolean(), 100);
            case 6 -> new Command.Scan(1, random.nextLong(), 10, false, Bytes.EMPTY);
            case 7 -> new Command.Scan(1, 0, 10, true, Bytes.ofUtf8(word(random)));
            case 8 -> new Command.TtlOf(1, key);
            case 9, 10 -> change(key, value, random);
            case 11, 12 ->
                new Command.Once(
                        random.nextInt(3), random.nextInt(100), random.nextInt(50), 1000, change(key, value, random));
            default -> new Command.Ping();
        };
        ByteBuf out = Unpooled.buffer();
        FrameEncoder.encode(command, random.nextInt(1000) + 1, out);
        return ByteBufUtil.getBytes(out);
    }

    private static Command.OnEntry change(Bytes key, Bytes value, Random random) {
        Bytes number = Bytes.of(ByteBuffer.allocate(1 + Long.BYTES)
                .put(random.nextBoolean() ? ValueTag.INT64 : ValueTag.DOUBLE)
                .putLong(random.nextLong())
                .array());
        Command.DeadlineIs[] deadlines = Command.DeadlineIs.values();
        return switch (random.nextInt(5)) {
            case 0 -> new Command.Add(1, key, number, number, Ttl.DEFINED);
            case 1 -> new Command.Append(1, key, random.nextInt(5) == 0 ? number : value, random.nextBoolean());
            case 2 -> new Command.Expire(1, key, random.nextInt(1000) - 2, deadlines[random.nextInt(deadlines.length)]);
            case 3 -> new Command.Put(1, key, number, Condition.ABSENT, Ttl.DEFINED, false);
            default -> new Command.Remove(1, key, Condition.ALWAYS, false);
        };
    }
}
