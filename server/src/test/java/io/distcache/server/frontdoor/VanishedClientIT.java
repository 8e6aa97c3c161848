package io.distcache.server.frontdoor;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.DoorNode;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Every door has the system ask whether a quiet client is still there, as the kernel's own table of connections shows. */
@EnabledOnOs(OS.LINUX)
class VanishedClientIT {
    /** In the column {@code tr:tm->when}: the timer that probes a quiet connection. */
    private static final String KEEPALIVE = "02";

    private static final long TICKS_PER_SECOND = 100;

    @Test
    void quiet_connections_are_probed_within_half_of_the_peer_timeout() throws Exception {
        try (DoorNode node = new DoorNode("server.peer-timeout", "20s")) {
            for (int port : List.of(node.port(), node.respPort(), node.memcachedPort())) {
                try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    // An answer says that the node has accepted.
                    String[] timer = timer(port, client.getLocalPort());
                    assertThat(timer[0]).as("timer of port %d", port).isEqualTo(KEEPALIVE);
                    assertThat(Long.parseLong(timer[1], 16)).isLessThanOrEqualTo(11 * TICKS_PER_SECOND);
                }
            }
        }
    }

    /** The node's end of a connection: which timer runs, and how many ticks it has left. Looks until there is one. */
    private static String[] timer(int local, int remote) throws Exception {
        String ports = String.format(":%04X ", local) + ".*" + String.format(":%04X .*", remote);
        String[] timer = {"", "0"};
        for (int tries = 0; tries < 2000 && !timer[0].equals(KEEPALIVE); tries++) {
            for (Path table : List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"))) {
                for (String line : Files.exists(table) ? Files.readAllLines(table) : List.<String>of()) {
                    if (line.matches(".*" + ports)) {
                        timer = line.strip().split("\\s+", -1)[5].split(":", -1);
                    }
                }
            }
        }
        return timer;
    }
}
