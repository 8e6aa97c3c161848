package io.distcache.server.frontdoor.resp;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Effect;
import io.distcache.protocol.Secret;
import io.distcache.server.DoorNode;
import io.distcache.server.access.EffectUsers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command of Redis that the table has, subcommands too, against users with no, each one and all effects on the first database: it is
 * allowed exactly where the rules say, at once and in a transaction.
 */
class RespAccessMatrixIT {
    /** One request for each command, or several; one without any fails the test. */
    private static final String EXAMPLES = """
            acl cat; acl dryrun u0 get k; acl getuser u0; acl help; acl list; acl log; acl users; acl whoami
            append k v
            auth u0 wrong
            bgsave
            bitcount k; bitfield k get u8 0; bitfield k set u8 0 1; bitfield_ro k get u8 0; bitpos k 1
            client getname; client help; client id; client info; client kill id 999999; client list; client no-evict off
            client reply on; client setinfo lib-name x; client setname x
            command; command count; command docs get; command getkeys get k; command getkeysandflags get k; command help
            command info get; command list
            config get maxmemory; config help; config resetstat; config rewrite; config set maxmemory-policy allkeys-lfu
            copy k l; copy k l db 0; copy k l db 1; copy k l db 1 replace
            dbsize
            decr n; decrby n 2
            del k; discard
            echo x; exec; exists k
            expire k 9; expireat k 9; expiretime k
            flushall; flushdb
            get k; getbit k 0; getdel k; getex k; getex k ex 9; getrange k 0 1; getset k v
            hello; hello 3
            incr n; incrby n 2; incrbyfloat n 2
            info; info stats
            keys *
            lastsave
            latency graph x; latency help; latency histogram; latency history x; latency latest; latency reset
            lcs k l
            memory help; memory usage k
            mget k l; move k 0; move k 1; mset k v l w; msetnx k v l w; multi
            object encoding k; object freq k; object help; object idletime k; object refcount k
            persist k; pexpire k 9; pexpireat k 9; pexpiretime k; ping; ping x; psetex k 9 v; pttl k
            quit
            randomkey; rename k l; renamenx k l; reset; role
            save; scan 0; select 0; select 1; set k v; set k v get; setbit k 0 1; setex k 9 v; setnx k v; setrange k 0 v
            slowlog get; slowlog help; slowlog len; slowlog reset; strlen k; substr k 0 1
            time; touch k; ttl k; type k
            unlink k; unwatch
            wait 0 0; watch k
            """;

    private static final CommandTable COMMANDS = new CommandTable(CommandFamilies.actions()::effect);

    private static EffectUsers users;
    private static DoorNode node;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("access.conf");
        users = EffectUsers.write(file, "main");
        node = new DoorNode("access.file", file.toString(), "resp.cache", "main");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    /** The examples, each with its command. */
    private static Map<String, RespCommand> examples() {
        Map<String, RespCommand> examples = new LinkedHashMap<>();
        for (String example : EXAMPLES.strip().split("; |\n", -1)) {
            String[] words = example.split(" ", -1);
            RespCommand sub = words.length < 2 ? null : COMMANDS.described(words[0] + "|" + words[1]);
            examples.put(example, sub == null ? COMMANDS.named(words[0]) : sub);
        }
        return examples;
    }

    @Test
    void every_command_has_an_example() {
        RespActions actions = CommandFamilies.actions();
        Set<String> without = new TreeSet<>();
        COMMANDS.indexed().stream()
                .filter(command -> actions.effect(command.name()) != null)
                .forEach(command -> without.add(command.name()));
        examples().forEach((example, command) -> {
            assertThat(command).as(example).isNotNull();
            without.remove(command.name());
        });
        assertThat(without)
                .as("commands without an example of how they are said, in EXAMPLES")
                .isEmpty();
    }

    /** Whether a request is allowed in a database to who has these effects on the first one. */
    private static boolean isAllowed(String example, RespCommand command, Set<Effect> has, int database) {
        return switch (command.effect()) {
            case CONTROL -> true;
            case POOL, OPERATOR -> has.contains(command.effect());
            case READ, WRITE, CACHE ->
                database == 0
                        && has.contains(command.effect())
                        // What these are about lies in other databases, too.
                        && !command.name().equals("flushall")
                        && !example.contains(" db 1")
                        && !example.equals("move k 1");
        };
    }

    /** Replies to requests; the connection is a new one if the last that came by it may have changed or ended it. */
    private static final class Asking implements AutoCloseable {
        private static final Set<String> OF_THE_CONNECTION =
                Set.of("auth", "hello", "quit", "reset", "multi", "exec", "discard", "watch", "client|reply");

        private final Secret token;
        private RespSocket socket;

        Asking(Secret token) throws IOException {
            this.token = token;
            this.socket = connect();
        }

        private RespSocket connect() throws IOException {
            RespSocket connected = new RespSocket(node.respPort());
            if (!token.isEmpty()) {
                assertThat(connected.ask("auth", token.reveal())).isEqualTo("+OK\r\n");
            }
            return connected;
        }

        /** The reply to a request, after others. */
        String ask(RespCommand command, String request, String... before) throws IOException {
            List<String> requests = new ArrayList<>(List.of(before));
            requests.add(request);
            StringBuilder all = new StringBuilder();
            requests.forEach(one -> all.append(RespSocket.request(one.split(" ", -1))));
            socket.send(all.toString());
            String last = "";
            for (int i = 0; i < requests.size(); i++) {
                last = socket.reply();
            }
            if (OF_THE_CONNECTION.contains(command.name())) {
                socket.close();
                socket = connect();
            } else if (List.of(before).contains("multi")) {
                socket.ask("discard");
            }
            return last;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void every_command_is_allowed_exactly_where_the_rules_say() throws Exception {
        Map<String, String> wrong = new TreeMap<>();
        for (Map.Entry<Set<Effect>, Secret> user : users.tokens().entrySet()) {
            try (Asking asking = new Asking(user.getValue())) {
                for (Map.Entry<String, RespCommand> one : examples().entrySet()) {
                    String example = one.getKey();
                    RespCommand command = one.getValue();
                    for (int database = 0; database < 2; database++) {
                        boolean allowed = isAllowed(example, command, user.getKey(), database);
                        String select = "select " + database;
                        String now = asking.ask(command, example, select);
                        // Some are refused there to everybody.
                        String queued =
                                command.isRefusedInMulti() ? now : asking.ask(command, example, "multi", select);
                        if (now.startsWith("-NOPERM") == allowed || queued.startsWith("-NOPERM") == allowed) {
                            wrong.put(
                                    example + " with " + user.getKey() + " in " + database,
                                    now + ", in MULTI " + queued);
                        }
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void who_has_not_said_who_it_is_may_only_do_that() throws Exception {
        try (Asking asking = new Asking(Secret.NONE)) {
            for (Map.Entry<String, RespCommand> one : examples().entrySet()) {
                String reply = asking.ask(one.getValue(), one.getKey());
                if (one.getValue().isAllowedUnauthenticated()) {
                    assertThat(one.getValue().effect()).as(one.getKey()).isEqualTo(Effect.CONTROL);
                    assertThat(one.getValue().name()).isIn("auth", "hello", "quit", "reset");
                } else {
                    assertThat(reply).as(one.getKey()).contains("NOAUTH Authentication required.");
                }
            }
        }
    }
}
