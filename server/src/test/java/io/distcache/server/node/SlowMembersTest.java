package io.distcache.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SlowMembersTest {
    private static final int SELF = 0;

    /** Of group 2 of the keys. */
    private static SlowMembers.Look look(boolean reached, int term, long last, long behind) {
        return new SlowMembers.Look(
                List.of(true, reached, true), Map.of(3, new SlowMembers.Led(term, last, List.of(0L, behind, 0L))));
    }

    private static String line(List<SlowMembers.Look> looks) {
        return SlowMembers.line(looks, SELF, member -> "n" + (member + 1));
    }

    private static List<SlowMembers.Look> looks(long lastStep, long behindFirst, long behindStep) {
        List<SlowMembers.Look> looks = new ArrayList<>();
        for (int i = 0; i < SlowMembers.LOOKS; i++) {
            looks.add(look(true, 4, 10_000 + i * lastStep, behindFirst + i * behindStep));
        }
        return looks;
    }

    @Test
    void a_member_that_has_not_got_what_was_there_five_seconds_ago_is_slow() {
        assertThat(line(looks(100, 300, 150)))
                .isEqualTo(
                        "n2 is slow: it lacks 1050 entries of group 2, some of them for over 5 s. Look at its disk, its"
                                + " processor and the network to it. Stop no other node before it keeps up.");
        assertThat(line(looks(0, 300, 0))).startsWith("n2 is slow: it lacks 300 entries of group 2");
    }

    /** A leader that was elected while it was away does not know what it has. */
    @Test
    void one_that_does_not_answer_is_not_said_to_lack_everything() {
        List<SlowMembers.Look> looks = new ArrayList<>();
        for (int i = 0; i < SlowMembers.LOOKS; i++) {
            looks.add(look(true, 4, 10_000, 10_000));
        }
        assertThat(line(looks))
                .isEqualTo(
                        "n2 has not said for over 5 s what it has of group 2: it loads what it has, or stands still. If that"
                                + " lasts, look at its processor and its disk. Stop no other node before it keeps up.");
    }

    @Test
    void one_that_lacks_less_and_less_is_catching_up() {
        assertThat(line(looks(0, 9000, -1000)))
                .isEqualTo("n2 is catching up: it lacks 4000 entries of group 2, and lacked 9000 5 s ago. Stop no other"
                        + " node before it has them.");
    }

    @Test
    void what_is_under_way_is_no_lag() {
        assertThat(line(looks(0, 256, 0))).isEmpty();
        // Under load there are many, but new ones.
        assertThat(line(looks(50_000, 5000, 10))).isEmpty();
    }

    @Test
    void one_that_was_away_in_between_is_neither_slow_nor_away_yet() {
        List<SlowMembers.Look> looks = looks(0, 300, 0);
        looks.set(2, look(false, 4, 10_000, 300));
        assertThat(line(looks)).isEmpty();
    }

    @Test
    void one_that_is_not_in_reach_is_named_by_who_leads_something() {
        List<SlowMembers.Look> looks = new ArrayList<>();
        for (int i = 0; i < SlowMembers.LOOKS; i++) {
            looks.add(look(false, 4, 10, 10));
        }
        assertThat(line(looks))
                .isEqualTo(
                        "n2 has not been in reach of this node for 5 s. Start it again with its data directory, or look"
                                + " at the network to it. Stop no other node before it is back.");
        looks.set(SlowMembers.LOOKS - 1, new SlowMembers.Look(List.of(true, false, true), Map.of()));
        assertThat(line(looks)).isEmpty();
    }

    @Test
    void nothing_is_said_before_it_was_looked_for_long_enough_nor_of_a_new_leadership() {
        List<SlowMembers.Look> looks = looks(100, 300, 150);
        assertThat(line(looks.subList(1, SlowMembers.LOOKS))).isEmpty();
        looks.set(0, look(true, 3, 10_000, 300));
        assertThat(line(looks)).isEmpty();
    }

    @Test
    void several_are_in_one_line() {
        List<SlowMembers.Look> looks = new ArrayList<>();
        for (int i = 0; i < SlowMembers.LOOKS; i++) {
            looks.add(new SlowMembers.Look(
                    List.of(true, false, true), Map.of(0, new SlowMembers.Led(1, 900, List.of(0L, 900L, 800L)))));
        }
        assertThat(line(looks))
                .contains("n2 has not been in reach", "n3 is slow: it lacks 800 entries of the group of the caches");
    }
}
