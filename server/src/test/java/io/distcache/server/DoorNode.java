package io.distcache.server;

import io.distcache.protocol.HealthReport;
import io.distcache.server.config.ConfigReader;
import io.distcache.server.node.Node;
import java.time.InstantSource;

/** A node in this process with the doors for other clients open, on free ports. */
public final class DoorNode implements AutoCloseable {
    private final Node node;
    private final int port;

    /** Settings come in pairs of key and value. */
    public DoorNode(String... settings) throws Exception {
        ConfigReader reader = new ConfigReader();
        reader.set("server.port", "0", "a test");
        reader.set("server.event-loops", "2", "a test");
        reader.set("resp.port", "0", "a test");
        reader.set("memcached.port", "0", "a test");
        for (int i = 0; i < settings.length; i += 2) {
            reader.set(settings[i], settings[i + 1], "a test");
        }
        node = new Node(reader.read(), InstantSource.system());
        try {
            String address = node.listen();
            port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
            node.load(percent -> {});
        } catch (Exception e) {
            node.close();
            throw e;
        }
    }

    public int port() {
        return port;
    }

    public int httpPort() {
        return node.httpPort();
    }

    public int respPort() {
        return node.respPort();
    }

    public int memcachedPort() {
        return node.memcachedPort();
    }

    public HealthReport health() {
        return node.health();
    }

    @Override
    public void close() {
        node.close();
    }
}
