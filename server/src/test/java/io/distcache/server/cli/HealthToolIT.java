package io.distcache.server.cli;

import static io.distcache.server.cli.RunningNode.text;
import static io.distcache.server.cli.Tools.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Eventually;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.server.Main;
import io.distcache.server.cli.Tools.Ended;
import io.distcache.server.shard.ManualClock;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code health}, against real nodes and scripted ones. */
@Timeout(120)
class HealthToolIT {

    @TempDir
    private Path parent;

    private static String nobody() throws Exception {
        try (ScriptedMember gone = new ScriptedMember()) {
            return gone.address();
        }
    }

    @Test
    void who_waits_for_whom_is_told_and_is_exit_code_1() throws Exception {
        try (ScriptedMember node = new ScriptedMember()) {
            assertThat(run("health", "--node", node.address()).code()).isZero();
            node.saysNotReady("it waits for n2");
            Ended health = run("health", "--node", node.address());
            assertThat(health.code()).isEqualTo(1);
            assertThat(health.out()).contains("is not ready for the next to be stopped: it waits for n2");
            assertThat(run("pool", "list", "--node", node.address()).out()).contains("it waits for n2");
        }
    }

    @Test
    void real_nodes_are_shown_with_what_they_keep_and_an_unreachable_one_is_exit_code_1() throws Exception {
        try (RunningNode one = new RunningNode(parent.resolve("1"), new ManualClock(), "node.name=one");
                RunningNode two = new RunningNode(parent.resolve("2"), new ManualClock(), "node.name=two")) {
            String gone = nobody();
            one.put("users", text("ada"), text("1"));

            Ended fine = run("health", "--node", one.address() + "," + two.address());
            Ended broken = run("health", "--node", one.address(), "--node", gone);

            assertThat(fine.code()).as(fine.toString()).isZero();
            assertThat(fine.out())
                    .containsPattern("one +serving")
                    .containsPattern("two +serving")
                    .contains("all serving, 1 entries");
            assertThat(fine.out().lines()).hasSize(4).allMatch(line -> line.length() <= 120);
            assertThat(broken.code()).isEqualTo(1);
            assertThat(broken.out())
                    .containsPattern(gone + " +unreachable")
                    .contains(gone + " cannot be reached: cannot connect", "1 of 2 nodes serving");
        }
    }

    @Test
    void json_has_all_that_a_report_has() throws Exception {
        try (RunningNode node =
                new RunningNode(parent.resolve("1"), new ManualClock(), "node.name=one", "server.auth-token=s3cret")) {
            String gone = nobody();
            node.put("users", text("ada"), text("1"));

            Ended ended = run("health", "--json", "--token", "s3cret", "--node", node.address() + "," + gone);

            assertThat(ended.code()).isEqualTo(1);
            List<JsonObject> lines = ended.out().lines().map(JsonObject::new).toList();
            assertThat(lines).hasSize(2);
            JsonObject one = lines.get(0);
            assertThat(one.getString("name")).isEqualTo("one");
            assertThat(one.getString("address")).isEqualTo(node.address());
            assertThat(one.getBoolean("reachable")).isTrue();
            assertThat(one.getString("state")).isEqualTo("serving");
            assertThat(one.getLong("entries")).isEqualTo(1);
            for (String part :
                    HealthReport.in(HealthReport.State.SERVING).build().parts().keySet()) {
                assertThat(one.containsKey(part)).as(part).isTrue();
            }
            assertThat(lines.get(1).getBoolean("reachable")).isFalse();
            assertThat(lines.get(1).getString("error")).contains("cannot connect");

            assertThat(run("health", "--node", node.address(), "--token", "wrong")
                            .out())
                    .contains("UNAUTHORIZED");
        }
    }

    @Test
    void one_member_tells_of_the_others_and_they_are_asked_by_their_names() throws Exception {
        try (ScriptedMember a = new ScriptedMember();
                ScriptedMember b = new ScriptedMember()) {
            // After these have their ports: it might be one of them.
            String gone = nobody();
            Membership pool = new Membership(
                    3,
                    List.of(
                            new PoolMember("a", a.address(), 1),
                            new PoolMember("b", b.address(), 2),
                            new PoolMember("c", gone, 1)));
            a.knows(pool);
            b.knows(pool);
            b.turns(HealthReport.State.READ_ONLY);

            // By another address than the pool knows it by.
            Ended ended = run("health", "--node", "localhost:" + a.port());

            assertThat(ended.code()).isEqualTo(1);
            assertThat(ended.out())
                    .containsPattern("(?m)^a +serving")
                    .containsPattern("(?m)^b +read-only")
                    .containsPattern("(?m)^c +unreachable")
                    .contains(
                            "b (" + b.address() + ") is read-only: No space left on device",
                            "pool of epoch 3, 3 members: 1 of 3 nodes serving")
                    .doesNotContain("localhost", "DISAGREE");

            b.knows(new Membership(4, pool.members()));
            assertThat(run("health", "--node", a.address()).out())
                    .contains("DISAGREE", "b knows epoch 4", "a knows epoch 3");
        }
    }

    @Test
    void a_node_that_says_nothing_holds_up_nobody_for_longer_than_the_limit() throws Exception {
        try (ScriptedMember silent = new ScriptedMember();
                ScriptedMember other = new ScriptedMember()) {
            silent.fallsSilent();

            Ended ended = run("health", "--timeout", "1", "--node", silent.address() + "," + other.address());

            assertThat(ended.code()).isEqualTo(1);
            assertThat(ended.out())
                    .contains(silent.address() + " cannot be reached: no answer in 1 s")
                    .containsPattern(other.address() + " +serving");
        }
    }

    @Test
    void watching_goes_on_over_lost_connections_until_it_is_ended() throws Exception {
        StringWriter out = new StringWriter();
        CompletableFuture<Integer> code = new CompletableFuture<>();
        try (ScriptedMember node = new ScriptedMember()) {
            String[] arguments = {"health", "--watch", "1", "--json", "--node", node.address()};
            Thread watch = new Thread(() -> code.complete(
                    Main.commandLine(arguments).setOut(new PrintWriter(out)).execute(arguments)));
            watch.start();
            Eventually.eventually(
                    "it is shown twice", () -> out.toString().lines().count() >= 2);
            node.breaksConnections();
            long shown = out.toString().lines().count();
            Eventually.eventually(
                    "it is shown again", () -> out.toString().lines().count() > shown + 1);
            watch.interrupt();
            assertThat(code.get()).isEqualTo(1);
            assertThat(out.toString().lines()).allMatch(line -> new JsonObject(line).getBoolean("reachable"));
        }
    }

    @Test
    void wrong_usage_is_exit_code_2() {
        assertThat(run("health", "--node", "h1:many").code()).isEqualTo(2);
        assertThat(run("health", "--node", "a=h1:2050").err()).contains("a name or weight does not belong there");
        assertThat(run("health", "--watch", "0").code()).isEqualTo(2);
        assertThat(run("health", "--timeout", "0").code()).isEqualTo(2);
        assertThat(run("health", "more").code()).isEqualTo(2);
    }
}
