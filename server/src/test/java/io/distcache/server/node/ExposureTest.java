package io.distcache.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.server.config.ConfigReader;
import io.distcache.server.config.ServerConfig;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where others reach a node, it wants users and TLS, or to be told that it need not. */
class ExposureTest {
    private static final String TLS = "server.tls=on;server.tls.certificate=node.pem";

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.3.2.1", "::1", "localhost"})
    void at_loopback_a_node_is_as_open_as_ever(String bind) {
        assertThat(warnings(true, "server.bind=" + bind)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "10.0.0.5"})
    void elsewhere_it_says_all_that_is_missing_at_once(String bind) {
        assertThatThrownBy(() -> Exposure.check(config("server.bind=" + bind), true))
                .hasMessageContaining("server.bind is " + bind)
                .hasMessageContaining("server.allow-open-access=true")
                .hasMessageContaining("server.allow-plaintext=true");
    }

    @Test
    void users_do_not_stand_for_tls_nor_tls_for_users() {
        assertThatThrownBy(() -> Exposure.check(config("server.bind=0.0.0.0"), false))
                .hasMessageContaining("server.allow-plaintext=true")
                .hasMessageNotContaining("allow-open-access");
        assertThatThrownBy(() -> Exposure.check(config("server.bind=0.0.0.0;" + TLS), true))
                .hasMessageContaining("server.allow-open-access=true")
                .hasMessageNotContaining("allow-plaintext");
        assertThat(warnings(false, "server.bind=0.0.0.0;" + TLS)).isEmpty();
    }

    @Test
    void a_port_that_is_left_out_of_tls_is_named() {
        String both = "server.bind=0.0.0.0;resp.port=0;resp.tls=off;http.port=0;http.tls=off;memcached.tls=off;" + TLS;

        assertThatThrownBy(() -> Exposure.check(config(both), false))
                .hasMessageContaining("(http.tls=off, resp.tls=off)");
        assertThatCode(() -> Exposure.check(config("server.bind=0.0.0.0;resp.tls=off;" + TLS), false))
                .as("a port that is not open")
                .doesNotThrowAnyException();
        assertThat(warnings(false, both + ";server.allow-plaintext=true"))
                .containsOnlyOnce(" WARN ")
                .contains("server.allow-plaintext; http.tls=off, resp.tls=off");
    }

    @Test
    void each_that_is_allowed_is_one_warning() {
        assertThat(warnings(true, "server.bind=0.0.0.0;server.allow-open-access=true;server.allow-plaintext=true")
                        .lines())
                .hasSize(2)
                .anySatisfy(line -> assertThat(line).contains("WARN", "server.allow-open-access"))
                .anySatisfy(line -> assertThat(line).contains("WARN", "server.allow-plaintext; server.tls=off"));
    }

    private static String warnings(boolean open, String settings) {
        PrintStream err = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            Exposure.check(config(settings), open);
        } finally {
            System.setErr(err);
        }
        return said.toString(StandardCharsets.UTF_8);
    }

    private static ServerConfig config(String settings) {
        ConfigReader reader = new ConfigReader();
        for (String setting : settings.split(";", -1)) {
            int equals = setting.indexOf('=');
            reader.set(setting.substring(0, equals), setting.substring(equals + 1), "a test");
        }
        return reader.read();
    }
}
