package io.distcache.jcache.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.ClientConfig;
import io.distcache.client.ClientTls;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManagerSettingsTest {

    @Test
    void the_tokens_are_read_and_not_printed() {
        ManagerSettings elsewhere =
                ManagerSettings.of(URI.create("distcache://h1/shop?token=S3CRET"), new Properties());
        ManagerSettings embedded =
                ManagerSettings.of(URI.create("distcache:embedded?server.auth-token=S3CRET"), new Properties());

        assertThat(elsewhere.client().token().read().reveal()).isEqualTo("S3CRET");
        assertThat(elsewhere.toString()).contains("shop", "h1:2050").doesNotContain("S3CRET");
        assertThat(embedded.embedded()).containsEntry("server.auth-token", "S3CRET");
        assertThat(embedded.toString()).contains("server.auth-token").doesNotContain("S3CRET");
    }

    @Test
    void a_user_comes_with_its_password_or_token_from_the_uri_the_properties_or_a_file(@TempDir Path directory)
            throws Exception {
        Path file = Files.writeString(directory.resolve("secret"), "S3CRET\n");
        for (String options : new String[] {
            "user=app&password=S3CRET",
            "user=app&password-file=" + file,
            "user=app&token=S3CRET",
            "user=app&token-file=" + file
        }) {
            ManagerSettings settings =
                    ManagerSettings.of(URI.create("distcache://h1/shop?" + options), new Properties());
            assertThat(settings.client().user()).isEqualTo("app");
            assertThat(settings.client().token().read().reveal()).isEqualTo("S3CRET");
            assertThat(settings.toString()).doesNotContain("S3CRET");
        }
        Properties properties = new Properties();
        properties.setProperty("distcache.user", "app");
        properties.setProperty("distcache.password-file", file.toString());
        ManagerSettings settings = ManagerSettings.of(URI.create("distcache://h1/shop"), properties);
        assertThat(settings.client().token().read().reveal()).isEqualTo("S3CRET");
    }

    @Test
    void what_of_a_user_does_not_fit_together_is_refused_and_not_printed(@TempDir Path directory) throws Exception {
        Path two = Files.writeString(directory.resolve("two"), "S3CRET\nS3CRET2\n");
        refuses("user=app&password=S3CRET&token=S3CRET2", "options password and token are both set");
        refuses("password=S3CRET", "option password is set, but option user is not");
        refuses("user=app", "without a password or token");
        refuses("token-file=" + two, "not one line with the secret");
        refuses("token-file=/S3CRET/none", "option token-file names a file that cannot be read (NoSuchFileException)");
    }

    /** Something that is not the default of an option. */
    private static String some(String option, Path file) {
        return switch (option) {
            case "user" -> "app";
            case "tls" -> "true";
            case "tls.verify-host" -> "false";
            case "password-file", "token-file", "tls.trust", "tls.certificate", "tls.key" -> file.toString();
            default -> "S3CRET";
        };
    }

    private static String client(String option, String uri, Properties properties, Map<String, String> environment) {
        // What goes only together.
        switch (option) {
            case "password", "password-file" -> properties.setProperty("distcache.user", "app");
            case "user" -> properties.setProperty("distcache.token", "S3CRET");
            case "tls.key" -> properties.setProperty("distcache.tls.certificate", "node.pem");
            default -> {}
        }
        ManagerSettings read = ManagerSettings.of(URI.create(uri), properties, environment::get);
        assertThat(read.toString()).doesNotContain("S3CRET");
        ClientConfig client = read.client();
        ClientTls tls = client.tls();
        return switch (option) {
            case "user" -> client.user();
            case "tls" -> String.valueOf(tls.on());
            case "tls.verify-host" -> String.valueOf(tls.verifyHost());
            case "tls.trust" -> tls.trust();
            case "tls.trust-password" -> tls.trustPassword().secret().reveal();
            case "tls.certificate" -> tls.certificate();
            case "tls.key" -> tls.key();
            case "tls.key-password" -> tls.keyPassword().secret().reveal();
            default -> client.token().read().reveal();
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "user",
                "password",
                "password-file",
                "token",
                "token-file",
                "tls",
                "tls.trust",
                "tls.trust-password",
                "tls.certificate",
                "tls.key",
                "tls.key-password",
                "tls.verify-host"
            })
    void each_option_of_users_and_tls_can_stand_in_the_uri_the_properties_and_the_environment(
            String option, @TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("secret"), "S3CRET\n");
        String value = some(option, file);
        String read = option.endsWith("-file") ? "S3CRET" : value;
        String variable =
                "DISTCACHE_" + option.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
        String bare = option.startsWith("tls.") ? "distcache://h?tls=true" : "distcache://h?timeout=1s";
        Properties properties = new Properties();
        properties.setProperty("distcache." + option, value);

        assertThat(client(option, bare + "&" + option + "=" + value, new Properties(), Map.of()))
                .isEqualTo(read);
        assertThat(client(option, bare, properties, Map.of())).isEqualTo(read);
        assertThat(client(option, bare, new Properties(), Map.of(variable, value)))
                .isEqualTo(read);
        assertThat(Files.readString(Path.of("../docs/operating.md"))).contains("`" + variable + "`");
    }

    @Test
    void a_secret_that_is_said_nearer_wins_over_one_of_another_kind() throws Exception {
        Properties properties = new Properties();
        properties.setProperty("distcache.token", "S3CRET");
        assertThat(client("token", "distcache://h?timeout=1s", properties, Map.of("DISTCACHE_TOKEN_FILE", "/none")))
                .isEqualTo("S3CRET");
        assertThat(client("token", "distcache://h?token=S3CRET", new Properties(), Map.of("DISTCACHE_PASSWORD", "x")))
                .isEqualTo("S3CRET");
    }

    private static void refuses(String options, String saying) {
        assertThatThrownBy(() -> ManagerSettings.of(URI.create("distcache://h1/shop?" + options), new Properties()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(saying)
                .hasMessageNotContaining("S3CRET");
    }
}
