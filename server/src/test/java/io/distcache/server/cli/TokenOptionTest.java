package io.distcache.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenOptionTest {

    @Test
    void the_environment_has_a_token_or_a_password_or_a_file_with_one(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("secret"), "S3CRET\n");
        for (Map<String, String> environment : List.of(
                Map.of("DISTCACHE_TOKEN", "S3CRET"),
                Map.of("DISTCACHE_PASSWORD", "S3CRET"),
                Map.of("DISTCACHE_TOKEN_FILE", file.toString()),
                Map.of("DISTCACHE_PASSWORD_FILE", file.toString(), "DISTCACHE_TOKEN", " "))) {
            assertThat(TokenOption.ofEnvironment(environment::get).reveal()).isEqualTo("S3CRET");
        }
        assertThat(TokenOption.ofEnvironment(name -> null).isEmpty()).isTrue();
        assertThatThrownBy(() -> TokenOption.ofEnvironment(
                        Map.of("DISTCACHE_TOKEN", "S3CRET", "DISTCACHE_PASSWORD", "S3CRET")::get))
                .hasMessageContaining("DISTCACHE_TOKEN and DISTCACHE_PASSWORD")
                .hasMessageNotContaining("S3CRET");
    }
}
