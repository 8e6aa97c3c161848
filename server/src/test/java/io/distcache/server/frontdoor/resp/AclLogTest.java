package io.distcache.server.frontdoor.resp;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.frontdoor.resp.AclLog.Reason;
import org.junit.jupiter.api.Test;

class AclLogTest {
    private final AclLog log = new AclLog();

    @Test
    void the_same_within_a_minute_is_one_entry_and_comes_first_again() {
        log.add(Reason.COMMAND, false, "get", "app", "id=1", 1000);
        log.add(Reason.COMMAND, true, "get", "app", "id=1", 1001);
        log.add(Reason.AUTH, false, "AUTH", "app", "id=2", 1002);
        log.add(Reason.COMMAND, false, "get", "app", "id=3", 61_000);

        assertThat(log.latest(9))
                .containsExactly(
                        new AclLog.Entry(0, 2, Reason.COMMAND, false, "get", "app", "id=3", 1000, 61_000),
                        new AclLog.Entry(2, 1, Reason.AUTH, false, "AUTH", "app", "id=2", 1002, 1002),
                        new AclLog.Entry(1, 1, Reason.COMMAND, true, "get", "app", "id=1", 1001, 1001));

        log.add(Reason.COMMAND, false, "get", "app", "id=3", 121_001);
        assertThat(log.latest(1))
                .containsExactly(new AclLog.Entry(3, 1, Reason.COMMAND, false, "get", "app", "id=3", 121_001, 121_001));
        assertThat(log.latest(-1)).isEmpty();
        log.clear();
        assertThat(log.latest(9)).isEmpty();
    }

    @Test
    void it_has_bounds_and_shows_nothing_that_moves_a_cursor() {
        for (int i = 0; i < 1000; i++) {
            log.add(Reason.AUTH, false, "AUTH", i + "x".repeat(10_000) + "\u001b[2J", "x".repeat(10_000), i);
        }

        assertThat(log.latest(Long.MAX_VALUE)).hasSize(AclLog.MOST_ENTRIES).allSatisfy(entry -> {
            assertThat(entry.user()).hasSizeLessThan(300).doesNotContain("\u001b");
            assertThat(entry.client()).hasSizeLessThan(1200);
        });
        assertThat(log.latest(1).get(0).id()).isEqualTo(999);
    }
}
