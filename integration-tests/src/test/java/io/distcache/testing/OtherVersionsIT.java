package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * An application with other versions of the libraries that DistCache is made of: Netty 4.1, Vert.x 4 and jackson-core 2.18 come first on its
 * class path. The build puts their jars into {@code target/application}.
 */
class OtherVersionsIT {
    private static final Path LIBRARIES = Path.of("target", "application");

    @Test
    void an_application_with_older_versions_of_the_same_libraries_uses_a_node_in_another_process() throws Exception {
        List<Path> libraries = libraries();
        assertThat(libraries).hasSizeGreaterThan(8);
        try (NodeProcess node = NodeProcess.start()) {
            List<String> said = run(libraries, node.uri("older").toString());
            assertThat(said)
                    .anyMatch(line -> line.startsWith("Vert.x of the application: 4.5."))
                    .anyMatch(line -> line.startsWith("Netty of the application: netty-common-4.1."))
                    .anyMatch(line -> line.startsWith("Jackson of the application: 2.18."));
            assertThat(said).contains("a record: Book[title=SICP, year=1985]", "the native API: 42");
            assertThat(said).anyMatch(line -> line.startsWith("native transport of ours: true"));
        }
    }

    @Test
    void so_it_does_with_a_node_in_its_own_process() throws Exception {
        assertThat(run(libraries(), "distcache:embedded")).contains("a record: Book[title=SICP, year=1985]");
    }

    private static List<Path> libraries() throws IOException {
        try (Stream<Path> jars = Files.list(LIBRARIES)) {
            return jars.sorted().toList();
        }
    }

    private static List<String> run(List<Path> libraries, String uri) throws URISyntaxException {
        Path program = Path.of(OlderApplication.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        String classPath = Stream.of(libraries, ProviderJar.classPath(), List.of(program))
                .flatMap(List::stream)
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
        try (JavaProcess process = JavaProcess.startOn(
                classPath,
                List.of(),
                List.of("-Xmx128m", "-XX:TieredStopAtLevel=1"),
                OlderApplication.class.getName(),
                List.of(uri))) {
            int code = process.awaitExit(Duration.ofSeconds(60));
            assertThat(code).as(() -> String.join("\n", process.lines())).isZero();
            return List.copyOf(process.lines());
        }
    }
}
