package io.distcache.server.cli;

import static io.distcache.server.cli.Tools.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.cli.Tools.Ended;
import io.distcache.server.shard.ManualClock;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code pool list}, {@code add} and {@code remove}, against nodes that keep to a script, and real ones. */
@Timeout(120)
class PoolToolsIT {
    private ScriptedMember a;
    private ScriptedMember b;
    private ScriptedMember c;

    @BeforeEach
    void start() throws IOException {
        a = new ScriptedMember();
        b = new ScriptedMember();
        c = new ScriptedMember();
    }

    @AfterEach
    void stop() throws IOException {
        a.close();
        b.close();
        c.close();
    }

    private static PoolMember member(String name, ScriptedMember node) {
        return new PoolMember(name, node.address(), 1);
    }

    /** A and b as a pool of epoch 3. */
    private Membership poolOfTwo() {
        Membership pool = new Membership(3, List.of(member("a", a), member("b", b)));
        a.knows(pool);
        b.knows(pool);
        return pool;
    }

    @Test
    void a_node_and_those_that_are_added_become_a_pool() {
        Ended ended = run("pool", "add", b.address() + "*2", "--node", a.address());

        assertThat(ended.code()).as(ended.toString()).isZero();
        Membership made = new Membership(
                1, List.of(new PoolMember(a.address(), a.address(), 1), new PoolMember(b.address(), b.address(), 2)));
        assertThat(a.membership()).isEqualTo(made);
        assertThat(b.membership()).isEqualTo(made);
        assertThat(a.told())
                .singleElement()
                .satisfies(pool -> assertThat(pool.self()).isEqualTo(a.address()));
        assertThat(b.told())
                .singleElement()
                .satisfies(pool -> assertThat(pool.self()).isEqualTo(b.address()));
        assertThat(ended.out()).contains(b.address() + ": added", "took it", "a new pool, of epoch 1: " + made.text());
    }

    @Test
    void those_that_make_a_pool_can_be_given_names() {
        Ended ended = run("pool", "add", "x=localhost:" + a.port(), "y=" + b.address(), "--node", a.address());

        assertThat(ended.code()).as(ended.toString()).isZero();
        assertThat(a.membership().text()).isEqualTo("x=localhost:" + a.port() + ",y=" + b.address());
        assertThat(a.told()).hasSize(1);
    }

    @Test
    void the_newest_membership_counts_and_all_members_are_told() {
        Membership old = poolOfTwo();
        b.knows(new Membership(7, old.members()));

        Ended ended = run("pool", "add", "c=" + c.address(), "--node", a.address());

        assertThat(ended.code()).as(ended.toString()).isZero();
        Membership made = new Membership(8, List.of(member("a", a), member("b", b), member("c", c)));
        assertThat(List.of(a.membership(), b.membership(), c.membership())).containsOnly(made);
    }

    @Test
    void a_name_that_is_there_gets_another_address_and_weight_and_its_old_node_is_told_that_it_is_out() {
        poolOfTwo();

        Ended ended = run("pool", "add", "b=" + c.address() + "*5", "--node", a.address());

        assertThat(ended.code()).as(ended.toString()).isZero();
        assertThat(ended.out())
                .contains(
                        "b: is in the pool already; now at " + c.address() + ", before at " + b.address(),
                        "b: is in the pool already; now of weight 5, before 1");
        assertThat(c.told())
                .singleElement()
                .satisfies(pool -> assertThat(pool.self()).isEqualTo("b"));
        assertThat(b.told())
                .singleElement()
                .satisfies(pool -> assertThat(pool.self()).isEqualTo(b.address()));
    }

    @Test
    void a_member_as_it_is_changes_nothing_and_tells_those_who_missed_it() {
        Membership pool = poolOfTwo();
        b.knows(Membership.NONE);

        Ended ended = run("pool", "add", "b=" + b.address(), "--node", a.address());

        assertThat(ended.code()).as(ended.toString()).isZero();
        assertThat(ended.out()).contains("nothing to change");
        assertThat(b.membership()).isEqualTo(pool);
    }

    @Test
    void a_member_that_is_removed_is_told_under_its_name() {
        poolOfTwo();

        Ended ended = run("pool", "remove", "b", "--node", b.address());

        assertThat(ended.code()).as(ended.toString()).isZero();
        Membership left = new Membership(4, List.of(member("a", a)));
        assertThat(a.membership()).isEqualTo(left);
        assertThat(b.membership()).isEqualTo(left);
        assertThat(b.told())
                .singleElement()
                .satisfies(pool -> assertThat(pool.self()).isEqualTo("b"));
        assertThat(ended.out()).contains("b: removed", "took it: it is out");
    }

