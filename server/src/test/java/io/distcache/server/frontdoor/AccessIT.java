package io.distcache.server.frontdoor;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.distcache.fixtures.RawClient;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Secret;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.DoorNode;
import io.distcache.server.access.AccessEdit;
import io.distcache.server.access.PasswordHash;
import io.distcache.server.frontdoor.http.HealthServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.resps.AccessControlLogEntry;

/** Users on every door of a node with an access file. */
class AccessIT {
    private static final Bytes KEY = Bytes.ofUtf8("\u0001k");
    private static final PasswordHash PASSWORD = PasswordHash.of(Secret.of("correct horse"), 1000);

    private final Path file;
    private final Secret readerToken;
    private final DoorNode node;

    AccessIT(@TempDir Path directory) throws Exception {
        file = directory.resolve("access.conf");
        AccessEdit edit = AccessEdit.open(file);
        edit.add("app", List.of("allow read,write,cache main"));
        edit.password("app", PASSWORD);
        edit.add("reader", List.of("allow read *"));
        readerToken = edit.token("reader", "t");
        edit.add("ops", List.of("allow operator"));
        edit.password("ops", PASSWORD);
        edit.save();
        node = new DoorNode("access.file", file.toString(), "http.port", "0");
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private interface Change {
        void of(AccessEdit edit) throws Exception;
    }

    private void change(Change change) throws Exception {
        AccessEdit edit = AccessEdit.open(file);
        change.of(edit);
        edit.save();
    }

    private RawClient greeted(String user, Secret secret) throws Exception {
        return new RawClient(node.port())
                .greet(new Hello.Client(Hello.VERSION, Hello.VERSION, 0, "test", secret, 0, user));
    }

    private Jedis jedis(String user, String password) {
        return new Jedis(
                new HostAndPort("127.0.0.1", node.respPort()),
                DefaultJedisClientConfig.builder()
                        .user(user)
                        .password(password)
                        .protocol(RedisProtocol.RESP3)
                        .build());
    }

    @Test
    void a_native_client_comes_in_as_a_user_and_may_what_its_rules_say() throws Exception {
        Command.Put put = new Command.Put(1, KEY, KEY, Condition.ALWAYS, Ttl.DEFINED, false);
        try (RawClient app = greeted("app", Secret.of("correct horse"));
                RawClient reader = greeted("", readerToken)) {
            assertThat(app.next()).isInstanceOf(Hello.Node.class);
            assertThat(app.ask(new Command.OpenCache(1, CacheDefinition.of("default", "main"), true)))
                    .isInstanceOf(Reply.Opened.class);
            assertThat(app.ask(put)).isNotInstanceOf(Reply.Failure.class);
            assertThat(reader.ask(new Command.OpenCache(1, CacheDefinition.of("default", "main"), true)))
                    .isInstanceOf(Reply.Opened.class);
            assertThat(reader.ask(new Command.Get(1, KEY))).isInstanceOf(Reply.Value.class);
            Reply.Failure refused = (Reply.Failure) reader.ask(put);
            assertThat(refused.status()).isEqualTo(Status.FORBIDDEN);
            assertThat(refused.message())
                    .isEqualTo("user reader may not put cache main in namespace default; a rule of the access file"
                            + " has to allow it write");
            assertThat(((Reply.Failure) app.ask(new Command.Snapshot())).status())
                    .isEqualTo(Status.FORBIDDEN);
        }
        for (String[] wrong : new String[][] {{"app", "wrong"}, {"nobody", "wrong"}, {"", "wrong"}, {"", ""}}) {
            try (RawClient stranger = greeted(wrong[0], Secret.of(wrong[1]))) {
                Reply.Failure refused = (Reply.Failure) stranger.next();
                assertThat(refused.status()).isEqualTo(Status.UNAUTHORIZED);
                stranger.awaitClosed();
            }
        }
    }

    @Test
    void a_client_of_redis_comes_in_as_a_user_and_may_what_its_rules_say() throws Exception {
        try (Jedis app = jedis("app", "correct horse");
                Jedis again = jedis("app", "correct horse");
                Jedis reader = jedis("reader", readerToken.reveal())) {
            assertThat(app.set("k", "v")).isEqualTo("OK");
            assertThat(again.get("k")).isEqualTo("v");
            assertThat(reader.get("k")).isEqualTo("v");
            assertThatThrownBy(() -> reader.set("k", "w"))
                    .hasMessage("NOPERM this user has no permissions to run the 'set' command");
            assertThatThrownBy(() -> app.configGet("maxmemory"))
                    .hasMessage("NOPERM this user has no permissions to run the 'config|get' command");
            assertThatThrownBy(() -> app.move("k", 1))
                    .hasMessage("NOPERM this user has no permissions to access one of the keys used as arguments");
            assertThatThrownBy(app::flushAll).hasMessageContaining("NOPERM");
            app.select(1);
            assertThatThrownBy(() -> app.get("k")).hasMessageContaining("NOPERM");
        }
        assertThatThrownBy(() -> jedis("app", "wrong")).hasStackTraceContaining("WRONGPASS");
        try (RawSocket raw = new RawSocket(node.respPort())) {
            // What comes after AUTH waits until it is decided.
            assertThat(raw.askUntil(
                            "GET k\r\nAUTH app wrong\r\nAUTH app correct\r\n*3\r\n$4\r\nAUTH\r\n$3\r\napp\r\n$13\r\ncorrect"
                                    + " horse\r\nGET k\r\nRESET\r\nGET k\r\nPING x\r\n",
                            "NOAUTH Authentication required.\r\n-NOAUTH Authentication required.\r\n"))
                    .isEqualTo("-NOAUTH Authentication required.\r\n"
                            + "-WRONGPASS invalid username-password pair or user is disabled.\r\n".repeat(2)
                            + "+OK\r\n$1\r\nv\r\n+RESET\r\n-");
        }
    }

    @Test
    void a_transaction_is_refused_where_redis_refuses_it() throws Exception {
        String login = "*3\r\n$4\r\nAUTH\r\n$3\r\napp\r\n$13\r\ncorrect horse\r\n";
        String aborted = lines("-EXECABORT Transaction discarded because of previous errors.");
        String noKey = "-NOPERM this user has no permissions to access one of the keys used as arguments";
        String noCommand = "-NOPERM this user has no permissions to run the '%s' command";
        try (RawSocket raw = new RawSocket(node.respPort())) {
            assertThat(raw.askUntil(login + lines("MULTI", "SET k v", "CONFIG GET x", "GET k", "EXEC"), aborted))
                    .isEqualTo(lines("+OK", "+OK", "+QUEUED", noCommand.formatted("config|get"), "+QUEUED"));
            assertThat(raw.askUntil(lines("MULTI", "MOVE k 1", "COPY k l DB 1", "FLUSHALL", "EXEC"), aborted))
                    .isEqualTo(lines("+OK", noKey, noKey, noCommand.formatted("flushall")));
            // Where a command runs is what SELECT before it says.
            assertThat(raw.askUntil(lines("MULTI", "SELECT 1", "GET k", "SELECT 0", "GET k", "EXEC"), aborted))
                    .isEqualTo(lines("+OK", "+QUEUED", noCommand.formatted("get"), "+QUEUED", "+QUEUED"));
            assertThat(raw.askUntil(lines("MULTI", "SET k v", "GET k", "EXEC"), lines("$1", "v")))
                    .isEqualTo(lines("+OK", "+QUEUED", "+QUEUED", "*2", "+OK"));
            assertThat(raw.askUntil(lines("SELECT 1", "WATCH k", "SELECT 0", "WATCH k", "PING"), lines("+PONG")))
                    .isEqualTo(lines("+OK", noCommand.formatted("watch"), "+OK", "+OK"));

            assertThat(raw.askUntil("MULTI\r\nGET k\r\n", "+QUEUED\r\n")).isEqualTo("+OK\r\n");
            try (Jedis app = jedis("app", "correct horse")) {
                Files.writeString(file, Files.readString(file).replace("allow read,write", "allow write"));
                eventually(() -> assertThatThrownBy(() -> app.get("k")).hasMessageContaining("NOPERM"));
            }
            assertThat(raw.askUntil("EXEC\r\nPING\r\n", "+PONG\r\n"))
                    .isEqualTo("*1\r\n-NOPERM ACLs rules changed between the moment the transaction was accumulated and"
                            + " the EXEC call. This command is no longer allowed for the following reason: no permission"
                            + " to execute the command or subcommand\r\n");
        }
    }

    private static String lines(String... lines) {
        return String.join("\r\n", lines) + "\r\n";
    }

    @Test
    void clients_of_redis_are_told_who_they_are_and_operators_what_others_may() throws Exception {
        try (Jedis app = jedis("app", "correct horse");
                Jedis ops = jedis("ops", "correct horse")) {
            assertThat(app.aclWhoAmI()).isEqualTo("app");
            assertThatThrownBy(app::aclUsers)
                    .hasMessage("NOPERM this user has no permissions to run the 'acl|users' command");
            assertThat(ops.aclUsers()).containsExactly("app", "ops", "reader");
            assertThat(ops.aclList())
                    .containsExactly(
                            "user app on ~* resetchannels -@all +@connection +@read +@write",
                            "user ops on resetchannels -@all +@connection +@admin",
                            "user reader on ~* resetchannels -@all +@connection +@read");
            assertThat(ops.aclGetUser("reader").getCommands()).isEqualTo("-@all +@connection +@read");
            assertThat(ops.aclGetUser("reader").getFlags()).containsExactly("on");
            assertThat(ops.aclCat()).contains("read", "dangerous").hasSize(21);
            assertThat(ops.aclCat("connection")).contains("auth", "client|id").doesNotContain("get");
            assertThat(ops.aclDryRun("app", "set", "k", "v")).isEqualTo("OK");
            assertThat(ops.aclDryRun("reader", "set", "k", "v"))
                    .isEqualTo("This user has no permissions to run the 'set' command");
            assertThatThrownBy(() -> ops.aclDryRun("nobody", "get", "k")).hasMessage("ERR User 'nobody' not found");
        }
    }

    @Test
    void operators_see_what_clients_of_redis_were_refused_as_redis_7_tells_it() throws Exception {
        try (Jedis app = jedis("app", "correct horse");
                Jedis ops = jedis("ops", "correct horse")) {
            assertThat(ops.aclLog()).isEmpty();
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(app::aclUsers).isInstanceOf(JedisException.class);
            }
            assertThatThrownBy(() -> app.auth("ops", "Wr0ng")).hasMessageContaining("WRONGPASS");
            assertThatThrownBy(() -> app.auth("nobody\r\n", "Wr0ng")).hasMessageContaining("WRONGPASS");
            assertThatThrownBy(app::aclList).isInstanceOf(JedisException.class);

            List<AccessControlLogEntry> log = ops.aclLog();
            assertThat(log)
                    .extracting(
                            AccessControlLogEntry::getCount,
                            AccessControlLogEntry::getReason,
                            AccessControlLogEntry::getContext,
                            AccessControlLogEntry::getObject,
                            AccessControlLogEntry::getUsername)
                    .containsExactly(
                            tuple(1L, "command", "toplevel", "acl|list", "app"),
                            tuple(1L, "auth", "toplevel", "AUTH", "nobody\\r\\n"),
                            tuple(1L, "auth", "toplevel", "AUTH", "ops"),
                            tuple(3L, "command", "toplevel", "acl|users", "app"));
            AccessControlLogEntry users = log.get(3);
            assertThat(users.getEntryId()).isZero();
            assertThat(users.getTimestampCreated()).isLessThanOrEqualTo(users.getTimestampLastUpdated());
            assertThat(users.getlogEntry().get("client-info").toString())
                    .contains("user=app", "cmd=")
                    .doesNotContain("Wr0ng");
            assertThat(users.getAgeSeconds()).isBetween(0.0, 60.0);
            assertThat(ops.aclLog(1)).hasSize(1);
            assertThatThrownBy(() -> ops.sendCommand(Protocol.Command.ACL, "LOG", "x"))
                    .hasMessage("ERR value is not an integer or out of range");
            assertThatThrownBy(() -> ops.sendCommand(Protocol.Command.ACL, "LOG", "1", "2"))
                    .hasMessage("ERR unknown subcommand or wrong number of arguments for 'LOG'. Try ACL HELP.");
            assertThat(ops.aclLogReset()).isEqualTo("OK");
            assertThat(ops.aclLog()).isEmpty();
        }
    }

