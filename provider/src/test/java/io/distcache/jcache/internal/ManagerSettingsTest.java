package io.distcache.jcache.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Properties;
import org.junit.jupiter.api.Test;

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
}
