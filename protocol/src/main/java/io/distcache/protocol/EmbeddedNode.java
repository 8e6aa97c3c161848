package io.distcache.protocol;

import java.util.Map;
import java.util.function.Consumer;

/** A node inside the application's process, found by {@link java.util.ServiceLoader} through {@link Factory}. Thread-safe. */
public interface EmbeddedNode extends AutoCloseable {

    /** Opens a session; {@code pushes} gets what the node says unasked, on any thread. */
    NodeLink connect(String client, Consumer<Push> pushes);

    /** Stops the node and frees what it holds. */
    @Override
    void close();

    /** Starts embedded nodes. */
    interface Factory {
        /**
         * Starts a node that listens on no socket.
         *
         * @param settings as in the node's configuration file; unknown ones are refused
         * @throws IllegalArgumentException naming the setting that is wrong
         */
        EmbeddedNode start(Map<String, String> settings);
    }
}
