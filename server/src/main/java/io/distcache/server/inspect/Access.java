package io.distcache.server.inspect;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a running node is spoken to. */
final class Access {

    @Option(
            names = "--token",
            paramLabel = "T",
            defaultValue = "${env:DISTCACHE_TOKEN}",
            description = "The node's server.auth-token; without it, what the environment says as DISTCACHE_TOKEN.")
    private @Nullable String token;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "600",
            description = "The longest that one answer may take; default ${DEFAULT-VALUE}.")
    private int timeoutSeconds;

    NodeConnection connect(String node) throws IOException {
        if (timeoutSeconds < 1) {
            throw new WrongArgumentException("--timeout is " + timeoutSeconds + "; at least 1 is needed");
        }
        return NodeConnection.open(node, token == null ? "" : token, timeoutSeconds);
    }
}
