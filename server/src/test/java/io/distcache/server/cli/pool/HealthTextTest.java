package io.distcache.server.cli.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.HealthReport;
import io.distcache.protocol.HealthReport.Figure;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HealthTextTest {
    private static final Membership POOL =
            new Membership(4, List.of(PoolMember.parse("a=h1"), PoolMember.parse("b=h2*2")));

    private static HealthReport report(HealthReport.State state, String cause, long hints, String version) {
        return report(state, cause, hints, version, 0);
    }

    private static HealthReport report(
            HealthReport.State state, String cause, long hints, String version, int lateClients) {
        return HealthReport.in(state)
                .cause(cause)
                .progressPercent(40)
                .node("x")
                .incarnation(1)
                .with(Figure.UPTIME_MILLIS, 777_600_000)
                .with(Figure.ENTRIES, 999_000_000)
                .with(Figure.BYTES, 230L << 30)
                .with(Figure.MAX_BYTES, 999L << 30)
                .with(Figure.CONNECTIONS, 65_535)
                .with(Figure.OPERATIONS, 1)
                .with(Figure.EVICTIONS, 2)
                .with(Figure.UNSYNCED_BYTES, 999L << 20)
                .with(Figure.SYNC_MICROS, 999_000)
                .with(Figure.SNAPSHOT_MILLIS, 777_600_000)
                .version(version)
                .with(Figure.HITS, 999)
                .with(Figure.MISSES, 1)
                .with(Figure.OPERATIONS_PER_SECOND, 999_499)
                .with(Figure.LAG_MICROS, 999_000)
                .with(Figure.HEAP_BYTES, 999L << 20)
                .with(Figure.MAX_HEAP_BYTES, 999L << 20)
                .with(Figure.DIRECT_BYTES, 1)
                .with(Figure.POOL_EPOCH, 4)
                .with(Figure.HINTS, hints)
                .with(Figure.LATE_CLIENTS, lateClients)
                .with(Figure.FAILED_LOGINS, 12)
                .with(Figure.FORBIDDEN_COMMANDS, 1234)
                .build();
    }

    private static PoolSight.Node node(String name, int weight, HealthReport report, Membership knows) {
        return new PoolSight.Node(name, weight, new Sight(name + ":2050", report, knows, ""));
    }

    private static String text(PoolSight pool, boolean wide) {
        StringWriter text = new StringWriter();
        new HealthText(pool, wide).print(new PrintWriter(text));
        return text.toString();
    }

    @Test
    void the_longest_values_of_a_long_name_fit_into_120_columns_and_wide_shows_all() {
        String name = "cache-17.rack-3.eu-west.example.com";
        HealthReport report = report(HealthReport.State.STARTING, "", 0, "10.12.13-SNAPSHOT");
        PoolSight pool = new PoolSight(
                POOL,
                List.of(node(name, 1, report, POOL), new PoolSight.Node("b", 2, Sight.unreachable("h2:2050", "gone"))));

        assertThat(text(pool, false).lines().limit(3)).allMatch(line -> line.length() <= 120);
        assertThat(text(pool, false))
                .contains("cache-17...xample.com", "starting 40%", "b (h2:2050) cannot be reached: gone");
        assertThat(text(pool, true))
                .contains(
                        name + "  " + name + ":2050",
                        "10.12.13-SNAPSHOT",
                        "weight",
                        "hints",
                        "late",
                        "bad logins",
                        "forbidden");
    }

    @Test
    void what_is_not_as_it_should_be_is_told_below() {
        PoolSight pool = new PoolSight(
                POOL,
                List.of(
                        node("a", 1, report(HealthReport.State.READ_ONLY, "disk full", 0, "1.0"), POOL),
                        node("b", 2, report(HealthReport.State.SERVING, "", 17, "1.1", 1), POOL),
                        node("c", 0, report(HealthReport.State.DRAINING, "", 0, "1.1"), Membership.NONE)));

        assertThat(text(pool, false))
                .contains(
                        "a (a:2050) is read-only: disk full",
                        "b (b:2050) keeps 17 hints",
                        "b (b:2050) answers changes without the synchronous listeners of 1 client, which is late",
                        "c (c:2050) is not in the pool",
                        "versions differ: 1.0, 1.1",
                        "pool of epoch 4, 2 members: 1 of 3 nodes serving")
                .doesNotContain("DISAGREE");
    }

    @Test
    void members_that_disagree_are_told_loudly_the_newest_first() {
        Membership older = new Membership(3, List.of(PoolMember.parse("a=h1")));
        HealthReport report = report(HealthReport.State.SERVING, "", 0, "1");
        PoolSight pool = new PoolSight(
                POOL,
                List.of(
                        node("a", 1, report, older),
                        node("b", 1, report, POOL),
                        node("c", 1, report, Membership.NONE),
                        node("d", 1, report, POOL)));

        assertThat(text(pool, false).lines())
                .containsSequence(
                        "THE MEMBERS DISAGREE on who is in the pool:",
                        "  b, d know epoch 4: a=h1:2050,b=h2:2050*2",
                        "  a knows epoch 3: a=h1:2050",
                        "  c knows of no pool");
    }

    @Test
    void nodes_without_a_pool_stand_for_themselves() {
        HealthReport report = report(HealthReport.State.SERVING, "", 0, "1");
        PoolSight pool = new PoolSight(Membership.NONE, List.of(node("a", 0, report, Membership.NONE)));

        assertThat(text(pool, false)).contains("no pool: all serving").doesNotContain("not in the pool", "DISAGREE");
    }

    // --- a replicated pool

    private static final Routes ROUTES = Routes.of(
            0xa7,
            2,
            List.of(new Routes.Node("n1", "h1", 1), new Routes.Node("n2", "h2", 2), new Routes.Node("n3", "h3", 3)));

    private static Sight member(int number, List<Reply.Group> groups) {
        return member(number, groups, HealthReport.State.SERVING);
    }

    private static Sight member(int number, List<Reply.Group> groups, HealthReport.State state) {
        return new Sight(
                "h" + number + ":" + number,
                report(state, "", 0, "1"),
                null,
                "BAD_REQUEST: POOL is for pools that clients keep together",
                new Sight.Replica(ROUTES, groups));
    }

    private static PoolSight replicated(Sight... sights) {
        Map<String, Sight> byAddress = new LinkedHashMap<>();
        for (Sight sight : sights) {
            byAddress.put(sight.address(), sight);
        }
        return PoolSight.of(Membership.NONE, List.of("h1:1"), byAddress);
    }

    @Test
    void of_a_replicated_pool_it_is_told_who_leads_how_much_and_lacks_what() {
        PoolSight pool = replicated(
                member(1, List.of(group(0, 0L, 0L, 7L), group(1), group(0, 0L, 1L, 900L))),
                member(2, List.of(group(0), group(1, 3L, 0L, 0L), group(0))),
                member(3, List.of(group(0), group(1), group(0))));

        String text = text(pool, false);
        assertThat(text.lines().limit(4)).allMatch(line -> line.length() <= 120);
        assertThat(text.lines().map(line -> line.replaceAll(" +", " ")))
                .anyMatch(line -> line.startsWith("node state up") && line.endsWith(" leads behind conns"))
                .anyMatch(line -> line.startsWith("n1 serving") && line.endsWith(" 2 3 66k"))
                .anyMatch(line -> line.startsWith("n3 serving") && line.endsWith(" 0 900 66k"))
                .contains("n3 lacks 900 entries of a group; it is getting them. Stop no other node until it has");
        assertThat(text)
                .contains(
                        "replicated pool 00000000000000a7 of n1, n2, n3, 2 groups of keys, each with a leader: all serving")
                .doesNotContain("no pool", "not in the pool", "BAD_REQUEST");
        assertThat(pool.areAllReady()).isFalse();
    }

    @Test
    void of_a_replicated_pool_without_a_majority_it_is_told_what_to_do() {
        PoolSight pool = replicated(
                member(1, List.of(group(-1), group(-1), group(-1))),
                Sight.unreachable("h2:2", "gone"),
                Sight.unreachable("h3:3", "gone"));

        assertThat(text(pool, false).lines())
                .contains(
                        "n2 cannot be reached: gone. Start it again with its data directory; it gets what it lacks from the others",
                        "fewer than 2 of 3 nodes are there: nothing can be read or written until more are. Should they"
                                + " never come back, see: distcache pool force-recover --help")
                .anyMatch(line -> line.contains("n1, n2, n3, 3 of 3 groups without a leader: 1 of 3 nodes serving"));
        assertThat(pool.areAllReady()).isFalse();
    }

    /** As one that was started with an empty directory, or that of another pool. */
    @Test
    void a_node_that_is_no_member_where_one_should_be_is_not_taken_for_one() {
        List<Reply.Group> led = List.of(group(0, 0L, 0L, 2L), group(1), group(0, 0L, 0L, 0L));
        Sight alone = new Sight("h3:3", report(HealthReport.State.SERVING, "", 0, "1"), Membership.NONE, "");
        Routes others = Routes.of(0xb8, 2, ROUTES.nodes());
        Sight ofAnother = new Sight(
                "h3:3",
                report(HealthReport.State.SERVING, "", 0, "1"),
                null,
                "",
                new Sight.Replica(others, List.of(group(2), group(2), group(2))));

        for (Sight stranger : List.of(alone, ofAnother)) {
            PoolSight pool = replicated(member(1, led), member(2, led), stranger);
            assertThat(text(pool, false).lines())
                    .contains("n3 is not in the pool: the node at h3:3 has another data directory than that of this"
                            + " member. Start it again with that one");
            assertThat(pool.areAllReady()).isFalse();
            assertThat(pool.replicated()).isNotNull();
            assertThat(pool.replicated().state(2)).isEqualTo("not in the pool");
            assertThat(pool.replicated().leads(2)).isZero();
        }
    }

    /** The leaders count from the beginning of their logs then, which says nothing. */
    @Test
    void what_a_member_lacks_that_its_leader_has_not_heard_of_is_no_number() {
        List<Reply.Group> led = List.of(group(0, 0L, 1000L, 1000L), group(0), group(0));
        PoolPicture picture = replicated(member(1, led), member(2, led), Sight.unreachable("h3:3", "gone"))
                .replicated();

        assertThat(picture).isNotNull();
        assertThat(picture.shownBehind(0, String::valueOf)).isEqualTo("0");
        assertThat(picture.shownBehind(1, String::valueOf)).isEqualTo("all");
        assertThat(picture.shownBehind(2, String::valueOf)).isEqualTo("?");
        assertThat(picture.problems())
                .contains("n2 lacks all entries of a group; it is getting them. Stop no other node until it has");
    }

    @Test
    void a_member_that_serves_not_yet_or_no_more_is_told_of() {
        List<Reply.Group> led = List.of(group(0), group(1), group(1));
        PoolPicture picture = replicated(
                        member(1, led),
                        member(2, led, HealthReport.State.STARTING),
                        member(3, led, HealthReport.State.DRAINING))
                .replicated();

        assertThat(picture).isNotNull();
        assertThat(picture.problems())
                .hasSize(2)
                .anyMatch(line -> line.startsWith("n2 is starting, and has "))
                .contains("n3 is stopping. Stop no other node until it is back");
    }

    @Test
    void only_what_may_pass_by_itself_is_looked_at_again() {
        List<Reply.Group> led = List.of(group(0), group(1), group(2));
        List<Reply.Group> handedOver = List.of(group(0), group(-1), group(2));
        List<Reply.Group> lost = List.of(group(-1), group(-1), group(-1));
        Sight gone = Sight.unreachable("h3:3", "gone");

        assertThat(mayPass(member(1, led), member(2, led), member(3, led))).isFalse();
        assertThat(mayPass(member(1, handedOver), member(2, handedOver), member(3, handedOver)))
                .isTrue();
        assertThat(mayPass(member(1, handedOver), member(2, handedOver), gone)).isTrue();
        assertThat(mayPass(member(1, led), member(2, led), gone)).isFalse();
        assertThat(mayPass(member(1, led), member(2, led), member(3, led, HealthReport.State.READ_ONLY)))
                .isFalse();
        assertThat(mayPass(member(1, lost), Sight.unreachable("h2:2", "gone"), gone))
                .isFalse();
    }

    private static boolean mayPass(Sight... sights) {
        PoolPicture picture = replicated(sights).replicated();
        assertThat(picture).isNotNull();
        return picture.mayPass();
    }

    private static Reply.Group group(int leader, Long... behind) {
        return new Reply.Group(5, leader, 1000, List.of(behind));
    }
}
