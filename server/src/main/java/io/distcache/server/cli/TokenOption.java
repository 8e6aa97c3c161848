package io.distcache.server.cli;

import io.distcache.protocol.Secret;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The secret that nodes want to hear. Confined to one thread. */
public final class TokenOption {

    @Option(
            names = "--token",
            paramLabel = "T",
            defaultValue = "${env:DISTCACHE_TOKEN}",
            description = "The node's server.auth-token; without it, what the environment says as DISTCACHE_TOKEN.")
    private @Nullable String token;

    public Secret secret() {
        return Secret.of(token == null ? "" : token);
    }
}
