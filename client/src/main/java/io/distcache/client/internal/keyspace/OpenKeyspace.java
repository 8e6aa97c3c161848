package io.distcache.client.internal.keyspace;

import io.distcache.client.ClientConfig;
import io.distcache.client.spi.RemoteCache;
import io.distcache.protocol.Reply;
import io.distcache.protocol.SharedAttempt;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A cache for the methods of a {@code Keyspace}, opened when it is first needed. Thread-safe: who needs it while it is opened shares what becomes of that. */
public final class OpenKeyspace {
    private final Supplier<RemoteCache> opener;
    private final ClientConfig config;
    private final ClassLoader loader;
    private final Runnable refusal;
    private final SharedAttempt<Requests> opening = new SharedAttempt<>();
    private volatile @Nullable Requests requests;

    /**
     * Not opened yet.
     *
     * @param opener opens the cache; may throw
     * @param loader finds the classes that stored bytes name
     * @param refusal throws on a thread that may not wait for the opening
     */
    public OpenKeyspace(Supplier<RemoteCache> opener, ClientConfig config, ClassLoader loader, Runnable refusal) {
        this.refusal = refusal;
        this.opener = opener;
        this.config = config;
        this.loader = loader;
    }

    Requests requests() {
        Requests open = requests;
        if (open == null || open.remote.destroyed()) {
            refusal.run();
            open = opening.join(this::open);
        }
        return open;
    }

    private Requests open() {
        Requests open = requests;
        if (open == null || open.remote.destroyed()) {
            if (open != null) {
                open.remote.close();
            }
            RemoteCache remote = opener.get();
            if (remote.definition().expiry().byClient()) {
                remote.close();
                throw new IllegalStateException("the expiry policy of cache "
                        + remote.definition().name()
                        + " is code of the application that created it, so only JCache can store there");
            }
            open = new Requests(remote, new Values(remote.definition(), config, loader));
            requests = open;
        }
        return open;
    }

    /** Reads all entries, or if there is a pattern those that match, page by page. */
    <K, V> void scan(@Nullable String pattern, int batch, Consumer<List<Map.Entry<K, V>>> consumer) {
        Requests open = requests();
        RemoteCache.Pages pages = open.pages(pattern, batch);
        for (List<Reply.Item> items = pages.next(); items != null; items = pages.next()) {
            if (!items.isEmpty()) {
                consumer.accept(open.entries(items));
            }
        }
    }
}
