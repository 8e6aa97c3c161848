package io.distcache.benchmarks.micro;

import io.distcache.client.spi.codec.Codec;
import io.distcache.client.spi.codec.CodecContext;
import io.distcache.protocol.Bytes;
import java.util.List;
import java.util.Map;
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

/** What an object costs on its way to bytes and back. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CodecBenchmark {
    @Param({"text", "number", "bytes", "list", "map"})
    private String form = "text";

    private final Codec codec = Codec.create(Object.class, new CodecContext(CodecBenchmark.class.getClassLoader(), ""));
    private Object object = "";
    private Bytes encoded = Bytes.EMPTY;

    @Setup
    public void prepare() {
        object = switch (form) {
            case "text" -> "sixteen letters.";
            case "number" -> 42L;
            case "bytes" -> new byte[100];
            case "list" -> List.of(1L, 2L, 3L, 4L, 5L);
            default -> Map.of("a", 1, "b", List.of(), "c", 2.5);
        };
        encoded = codec.encode(object);
    }

    @Benchmark
    public Bytes encode() {
        return codec.encode(object);
    }

    @Benchmark
    public Bytes encodeKey() {
        return codec.encodeKey(object);
    }

    @Benchmark
    public Object decode() {
        return codec.decode(encoded);
    }
}
