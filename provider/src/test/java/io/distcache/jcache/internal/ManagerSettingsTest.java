package io.distcache.jcache.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManagerSettingsTest {

    @Test
    void the_tokens_are_read_and_not_printed() {
        ManagerSettings elsewhere =
                ManagerSettings.of(URI.create("distcache://h1/shop?token=S3CRET"), new Properties());
        ManagerSettings embedded =
                ManagerSettings.of(URI.create("distcache:embedded?server.auth-token=S3CRET"), new Properties());

        assertThat(elsewhere.client().token().secret().reveal()).isEqualTo("S3CRET");
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
            assertThat(settings.client().token().secret().reveal()).isEqualTo("S3CRET");
            assertThat(settings.toString()).doesNotContain("S3CRET");
        }
        Properties properties = new Properties();
        properties.setProperty("distcache.user", "app");
        properties.setProperty("distcache.password-file", file.toString());
        ManagerSettings settings = ManagerSettings.of(URI.create("distcache://h1/shop"), properties);
        assertThat(settings.client().token().secret().reveal()).isEqualTo("S3CRET");
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

    private static void refuses(String options, String saying) {
        assertThatThrownBy(() -> ManagerSettings.of(URI.create("distcache://h1/shop?" + options), new Properties()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(saying)
                .hasMessageNotContaining("S3CRET");
    }
}
