package io.distcache.server.frontdoor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.distcache.server.DoorNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The command-line tools of the others work with a node. */
@Timeout(240)
class ToolsIT {

    /** What a program prints; null, and a loud word, if it is not there. */
    private static @Nullable String run(String... command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            System.out.println("LEFT OUT: " + command[0] + " against a node: it is not on the PATH");
            return null;
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return said;
    }

    @Test
    void redis_cli() throws Exception {
        try (DoorNode node = new DoorNode()) {
            String port = Integer.toString(node.respPort());
            String set = run("redis-cli", "-p", port, "SET", "k", "v");
            assumeTrue(set != null);
            assertThat(set.strip()).isEqualTo("OK");
            assertThat(run("redis-cli", "-3", "-p", port, "GET", "k").strip()).isEqualTo("v");
            assertThat(run("redis-cli", "-p", port, "--scan").strip()).isEqualTo("k");
            assertThat(run("redis-cli", "-p", port, "INFO", "keyspace")).contains("db0:keys=1");
        }
    }

    @Test
    void redis_benchmark() throws Exception {
        try (DoorNode node = new DoorNode()) {
            String said = run(
                    "redis-benchmark",
                    "-p",
                    Integer.toString(node.respPort()),
                    "-t",
                    "ping,set,get,incr,mset",
                    "-n",
                    "20000",
                    "-c",
                    "50",
                    "-P",
                    "16",
                    "-q",
                    "-r",
                    "1000");
            assumeTrue(said != null);
            assertThat(said).contains("SET:", "GET:", "INCR:", "MSET").doesNotContain("rror");
        }
    }

    @Test
    void memccapable() throws Exception {
        try (DoorNode node = new DoorNode()) {
            String said = run(
                    "memccapable", "-h", "127.0.0.1", "-p", Integer.toString(node.memcachedPort()), "-a", "-t", "10");
            assumeTrue(said != null);
            List<String> failed =
                    said.lines().filter(line -> line.contains("[FAIL]")).toList();
            assertThat(failed).as(said).isEmpty();
            assertThat(said).contains("[pass]");
        }
    }
}
