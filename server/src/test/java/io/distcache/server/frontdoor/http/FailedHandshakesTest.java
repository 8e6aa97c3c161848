package io.distcache.server.frontdoor.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.NotSslRecordException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

class FailedHandshakesTest {
    private final List<String> log = new ArrayList<>();
    private long nanos;
    private final FailedHandshakes failures = new FailedHandshakes(log::add, () -> nanos);

    @Test
    void plain_text_is_a_line_and_no_more_than_one_in_a_second() {
        for (int i = 0; i < 5; i++) {
            failures.failed(new NotSslRecordException("not an SSL/TLS record: 474554"));
        }
        assertThat(log).containsExactly("closed a connection to http.port: the client speaks no TLS");

        nanos += 1_000_000_000;
        failures.failed(new SSLHandshakeException("Received fatal alert: unknown_ca"));
        assertThat(log.get(1))
                .isEqualTo("closed a connection to http.port: the client does not trust the node's certificate"
                        + " (unknown_ca); before, 4 more of which nothing was said");
    }

    @Test
    void who_only_looks_whether_the_port_is_open_is_not_told_of() {
        SSLHandshakeException closed =
                new SSLHandshakeException("Connection closed while SSL/TLS handshake was in progress");
        closed.initCause(new ClosedChannelException());
        failures.failed(closed);
        failures.failed(new IOException("Connection reset by peer"));
        assertThat(log).isEmpty();
    }
}
