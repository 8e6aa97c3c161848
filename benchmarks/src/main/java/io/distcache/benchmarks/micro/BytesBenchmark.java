package io.distcache.benchmarks.micro;

import io.distcache.protocol.Bytes;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a key costs before anything is looked up: its hash, and one comparison with an equal key. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BytesBenchmark {
    /** Length of the key in bytes. */
    @Param({"16", "100"})
    private int length;

    private byte[] array = new byte[0];
    private Bytes key = Bytes.EMPTY;
    private Bytes equalKey = Bytes.EMPTY;

    @Setup
    public void fill() {
        array = new byte[length];
        new SplittableRandom(42).nextBytes(array);
        key = Bytes.of(array);
        equalKey = Bytes.of(array.clone());
    }

    /** Of a new object, since an old one remembers its hash. */
    @Benchmark
    public int hash() {
        return Bytes.of(array).hashCode();
    }

    @Benchmark
    public boolean equal() {
        return key.equals(equalKey);
    }
}
