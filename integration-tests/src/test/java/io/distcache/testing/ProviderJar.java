package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.jcache.DistCachingProvider;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/** The jar that applications depend on, and what else it puts on their class path. Immutable. */
final class ProviderJar {
    private ProviderJar() {}

    static Path path() {
        try {
            Path path = Path.of(DistCachingProvider.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            assertThat(path).as("the jar, which packaging makes").isRegularFile();
            return path;
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The POM that is published with it. */
    static String pom() throws IOException {
        Path module = path().getParent().getParent();
        return Files.readString(module.resolve("dependency-reduced-pom.xml"));
    }

    static Set<String> names() throws IOException {
        Set<String> names = new TreeSet<>();
        try (JarFile jar = new JarFile(path().toFile())) {
            jar.stream()
                    .filter(entry -> !entry.isDirectory())
                    .map(ZipEntry::getName)
                    .forEach(names::add);
        }
        return names;
    }

    static String text(String name) throws IOException {
        try (JarFile jar = new JarFile(path().toFile())) {
            return new String(jar.getInputStream(jar.getEntry(name)).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** What an application gets that depends on it: the jar, JCache's interface, SLF4J with a binding, and nothing else. */
    static List<Path> classPath() {
        return Stream.concat(Stream.of(path()), librariesOf("cache-api", "slf4j-api", "slf4j-simple"))
                .toList();
    }

    /** Jars of this test's class path, by the beginnings of their names. */
    private static Stream<Path> librariesOf(String... artifacts) {
        List<String> elements = List.of(System.getProperty("java.class.path").split(File.pathSeparator, -1));
        return Arrays.stream(artifacts)
                .map(artifact -> elements.stream()
                        .map(Path::of)
                        .filter(element -> element.getFileName().toString().matches(artifact + "-[0-9].*\\.jar"))
                        .findFirst()
                        .orElseThrow(() -> new IllegalStateException(artifact + " is not on the class path")));
    }
}
