package io.distcache.server.frontdoor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Clients that have not come in yet have bounded room, and who has come first gives way. */
class NewcomersTest {
    private final List<String> ended = new ArrayList<>();
    private final Newcomers newcomers = new Newcomers(400);

    private Newcomers.Newcomer enter(String address, String name) {
        return newcomers.enter(address, false, () -> ended.add(name));
    }

    @Test
    void an_address_has_its_share_and_pushes_out_its_own_first() {
        Newcomers.Newcomer other = enter("other", "other");
        for (int i = 0; i < 102; i++) {
            enter("flood", "flood" + i);
        }
        assertThat(ended).containsExactly("flood0", "flood1");
        assertThat(newcomers.count()).isEqualTo(101);
        other.leave();
        other.leave();
        assertThat(newcomers.count()).isEqualTo(100);
    }

    @Test
    void all_together_have_theirs_and_whoever_has_come_first_is_pushed_out() {
        for (int i = 0; i < 201; i++) {
            enter("address" + i, "n" + i);
        }
        assertThat(ended).containsExactly("n0");
        assertThat(newcomers.count()).isEqualTo(200);
    }

    @Test
    void who_has_come_in_makes_room() {
        for (int i = 0; i < 10_000; i++) {
            enter("flood", "flood" + i).leave();
        }
        assertThat(ended).isEmpty();
        assertThat(newcomers.count()).isZero();
    }
}
