package io.distcache.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientConfigTest {

    @Test
    void a_setting_out_of_range_is_named() {
        assertThatThrownBy(
                        () -> ClientConfig.builder().callTimeout(Duration.ZERO).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("callTimeout")
                .hasMessageContaining("1 ms to 1 day");
        assertThatThrownBy(() -> ClientConfig.builder().maxInFlight(0).build()).hasMessageContaining("maxInFlight");
        assertThatThrownBy(() -> ClientConfig.builder()
                        .healthInterval(Duration.ofSeconds(9))
                        .build())
                .hasMessageContaining("silenceLimit");
    }

    @Test
    void the_secret_is_not_printed() {
        assertThat(ClientConfig.builder().token("s3cret").build().toString())
                .doesNotContain("s3cret")
                .contains("token=<hidden>");
    }

    @ParameterizedTest
    @CsvSource({"h1,h1,2050", "h1:7,h1,7", "10.0.0.1:7,10.0.0.1,7", "[::1],::1,2050", "[::1]:7,::1,7"})
    void addresses_are_read(String text, String host, int port) {
        assertThat(NodeAddress.parse(text)).isEqualTo(new NodeAddress(host, port));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":7", "h1:", "h1:x", "h1:0", "h1:65536", "::1", "[::1", "[::1]7", "[]"})
    void what_is_no_address_is_refused(String text) {
        assertThatThrownBy(() -> NodeAddress.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void nodes_are_read_from_text_as_from_the_uri_of_jcache() {
        ClientConfig plain = ClientConfig.parse("h1:2050, b=h2*50");
        assertThat(plain.members())
                .containsExactly(new Member("h1:2050", "h1:2050", 1), new Member("b", "h2:2050", 50));
        assertThat(plain.namespace()).isEqualTo(ClientConfig.DEFAULT_NAMESPACE);

        ClientConfig uri = ClientConfig.parse("distcache://h1,h2:3/shop");
        assertThat(uri.members()).extracting(Member::address).containsExactly("h1:2050", "h2:3");
        assertThat(uri.namespace()).isEqualTo("shop");
        assertThat(ClientConfig.parse("distcache://h1/").namespace()).isEqualTo(ClientConfig.DEFAULT_NAMESPACE);
        assertThatThrownBy(() -> ClientConfig.parse("distcache://h1/shop?timeout=1s"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has options");
    }

    @Test
    void a_namespace_is_read_as_jcache_reads_it() {
        assertThat(ClientConfig.parse("distcache://h1/my%20shop").namespace()).isEqualTo("my shop");
        assertThatThrownBy(() -> ClientConfig.parse("distcache://h1/shop#1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has a #");
        assertThatThrownBy(() -> ClientConfig.parse("distcache:embedded"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("names no node");
    }
}
