package io.distcache.client.spi;

import io.distcache.client.DefinitionDiffersException;
import io.distcache.protocol.CacheDefinition;
import java.util.List;
import java.util.Optional;

/** The caches that a client's nodes have, as bytes. Every method throws what {@link RemoteCache#call} documents. Thread-safe. */
public interface RemoteCaches {

    /**
     * Opens a cache on all nodes; it is created where it is missing. If no node can be reached and the client is lazy, it is opened, and
     * its definition checked, when one is there.
     *
     * @throws DefinitionDiffersException if it exists with another definition
     */
    RemoteCache open(CacheDefinition definition);

    /** Opens a cache if it exists; {@link RemoteCache#definition()} tells what it is. */
    Optional<RemoteCache> attach(String namespace, String name);

    /** Removes a cache with its entries, for everybody; false if there is none. */
    boolean destroy(String namespace, String name);

    /** The caches of a namespace, on whichever node they are. */
    List<CacheDefinition> list(String namespace);
}