    @Test
    void a_client_of_memcached_says_who_it_is_by_a_set() throws Exception {
        try (RawSocket raw = new RawSocket(node.memcachedPort())) {
            assertThat(raw.ask("get k\r\n")).isEqualTo("CLIENT_ERROR unauthenticated\r\n");
            assertThat(raw.ask("set a 0 0 9\r\napp wrong\r\n")).isEqualTo("CLIENT_ERROR authentication failure\r\n");
            assertThat(raw.ask("get " + "k ".repeat(5000) + "\r\n")).isEqualTo("CLIENT_ERROR unauthenticated\r\n");
            assertThat(raw.ask("set a 0 0 17\r\napp correct horse\r\n")).isEqualTo("STORED\r\n");
            assertThat(raw.ask("set k 0 0 1\r\nv\r\n")).isEqualTo("STORED\r\n");
            assertThat(raw.askUntil("get k\r\n", "END\r\n")).isEqualTo("VALUE k 0 1\r\nv\r\n");
            assertThat(raw.ask("stats\r\n")).startsWith("CLIENT_ERROR user app may not stats");
        }
        String token = readerToken.reveal();
        try (RawSocket raw = new RawSocket(node.memcachedPort())) {
            assertThat(raw.ask("set a 0 0 " + token.length() + "\r\n" + token + "\r\n"))
                    .isEqualTo("STORED\r\n");
            assertThat(raw.askUntil("get k\r\n", "END\r\n")).contains("VALUE k");
            assertThat(raw.ask("set k 0 0 1\r\nw\r\n")).startsWith("CLIENT_ERROR user reader may not set");
            assertThat(raw.askUntil("get k\r\n", "END\r\n")).contains("\r\nv\r\n");
        }
    }

