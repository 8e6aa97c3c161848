package io.distcache.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.config.ConfigReader;
import io.distcache.server.node.Node;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@code GET /health}, {@code GET /ready} and {@code GET /metrics} say. */
class HealthIT {
    private final HttpClient client = HttpClient.newHttpClient();
    private Node node;
    private String address;

    @BeforeEach
    void start() throws Exception {
        ConfigReader reader = new ConfigReader();
        reader.set("server.port", "0", "test");
        reader.set("http.port", "0", "test");
        node = new Node(reader.read(), InstantSource.system());
        address = node.listen();
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void a_node_that_loads_its_data_is_not_healthy_yet_and_says_so() throws Exception {
        HttpResponse<String> answer = ask("GET", "/health");
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(new JsonObject(answer.body()).getString("state")).isEqualTo("starting");
    }

    @Test
    void a_serving_node_is_healthy() throws Exception {
        node.load(percent -> {});
        HttpResponse<String> answer = ask("GET", "/health");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
        JsonObject health = new JsonObject(answer.body());
        assertThat(health.getString("state")).isEqualTo("serving");
        assertThat(health.getString("node")).isEqualTo(address);
        assertThat(health.getLong("maxHeapBytes")).isPositive();
        assertThat(health.getLong("entries")).isZero();
        assertThat(ask("HEAD", "/health").statusCode()).isEqualTo(200);
    }

    @Test
    void it_is_ready_when_it_serves_and_no_pool_speaks_against_it() throws Exception {
        HttpResponse<String> answer = ask("GET", "/ready");
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(new JsonObject(answer.body()).getString("why")).isEqualTo("it is starting");
        node.load(percent -> {});
        answer = ask("GET", "/ready");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(answer.body()).getBoolean("ready")).isTrue();
        assertThat(ask("HEAD", "/ready").statusCode()).isEqualTo(200);
    }

    @Test
    void its_figures_are_metrics_in_any_state() throws Exception {
        HttpResponse<String> answer = ask("GET", "/metrics");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("state=\"starting\"").contains("distcache_ready 0.0\n");
        node.load(percent -> {});
        answer = ask("GET", "/metrics");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain; version=0.0.4"));
        assertThat(answer.body())
                .contains("distcache_node_info{node=\"" + address + "\",state=\"serving\",version=\"")
                .contains("distcache_ready 1.0\n", "distcache_entries 0.0\n", "distcache_groups_led 0.0\n")
                .containsPattern("distcache_heap_bytes [1-9]");
        assertThat(ask("HEAD", "/metrics").statusCode()).isEqualTo(200);
        assertThat(ask("HEAD", "/metrics").body()).isEmpty();
    }

    @Test
    void nothing_else_is_there() throws Exception {
        assertThat(ask("GET", "/").statusCode()).isEqualTo(404);
        assertThat(ask("POST", "/health").statusCode()).isEqualTo(405);
        assertThat(ask("POST", "/metrics").statusCode()).isEqualTo(405);
    }

    private HttpResponse<String> ask(String method, String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.httpPort() + path))
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
