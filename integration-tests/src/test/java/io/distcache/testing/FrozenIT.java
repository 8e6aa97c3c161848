package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.RawClient;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A node's process that is stopped by SIGSTOP and goes on later. */
@Timeout(120)
@DisabledOnOs(OS.WINDOWS)
class FrozenIT {
    private static final CacheDefinition CACHE = CacheDefinition.of("", "c");

    @Test
    void what_was_sent_to_a_frozen_node_is_not_executed_when_it_wakes_up() throws Exception {
        try (NodeProcess node = NodeProcess.start()) {
            int port = node.port();
            try (RawClient client = client(port);
                    RawClient waiting = client(port);
                    RawClient patient = client(port, 60_000)) {
                waiting.ask(new Command.OpenCache(1, CACHE, true));
                client.ask(new Command.OpenCache(1, CACHE, true));
                patient.ask(new Command.OpenCache(1, CACHE, true));
                // Waits for a lease that ends while the node stands still.
                client.ask(new Command.Lease(1, key("leased"), false, 2_000));
                waiting.send(RawClient.frame(
                        new Command.Put(1, key("leased"), key("v"), Condition.ALWAYS, Ttl.DEFINED, false), 100));
                while (!(waiting.next() instanceof Push.Queued)) {
                    // Health reports come too.
                }
                node.pause();
                client.send(RawClient.frame(put("late"), 100));
                patient.send(RawClient.frame(put("patient"), 100));
                TimeUnit.SECONDS.sleep(3);
                node.resume();
                client.awaitClosed();
                waiting.awaitClosed();
                // It waits for a minute before it gives a node up.
                assertThat(patient.reply()).isInstanceOf(Reply.Changed.class);
            }
            try (RawClient client = client(port)) {
                client.ask(new Command.OpenCache(1, CACHE, true));
                assertThat(client.ask(new Command.Contains(1, key("late")))).isEqualTo(new Reply.Count(0));
                assertThat(client.ask(new Command.Contains(1, key("leased")))).isEqualTo(new Reply.Count(0));
                assertThat(client.ask(new Command.Contains(1, key("patient")))).isEqualTo(new Reply.Count(1));
            }
        }
    }

    private static RawClient client(int port) throws Exception {
        return client(port, 500);
    }

    private static RawClient client(int port, int healthMillis) throws Exception {
        return new RawClient(port).greet(new Hello.Client(Hello.VERSION, Hello.VERSION, 0, "test", "", healthMillis));
    }

    private static Bytes key(String name) {
        return Bytes.ofUtf8("\u0002" + name);
    }

    private static Command put(String name) {
        return new Command.Put(1, key(name), key(name), Condition.ALWAYS, Ttl.DEFINED, false);
    }
}
