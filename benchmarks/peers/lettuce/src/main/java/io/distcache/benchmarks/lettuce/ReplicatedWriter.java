package io.distcache.benchmarks.lettuce;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.api.sync.RedisCommands;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Puts that return when so many replicas have them: {@code SET} and {@code WAIT} go out together on a connection that no other
 * call uses meanwhile. {@code WAIT} is about what was written on its connection before, and the server takes nothing more from
 * it until the replicas have answered: on a shared one each caller would wait for all before it, while one answer of a replica
 * does for the calls of all connections. There are as many connections as callers at once. Thread-safe.
 */
final class ReplicatedWriter implements LettuceSession.Writer {
    /** How long the server waits for its replicas before it answers with fewer. */
    private static final long PATIENCE_MILLIS = 1000;

    private static final long LONGEST_MILLIS = 10_000;

    private final Supplier<StatefulRedisConnection<String, byte[]>> connect;
    private final int replicas;
    private final Deque<StatefulRedisConnection<String, byte[]>> idle = new ConcurrentLinkedDeque<>();

    private ReplicatedWriter(Supplier<StatefulRedisConnection<String, byte[]>> connect, int replicas) {
        this.connect = connect;
        this.replicas = replicas;
    }

    /** Fails if the server has not so many replicas that are up to date. */
    static ReplicatedWriter of(
            RedisCommands<String, byte[]> redis,
            Supplier<StatefulRedisConnection<String, byte[]>> connect,
            int replicas) {
        String info = redis.info("replication");
        long online = info.lines().filter(line -> line.contains("state=online")).count();
        if (online < replicas) {
            throw new IllegalStateException("of " + replicas + " replicas " + online + " are online: " + info);
        }
        return new ReplicatedWriter(connect, replicas);
    }

    @Override
    public void set(String key, byte[] value) {
        write(redis -> redis.set(key, value));
    }

    @Override
    public void setAll(Map<String, byte[]> entries) {
        write(redis -> redis.mset(entries));
    }

    private void write(Function<RedisAsyncCommands<String, byte[]>, RedisFuture<String>> command) {
        StatefulRedisConnection<String, byte[]> connection = idle.pollFirst();
        if (connection == null) {
            connection = connect.get();
            connection.setAutoFlushCommands(false);
        }
        try {
            RedisFuture<String> written = command.apply(connection.async());
            RedisFuture<Long> replicated = connection.async().waitForReplication(replicas, PATIENCE_MILLIS);
            connection.flushCommands();
            long count = replicated.get(LONGEST_MILLIS, MILLISECONDS);
            written.get(LONGEST_MILLIS, MILLISECONDS);
            if (count < replicas) {
                throw new IllegalStateException("WAIT " + replicas + " was answered with " + count);
            }
        } catch (ExecutionException | TimeoutException e) {
            connection.closeAsync();
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            connection.closeAsync();
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        // Only if all that was sent on it is answered.
        idle.addFirst(connection);
    }
}
