package io.distcache.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.protocol.Routes.Leader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RoutesTest {
    private static final List<Routes.Node> NODES =
            List.of(new Routes.Node("a", "h1", 1), new Routes.Node("b", "h2", 2), new Routes.Node("c", "::1", 3));

    private static Routes routes(Leader... leaders) {
        return new Routes(7, leaders.length, NODES, Arrays.asList(leaders));
    }

    @Test
    void the_higher_term_counts_group_by_group() {
        Routes here = routes(new Leader(3, 0), new Leader(5, 1), Leader.UNKNOWN);
        Routes there = routes(new Leader(4, 2), new Leader(4, 0), new Leader(1, 1));
        Routes both = routes(new Leader(4, 2), new Leader(5, 1), new Leader(1, 1));
        assertThat(here.merge(there)).isEqualTo(both);
        assertThat(there.merge(here)).isEqualTo(both);
    }

    @Test
    void in_one_term_a_leader_counts_over_nobody_and_in_a_later_one_nobody_counts() {
        Routes nobody = routes(new Leader(3, Routes.NOBODY));
        Routes somebody = routes(new Leader(3, 1));
        assertThat(nobody.merge(somebody)).isEqualTo(somebody);
        assertThat(somebody.merge(nobody)).isEqualTo(somebody);
        Routes later = routes(new Leader(4, Routes.NOBODY));
        assertThat(somebody.merge(later)).isEqualTo(later);
    }

    @Test
    void what_is_of_another_pool_is_not_looked_at() {
        Routes here = routes(new Leader(3, 0));
        assertThat(here.merge(new Routes(8, 1, NODES, List.of(new Leader(9, 1)))))
                .isEqualTo(here);
        assertThat(here.merge(Routes.NONE)).isEqualTo(here);
        assertThat(Routes.NONE.merge(here)).isEqualTo(here);
    }

    @Test
    void all_end_with_the_same_whatever_order_it_comes_in() {
        Random random = new Random(15);
        for (int round = 0; round < 200; round++) {
            // In one term only one node leads.
            int[] leaderOf = random.ints(5, -1, 3).toArray();
            List<Routes> heard = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                heard.add(routes(leader(random, leaderOf), leader(random, leaderOf), leader(random, leaderOf)));
            }
            Routes once = merged(heard);
            Collections.shuffle(heard, random);
            assertThat(merged(heard)).isEqualTo(once);
        }
    }

    private static Leader leader(Random random, int[] leaderOf) {
        int term = random.nextInt(leaderOf.length);
        return new Leader(term, random.nextBoolean() ? leaderOf[term] : Routes.NOBODY);
    }

    private static Routes merged(List<Routes> heard) {
        return heard.stream().reduce(Routes.NONE, Routes::merge);
    }

    @Test
    void consecutive_partitions_are_in_one_group_and_every_group_has_some() {
        for (int groups : new int[] {1, 3, 16, 64}) {
            Routes routes = Routes.of(7, groups, NODES);
            int before = 0;
            for (int partition = 0; partition < Routes.PARTITIONS; partition++) {
                int group = routes.groupOfPartition(partition);
                assertThat(group).isBetween(before, before + 1);
                before = group;
            }
            assertThat(routes.groupOfPartition(0)).isZero();
            assertThat(before).isEqualTo(groups - 1);
        }
        Bytes key = Bytes.ofUtf8("\u0002{user}1");
        assertThat(Routes.of(7, 64, NODES).groupOf(key)).isEqualTo(KeySlot.of(key) >>> 8);
    }

    @Test
    void what_cannot_be_is_refused() {
        assertThatThrownBy(() -> routes(new Leader(1, 3))).hasMessageContaining("node 3");
        assertThatThrownBy(() -> routes(new Leader(-1, 0))).hasMessageContaining("term -1");
        assertThatThrownBy(() -> new Routes(7, 65, NODES, List.of())).hasMessageContaining("65 groups");
        assertThatThrownBy(() -> new Routes(7, 2, NODES, List.of(Leader.UNKNOWN)))
                .hasMessageContaining("1 leaders of 2 groups");
        assertThatThrownBy(() -> new Routes(0, 1, NODES, List.of(Leader.UNKNOWN)))
                .hasMessageContaining("pool 0");
        assertThatThrownBy(() -> new Routes.Node("a", "h", 0)).hasMessageContaining("port 0");
    }

    @Test
    void an_ipv6_address_stands_in_brackets() {
        assertThat(NODES.get(2).address()).isEqualTo("[::1]:3");
        assertThat(NODES.get(0).address()).isEqualTo("h1:1");
    }
}
