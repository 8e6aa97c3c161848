package io.distcache.jcache.internal;

import io.distcache.client.DistCacheException;
import io.distcache.jcache.ComputingCache.Computation;
import io.distcache.jcache.internal.integration.Writer;
import io.distcache.jcache.internal.management.Statistics;
import io.distcache.jcache.internal.processor.LeasedEntries;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/** One computation per miss over all processes: a lease on miss, the computation, and its outcome for those who wait. Thread-safe. */
final class Computations<K, V> {
    private static final int MAX_UNDECODABLE = 3;

    private final CacheContext<K, V> context;
    private final Reads<K, V> reads;
    private final Statistics statistics;
    private final SharedFailures failures;
    private final long leaseMillis;
    private final Executor threads;

    /** Those that go on with a reply do so on {@code threads}, unless their caller names others. */
    Computations(CacheContext<K, V> context, Reads<K, V> reads, Duration leaseLimit, Executor threads) {
        this.threads = threads;
        this.context = context;
        this.reads = reads;
        this.statistics = context.statistics();
        this.failures = new SharedFailures(context.values());
        this.leaseMillis = leaseLimit.toMillis();
    }

    @Nullable
    V getOrCompute(K key, Computation<? extends V> computation) throws Exception {
        long start = statistics.start();
        Bytes bytes = context.key(key);
        Command lease = new Command.Lease(context.handle(), bytes, true, leaseMillis);
        Reply reply = context.call(lease);
        for (int undecodable = 0; reply instanceof Reply.Value found; undecodable++) {
            V value = reads.read(bytes, found, start);
            if (value != null) {
                return value;
            }
            if (undecodable == MAX_UNDECODABLE) {
                return computation.compute();
            }
            // Nobody can read it any more, and while it is there nobody gets the lease on its miss.
            Reply unused = context.call(remove(bytes, found));
            reply = context.call(lease);
        }
        statistics.misses(1, start);
        if (context.readThrough() && reply instanceof Reply.Leased granted) {
            return loadOrCompute(key, bytes, granted, computation);
        }
        return reply instanceof Reply.Leased granted ? compute(key, bytes, granted, computation) : shared(reply);
    }

    private Command remove(Bytes key, Reply.Value found) {
        return new Command.Remove(context.handle(), key, Condition.versionIs(found.version()), false);
    }

    private @Nullable V loadOrCompute(K key, Bytes bytes, Reply.Leased lease, Computation<? extends V> computation)
            throws Exception {
        return compute(key, bytes, lease, () -> {
            V loaded = context.loader() == null ? null : context.loader().load(key);
            return loaded == null ? computation.compute() : loaded;
        });
    }

    /** What the holder left for those who waited: its failure, or null if it found nothing. */
    private @Nullable V shared(Reply reply) {
        if (reply instanceof Reply.LoadFailed failed) {
            throw failures.decode(failed.error());
        }
        return null;
    }

    private @Nullable V compute(K key, Bytes bytes, Reply.Leased lease, Computation<? extends V> computation)
            throws Exception {
        V value;
        Command settlement;
        Bytes encoded = null;
        boolean computed = false;
        try {
            value = computation.compute();
            computed = true;
            encoded = value == null ? null : context.value(value);
            settlement = success(key, bytes, lease, value, encoded);
        } catch (Throwable e) {
            try {
                boolean unstorable = computed && encoded == null;
                settled(
                        context.call(unstorable ? release(bytes, lease) : failure(bytes, lease, e)),
                        statistics.start());
            } catch (Throwable alsoFailed) {
                e.addSuppressed(alsoFailed);
            }
            throw e;
        }
        settled(context.call(settlement), value == null ? -1 : statistics.start());
        return value;
    }

    private Command success(K key, Bytes bytes, Reply.Leased lease, @Nullable V value, @Nullable Bytes encoded) {
        if (value == null || encoded == null) {
            return settle(bytes, lease, List.of(), new Command.Share.Miss());
        }
        long ttl = context.expiry().forCreation();
        Writer<K, V> writer = context.writer();
        if (writer != null) {
            writer.write(key, value);
        }
        return settle(bytes, lease, ttl == Ttl.NOW ? List.of() : List.of(new EntryChange.Put(encoded, ttl)), null);
    }

    /** The value cannot be kept: nobody waits for it any longer, and the next of those who waited computes its own. */
    private Command release(Bytes bytes, Reply.Leased lease) {
        return settle(bytes, lease, List.of(), null);
    }

    private Command failure(Bytes bytes, Reply.Leased lease, Throwable e) {
        return settle(bytes, lease, List.of(), new Command.Share.Failed(failures.encode(e)));
    }

    private Command settle(Bytes bytes, Reply.Leased lease, List<EntryChange> changes, Command.@Nullable Share share) {
        Command.Settlement settlement = new Command.Settlement(bytes, lease.token(), changes, share);
        return new Command.Settle(context.handle(), List.of(settlement));
    }

    private void settled(Reply settled, long start) {
        for (Reply reply : ((Reply.Many) settled).replies()) {
            // A lost lease only means that the value came too late to be kept; it is right all the same.
            if (reply instanceof Reply.Failure failure && !LeasedEntries.isLost(failure)) {
                throw new CacheException(
                        "cache " + context.name() + ": " + failure.status() + ": " + failure.message());
            }
            if (reply instanceof Reply.Changed changed && changed.applied() && start >= 0) {
                statistics.puts(1, start);
            }
        }
    }

    // --- computations that end later ---