    @Test
    void a_member_that_cannot_be_reached_is_warned_of_and_stops_nothing() throws IOException {
        poolOfTwo();
        b.close();

        Ended ended = run("pool", "add", "c=" + c.address(), "--node", a.address());

        assertThat(ended.code()).as(ended.toString()).isZero();
        assertThat(ended.out()).containsPattern("b +" + b.address() + " +cannot be reached: ");
        assertThat(ended.err()).contains("WARNING: b cannot be reached", "from the first client");
        assertThat(c.membership().epoch()).isEqualTo(4);

        Ended removed = run("pool", "remove", "b", "--node", a.address());
        assertThat(removed.code()).as(removed.toString()).isZero();
        assertThat(a.membership().members()).extracting(PoolMember::name).containsExactly("a", "c");
    }

    @Test
    void somebody_elses_change_at_the_same_time_is_not_hidden() {
        Membership pool = poolOfTwo();
        b.answers(new Reply.Members(new Membership(9, pool.members())));

        Ended ended = run("pool", "add", "c=" + c.address(), "--node", a.address());

        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.err()).contains("somebody else has changed the pool meanwhile, to epoch 9", "Nothing is lost");
        assertThat(ended.out()).doesNotContain("pool of epoch 4");
    }

    @Test
    void a_member_that_was_told_an_absurd_epoch_stops_no_change_of_the_others() {
        Membership pool = poolOfTwo();
        a.knows(new Membership(1L << 61, pool.members()));
        Membership three = new Membership(4, List.of(member("a", a), member("b", b), member("c", c)));
        b.knows(three);
        c.knows(three);

        Ended ended = run("pool", "remove", "c", "--node", a.address(), "--node", b.address(), "--node", c.address());

        assertThat(ended.code()).isEqualTo(1);
        assertThat(List.of(b.membership(), c.membership())).containsOnly(new Membership(5, pool.members()));
        assertThat(ended.out())
                .contains("refused: BAD_REQUEST: epoch 5 is more than 1000000 changes away from epoch " + (1L << 61));
        assertThat(ended.err()).contains("a did not take it");
    }

    @Test
    void a_pool_of_the_last_epoch_is_changed_like_any_other() {
        Membership last = new Membership(Membership.LAST_EPOCH, poolOfTwo().members());
        a.knows(last);
        b.knows(last);

        Ended ended = run("pool", "add", "c=" + c.address(), "--node", a.address());

        assertThat(ended.code()).as(ended.toString()).isZero();
        Membership made = new Membership(2, List.of(member("a", a), member("b", b), member("c", c)));
        assertThat(List.of(a.membership(), b.membership(), c.membership())).containsOnly(made);
    }

    @Test
    void a_member_that_refuses_is_exit_code_1() {
        poolOfTwo();
        b.answers(new Reply.Failure(Status.STARTING, "40 % of its data"));

        Ended ended = run("pool", "add", "c=" + c.address(), "--node", a.address());

        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.out()).contains("refused: STARTING: 40 % of its data");
        assertThat(ended.err()).contains("b did not take it");
    }

    @Test
    void what_is_wrong_changes_nothing() throws IOException {
        Membership pool = poolOfTwo();
        String gone;
        try (ScriptedMember node = new ScriptedMember()) {
            gone = node.address();
        }

        refused(2, "no member of the pool is named 'x'; there are a, b", "remove", "x");
        refused(2, "would have no member any more", "remove", "a", "b");
        refused(1, gone + " cannot be reached", "add", gone);
        refused(2, "is in the pool already, as a at " + a.address(), "add", "z=" + a.address());
        refused(2, "is in the pool already, as b at " + b.address(), "add", "z=localhost:" + b.port());
        refused(2, "is in the pool already, as x at", "add", "x=" + c.address(), "y=" + c.address());
        refused(2, "c is given twice", "add", "c=" + c.address(), "c=" + c.address() + "*2");
        refused(2, "has no port number", "add", "c=h1:many");
        refused(2, "no number from 1 to 100", "add", "h1*0");
        assertThat(a.membership()).isEqualTo(pool);
        assertThat(b.membership()).isEqualTo(pool);
        assertThat(a.told()).isEmpty();
        assertThat(c.told()).isEmpty();

        assertThat(run("pool", "add", gone, "--force", "--node", a.address()).code())
                .isZero();
        assertThat(a.membership().epoch()).isEqualTo(4);
    }

    private void refused(int code, String why, String command, Object... arguments) {
        Object[] all = new Object[arguments.length + 4];
        all[0] = "pool";
        all[1] = command;
        all[2] = "--node";
        all[3] = a.address();
        System.arraycopy(arguments, 0, all, 4, arguments.length);
        Ended ended = run(all);
        assertThat(ended.code()).as(ended.toString()).isEqualTo(code);
        assertThat(ended.err()).contains(why);
    }

    @Test
    void a_node_of_another_pool_comes_in_by_force_only() {
        poolOfTwo();
        c.knows(new Membership(
                12, List.of(new PoolMember("else", c.address(), 1), new PoolMember("where", "h9:2050", 1))));

        refused(1, c.address() + " is in another pool, of epoch 12", "add", "c=" + c.address());

        assertThat(run("pool", "add", "c=" + c.address(), "--force", "--node", a.address())
                        .code())
                .isZero();
        assertThat(c.membership()).isEqualTo(a.membership());
        assertThat(c.membership().epoch()).isEqualTo(13);
    }

    @Test
    void without_a_pool_nobody_can_be_removed_and_without_a_node_nothing_is_known() throws IOException {
        assertThat(run("pool", "remove", "a", "--node", a.address()).err()).contains("knows of no pool");
        String gone = a.address();
        a.close();
        Ended ended = run("pool", "add", b.address(), "--node", gone);
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.err()).contains(gone + " cannot be reached, so who is in the pool is not known");
        assertThat(run("pool", "list", "--node", gone).code()).isEqualTo(1);
    }

    @Test
    void members_are_listed_with_what_they_know() throws IOException {
        poolOfTwo();
        b.knows(Membership.NONE);

        Ended text = run("pool", "list", "--node", a.address());
        Ended json = run("pool", "list", "--json", "--node", a.address());

        assertThat(text.code()).isZero();
        assertThat(text.out())
                .containsPattern("a +" + a.address() + " +1 +50% +yes +3")
                .containsPattern("b +" + b.address() + " +1 +50% +yes +none")
                .contains("pool of epoch 3: a=" + a.address(), "DISAGREE");
        List<JsonObject> lines = json.out().lines().map(JsonObject::new).toList();
        assertThat(lines).extracting(line -> line.getString("name")).containsExactly("a", "b");
        assertThat(lines).extracting(line -> line.getLong("epoch")).containsExactly(3L, 0L);
        b.close();
        assertThat(run("pool", "list", "--node", a.address()).out())
                .containsPattern("b +" + b.address() + " +1 +50% +no +[?]");
    }

    @Test
    void changes_are_told_to_programs_too() throws IOException {
        poolOfTwo();
        b.close();

        Ended ended = run("pool", "add", "c=" + c.address(), "--json", "--node", a.address());

        assertThat(ended.code()).isZero();
        List<JsonObject> lines = ended.out().lines().map(JsonObject::new).toList();
        assertThat(lines).extracting(line -> line.getBoolean("tookIt")).containsExactly(true, false, true);
        assertThat(lines.get(1).getString("error")).contains("cannot be reached");
    }

    @Test
    void real_nodes_take_it_and_drop_what_is_no_longer_theirs(@TempDir Path parent) throws Exception {
        try (RunningNode one = new RunningNode(parent.resolve("1"), new ManualClock(), "node.name=one");
                RunningNode two = new RunningNode(parent.resolve("2"), new ManualClock(), "node.name=two")) {
            for (int i = 0; i < 200; i++) {
                one.put("users", RunningNode.text("user " + i), RunningNode.text("x"));
            }

            Ended added = run("pool", "add", "two=" + two.address() + "*3", "--node", one.address());

            assertThat(added.code()).as(added.toString()).isZero();
            assertThat(one.node().health().entries()).isBetween(10L, 150L);
            assertThat(two.node().health().poolEpoch()).isEqualTo(1);
            Ended health = run("health", "--node", two.address());
            assertThat(health.code()).isZero();
            assertThat(health.out()).contains("pool of epoch 1, 2 members: all serving");

            Ended removed = run("pool", "remove", "one", "--node", two.address());

            assertThat(removed.code()).as(removed.toString()).isZero();
            assertThat(one.node().health().entries()).isZero();
            assertThat(run("pool", "list", "--node", one.address()).out())
                    .contains("one is not in the pool", "pool of epoch 2: two=" + two.address() + "*3");
        }
    }
}
