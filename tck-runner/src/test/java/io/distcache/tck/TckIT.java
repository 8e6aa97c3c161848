package io.distcache.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.testing.JavaProcess;
import io.distcache.testing.NodeProcess;
import io.distcache.testing.NodeSetup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The unmodified JSR-107 TCK, in processes of its own, which run side by side: mostly they wait for entries to expire. */
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

    @ParameterizedTest
    @MethodSource("javaHomes")
    void every_core_test_passes_against_a_node_in_another_process(Path javaHome) {
        try (NodeProcess node = NodeSetup.of().withJavaHome(javaHome).start()) {
            assertThat(run(javaHome, node.uri("tck").toString())).isZero();
            assertThat(node.process().lines()).noneMatch(line -> line.contains("ERROR"));
            assertThat(node.stop()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("javaHomes")
    void every_core_test_passes_on_an_embedded_node(Path javaHome) {
        assertThat(run(javaHome, "distcache:embedded")).isZero();
    }

    @ParameterizedTest
    @MethodSource("javaHomes")
    void every_annotation_test_passes_on_beans_of_a_cdi_container_with_caches_on_a_node_in_another_process(
            Path javaHome) {
        try (NodeProcess node = NodeSetup.of().withJavaHome(javaHome).start()) {
            assertThat(run(javaHome, node.uri("annotations").toString(), "annotations"))
                    .isZero();
            assertThat(node.stop()).isZero();
        }
    }

    /** The JDKs for the TCK and its nodes: this one, and another at the system property {@code tck.java.home}. */
    static Stream<Path> javaHomes() {
        return Stream.of(System.getProperty("java.home"), System.getProperty("tck.java.home", ""))
                .filter(home -> !home.isEmpty())
                .map(Path::of)
                .distinct();
    }

    private static int run(Path javaHome, String uri, String... arguments) {
        List<String> flags = List.of(
                "-Ddistcache.uri=" + uri,
                // Some caches of the TCK declare no types and hold its own classes, which must then be allowed by name.
                "-Ddistcache.serialization.allow=domain.*",
                // What the TCK's tests of unwrap ask for, as its own documentation says.
                "-Djavax.cache.CacheManager=io.distcache.jcache.internal.DistCacheManager",
                "-Djavax.cache.Cache=io.distcache.jcache.internal.DistCache",
                "-Djavax.cache.Cache.Entry=io.distcache.jcache.internal.integration.Writer$WrittenEntry",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        try (JavaProcess tck = JavaProcess.start(javaHome, flags, TckRun.class.getName(), List.of(arguments), true)) {
            return tck.awaitExit(LIMIT);
        }
    }
}
