package io.distcache.server.replication.link;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.RawClient;
import io.distcache.fixtures.TestCertificates;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Secret;
import io.distcache.protocol.Status;
import io.distcache.server.replication.link.TestMember.Came;
import io.distcache.server.tls.ClientCertificates;
import io.distcache.server.tls.Switch;
import io.distcache.server.tls.TlsConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Members of a pool find each other on the port for clients, know each other by the pool's secret, and lose nothing within a connection. */
@Timeout(60)
class PeerLinksIT {
    private static final long POOL = 4711;
    private static final long MUCH = 64 << 20;

    private final List<TestMember> members = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (TestMember member : members) {
            member.close();
        }
    }

    private void make(int count, TlsConfig tls) throws Exception {
        for (int i = 0; i < count; i++) {
            members.add(new TestMember(tls));
        }
    }

    private List<Address> addresses() {
        return members.stream().map(TestMember::address).toList();
    }

    private void join(int count, TlsConfig tls) throws Exception {
        make(count, tls);
        for (int i = 0; i < count; i++) {
            members.get(i).join(POOL, i, addresses(), "secret", MUCH);
        }
    }

    private void awaitAll() {
        eventually(() -> assertThat(IntStream.range(0, members.size())
                        .allMatch(i -> IntStream.range(0, members.size())
                                .allMatch(to -> i == to || members.get(i).links.isConnected(to))))
                .isTrue());
    }

    private static List<Integer> numbers(List<Came> came) {
        return came.stream().map(Came::number).toList();
    }

    @Test
    void all_messages_of_all_members_come_in_order_and_are_no_clients() throws Exception {
        join(3, TestMember.NO_TLS);
        awaitAll();
        for (int from = 0; from < 3; from++) {
            for (int to = 0; to < 3; to++) {
                if (from != to) {
                    members.get(from).send(to, 0, 1000, 20);
                    members.get(from).send(to, 1000, 1, 5 << 20);
                    members.get(from).send(to, 1001, 99, 10_000);
                }
            }
        }
        for (int from = 0; from < 3; from++) {
            for (int to = 0; to < 3; to++) {
                if (from != to) {
                    int by = from;
                    TestMember at = members.get(to);
                    eventually(() -> assertThat(at.from(by)).hasSize(1100));
                    assertThat(numbers(at.from(from)))
                            .isEqualTo(IntStream.range(0, 1100).boxed().toList());
                    assertThat(at.from(from).get(1000).bytes()).isEqualTo(5 << 20);
                }
            }
            assertThat(members.get(from).limit.count()).isZero();
            assertThat(members.get(from).links.refused()).isZero();
        }
    }

    @Test
    void a_connection_that_is_cut_is_made_anew_under_a_greater_number_and_has_no_gaps_in_it() throws Exception {
        make(2, TestMember.NO_TLS);
        try (CuttingProxy proxy = new CuttingProxy(members.get(1).port)) {
            List<Address> by = List.of(members.get(0).address(), new Address("127.0.0.1", proxy.port()));
            members.get(0).join(POOL, 0, by, "secret", MUCH);
            members.get(1).join(POOL, 1, addresses(), "secret", MUCH);
            awaitAll();
            int next = 0;
            for (int cut = 0; cut < 5; cut++) {
                for (int i = 0; i < 50; i++) {
                    members.get(0).send(1, next, 20, 1000);
                    next += 20;
                }
                proxy.cut();
                int from = next;
                eventually(() -> {
                    members.get(0).send(1, from, 1, 1000);
                    assertThat(members.get(1).from(0).stream().anyMatch(came -> came.number() == from))
                            .isTrue();
                });
                next++;
            }
            Map<Long, List<Came>> byConnection =
                    members.get(1).from(0).stream().collect(Collectors.groupingBy(Came::connection));
            assertThat(byConnection.size()).isGreaterThanOrEqualTo(5);
            int lastBefore = -1;
            for (long number : byConnection.keySet().stream().sorted().toList()) {
                List<Integer> numbers = numbers(byConnection.get(number));
                assertThat(numbers.get(0)).isGreaterThanOrEqualTo(lastBefore);
                for (int i = 1; i < numbers.size(); i++) {
                    // The same again is what the loop above sends until one has come.
                    assertThat(numbers.get(i) - numbers.get(i - 1)).isBetween(0, 1);
                }
                lastBefore = numbers.get(numbers.size() - 1);
            }
        }
    }

    @Test
    void who_does_not_know_the_secret_or_is_of_another_pool_is_refused_and_counted() throws Exception {
        make(3, TestMember.NO_TLS);
        members.get(0).join(POOL, 0, addresses(), "secret", MUCH);
        members.get(1).join(POOL, 1, addresses(), "another", MUCH);
        members.get(2).join(POOL + 1, 2, addresses(), "secret", MUCH);
        eventually(() -> assertThat(members.get(0).links.refused()).isGreaterThan(3));
        eventually(() -> assertThat(members.get(1).links.refused()).isGreaterThan(3));
        eventually(() -> assertThat(members.get(2).links.refused()).isGreaterThan(3));
        for (TestMember member : members) {
            for (int to = 0; to < 3; to++) {
                assertThat(member.links.isConnected(to)).isFalse();
            }
        }
    }

    @Test
    void a_member_at_the_wrong_address_is_refused() throws Exception {
        make(2, TestMember.NO_TLS);
        List<Address> swapped = List.of(
                members.get(1).address(),
                members.get(1).address(),
                members.get(1).address());
        members.get(0).join(POOL, 0, swapped, "secret", MUCH);
        members.get(1).join(POOL, 1, swapped, "secret", MUCH);
        eventually(() -> assertThat(members.get(0).links.isConnected(1)).isTrue());
        eventually(() -> assertThat(members.get(1).links.refused()).isGreaterThan(3));
        assertThat(members.get(0).links.isConnected(2)).isFalse();
    }

    @Test
    void a_member_that_does_not_read_holds_up_no_memory_and_goes_on_later() throws Exception {
        make(2, TestMember.NO_TLS);
        members.get(0).join(POOL, 0, addresses(), "secret", 1 << 20);
        members.get(1).join(POOL, 1, addresses(), "secret", 1 << 20);
        awaitAll();
        CountDownLatch stalled = new CountDownLatch(1);
        members.get(1).loop.execute(() -> {
            try {
                stalled.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        // Until the systems' buffers are full, too.
        for (int i = 0; i < 20_000 && members.get(0).links.isConnected(1); i++) {
            members.get(0).send(1, i, 1, 10_000);
            if (i % 100 == 0) {
                Thread.sleep(1);
            }
        }
        eventually(() -> assertThat(members.get(0).links.isConnected(1)).isFalse());
        stalled.countDown();
        eventually(() -> {
            members.get(0).send(1, 1_000_000, 1, 10);
            assertThat(numbers(members.get(1).from(0))).contains(1_000_000);
        });
    }

    @Test
    void a_node_in_no_pool_refuses_members_and_closes_their_connections() throws Exception {
        make(2, TestMember.NO_TLS);
        members.get(0).join(POOL, 0, addresses(), "secret", MUCH);
        eventually(() -> assertThat(members.get(0).links.isConnected(1)).isFalse());
        Thread.sleep(300);
        assertThat(members.get(0).links.isConnected(1)).isFalse();
        assertThat(members.get(1).limit.count()).isLessThanOrEqualTo(1);
        members.get(1).join(POOL, 1, addresses(), "secret", MUCH);
        awaitAll();
    }

    @Test
    void where_there_are_as_many_clients_as_may_be_members_find_a_place_and_clients_are_refused() throws Exception {
        make(2, TestMember.NO_TLS);
        members.get(1).join(POOL, 1, addresses(), "secret", MUCH);
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < TestMember.MOST_CLIENTS; i++) {
                RawClient client = new RawClient(members.get(1).port).greet();
                clients.add(client);
                assertThat(client.next()).isInstanceOf(Hello.Node.class);
            }
            assertThat(members.get(1).limit.count()).isEqualTo(TestMember.MOST_CLIENTS);
            try (RawClient late = new RawClient(members.get(1).port).greet()) {
                assertThat(late.next())
                        .isInstanceOfSatisfying(
                                Reply.Failure.class,
                                failure -> assertThat(failure.status()).isEqualTo(Status.OVERLOADED));
            }
            members.get(0).join(POOL, 0, addresses(), "secret", MUCH);
            awaitAll();
            assertThat(members.get(1).limit.count()).isEqualTo(TestMember.MOST_CLIENTS);
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void with_tls_each_member_shows_its_certificate(@TempDir Path directory) throws Exception {
        TestCertificates certificates = TestCertificates.make(directory, "node " + TestCertificates.LOCAL);
        TlsConfig tls = new TlsConfig(
                Switch.ON,
                certificates.pem("node").toString(),
                certificates.key("node").toString(),
                Secret.NONE,
                ClientCertificates.NEED,
                certificates.authority().toString(),
                Secret.NONE,
                Duration.ofSeconds(1));
        join(3, tls);
        awaitAll();
        members.get(0).send(2, 0, 100, 100_000);
        eventually(() -> assertThat(numbers(members.get(2).from(0)))
                .isEqualTo(IntStream.range(0, 100).boxed().toList()));
    }
}