    CompletionStage<@Nullable V> getOrComputeAsync(
            K key, Computation<? extends CompletionStage<? extends V>> computation, @Nullable Executor continueOn) {
        long start = statistics.start();
        Bytes bytes = context.key(key);
        Turn turn = new Turn(key, bytes, computation, start, continueOn == null ? threads : continueOn);
        // This one does not wait for a lease, so that a calling thread may wait for the answer.
        CompletionStage<Reply> asked =
                context.send(new Command.LeaseMany(context.handle(), List.of(bytes), true, leaseMillis));
        if (continueOn == null) {
            return turn.goOn(((Reply.Many) context.await(asked)).replies().get(0));
        }
        return turn.after(asked, reply -> ((Reply.Many) reply).replies().get(0));
    }

    /** One caller's wish for one key. */
    private final class Turn {
        private final K key;
        private final Bytes bytes;
        private final Computation<? extends CompletionStage<? extends V>> computation;
        private final long start;
        private final Executor executor;
        private int undecodable;

        Turn(
                K key,
                Bytes bytes,
                Computation<? extends CompletionStage<? extends V>> computation,
                long start,
                Executor executor) {
            this.key = key;
            this.bytes = bytes;
            this.computation = computation;
            this.start = start;
            this.executor = executor;
        }

        /** Goes on with a reply, off the event loop that brought it. */
        CompletionStage<@Nullable V> after(CompletionStage<Reply> asked, java.util.function.UnaryOperator<Reply> part) {
            return asked.handle((reply, failure) -> failure == null
                            ? elsewhere(part.apply(reply))
                            : CompletableFuture.<@Nullable V>failedStage(translated(failure)))
                    .thenCompose(stage -> stage);
        }

        private CompletionStage<@Nullable V> elsewhere(Reply reply) {
            try {
                return CompletableFuture.supplyAsync(() -> goOn(reply), executor)
                        .thenCompose(stage -> stage);
            } catch (Throwable e) {
                // The executor, which may be the application's, takes nothing; the next who waits shall have the lease.
                if (reply instanceof Reply.Leased lease) {
                    CompletionStage<?> unused = quietly(() -> context.send(release(bytes, lease)));
                }
                return CompletableFuture.failedStage(
                        e instanceof RejectedExecutionException
                                ? new CacheException("cache " + context.name() + ": no thread takes the computation", e)
                                : e);
            }
        }

        CompletionStage<@Nullable V> goOn(Reply reply) {
            try {
                if (reply instanceof Reply.Value found) {
                    V value = reads.read(bytes, found, start);
                    if (value != null) {
                        return CompletableFuture.completedStage(value);
                    }
                    if (undecodable++ == MAX_UNDECODABLE) {
                        return run(computation);
                    }
                    return after(context.send(remove(bytes, found)).thenCompose(removed -> wish()), r -> r);
                }
                if (reply instanceof Reply.Failure busy && busy.status() == Status.LEASE_BUSY) {
                    return after(wish(), r -> r);
                }
                if (reply instanceof Reply.Failure failure) {
                    throw new CacheException(
                            "cache " + context.name() + ": " + failure.status() + ": " + failure.message());
                }
                statistics.misses(1, start);
                return reply instanceof Reply.Leased lease
                        ? compute(lease)
                        : CompletableFuture.completedStage(shared(reply));
            } catch (Throwable e) {
                return CompletableFuture.failedStage(e);
            }
        }

        private CompletionStage<Reply> wish() {
            return context.send(new Command.Lease(context.handle(), bytes, true, leaseMillis));
        }

        private CompletionStage<@Nullable V> compute(Reply.Leased lease) {
            return run(() -> {
                        V loaded = context.readThrough() && context.loader() != null
                                ? context.loader().load(key)
                                : null;
                        return loaded == null ? computation.compute() : CompletableFuture.completedStage(loaded);
                    })
                    .handle((value, failure) -> settle(lease, value, failure))
                    .thenCompose(stage -> stage);
        }

        private CompletionStage<@Nullable V> run(Computation<? extends CompletionStage<? extends V>> what) {
            try {
                CompletionStage<? extends V> running = what.compute();
                return running == null ? CompletableFuture.completedStage(null) : running.thenApply(value -> value);
            } catch (Throwable e) {
                return CompletableFuture.failedStage(e);
            }
        }

        /**
         * The stage need not wait for the node: what this process sends next is executed after the settlement. A settlement
         * that fails ends the lease with the connection or at its limit.
         */
        private CompletionStage<@Nullable V> settle(
                Reply.Leased lease, @Nullable V value, @Nullable Throwable failure) {
            if (failure != null) {
                Throwable cause = unwrapped(failure);
                return failed(cause, failure(bytes, lease, cause));
            }
            Command settlement;
            Bytes encoded = null;
            try {
                encoded = value == null ? null : context.value(value);
                settlement = success(key, bytes, lease, value, encoded);
            } catch (Throwable e) {
                return failed(e, encoded == null ? release(bytes, lease) : failure(bytes, lease, e));
            }
            CompletableFuture<@Nullable V> result = CompletableFuture.completedFuture(value);
            return quietly(() -> context.send(settlement).thenAccept(r -> settled(r, value == null ? -1 : start)))
                    .thenCompose(ok -> result);
        }

        private CompletionStage<@Nullable V> failed(Throwable e, Command settlement) {
            return quietly(() -> context.send(settlement))
                    .thenCompose(ok -> CompletableFuture.<@Nullable V>failedFuture(e));
        }

        private CompletionStage<?> quietly(Supplier<CompletionStage<?>> sending) {
            try {
                CompletionStage<?> unused = sending.get();
            } catch (Throwable e) {
                // The value is right all the same, and the lease ends with the connection or at its limit.
            }
            return CompletableFuture.completedFuture(null);
        }
    }

    private Throwable translated(Throwable failure) {
        Throwable cause = unwrapped(failure);
        return cause instanceof DistCacheException e ? context.translated(e) : cause;
    }

    private static Throwable unwrapped(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
