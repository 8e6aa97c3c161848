package io.distcache.server.frontdoor.memcached;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Effect;
import io.distcache.protocol.Secret;
import io.distcache.server.DoorNode;
import io.distcache.server.access.EffectUsers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every command of memcached, against users with no, each one and all effects: it is allowed exactly where the rules say. */
class MemcachedAccessMatrixIT {
    /** One request for each command, or several; one without any fails the test. */
    private static final String[] EXAMPLES = {
        "get k",
        "get k l",
        "get " + "k ".repeat(1500),
        "bget k",
        "gets k",
        "gat 9 k",
        "gats 9 k",
        "set k 0 0 1\r\nv",
        "add k 0 0 1\r\nv",
        "replace k 0 0 1\r\nv",
        "append k 0 0 1\r\nv",
        "prepend k 0 0 1\r\nv",
        "cas k 0 0 1 7\r\nv",
        "delete k",
        "incr k 1",
        "decr k 1",
        "touch k 9",
        "flush_all",
        "flush_all 0",
        "version",
        "verbosity 1",
        "stats",
        "stats settings",
        "quit",
        "shutdown",
        "mn",
        "mg k",
        "mg k v",
        "mg k v N9",
        "mg k T9",
        "mg k R9 v",
        "mg a2V5 b v",
        "ms k 1\r\nv",
        "md k",
        "ma k",
        "me k"
    };

    private static Map<String, MemcachedCommand> examples() {
        Map<String, MemcachedCommand> examples = new LinkedHashMap<>();
        for (String example : EXAMPLES) {
            examples.put(example, MemcachedCommand.of(example.substring(0, (example + " ").indexOf(' '))));
        }
        return examples;
    }

    private static Effect effect(String example, MemcachedCommand command) {
        byte[] line = example.lines().findFirst().orElseThrow().getBytes(StandardCharsets.US_ASCII);
        Words words = new Words();
        words.split(line, 0, line.length);
        return command.effect(words);
    }

    /** The first line of what comes to a request, after a login; empty if the connection ends. */
    private static String ask(DoorNode node, Secret token, String request) throws Exception {
        String login = token.isEmpty() ? "" : "set a 0 0 " + token.reveal().length() + "\r\n" + token.reveal() + "\r\n";
        try (MemcachedSocket socket = new MemcachedSocket(node.memcachedPort())) {
            socket.send(login + request + "\r\n");
            String first = socket.line();
            if (!token.isEmpty()) {
                assertThat(first).isEqualTo("STORED");
                return socket.line();
            }
            return first;
        }
    }

    @Test
    void every_command_has_an_example() {
        assertThat(EnumSet.copyOf(examples().values()))
                .as("the commands that EXAMPLES says")
                .isEqualTo(EnumSet.allOf(MemcachedCommand.class));
    }

    @Test
    void every_command_is_allowed_exactly_where_the_rules_say(@TempDir Path directory) throws Exception {
        Map<String, String> wrong = new TreeMap<>();
        for (String caches : new String[] {"main", "others"}) {
            Path file = directory.resolve(caches);
            EffectUsers users = EffectUsers.write(file, caches);
            try (DoorNode node = new DoorNode("access.file", file.toString(), "memcached.cache", "main")) {
                for (Map.Entry<String, MemcachedCommand> one : examples().entrySet()) {
                    for (Map.Entry<Set<Effect>, Secret> user : users.tokens().entrySet()) {
                        String reply = ask(node, user.getValue(), one.getKey());
                        Effect effect = effect(one.getKey(), one.getValue());
                        boolean allowed = switch (effect) {
                            case CONTROL -> true;
                            case POOL, OPERATOR -> user.getKey().contains(effect);
                            case READ, WRITE, CACHE -> user.getKey().contains(effect) && caches.equals("main");
                        };
                        if (reply.matches("CLIENT_ERROR user u\\d may not .*") == allowed) {
                            wrong.put(one.getKey() + " with " + user.getKey() + " on " + caches, reply);
                        }
                    }
                    assertThat(ask(node, Secret.NONE, one.getKey()))
                            .as(one.getKey())
                            .isIn("CLIENT_ERROR unauthenticated", "CLIENT_ERROR authentication failure");
                }
            }
        }
        assertThat(wrong).isEmpty();
    }
}
