package io.distcache.server.inspect;

import java.io.IOException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a running node is spoken to. */
final class Access {

    @Mixin
    private TokenOption token = new TokenOption();

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
        return NodeConnection.open(node, token.secret(), timeoutSeconds);
    }
}
