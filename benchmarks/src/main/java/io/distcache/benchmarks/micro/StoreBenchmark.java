package io.distcache.benchmarks.micro;

import io.distcache.protocol.Bytes;
import io.distcache.server.store.EntryMap;
import io.distcache.server.store.EntryRecord;
import io.distcache.server.store.KeyHasher;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One table of entries, without locks: reading, overwriting, and inserting with an eviction. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class StoreBenchmark {
    /** A shard of a node with 64 of them, at one and at ten million entries. */
    @Param({"16000", "160000"})
    private int entries;

    private final SplittableRandom random = new SplittableRandom(42);
    private final Bytes value = Bytes.of(new byte[100]);
    private Bytes[] keys = new Bytes[0];
    private final KeyHasher hasher = KeyHasher.ofProcess();
    private EntryMap map = new EntryMap();
    private long version;
    private long next;

    @Setup(Level.Iteration)
    public void fill() {
        map = new EntryMap();
        keys = new Bytes[entries];
        for (int i = 0; i < entries; i++) {
            keys[i] = key(i);
            map.put(EntryRecord.create(keys[i], value, ++version, EntryRecord.NO_DEADLINE), hasher.hash(keys[i]));
        }
        next = entries;
    }

    private static Bytes key(long number) {
        return Bytes.ofUtf8(Long.toString(1_000_000_000_000_000L + number));
    }

    @Benchmark
    public byte @Nullable [] get() {
        Bytes key = keys[random.nextInt(entries)];
        return map.get(key, hasher.hash(key));
    }

    @Benchmark
    public byte @Nullable [] overwrite() {
        Bytes key = keys[random.nextInt(entries)];
        return map.put(EntryRecord.create(key, value, ++version, EntryRecord.NO_DEADLINE), hasher.hash(key));
    }

    @Benchmark
    public byte @Nullable [] insertAndEvict() {
        Bytes key = key(next++);
        byte[] record = EntryRecord.create(key, value, ++version, EntryRecord.NO_DEADLINE);
        map.put(record, hasher.hash(key));
        byte[] victim = map.chooseVictim(record);
        return victim == null ? null : map.remove(EntryRecord.key(victim), hasher.hash(EntryRecord.key(victim)));
    }
}
