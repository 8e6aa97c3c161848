package io.distcache.server.frontdoor;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.DoorNode;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who speaks another protocol than the port's is closed at once, and nothing that follows the first line is executed. */
class StrangersIT {
    private static final int AT_ONCE_MILLIS = 5_000;
    private static final String STORE = "set ssrf 0 0 1\r\nx\r\n";
    private static final String TLS = "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003";
    private static final String BINARY = "\u0080\u000b\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000";

    private static DoorNode node;

    @BeforeAll
    static void start() throws Exception {
        node = new DoorNode();
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1",
                "POST / HTTP/1.1",
                "PUT /x HTTP/1.0",
                "HEAD / HTTP/1.1",
                "DELETE /a HTTP/1.1",
                "OPTIONS * HTTP/1.1",
                "PATCH / HTTP/1.1",
                "CONNECT a:80 HTTP/1.1",
                "TRACE / HTTP/1.1",
                "PRI * HTTP/2.0",
                "PROPFIND / HTTP/1.1",
                "get / HTTP/1.1",
                "delete /a http/1.1",
                "post / http/1.1",
                "Post /",
                "GET /",
                "GET http://a/b",
                "FOO /a",
                "FOO a b HTTP/1.1",
                "POST /a b HTTP/1.1",
                " GET / HTTP/1.1",
                "Host: localhost"
            })
    void memcached_executes_nothing_after_a_line_of_http(String line) throws Exception {
        for (String before : List.of("", "\r\n", "version\r\n", "set a 0 0 3\r\nabc\r\n")) {
            try (RawSocket socket = new RawSocket(node.memcachedPort())) {
                socket.send(before + line + "\r\nHost: x\r\n\r\n" + STORE);
                assertThat(socket.closesWithin(AT_ONCE_MILLIS))
                        .as(before + line)
                        .isTrue();
            }
        }
        try (RawSocket good = new RawSocket(node.memcachedPort())) {
            assertThat(good.ask("get ssrf\r\n")).isEqualTo("END\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "get key HTTP/1.1",
                "get / key",
                "gets / HTTP/1.1",
                "get HTTP/1.1",
                "get /a /b HTTP/1.1",
                "get a://b"
            })
    void keys_of_memcached_may_look_like_words_of_http(String line) throws Exception {
        try (RawSocket socket = new RawSocket(node.memcachedPort())) {
            assertThat(socket.ask(line + "\r\n")).isEqualTo("END\r\n");
            assertThat(socket.ask("mn\r\n")).isEqualTo("MN\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {TLS, BINARY, "\u0080", "\u0016", "*1\r\n$4\r\nPING\r\n", "*3\r\n$3\r\nSET\r\n$19\r\n" + STORE})
    void memcached_closes_on_the_first_byte_of_another_protocol(String bytes) throws Exception {
        assertThatIsClosed(node.memcachedPort(), bytes);
    }

    @Test
    void what_only_looks_like_another_protocol_later_is_answered_as_memcached_does() throws Exception {
        try (RawSocket socket = new RawSocket(node.memcachedPort())) {
            assertThat(socket.ask("mn\r\n")).isEqualTo("MN\r\n");
            assertThat(socket.ask("\u0080\u000b\r\n")).isEqualTo("ERROR\r\n");
            assertThat(socket.ask("*1\r\n")).isEqualTo("ERROR\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                TLS,
                BINARY,
                "\u0016",
                "\u0000\u0000\u0000\u0010",
                "POST / HTTP/1.1\r\nSET ssrf x\r\n",
                "post\r\nSET ssrf x\r\n",
                "Host: a\r\nSET ssrf x\r\n",
                "*1\r\n$4\r\nPOST\r\nSET ssrf x\r\n",
                "GET / HTTP/1.1\r\nSET ssrf x\r\n",
                "PUT /a HTTP/1.1\r\nSET ssrf x\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nSET ssrf x\r\n",
                "set k 0 0 10\r\nSET ssrf x\r\n",
                "cas k 0 0 10 5 noreply\r\nSET ssrf x\r\n"
            })
    void redis_clients_port_closes_on_other_protocols(String bytes) throws Exception {
        assertThatIsClosed(node.respPort(), bytes);
        try (RawSocket good = new RawSocket(node.respPort())) {
            assertThat(good.ask("GET ssrf\r\n")).isEqualTo("$-1\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET a\r\n", "SET a 1\r\n", "SET k 0 EX 100\r\n", "MGET / HTTP/1.1\r\n"})
    void lines_of_redis_are_answered(String line) throws Exception {
        try (RawSocket socket = new RawSocket(node.respPort())) {
            assertThat(socket.ask(line)).isNotEmpty();
            assertThat(socket.closesWithin(100)).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                TLS,
                BINARY,
                "\u0016",
                "G",
                "GET / HTTP/1.1\r\n",
                "*1\r\n$4\r\nPING\r\n",
                "set a 0 0 1\r\nx\r\n",
                "\u0000\u0000\u0000\u0010\u0001aaaaaaaaaaaaaaa",
                "\u0000\u00ff\u00ff\u00ff"
            })
    void native_port_closes_on_other_protocols(String bytes) throws Exception {
        assertThatIsClosed(node.port(), bytes);
    }

    private static void assertThatIsClosed(int port, String bytes) throws Exception {
        try (RawSocket socket = new RawSocket(port)) {
            socket.send(bytes);
            assertThat(socket.closesWithin(AT_ONCE_MILLIS)).isTrue();
        }
    }
}
