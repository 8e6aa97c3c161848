package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.jcache.DistCachingProvider;
import io.distcache.testing.JavaProcess;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * OpenWebBeans, which looks for beans everywhere, in an application with Vert.x 4, on a class path of its own; the build puts their jars
 * into {@code target/openwebbeans}.
 */
class OpenWebBeansIT {
    @TempDir
    Path application;

    @Test
    void an_application_has_each_call_intercepted_once_and_futures_of_its_own_Vertx_kept() throws Exception {
        List<String> said = run(Path.of("target", "openwebbeans"), OpenWebBeansApplication.class);
        assertThat(said)
                .contains("cached: 1 1", "inherited: 1 1", "interceptors: 1")
                .anyMatch(line -> line.startsWith("future: true of ") && line.contains("vertx-core-4."));
    }

    private List<String> run(Path container, Class<?> program) throws Exception {
        copyClasses(program);
        Files.createDirectories(application.resolve("META-INF"));
        Files.writeString(application.resolve("META-INF/beans.xml"), "");
        List<Path> classPath = Stream.of(
                        List.of(application, home(CachingExtension.class), home(DistCachingProvider.class)),
                        jars(container),
                        libraries(
                                "cache-api",
                                "slf4j-api",
                                "slf4j-simple",
                                "jakarta.enterprise.cdi-api",
                                "jakarta.enterprise.lang-model",
                                "jakarta.inject-api",
                                "jakarta.interceptor-api",
                                "jakarta.annotation-api"))
                .flatMap(List::stream)
                .toList();
        assertThat(home(DistCachingProvider.class))
                .as("the jar, which packaging makes")
                .isRegularFile();
        try (JavaProcess process = JavaProcess.startOn(
                classPath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)),
                List.of(),
                List.of("-Xmx128m", "-XX:TieredStopAtLevel=1"),
                program.getName(),
                List.of())) {
            int code = process.awaitExit(Duration.ofSeconds(60));
            assertThat(code).as(() -> String.join("\n", process.lines())).isZero();
            return List.copyOf(process.lines());
        }
    }

    private void copyClasses(Class<?> program) throws IOException, URISyntaxException {
        Path folder = Path.of("io", "distcache", "cdi");
        Files.createDirectories(application.resolve(folder));
        try (Stream<Path> classes = Files.list(home(program).resolve(folder))) {
            for (Path file : classes.toList()) {
                if (file.getFileName().toString().startsWith(program.getSimpleName())) {
                    Files.copy(file, application.resolve(folder).resolve(file.getFileName()));
                }
            }
        }
    }

    private static List<Path> jars(Path directory) throws IOException {
        try (Stream<Path> jars = Files.list(directory)) {
            return jars.sorted().toList();
        }
    }

    private static List<Path> libraries(String... artifacts) {
        List<String> elements = List.of(System.getProperty("java.class.path").split(File.pathSeparator, -1));
        return Arrays.stream(artifacts)
                .map(artifact -> elements.stream()
                        .map(Path::of)
                        .filter(element -> element.getFileName().toString().matches(artifact + "-[0-9].*\\.jar"))
                        .findFirst()
                        .orElseThrow(() -> new IllegalStateException(artifact + " is not on the class path")))
                .toList();
    }

    private static Path home(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
}
