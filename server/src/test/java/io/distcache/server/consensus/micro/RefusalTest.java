package io.distcache.server.consensus.micro;

import static org.assertj.core.api.Assertions.assertThat;

import io.microraft.model.message.AppendEntriesRequest;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** How many requests a member takes that lacks much. */
class RefusalTest {
    private static final int ENTRIES = 5_000;
    private static final int BATCH = 64;

    @Test
    void a_new_leader_finds_at_once_where_a_member_that_lacks_much_has_to_go_on() throws IOException {
        TestPool pool = TestPool.started();
        TestPool.Member first = pool.leader();
        TestPool.Member lacks = pool.member((first.number + 1) % TestPool.MEMBERS);
        TestPool.Member second = pool.member((first.number + 2) % TestPool.MEMBERS);
        pool.propose(first, 50);
        lacks.inReach = false;
        pool.propose(first, ENTRIES);
        assertThat(second.applied).isEqualTo(50 + ENTRIES);

        first.inReach = false;
        lacks.inReach = true;
        lacks.received.clear();
        pool.pass(5_000);

        assertThat(pool.leader()).isSameAs(second);
        assertThat(lacks.applied).isEqualTo(50 + ENTRIES);
        long requests = lacks.received.stream()
                .map(frame -> MessageCodec.read(frame).message())
                .filter(message ->
                        message instanceof AppendEntriesRequest request && request.getPreviousLogIndex() < 50 + ENTRIES)
                .count();
        System.out.println(requests + " requests for " + ENTRIES + " entries in batches of " + BATCH);
        assertThat(requests).isBetween(ENTRIES / (BATCH + 1L), ENTRIES / BATCH + 5L);
    }
}
