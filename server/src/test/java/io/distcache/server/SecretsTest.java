package io.distcache.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.distcache.server.config.ConfigException;
import io.distcache.server.config.ConfigReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A token on a command line or in a file of settings is in nothing that the command prints. */
class SecretsTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server --set server.auth-token=S3CRET --print-config",
                "server --set server.auth-token=S3CRET --set store.shards=3",
                "server --set server.auth-token=S3CRET --port many",
                "server --set server.auth-token:S3CRET",
                "server --set S3CRET",
                "server --set S3CRET=",
                "server --set server.auth-tokne=S3CRET",
                "server --set server.auth-tokenS3CRET=",
                "server --sett server.auth-token=S3CRET",
                "server --set=server.auth-token:S3CRET",
                "server --token S3CRET",
                "server --auth-token=S3CRET",
                "server -tS3CRET",
                "health --tokn S3CRET",
                "health --tokn=S3CRET",
                "health --tokn:S3CRET",
                "health --tokenS3CRET",
                "health --token= S3CRET",
                "health --token=S3CRET --token=S3CRET",
                "health --token=S3CRET --timeout soon",
                "health --token S3CRET --timeout 0",
                "health --token S3CRET --node 127.0.0.1:1 --timeout 1",
                "health --node distcache://127.0.0.1:1/x?token=S3CRET",
                "health --node 127.0.0.1:1?token=S3CRET",
                "health --node ada:S3CRET@127.0.0.1:1",
                "health --node n1=ada:S3CRET@127.0.0.1:1*x",
                "pool add --node 127.0.0.1:1 distcache://127.0.0.1:1/x?token=S3CRET",
                "pool add --node 127.0.0.1:1 ada:S3CRET@127.0.0.1",
                "pool add --node 127.0.0.1:1 --tokn S3CRET h2",
                "pool remove --node 127.0.0.1:1 --timeout 1 ada:S3CRET@127.0.0.1",
                "pool list --node 127.0.0.1:1 --timeout 1 --token S3CRET",
                "snapshot now --node ada:S3CRET@127.0.0.1:1",
                "snapshot now --node 127.0.0.1:1 --token S3CRET",
                "resume --node 127.0.0.1:1 --token S3CRET",
                "backup --node 127.0.0.1:1 --token S3CRET file",
                "backup --node ada:S3CRET@127.0.0.1:1 file",
            })
    void on_a_command_line(String line) {
        String printed = printed(line.split(" ", -1));

        assertThat(printed).doesNotContain("S3CRET").isNotBlank();
    }

    @Test
    void what_is_wrong_is_still_said() {
        assertThat(printed("health", "--tokn", "S3CRET")).contains("unknown option '--tokn'", "see --help");
        assertThat(printed("health", "--token=S3CRET", "--timeout", "soon")).contains("--timeout", "'soon'");
        assertThat(printed("server", "--set", "server.auth-tokne=S3CRET"))
                .contains("server.auth-tokne", "server.auth-token");
        assertThat(printed("helth")).contains("'helth'");
        assertThat(printed("log", "verify", "a", "b\n")).contains("'b\\n'");
    }

    private static String printed(String... args) {
        StringWriter printed = new StringWriter();
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream standard = new ByteArrayOutputStream();
        PrintStream both = new PrintStream(standard, true, StandardCharsets.UTF_8);
        System.setOut(both);
        System.setErr(both);
        try {
            int code = Main.commandLine(args)
                    .setOut(new PrintWriter(printed, true))
                    .setErr(new PrintWriter(printed, true))
                    .execute(args);
            printed.append("exit code ").append(Integer.toString(code));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        return printed + standard.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server.auth-token=S3CRET\nstore.shards=3",
                "server.auth-token=S3CRET\nserver.prot=1",
                "server.auth-tokne=S3CRET",
                "server.auth-tokenS3CRET",
                "server.auth-token=\nS3CRET",
                "S3CRET",
                "server.auth-token=S3CRET\nserver.port=\\uzzzz",
            })
    void in_a_file_of_settings(String lines) throws Exception {
        Path file = Files.writeString(directory.resolve("node.properties"), lines);

        Throwable failure = catchThrowable(() -> new ConfigReader().file(file).read());

        StringWriter all = new StringWriter();
        failure.printStackTrace(new PrintWriter(all, true));
        assertThat(failure).isInstanceOf(ConfigException.class);
        assertThat(all.toString()).doesNotContain("S3CRET").contains("node.properties");
    }

    @Test
    void in_what_was_read() {
        ConfigReader reader = new ConfigReader().set("server.auth-token", "S3CRET", "--set");

        assertThat(reader.read().toString()).doesNotContain("S3CRET").contains("authToken=<hidden>");
        assertThat(Arrays.asList(reader.print().split("\n", -1))).contains("server.auth-token = <hidden>   # --set");
    }
}
