package io.distcache.server.frontdoor.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Hello;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import org.junit.jupiter.api.Test;

class GreetingTest {

    private static Hello.Client client(int min, int max, long capabilities) {
        return new Hello.Client(min, max, capabilities, "client", "", 0);
    }

    @Test
    void a_client_of_this_version_comes_in() {
        assertThat(Greeting.refusal(client(1, 3, 0), false)).isNull();
        assertThat(Greeting.refusal(client(1, 1, Hello.REPLICATED), false)).isNull();
    }

    @Test
    void a_client_of_other_versions_is_told_which_this_is() {
        assertThat(Greeting.refusal(client(2, 3, 0), false)).isInstanceOfSatisfying(Reply.Failure.class, failure -> {
            assertThat(failure.status()).isEqualTo(Status.VERSION_MISMATCH);
            assertThat(failure.message()).contains("the client 2 to 3");
        });
    }

    @Test
    void a_member_of_a_replicated_pool_takes_only_clients_that_follow_routes() {
        assertThat(Greeting.refusal(client(1, 1, Hello.REPLICATED), true)).isNull();
        assertThat(Greeting.refusal(client(1, 1, 0), true)).isInstanceOfSatisfying(Reply.Failure.class, failure -> {
            assertThat(failure.status()).isEqualTo(Status.VERSION_MISMATCH);
            assertThat(failure.message()).contains("replicated pool");
        });
    }
}
