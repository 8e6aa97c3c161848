package io.distcache.server.cli;

import java.io.IOException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a running node is spoken to. Confined to one thread. */
public final class Access {

    @Mixin
    private TokenOption token = new TokenOption();

    @Mixin
    private TlsOption tls = new TlsOption();

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "600",
            description = "The longest that one answer may take; default ${DEFAULT-VALUE}.")
    private int timeoutSeconds;

    public NodeConnection connect(String node) throws IOException {
        if (timeoutSeconds < 1) {
            throw new WrongArgumentException("--timeout is " + timeoutSeconds + "; at least 1 is needed");
        }
        return NodeConnection.open(node, token.who(), timeoutSeconds, tls.read());
    }
}
