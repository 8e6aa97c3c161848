package io.distcache.server.frontdoor.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.RawClient;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.config.ConfigReader;
import io.distcache.server.node.Node;
import java.net.InetAddress;
import java.net.Socket;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a node stops, and what clients see of its pool. */
@Timeout(60)
class DrainIT {
    private static final Membership ALONE = new Membership(1, List.of(new PoolMember("n", "n:1", 1)));
    private static final Bytes KEY = Bytes.ofUtf8("\u0002k");

    private Node node;
    private int port;
    private Thread stop;

    private void start(String drainTimeout) throws Exception {
        node = new Node(
                new ConfigReader()
                        .set("server.port", "0", "test")
                        .set("server.event-loops", "2", "test")
                        .set("server.drain-timeout", drainTimeout, "test")
                        .read(),
                InstantSource.system());
        node.load(percent -> {});
        String address = node.listen();
        port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    private void stop() {
        stop = new Thread(node::close);
        stop.start();
    }

    @AfterEach
    void the_node_is_down() throws Exception {
        node.close();
        if (stop != null) {
            stop.join();
        }
    }

    private RawClient client() throws Exception {
        RawClient client = new RawClient(port).greet();
        client.ask(new Command.OpenCache(1, CacheDefinition.of("", "c"), true));
        return client;
    }

    private RawClient poolClient() throws Exception {
        RawClient client = client();
        assertThat(client.ask(new Command.Pool("n", ALONE))).isEqualTo(new Reply.Members(ALONE));
        return client;
    }

    @Test
    void who_has_not_come_in_is_told_nothing() throws Exception {
        start("1s");
        try (Socket stranger = new Socket(InetAddress.getLoopbackAddress(), port)) {
            RawClient client = poolClient();
            stop();
            awaitDraining(client);
            client.close();
            assertThat(stranger.getInputStream().readAllBytes()).isEmpty();
        }
    }

    private static void awaitDraining(RawClient client) throws Exception {
        while (true) {
            if (client.next() instanceof Push.Health health && health.report().state() == HealthReport.State.DRAINING) {
                return;
            }
        }
    }

    private static Command put() {
        return new Command.Put(1, KEY, KEY, Condition.ALWAYS, Ttl.DEFINED, false);
    }

    @Test
    void a_client_of_the_pool_settles_what_it_has_and_is_refused_anything_new() throws Exception {
        start("30s");
        try (RawClient client = poolClient();
                RawClient other = client()) {
            Reply.Leased lease = (Reply.Leased) client.ask(new Command.Lease(1, KEY, false, 30_000));
            stop();
            awaitDraining(client);
            // One that knows no pool is not waited for.
            other.awaitClosed();
            assertThat(((Reply.Failure) client.ask(put())).status()).isEqualTo(Status.DRAINING);
            Reply.Many settled = (Reply.Many) client.ask(new Command.Settle(
                    1,
                    List.of(new Command.Settlement(
                            KEY, lease.token(), List.of(new EntryChange.Put(KEY, Ttl.DEFINED)), null))));
            assertThat(settled.replies().get(0)).isInstanceOf(Reply.Changed.class);
        }
        stop.join(TimeUnit.SECONDS.toMillis(15));
        assertThat(stop.isAlive()).isFalse();
    }

    @Test
    void a_client_that_does_not_go_is_closed_at_the_limit() throws Exception {
        start("300ms");
        try (RawClient client = poolClient()) {
            stop();
            client.awaitClosed();
        }
    }

    @Test
    void a_stop_waits_for_nobody_where_no_client_knows_a_pool() throws Exception {
        start("30s");
        try (RawClient client = client()) {
            stop();
            client.awaitClosed();
        }
        stop.join(TimeUnit.SECONDS.toMillis(15));
        assertThat(stop.isAlive()).isFalse();
    }

    @Test
    void a_new_membership_is_pushed_to_all() throws Exception {
        start("0s");
        Membership two = new Membership(2, List.of(new PoolMember("m", "m:1", 1), new PoolMember("n", "n:1", 1)));
        try (RawClient client = client();
                RawClient other = poolClient()) {
            other.ask(new Command.Pool("n", two));
            Object next = client.next();
            while (!next.equals(new Push.Members(two))) {
                next = client.next();
            }
            assertThat(((Reply.Failure) client.ask(put())).status()).isEqualTo(Status.NOT_OWNER);
            assertThat(node.health().poolEpoch()).isEqualTo(2);
        }
    }
}
