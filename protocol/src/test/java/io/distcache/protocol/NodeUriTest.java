package io.distcache.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeUriTest {

    @Test
    void nodes_namespace_and_options_are_told_apart() {
        NodeUri uri = NodeUri.parse("distcache://n1=h1:2050*2,[::1]:7/shop%20of%20ours?timeout=3s&token=a/b");

        assertThat(uri.isEmbedded()).isFalse();
        assertThat(uri.members()).isEqualTo(List.of(new PoolMember("n1", "h1:2050", 2), PoolMember.parse("[::1]:7")));
        assertThat(uri.namespace()).isEqualTo("shop of ours");
        assertThat(uri.query()).isEqualTo("timeout=3s&token=a/b");
    }

    @Test
    void a_node_in_this_process_has_a_namespace_and_options_too() {
        assertThat(NodeUri.parse("distcache:embedded")).isEqualTo(new NodeUri(true, List.of(), "", ""));
        assertThat(NodeUri.parse("distcache:embedded/shop?dataDir=/var/shop"))
                .isEqualTo(new NodeUri(true, List.of(), "shop", "dataDir=/var/shop"));
    }

    @ParameterizedTest
    @CsvSource({
        "redis://h1, does not begin with distcache:",
        "distcache:embeded, names neither hosts nor",
        "distcache://h1#here, has a #",
        "distcache://h1/shop&timeout=1s, its namespace has one of",
        "distcache://h1:, has no port number",
    })
    void what_is_wrong_is_named(String uri, String why) {
        assertThatThrownBy(() -> NodeUri.parse(uri))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }
}
