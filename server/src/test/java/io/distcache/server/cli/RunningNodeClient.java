package io.distcache.server.cli;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Secret;
import io.distcache.protocol.Ttl;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Another client of a node, with one cache: "load". */
final class RunningNodeClient implements AutoCloseable {
    private final NodeConnection connection;

    RunningNodeClient(String address) throws IOException {
        connection = NodeConnection.open(address, Secret.NONE, 60, null);
        connection.ask(new Command.OpenCache(1, CacheDefinition.of("shop", "load"), true));
    }

    void put(String key, String value) {
        try {
            connection.ask(new Command.Put(
                    1, RunningNode.text(key), RunningNode.text(value), Condition.ALWAYS, Ttl.DEFINED, false));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
