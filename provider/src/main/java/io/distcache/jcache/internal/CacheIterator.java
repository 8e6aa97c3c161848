package io.distcache.jcache.internal;

import io.distcache.client.RemoteCache;
import io.distcache.jcache.internal.integration.Writer;
import io.distcache.jcache.internal.management.Statistics;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * Walks over a cache in pages. An entry that is there throughout comes exactly once; each one returned counts as a hit and an
 * access. Confined to one thread.
 */
final class CacheIterator<K, V> implements Iterator<Cache.Entry<K, V>> {
    private static final int PAGE = 500;

    private final CacheContext<K, V> context;
    private final Statistics statistics;
    private final Predicate<K> remover;
    private Iterator<Reply.Item> page = List.<Reply.Item>of().iterator();
    private final RemoteCache.Pages pages;
    private boolean ended;
    private Cache.@Nullable Entry<K, V> next;
    private Cache.@Nullable Entry<K, V> last;

    /** {@code remover} is {@code Cache.remove}. */
    CacheIterator(CacheContext<K, V> context, Predicate<K> remover) {
        this.context = context;
        this.statistics = context.statistics();
        this.remover = remover;
        this.pages = context.pages(PAGE, false);
    }

    @Override
    public boolean hasNext() {
        while (next == null) {
            if (page.hasNext()) {
                next = entry(page.next());
            } else if (ended) {
                return false;
            } else {
                List<Reply.Item> fetched = pages.next();
                ended = fetched == null;
                page = fetched == null ? page : fetched.iterator();
            }
        }
        return true;
    }

    private Cache.@Nullable Entry<K, V> entry(Reply.Item item) {
        long start = statistics.start();
        V value = context.object(item.value());
        if (value == null) {
            return null;
        }
        statistics.hits(1, start);
        touch(item.key(), item.version());
        return new Writer.WrittenEntry<>(context.keyObject(item.key()), value);
    }

    private void touch(Bytes key, long version) {
        CacheDefinition.Expiry expiry = context.expiry().definition();
        if (expiry.byClient()) {
            context.accessed(key, version);
        } else if (expiry.accessMillis() != Ttl.UNCHANGED) {
            CompletionStage<Reply> unused = context.send(new Command.TouchAll(
                    context.handle(), List.of(new Command.Touch(key, version, expiry.accessMillis()))));
        }
    }

    @Override
    public Cache.Entry<K, V> next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException("the cache has no more entries");
        }
        Cache.Entry<K, V> current = next;
        last = current;
        next = null;
        return current;
    }

    @Override
    public void remove() {
        Cache.Entry<K, V> current = last;
        if (current == null) {
            throw new IllegalStateException("call next() before remove(), and remove() once");
        }
        last = null;
        long start = statistics.start();
        if (!remover.test(current.getKey())) {
            // Somebody else was faster; the reference implementation counts it all the same.
            statistics.removals(1, start);
        }
    }
}
