package io.distcache.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MembershipTest {
    private static final long LAST = Membership.LAST_EPOCH;

    private static Membership of(long epoch) {
        return new Membership(epoch, List.of(new PoolMember("a", "a:1", 1)));
    }

    @Test
    void the_higher_epoch_is_the_newer_and_after_the_last_it_goes_on_from_the_beginning() {
        assertThat(of(2).isNewerThan(of(1))).isTrue();
        assertThat(of(1).isNewerThan(of(2))).isFalse();
        assertThat(of(1).isNewerThan(Membership.NONE)).isTrue();
        assertThat(of(LAST).isNewerThan(Membership.NONE)).isTrue();
        assertThat(Membership.NONE.isNewerThan(of(LAST))).isFalse();

        Membership last = of(LAST);
        Membership next = of(last.nextEpoch());
        assertThat(next.epoch()).isEqualTo(2);
        assertThat(next.isNewerThan(last)).isTrue();
        assertThat(last.isNewerThan(next)).isFalse();
        assertThat(next.isFarFrom(last)).isFalse();
    }

    @Test
    void what_is_more_than_a_million_changes_away_is_far() {
        assertThat(of(1_000_005).isFarFrom(of(5))).isFalse();
        assertThat(of(1_000_006).isFarFrom(of(5))).isTrue();
        assertThat(of(5).isFarFrom(of(1_000_006))).isTrue();
        assertThat(of(LAST).isFarFrom(of(5))).isFalse();
        assertThat(of(LAST - 1_000_000).isFarFrom(of(5))).isTrue();
        assertThat(of(LAST / 2).isFarFrom(of(1))).isTrue();
        assertThat(of(LAST).isFarFrom(Membership.NONE)).isFalse();
        assertThat(Membership.NONE.isFarFrom(of(LAST))).isFalse();
        assertThat(of(1_000_006).whyFarFrom(of(5)))
                .isEqualTo("epoch 1000006 is more than 1000000 changes away from epoch 5");
        assertThat(of(6).whyFarFrom(of(5))).isNull();
    }

    @Test
    void of_any_two_epochs_one_is_newer_and_the_next_change_is_newer_than_both_if_they_are_near() {
        Random random = new Random(11);
        for (int i = 0; i < 100_000; i++) {
            Membership one = of(1 + random.nextLong(LAST));
            long step = random.nextInt(Membership.MAX_STEP + 1);
            Membership other =
                    of(random.nextBoolean() ? 1 + random.nextLong(LAST) : Math.min(LAST, one.epoch() + step));
            if (one.epoch() == other.epoch()) {
                continue;
            }
            assertThat(one.isNewerThan(other)).isNotEqualTo(other.isNewerThan(one));
            if (!one.isFarFrom(other)) {
                Membership newer = one.isNewerThan(other) ? one : other;
                Membership next = of(newer.nextEpoch());
                assertThat(next.isNewerThan(one)).isTrue();
                assertThat(next.isNewerThan(other)).isTrue();
            }
        }
    }

    @Test
    void epochs_beyond_the_last_are_none() {
        for (long epoch : new long[] {-1, LAST + 1, Long.MAX_VALUE - 1, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> of(epoch))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("in epoch " + epoch)
                    .hasMessageContaining("epochs from 0 to 4611686018427387904");
        }
    }

    @Test
    void a_single_member_that_was_told_something_far_is_not_followed() {
        List<Membership> all = new ArrayList<>(List.of(of(5), Membership.NONE, of(6), of(5)));
        assertThat(Membership.newestOf(all)).isEqualTo(of(6));
        for (long far : new long[] {1L << 40, 1L << 60, 1L << 61, LAST / 2 + 3, LAST - 2_000_000}) {
            List<Membership> more = new ArrayList<>(all);
            more.add(0, of(far));
            assertThat(Membership.newestOf(more)).as("beside %d", far).isEqualTo(of(6));
            assertThat(Membership.newestOf(List.of(of(6), of(far)))).isEqualTo(of(6));
            assertThat(Membership.newestOf(List.of(of(far)))).isEqualTo(of(far));
        }
        assertThat(Membership.newestOf(List.of(Membership.NONE))).isEqualTo(Membership.NONE);
    }
}