    @Test
    void over_http_strangers_hear_the_state_and_users_everything() throws Exception {
        assertThat(http(null)).isEqualTo("200 {\"state\":\"serving\"}\n");
        assertThat(http("Bearer " + readerToken.reveal())).startsWith("200 ").contains("\"node\"");
        assertThat(http("Basic " + basic("app:correct horse")))
                .startsWith("200 ")
                .contains("\"node\"");
        assertThat(http("Basic " + basic("app:wrong"))).startsWith("401 ");
        assertThat(http("Bearer wrong")).startsWith("401 ");
        assertThat(http("Digest x")).startsWith("401 ");
        assertThat(http("Basic %%%")).startsWith("401 ");
    }

    @Test
    void over_http_each_path_tells_everything_to_every_user_and_to_no_stranger() throws Exception {
        for (String path : HealthServer.PATHS) {
            assertThat(http(path, null))
                    .matches(path.equals("/metrics") ? "401 metrics [^=]*\n" : "200 \\{\"(state|ready)\":[^,]*}\n");
            for (String user : new String[] {"app", "ops"}) {
                assertThat(http(path, "Basic " + basic(user + ":correct horse")))
                        .startsWith("200 ")
                        .containsAnyOf("\"node\"", "{node=");
            }
            assertThat(http(path, "Basic " + basic("app:wrong"))).startsWith("401 ");
        }
        assertThat(http("/figures", null)).startsWith("404 ");
    }

