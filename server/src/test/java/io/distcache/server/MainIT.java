package io.distcache.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The node as a process: what it prints, and its exit codes. */
@Timeout(120)
class MainIT {

    private record Ended(int code, String out, String err) {}

    @TempDir
    private Path directory;

    @Test
    void a_node_says_that_it_is_ready_and_ends_with_0_when_told_to_stop() throws Exception {
        Process process = start("server", "--port", "0");
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String ready = out.readLine();
            assertThat(ready).matches("ready 127\\.0\\.0\\.1:\\d+ pid=" + process.pid() + " max-bytes=\\d+ in \\d+ ms");
            int port = Integer.parseInt(ready.replaceAll("ready 127\\.0\\.0\\.1:(\\d+) .*", "$1"));
            new Socket(InetAddress.getLoopbackAddress(), port).close();

            process.toHandle().destroy();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
            assertThat(out.readLine()).isNull();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void a_taken_port_is_one_clear_line_and_exit_code_2() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Ended ended = run("server", "--port", Integer.toString(taken.getLocalPort()));

            assertRefused(ended, "cannot listen on 127.0.0.1:" + taken.getLocalPort());
        }
    }

    @Test
    void a_bad_setting_is_one_clear_line_and_exit_code_2() throws Exception {
        assertRefused(run("server", "--set", "store.shards=3"), "store.shards is 3");
    }

    @Test
    void an_address_open_to_others_wants_users_and_tls() throws Exception {
        Ended ended = run("server", "--bind", "0.0.0.0");

        assertRefused(ended, "server.bind is 0.0.0.0");
        assertThat(ended.err)
                .contains("access.file", "server.auth-token", "server.allow-open-access=true")
                .contains("server.tls=on", "server.allow-plaintext=true", "distcache secure DIR");
    }

    @Test
    void an_unknown_option_is_one_clear_line_and_exit_code_2() throws Exception {
        assertRefused(run("server", "--prot", "1"), "--prot");
    }

    @Test
    void help_goes_to_the_output_and_ends_with_0() throws Exception {
        Ended ended = run("server", "--help");

        assertThat(ended.code).isZero();
        assertThat(ended.out).contains("--port", "--bind", "--config", "--set", "--print-config");
        assertThat(ended.err).isEmpty();
    }

    @Test
    void the_configuration_is_printed_with_sources_and_without_the_token() throws Exception {
        Ended ended = run("server", "--print-config", "--set", "server.auth-token=s3cret", "--port", "7");

        assertThat(ended.code).isZero();
        assertThat(ended.out)
                .contains("server.port = 7   # --port", "store.shards = 64   # default", "<hidden>")
                .doesNotContain("s3cret");
    }

    private static void assertRefused(Ended ended, String said) {
        assertThat(ended.code).as(ended.err).isEqualTo(2);
        assertThat(ended.err.strip().lines()).hasSize(1);
        assertThat(ended.err).startsWith("distcache: ").contains(said);
        assertThat(ended.out).isEmpty();
    }

    private Ended run(String... arguments) throws IOException, InterruptedException {
        Process process = start(arguments);
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Ended(process.exitValue(), out, Files.readString(directory.resolve("err")));
        } finally {
            process.destroyForcibly();
        }
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(directory.resolve("err").toFile())
                .start();
    }
}
