package io.distcache.client.spi;

import io.distcache.protocol.EmbeddedNode;
import java.util.Objects;

/** A node that runs in this process, for a client that uses it without a socket. Immutable. */
public record NodeInProcess(EmbeddedNode node) {
    public NodeInProcess {
        Objects.requireNonNull(node, "node");
    }
}
