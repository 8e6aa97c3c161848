package io.distcache.server.frontdoor.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StrangersTest {
    private final List<String> lines = new ArrayList<>();
    private long nanos = -5;
    private final Strangers strangers = new Strangers("resp.port", lines::add, () -> nanos);

    @Test
    void each_stranger_has_one_line() {
        strangers.closed("10.0.0.7:4711", "it speaks HTTP");
        strangers.closed("10.0.0.7:4712", "it speaks TLS");
        assertThat(lines)
                .containsExactly(
                        "closed the connection of 10.0.0.7:4711 to resp.port: it speaks HTTP",
                        "closed the connection of 10.0.0.7:4712 to resp.port: it speaks TLS");
    }

    @Test
    void many_strangers_have_ten_lines_in_ten_seconds_and_a_number() {
        for (int i = 0; i < 1000; i++) {
            strangers.closed("10.0.0.7:" + i, "it speaks HTTP");
        }
        assertThat(lines).hasSize(10);
        nanos += TimeUnit.SECONDS.toNanos(10);
        strangers.closed("10.0.0.8:1", "it speaks HTTP");
        strangers.closed("10.0.0.8:2", "it speaks HTTP");
        assertThat(lines).hasSize(12);
        assertThat(lines.get(10))
                .contains("10.0.0.8:1")
                .endsWith("before, 990 more were closed of which nothing was said");
        assertThat(lines.get(11)).endsWith("it speaks HTTP");
    }

    @Test
    void the_first_line_of_http_is_known_whatever_its_method_and_case() {
        for (String method :
                List.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "get")) {
            assertThat(Strangers.isHttpRequest(method, "/", "HTTP/1.1"))
                    .as(method)
                    .isTrue();
            assertThat(Strangers.isHttpRequest(method, "http://a/b", "http/1.0"))
                    .as(method)
                    .isTrue();
        }
        assertThat(Strangers.isHttpRequest("PRI", "*", "HTTP/2.0")).isTrue();
        assertThat(Strangers.isHttpRequest("get", "key", "HTTP/1.1")).isFalse();
        assertThat(Strangers.isHttpRequest("get", "/key", "other")).isFalse();
    }
}
