package io.distcache.server.frontdoor.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.RawClient;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Reply;
import io.distcache.server.DoorNode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client cannot write lines of its own into the node's log, nor into an answer that others print. */
@Timeout(60)
class ForgedLinesIT {
    private static final String HOSTILE =
            "till\r\n[main] ERROR io.distcache.server.node.Node - forged\u001b[2J\u2028forged";

    @Test
    void by_its_name_or_what_it_asks_for() throws Exception {
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        PrintStream err = System.err;
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try (DoorNode node = new DoorNode("server.auth-token", "s3cret", "memcached.port", "-1")) {
            try (RawClient wrong = new RawClient(node.port()).greet(new Hello.Client(1, 1, 0, HOSTILE, "guess", 0))) {
                assertThat(wrong.next()).isInstanceOf(Reply.Failure.class);
                wrong.awaitClosed();
            }
            try (RawClient newer = new RawClient(node.port()).greet(new Hello.Client(7, 9, 0, HOSTILE, "s3cret", 0))) {
                assertThat(newer.next()).isInstanceOf(Reply.Failure.class);
                newer.awaitClosed();
            }
            try (RawClient right = new RawClient(node.port()).greet(new Hello.Client(1, 1, 0, HOSTILE, "s3cret", 0))) {
                Reply.Failure absent = (Reply.Failure)
                        right.ask(new Command.OpenCache(1, CacheDefinition.of(HOSTILE, HOSTILE), false));
                assertThat(absent.message()).contains("there is no cache till\\r\\n[main]");
                right.send(new byte[] {0, 0, 0, 5, 0x3f, 0, 0, 0, 1});
                right.awaitClosed();
            }
        } finally {
            System.setErr(err);
        }
        String logged = log.toString(StandardCharsets.UTF_8);
        assertThat(logged).contains("refused till\\r\\n[main] ERROR").doesNotContain("\u001b");
        assertThat(logged.lines()).noneMatch(line -> line.startsWith("[main] ERROR") || line.startsWith("forged"));
    }
}
