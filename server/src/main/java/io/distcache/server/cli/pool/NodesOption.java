package io.distcache.server.cli.pool;

import io.distcache.server.cli.NodeConnection;
import io.distcache.server.cli.TlsOption;
import io.distcache.server.cli.TokenOption;
import io.distcache.server.cli.WrongArgumentException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which running nodes are asked about their pool, and how. Confined to one thread. */
final class NodesOption {

    @Option(
            names = "--node",
            paramLabel = "HOST:PORT",
            split = ",",
            defaultValue = "127.0.0.1:2050",
            description = "One or more nodes of the pool; they tell of the others. Default ${DEFAULT-VALUE}.")
    private List<String> nodes = new ArrayList<>();

    @Mixin
    private TokenOption token = new TokenOption();

    @Mixin
    private TlsOption tls = new TlsOption();

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "2",
            description = "The longest that one node may take to connect and answer; default ${DEFAULT-VALUE}.")
    private int timeoutSeconds;

    /** The named nodes, as {@code host:port}, in the order in which they were named. */
    List<String> addresses() throws WrongArgumentException {
        Set<String> addresses = new LinkedHashSet<>();
        for (String node : nodes) {
            addresses.add(NodeConnection.hostAndPort(node));
        }
        return List.copyOf(addresses);
    }

    /** Nothing is connected yet. */
    Nodes connections(int healthMillis) throws IOException {
        if (timeoutSeconds < 1) {
            throw new WrongArgumentException("--timeout is " + timeoutSeconds + "; at least 1 is needed");
        }
        return new Nodes(token.who(), tls.read(), Duration.ofSeconds(timeoutSeconds), healthMillis);
    }
}
