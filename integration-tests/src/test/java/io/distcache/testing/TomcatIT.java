package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.annotation.Resource;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Nothing is left of a web application that was undeployed, also if it closed nothing: in Tomcat, with the provider in {@code WEB-INF/lib},
 * or in the server above all applications. {@code -Ddistcache.testing.redeployments=20} for more of them.
 */
class TomcatIT {
    private static final int TIMES = Integer.getInteger("distcache.testing.redeployments", 2);
    private static final List<String> TOMCAT_LOOKS_FOR_WHAT_STAYS = List.of(
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.io=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
            "--add-opens=java.rmi/sun.rmi.transport=ALL-UNNAMED");
    private static final String WEB_XML = """
        <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
          <distributable/>
          <listener><listener-class>io.distcache.testing.RedeployedWebApplication</listener-class></listener>
        </web-app>
        """;

    @TempDir
    static Path directory;

    private static NodeProcess node;

    @BeforeAll
    static void start() {
        node = NodeProcess.start();
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest(name = "the provider is in the {0}, the node {1}, and what is closed: {2}")
    @CsvSource({
        "application, embedded, nothing",
        "application, remote, nothing",
        "application, remote, in the end provider",
        "server, embedded, nothing",
        "server, remote, in the end manager"
    })
    void nothing_is_left(String where, String kind, String closed) throws IOException {
        boolean inServer = where.equals("server");
        String name = (where + "-" + kind + "-" + closed).replace(' ', '-');
        String uri = kind.equals("remote") ? node.uri(name).toString() : "distcache:embedded/" + name;
        List<String> arguments =
                new ArrayList<>(List.of(war(name, inServer).toString(), uri, closed, String.valueOf(TIMES)));
        arguments.add(directory.resolve("tomcat-" + name).toString());
        if (inServer) {
            arguments.add(joined(ProviderJar.classPath().stream()));
        }

        try (JavaProcess server = JavaProcess.startOn(
                joined(Stream.of(Tomcat.class, Resource.class, TomcatIT.class).map(TomcatIT::location)),
                List.of(),
                Stream.of(LeftBehind.FLAGS, TOMCAT_LOOKS_FOR_WHAT_STAYS)
                        .flatMap(List::stream)
                        .toList(),
                DeployingTomcat.class.getName(),
                arguments)) {
            int code = server.awaitExit(Duration.ofMinutes(2).plusSeconds(6L * TIMES));

            List<String> lines = server.lines();
            assertThat(code).as(() -> String.join("\n", lines)).isZero();
            assertThat(lines)
                    .filteredOn(line -> line.matches("deployed .* STARTED, distributable"))
                    .hasSize(TIMES);
            assertThat(lines).contains(LeftBehind.NOTHING);
            // A listener that fails, a thread local or a thread that stays. Tomcat takes a thread of its own for the
            // application's, too, if that
            // runs its background tasks at that moment.
            assertThat(lines)
                    .noneMatch(line -> line.contains("SEVERE")
                            || line.contains("but has failed to stop it") && !line.contains("[Catalina-utility-"));
        }
    }

    /** A directory as Tomcat deploys it, with the application's classes, and the provider unless the server has it. */
    private static Path war(String name, boolean withoutProvider) throws IOException {
        Path war = directory.resolve(name);
        Path classes = Files.createDirectories(war.resolve("WEB-INF/classes/io/distcache/testing"));
        Path lib = Files.createDirectories(war.resolve("WEB-INF/lib"));
        Files.writeString(war.resolve("WEB-INF/web.xml"), WEB_XML);
        try (DirectoryStream<Path> its =
                Files.newDirectoryStream(location(TomcatIT.class).resolve("io/distcache/testing"), "Redeployed*")) {
            for (Path file : its) {
                Files.copy(file, classes.resolve(file.getFileName()));
            }
        }
        if (!withoutProvider) {
            for (Path jar : ProviderJar.classPath()) {
                Files.copy(jar, lib.resolve(jar.getFileName()));
            }
        }
        return war;
    }

    private static Path location(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String joined(Stream<Path> elements) {
        return elements.map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }
}
