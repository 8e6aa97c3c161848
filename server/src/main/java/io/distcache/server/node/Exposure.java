package io.distcache.server.node;

import io.distcache.server.config.ServerConfig;
import io.distcache.server.tls.Switch;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a node from listening where other machines reach it unless it asks who they are and encrypts what is said, or the operator has said
 * that it need not; then it is said loudly at the start. Stateless.
 */
final class Exposure {
    private static final Logger LOG = LoggerFactory.getLogger(Exposure.class);

    private Exposure() {}

    /**
     * Refuses what is not meant, and warns of what is.
     *
     * @param open whether everybody may do everything
     * @throws IllegalArgumentException if the address is open to others, and users or TLS are missing
     */
    static void check(ServerConfig config, boolean open) {
        String host = config.server().bind();
        if (isLoopback(host)) {
            return;
        }
        List<String> plain = plainPorts(config);
        List<String> missing = new ArrayList<>();
        if (open && !config.server().allowOpenAccess()) {
            missing.add("nobody has to say who it is: name users (access.file) or a token (server.auth-token), or set"
                    + " server.allow-open-access=true");
        }
        if (!plain.isEmpty() && !config.server().allowPlaintext()) {
            missing.add("passwords and data cross the network in plain text (" + String.join(", ", plain)
                    + "): set server.tls=on with server.tls.certificate and server.tls.key, or set"
                    + " server.allow-plaintext=true");
        }
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException("server.bind is " + host + ", which other machines reach, but "
                    + String.join("; and ", missing)
                    + ". \"distcache secure DIR\" makes certificates and users");
        }
        if (open) {
            LOG.warn(
                    "everybody who reaches {} can read and change everything (server.allow-open-access); name users in"
                            + " access.file",
                    host);
        }
        if (!plain.isEmpty()) {
            LOG.warn(
                    "what is said at {} crosses the network as it is, passwords and tokens too"
                            + " (server.allow-plaintext; {}); set server.tls=on",
                    host,
                    String.join(", ", plain));
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("server.bind is '" + host + "', which is no address of this machine", e);
        }
    }

    /** The ports that are open and speak plain text, by the settings that say so. */
    private static List<String> plainPorts(ServerConfig config) {
        Switch server = config.server().tls().on();
        if (server == Switch.OFF) {
            return List.of("server.tls=off");
        }
        List<String> plain = new ArrayList<>();
        if (config.http().port() >= 0 && !config.http().tls().isOn(server)) {
            plain.add("http.tls=off");
        }
        if (config.resp().port() >= 0 && !config.resp().tls().isOn(server)) {
            plain.add("resp.tls=off");
        }
        if (config.memcached().port() >= 0 && !config.memcached().tls().isOn(server)) {
            plain.add("memcached.tls=off");
        }
        return plain;
    }
}
