package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Nothing is left of an application that was redeployed: no class loader, no thread, no MBean. On the jar, as users have it, in a server of
 * one's own ({@link RedeployingServer}). {@code -Ddistcache.testing.redeployments=20} for more of them.
 */
class RedeploymentIT {
    private static final int TIMES = Integer.getInteger("distcache.testing.redeployments", 2);

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
        "application, embedded, provider",
        "application, remote, manager",
        "server, embedded, loader",
        "server, remote, loader",
        "server, embedded, nothing",
        "server, remote, nothing"
    })
    void nothing_is_left(String where, String kind, String closed) throws Exception {
        String uri = kind.equals("remote") ? node.uri(where + "-" + closed).toString() : "distcache:embedded/" + closed;

        try (JavaProcess server = JavaProcess.startOn(
                classes(),
                List.of(),
                LeftBehind.FLAGS,
                RedeployingServer.class.getName(),
                List.of(where, uri, closed, "false", String.valueOf(TIMES), library(), classes()))) {
            int code = server.awaitExit(Duration.ofMinutes(2).plusSeconds(6L * TIMES));

            List<String> lines = server.lines();
            assertThat(code).as(() -> String.join("\n", lines)).isZero();
            assertThat(lines).contains(LeftBehind.NOTHING);
        }
    }

    private static String library() {
        return ProviderJar.classPath().stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private static String classes() throws URISyntaxException {
        return Path.of(RedeployingServer.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
    }
}
