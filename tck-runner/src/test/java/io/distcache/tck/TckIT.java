package io.distcache.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.testing.JavaProcess;
import io.distcache.testing.NodeProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The unmodified JSR-107 TCK, in a process of its own. */
class TckIT {
    private static final Duration LIMIT = Duration.ofMinutes(10);

    @Test
    void the_class_path_has_of_DistCache_what_users_have() {
        String classPath = System.getProperty("java.class.path");
        assertThat(classPath)
                .contains("distcache-provider-")
                .doesNotContain(
                        "distcache-client",
                        "distcache-protocol",
                        "distcache-server",
                        "/io/netty/",
                        "/io/vertx/",
                        "jackson");
    }

    @Test
    void every_core_test_passes_against_a_node_in_another_process() {
        System.setProperty("distcache.testing.java-home", javaHome());
        try (NodeProcess node = NodeProcess.start()) {
            assertThat(run(node.uri("tck").toString())).isZero();
            assertThat(node.process().lines()).noneMatch(line -> line.contains("ERROR"));
            assertThat(node.stop()).isZero();
        }
    }

    @Test
    void every_core_test_passes_on_an_embedded_node() {
        assertThat(run("distcache:embedded")).isZero();
    }

    @Test
    void every_annotation_test_passes_on_beans_of_a_cdi_container_with_caches_on_a_node_in_another_process() {
        System.setProperty("distcache.testing.java-home", javaHome());
        try (NodeProcess node = NodeProcess.start()) {
            assertThat(run(node.uri("annotations").toString(), "annotations")).isZero();
            assertThat(node.stop()).isZero();
        }
    }

    /** The JDK for the TCK and its node: at the system property {@code tck.java.home}, by default this one. */
    private static String javaHome() {
        return System.getProperty("tck.java.home", System.getProperty("java.home"));
    }

    private static int run(String uri, String... arguments) {
        List<String> flags = List.of(
                "-Ddistcache.uri=" + uri,
                // Some caches of the TCK declare no types and hold its own classes, which must then be allowed by name.
                "-Ddistcache.serialization.allow=domain.*",
                // What the TCK's tests of unwrap ask for, as its own documentation says.
                "-Djavax.cache.CacheManager=io.distcache.jcache.internal.DistCacheManager",
                "-Djavax.cache.Cache=io.distcache.jcache.internal.DistCache",
                "-Djavax.cache.Cache.Entry=io.distcache.jcache.internal.integration.Writer$WrittenEntry",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        try (JavaProcess tck =
                JavaProcess.start(Path.of(javaHome()), flags, TckRun.class.getName(), List.of(arguments), true)) {
            return tck.awaitExit(LIMIT);
        }
    }
}