    @Test
    void who_does_not_say_who_it_is_in_time_gives_its_place_back() throws Exception {
        try (DoorNode other = new DoorNode("access.file", file.toString(), "server.handshake-timeout", "200ms");
                RawSocket resp = new RawSocket(other.respPort());
                RawSocket memcached = new RawSocket(other.memcachedPort());
                RawSocket in = new RawSocket(other.respPort())) {
            assertThat(in.ask("AUTH " + readerToken.reveal() + "\r\n")).isEqualTo("+OK\r\n");
            assertThat(resp.ask("GET k\r\n")).startsWith("-NOAUTH");
            assertThat(resp.closesWithin(20_000)).isTrue();
            assertThat(memcached.closesWithin(20_000)).isTrue();
            assertThat(in.ask("PING\r\n")).isEqualTo("+PONG\r\n");
        }
    }

    @Test
    void those_who_do_not_say_who_they_are_do_not_keep_out_who_does() throws Exception {
        List<RawSocket> strangers = new ArrayList<>();
        try (DoorNode other = new DoorNode("access.file", file.toString(), "server.max-connections", "200");
                RawSocket before = new RawSocket(other.respPort())) {
            assertThat(before.ask("AUTH " + readerToken.reveal() + "\r\n")).isEqualTo("+OK\r\n");
            for (int i = 0; i < 100; i++) {
                strangers.add(new RawSocket(i % 2 == 0 ? other.respPort() : other.memcachedPort()));
            }
            try (RawSocket after = new RawSocket(other.respPort())) {
                assertThat(after.ask("AUTH " + readerToken.reveal() + "\r\n")).isEqualTo("+OK\r\n");
                assertThat(strangers.get(0).closesWithin(20_000)).isTrue();
                assertThat(strangers.get(99).ask("get k\r\n")).isEqualTo("CLIENT_ERROR unauthenticated\r\n");
                eventually(() -> assertThat(other.health().connections()).isLessThanOrEqualTo(2 + 200 / 4));
                assertThat(before.ask("PING\r\n")).isEqualTo("+PONG\r\n");
            }
        } finally {
            for (RawSocket stranger : strangers) {
                stranger.close();
            }
        }
    }

