package io.distcache.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.TestCertificates;
import io.distcache.testing.JavaProcess;
import io.distcache.testing.NodeProcess;
import io.distcache.testing.NodeSetup;
import io.distcache.testing.ReplicatedPool;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The unmodified JSR-107 TCK, in processes of its own, which run side by side: mostly they wait for entries to expire. */
class TckIT {
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final Path OWN_JAVA_HOME = Path.of(System.getProperty("java.home"));
    /** Whether this JDK's run is over TLS, too. */
    private static final boolean GUARDED = Boolean.getBoolean("distcache.testing.tck-tls");

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
                        "jackson",
                        "prometheus");
    }

    /** On another JDK than this one over TLS, as a user that may read and write, and make and destroy caches, and nothing else. */
    @ParameterizedTest
    @MethodSource("javaHomes")
    void every_core_test_passes_against_a_node_in_another_process(Path javaHome, @TempDir Path directory)
            throws Exception {
        boolean guarded = GUARDED || !javaHome.equals(OWN_JAVA_HOME);
        NodeSetup setup = guarded ? guarded(directory) : NodeSetup.of();
        try (NodeProcess node = setup.withJavaHome(javaHome).start()) {
            String uri = node.uri("tck").toString();
            assertThat(
                            guarded
                                    ? run(javaHome, uri + "?tls=true", guardedFlags(directory))
                                    : run(javaHome, uri, List.of()))
                    .isZero();
            assertThat(node.process().lines()).noneMatch(line -> line.contains("ERROR"));
            assertThat(node.stop()).isZero();
        }
    }

    @Test
    void every_core_and_annotation_test_passes_on_a_replicated_pool(@TempDir Path directory) {
        try (ReplicatedPool pool = ReplicatedPool.start(NodeSetup.of(), 3, directory)) {
            assertThat(run(OWN_JAVA_HOME, pool.uri("tck").toString(), List.of()))
                    .as(() ->
                            "the nodes said:\n" + String.join("\n", pool.lines().toList()))
                    .isZero();
            assertThat(run(OWN_JAVA_HOME, pool.uri("annotations").toString(), List.of(), "annotations"))
                    .as(() ->
                            "the nodes said:\n" + String.join("\n", pool.lines().toList()))
                    .isZero();
            assertThat(pool.lines()).noneMatch(line -> line.contains("ERROR"));
        }
    }

    @ParameterizedTest
    @MethodSource("javaHomes")
    void every_core_test_passes_on_an_embedded_node(Path javaHome) {
        assertThat(run(javaHome, "distcache:embedded", List.of())).isZero();
    }

    @ParameterizedTest
    @MethodSource("javaHomes")
    void every_annotation_test_passes_on_beans_of_a_cdi_container_with_caches_on_a_node_in_another_process(
            Path javaHome) {
        try (NodeProcess node = NodeSetup.of().withJavaHome(javaHome).start()) {
            assertThat(run(javaHome, node.uri("annotations").toString(), List.of(), "annotations"))
                    .isZero();
            assertThat(node.stop()).isZero();
        }
    }

    /** A node that speaks TLS only, and has one user. */
    private static NodeSetup guarded(Path directory) throws Exception {
        TestCertificates certificates = TestCertificates.make(directory, "node " + TestCertificates.LOCAL);
        String token = "for the TCK only";
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        Files.writeString(directory.resolve("token"), token);
        Path users = Files.writeString(
                directory.resolve("access.conf"),
                "user tck\n  token t sha256:" + HexFormat.of().formatHex(hash) + "\n  allow read,write,cache tck/*\n");
        return NodeSetup.of(
                "server.tls=on",
                "server.tls.certificate=" + certificates.pem("node"),
                "server.tls.key=" + certificates.key("node"),
                "access.file=" + users);
    }

    /** What the node is reached with; not in the URI, since a manager's does not show secrets, and so is not one to come by again. */
    private static List<String> guardedFlags(Path directory) {
        return List.of(
                "-Ddistcache.tls.trust=" + directory.resolve("authority.pem"),
                "-Ddistcache.user=tck",
                "-Ddistcache.token-file=" + directory.resolve("token"));
    }

    /** The JDKs for the TCK and its nodes: this one, and another at the system property {@code tck.java.home}. */
    static Stream<Path> javaHomes() {
        return Stream.of(OWN_JAVA_HOME.toString(), System.getProperty("tck.java.home", ""))
                .filter(home -> !home.isEmpty())
                .map(Path::of)
                .distinct();
    }

    private static int run(Path javaHome, String uri, List<String> more, String... arguments) {
        List<String> flags = new ArrayList<>(more);
        flags.addAll(List.of(
                "-Ddistcache.uri=" + uri,
                // Some caches of the TCK declare no types and hold its own classes, which must then be allowed by name.
                "-Ddistcache.serialization.allow=domain.*",
                // What the TCK's tests of unwrap ask for, as its own documentation says.
                "-Djavax.cache.CacheManager=io.distcache.jcache.internal.DistCacheManager",
                "-Djavax.cache.Cache=io.distcache.jcache.internal.DistCache",
                "-Djavax.cache.Cache.Entry=io.distcache.jcache.internal.integration.Writer$WrittenEntry",
                // Where its own servers listen: else at the first network that there is, which other tests may take
                // away.
                "-Dorg.jsr107.tck.support.server.address=127.0.0.1",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"));
        try (JavaProcess tck = JavaProcess.start(javaHome, flags, TckRun.class.getName(), List.of(arguments), true)) {
            return tck.awaitExit(LIMIT);
        }
    }
}
