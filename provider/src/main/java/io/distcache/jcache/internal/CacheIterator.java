package io.distcache.jcache.internal;

import io.distcache.client.spi.RemoteCache;
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
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * Walks over a cache in pages. An entry that is there throughout comes exactly once; each one returned counts as a hit and an
 * access. To look whether there is another one changes nothing that anybody can see. Confined to one thread.
 */
final class CacheIterator<K, V> implements Iterator<Cache.Entry<K, V>> {
    private static final int PAGE = 500;

    private final CacheContext<K, V> context;
    private final Statistics statistics;
    private final Runnable ensureOpen;
    private final Predicate<K> remover;
    private Iterator<Reply.Item> page = List.<Reply.Item>of().iterator();
    private final RemoteCache.Pages pages;
    private boolean ended;
    private @Nullable Next<V> next;
    private Cache.@Nullable Entry<K, V> last;

    /** The item to be returned next: its value, or why it cannot be had. */
    private record Next<V>(
            Reply.Item item, @Nullable V value, @Nullable RuntimeException refusal) {}

    /** {@code ensureOpen} throws if the cache is closed; {@code remover} is {@code Cache.remove}. */
    CacheIterator(CacheContext<K, V> context, Runnable ensureOpen, Predicate<K> remover) {
        this.context = context;
        this.statistics = context.statistics();
        this.ensureOpen = ensureOpen;
        this.remover = remover;
        this.pages = context.pages(PAGE, false);
    }

    @Override
    public boolean hasNext() {
        ensureOpen.run();
        return peek() != null;
    }

    /** The next item that is not a miss, which one is that can no longer be decoded; null after the last. */
    private @Nullable Next<V> peek() {
        while (next == null) {
            if (page.hasNext()) {
                next = look(page.next());
            } else if (ended) {
                return null;
            } else {
                List<Reply.Item> fetched = pages.next();
                ended = fetched == null;
                page = fetched == null ? page : fetched.iterator();
            }
        }
        return next;
    }

    private @Nullable Next<V> look(Reply.Item item) {
        try {
            V value = context.object(item.value());
            return value == null ? null : new Next<>(item, value, null);
        } catch (CacheException | ClassCastException e) {
            return new Next<>(item, null, e);
        }
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
        ensureOpen.run();
        long start = statistics.start();
        Next<V> found = peek();
        if (found == null) {
            throw new NoSuchElementException("the cache has no more entries");
        }
        next = null;
        last = null;
        V value = found.value();
        if (value == null) {
            throw Objects.requireNonNull(found.refusal());
        }
        Reply.Item item = found.item();
        Cache.Entry<K, V> entry = new Writer.WrittenEntry<>(context.keyObject(item.key()), value);
        statistics.hits(1, start);
        touch(item.key(), item.version());
        last = entry;
        return entry;
    }

    @Override
    public void remove() {
        ensureOpen.run();
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
