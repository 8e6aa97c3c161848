package io.distcache.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.distcache.server.DoorNode;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code distcache secure}: what it makes, a node and its clients can use. */
@Timeout(120)
class SecureToolIT {

    @TempDir
    private Path place;

    @Test
    void a_node_starts_with_what_was_made_and_each_user_may_what_it_should() throws Exception {
        Path keys = place.resolve("the keys");
        Tools.Ended made = Tools.run("secure", keys, "--json", "--host", "127.0.0.2");
        assertThat(made.code()).as(made.err()).isZero();
        JsonNode told = new ObjectMapper().readTree(made.out());
        assertThat(told.get("node").asText()).endsWith("--config '" + keys + "/node.properties' --bind 0.0.0.0");
        assertThat(told.get("uri").asText())
                .isEqualTo("distcache://127.0.0.2:2050/default?tls=true&tls.trust=" + place
                        + "/the%20keys/ca.pem&token-file=" + place + "/the%20keys/app.token");
        assertOnlyMineAreSecret(keys, made.out());

        try (DoorNode node = new DoorNode(settings(keys.resolve("node.properties"), "server.bind", "127.0.0.2"))) {
            Tools.Ended health = ask(node, keys, "health", "--token-file", keys.resolve("operator.token"));
            assertThat(health.code()).as(health.err()).isZero();
            assertThat(health.out()).contains("serving");
            assertThat(ask(node, keys, "tls reload", "--token-file", keys.resolve("operator.token"))
                            .out())
                    .contains("CN=node", "; 2 users");
            assertThat(ask(node, keys, "tls reload", "--token-file", keys.resolve("app.token"))
                            .err())
                    .contains("user app may not reload");
            Tools.Ended certified = ask(
                    node,
                    keys,
                    "tls reload",
                    "--tls-certificate",
                    keys.resolve("app.pem"),
                    "--tls-key",
                    keys.resolve("app.key"));
            assertThat(certified.err()).contains("user app may not reload");
        }
        assertThat(Tools.run("user", "check", keys.resolve("access.conf"), "app", "write", "shop/x")
                        .code())
                .isZero();
    }

    private static Tools.Ended ask(DoorNode node, Path keys, String command, Object... more) {
        List<Object> words = new ArrayList<>(List.of(command.split(" ", -1)));
        words.addAll(List.of("--node", "127.0.0.2:" + node.port(), "--tls", "--tls-trust", keys.resolve("ca.pem")));
        words.addAll(List.of(more));
        return Tools.run(words.toArray());
    }

    private static String[] settings(Path file, String... more) throws Exception {
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(file)) {
            properties.load(in);
        }
        List<String> settings = new ArrayList<>(List.of(more));
        properties.forEach((key, value) -> settings.addAll(List.of((String) key, (String) value)));
        return settings.toArray(String[]::new);
    }

    private static void assertOnlyMineAreSecret(Path keys, String printed) throws Exception {
        try (Stream<Path> files = Files.list(keys)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.getFileName().toString();
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .as(name)
                        .isEqualTo(name.endsWith(".pem") ? "rw-r--r--" : "rw-------");
                if (name.endsWith(".token")) {
                    String token = Files.readString(file).strip();
                    assertThat(token).startsWith("dct_");
                    assertThat(printed).doesNotContain(token);
                    assertThat(Files.readString(keys.resolve("access.conf"))).doesNotContain(token);
                }
            }
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keys)))
                .isEqualTo("rwx------");
        assertThat(keys.resolve(".keystore.p12")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({
        "full, '', is not empty",
        "full/file, '', is a file",
        "none/keys, '', there is no directory",
        "new, --days=0, --days is 0",
        "new, --host=a b, is no name or address of a host",
        "new, '--host=a,dns:b', is no name or address of a host",
        "new, --host=300.1.1.1, is no address"
    })
    void nothing_is_overwritten_and_nothing_wrong_is_made(String directory, String option, String said)
            throws Exception {
        Files.createFile(Files.createDirectory(place.resolve("full")).resolve("file"));
        Tools.Ended refused = option.isEmpty()
                ? Tools.run("secure", place.resolve(directory))
                : Tools.run("secure", place.resolve(directory), option);

        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err().strip().lines()).hasSize(1);
        assertThat(refused.err()).contains(said);
        assertThat(place.resolve("new")).doesNotExist();
        assertThat(place.resolve("full")).isDirectoryContaining("glob:**/file");
    }
}
