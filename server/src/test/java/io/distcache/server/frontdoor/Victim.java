package io.distcache.server.frontdoor;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.frame.FrameEncoder;
import io.distcache.server.DoorNode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Random;

/**
 * A client of each door, whose requests are full of canaries: short secrets, so many of them that any few bytes of a request have one.
 * No name of a key has one, as anybody may ask for those. Confined to one thread.
 */
final class Victim implements AutoCloseable {
    private static final String CANARY = "~CaNaRy!";
    private static final String FEATHER = "canary";

    private final DoorNode node;
    private final Random random;
    private RawSocket resp;
    private RawSocket memcached;
    private RawSocket wire;
    private int lastRequest;

    Victim(DoorNode node, Random random) throws IOException {
        this.node = node;
        this.random = random;
        resp = new RawSocket(node.respPort());
        memcached = new RawSocket(node.memcachedPort());
        wire = greeted();
    }

    /** Whether bytes have a secret in them. */
    static boolean shows(String bytes) {
        return secretAt(bytes) >= 0;
    }

    /** Where bytes have a secret in them; negative if nowhere. */
    static int secretAt(String bytes) {
        return bytes.toLowerCase(Locale.ROOT).indexOf(FEATHER);
    }

    /** Sends secrets through one of the doors, and waits for the reply: until then no event loop does anything else. */
    void sendsSecrets() throws IOException {
        String secret = CANARY.repeat(100 + random.nextInt(400));
        switch (random.nextInt(6)) {
            case 0, 1, 2 -> {
                try {
                    resp.ask(respRequest(secret));
                } catch (IOException closed) {
                    // CLIENT KILL is everybody's right.
                    resp.close();
                    resp = new RawSocket(node.respPort());
                }
            }
            case 3, 4 -> memcached.ask(memcachedRequest(secret));
            default -> ask(new Command.Put(1, text("victim"), text(secret), Condition.ALWAYS, Ttl.DEFINED, false));
        }
    }

    private String respRequest(String secret) {
        return switch (random.nextInt(6)) {
            case 0 -> HostileRequests.request("GET", secret);
            case 1 -> HostileRequests.request("AUTH", secret);
            case 2 -> HostileRequests.request(secret, "x", secret);
            case 3 -> HostileRequests.request("DEL", secret, secret, secret);
            default -> HostileRequests.request("SET", "victim", secret);
        };
    }

    private String memcachedRequest(String secret) {
        String key = secret.substring(0, Math.min(secret.length(), 248));
        return switch (random.nextInt(4)) {
            case 0 -> "get " + key + "\r\n";
            case 1 -> "delete " + key + "\r\n";
            default -> "set victim 0 0 " + secret.length() + "\r\n" + secret + "\r\n";
        };
    }

    private void ask(Command command) throws IOException {
        ByteBuf out = Unpooled.buffer();
        int request = ++lastRequest;
        FrameEncoder.encode(command, request, out);
        wire.send(new String(ByteBufUtil.getBytes(out), StandardCharsets.ISO_8859_1));
        while (true) {
            byte[] rest = wire.read(ByteBuffer.wrap(wire.read(Integer.BYTES)).getInt());
            if (ByteBuffer.wrap(rest).getInt(1) == request) {
                return;
            }
        }
    }

    private RawSocket greeted() throws IOException {
        RawSocket socket = new RawSocket(node.port());
        ByteBuf hello = Unpooled.buffer();
        FrameEncoder.encode(new Hello.Client(Hello.VERSION, Hello.VERSION, 0, "victim", "", 0), hello);
        socket.send(new String(ByteBufUtil.getBytes(hello), StandardCharsets.ISO_8859_1));
        wire = socket;
        ask(new Command.OpenCache(1, CacheDefinition.of("", "victims"), true));
        return socket;
    }

    private static Bytes text(String text) {
        return Bytes.ofUtf8("\u0002" + text);
    }

    @Override
    public void close() throws IOException {
        resp.close();
        memcached.close();
        wire.close();
    }
}
