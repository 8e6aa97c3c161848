package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A modular application needs {@code requires io.distcache.jcache}, {@code opens} for its values, and no flags. */
class ModulePathIT {
    private static final String MAIN = """
        package shop;

        import java.net.URI;
        import javax.cache.*;
        import javax.cache.configuration.MutableConfiguration;

        public class Main {
            public static void main(String[] arguments) {
                try (CacheManager manager =
                        Caching.getCachingProvider().getCacheManager(URI.create(arguments[0]), null)) {
                    use(manager, "books", new shop.books.Book("SICP", 1985));
                    use(manager, "hidden", new shop.hidden.Price("EUR", 42));
                }
            }

            private static void use(CacheManager manager, String name, Object value) {
                try {
                    Cache<String, Object> cache = manager.createCache(
                            name,
                            new MutableConfiguration<String, Object>()
                                    .setManagementEnabled(true).setStatisticsEnabled(true));
                    cache.put("key", value);
                    System.out.println(name + ": " + cache.get("key"));
                } catch (CacheException e) {
                    System.out.println(name + ": " + e.getMessage());
                }
            }
        }
        """;

    @TempDir
    Path directory;

    @Test
    void a_modular_application_uses_a_node_in_another_process() throws IOException {
        try (NodeProcess node = NodeProcess.start()) {
            List<String> said = run(node.uri("modules") + "?serialization.allow=shop.**");
            assertThat(said).contains("books: Book[title=SICP, year=1985]");
            assertThat(said)
                    .anyMatch(line -> line.startsWith("hidden: ")
                            && line.contains("shop.hidden.Price")
                            && line.contains("\"opens shop.hidden to io.distcache.jcache;\""));
        }
    }

    @Test
    void it_uses_a_node_in_its_own_process() throws IOException {
        assertThat(run("distcache:embedded?serialization.allow=shop.**"))
                .contains("books: Book[title=SICP, year=1985]");
    }

    private List<String> run(String uri) throws IOException {
        Path classes = directory.resolve("classes");
        String modulePath =
                ProviderJar.classPath().stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
        compile(
                modulePath,
                classes,
                source("module-info.java", "module shop { requires io.distcache.jcache; opens shop.books; }"),
                source("shop/Main.java", MAIN),
                source("shop/books/Book.java", "package shop.books; public record Book(String title, int year) {}"),
                source(
                        "shop/hidden/Price.java",
                        "package shop.hidden; public record Price(String unit, int sum) implements"
                                + " java.io.Serializable {}"));
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-p",
                classes + File.pathSeparator + modulePath,
                "-m",
                "shop/shop.Main",
                uri);
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(Duration.ofSeconds(60).toSeconds(), java.util.concurrent.TimeUnit.SECONDS))
                    .isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
        return Files.readAllLines(output);
    }

    private Path source(String name, String text) throws IOException {
        Path file = directory.resolve("sources").resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private static void compile(String modulePath, Path classes, Path... sources) {
        List<String> arguments = new ArrayList<>(List.of(
                "-Xlint:all,-requires-transitive-automatic", "-Werror", "-d", classes.toString(), "-p", modulePath));
        for (Path source : sources) {
            arguments.add(source.toString());
        }
        int code = ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(System.out, System.out, arguments.toArray(String[]::new));
        assertThat(code).as("the exit code of javac").isZero();
    }
}