    private static String basic(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private String http(@Nullable String authorization) throws Exception {
        return http("/health", authorization);
    }

    private String http(String path, @Nullable String authorization) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.httpPort() + path));
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        HttpResponse<String> response =
                HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
    }

    @Test
    void rights_that_are_taken_away_are_gone_within_a_moment_on_open_connections_too() throws Exception {
        try (Jedis app = jedis("app", "correct horse");
                Jedis reader = jedis("reader", readerToken.reveal());
                RawSocket memcached = new RawSocket(node.memcachedPort())) {
            assertThat(memcached.ask("set a 0 0 17\r\napp correct horse\r\n")).isEqualTo("STORED\r\n");
            app.set("k", "v");
            assertThat(reader.get("k")).isEqualTo("v");
            change(edit -> {
                edit.remove("reader");
                edit.add("reader", List.of("deny read main"));
            });
            eventually("the reader's connection has ended", () -> {
                try {
                    reader.get("k");
                    return false;
                } catch (JedisException gone) {
                    return true;
                }
            });
            assertThat(app.get("k")).isEqualTo("v");
            change(edit -> edit.remove("app"));
            eventually("the app's connections have ended", () -> {
                try {
                    return app.get("k").isEmpty();
                } catch (JedisException gone) {
                    return true;
                }
            });
            assertThat(memcached.closesWithin(5_000)).isTrue();
        }
    }
}
