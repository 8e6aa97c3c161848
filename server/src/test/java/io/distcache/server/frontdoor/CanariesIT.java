package io.distcache.server.frontdoor;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Seed;
import io.distcache.server.DoorNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What one client sends, no other client gets to see. A {@link Victim} sends secrets through every door, while attackers send every
 * command of every door with 0 to 6 arguments, and requests that are wrong, cut, or several at once; no reply may have a byte run of a
 * secret in it. All run on one event loop and take turns, so that what is left in a buffer is always the victim's.
 *
 * <p>{@code -Ddistcache.testing.canary-rounds=N} does everything N times, each time with other words; see also {@link Seed}.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class CanariesIT {
    private static final int ATTACKS_PER_CONNECTION = 20;
    private static final Pattern COMMAND_NAME = Pattern.compile("\\$\\d+\r\n([a-z][a-z|-]*)\r\n");

    private final long seed = Seed.of(CanariesIT.class, 20_261_128);
    private final int rounds = Integer.getInteger("distcache.testing.canary-rounds", 1);
    private long attacks;

    @Test
    void keys_of_a_subcommand_that_does_not_exist_show_nothing_of_another_client() throws Exception {
        try (DoorNode node = node();
                Victim victim = new Victim(node, new Random(seed));
                RawSocket attacker = new RawSocket(node.respPort())) {
            attacker.ask(HostileRequests.request("DEL", "a", "b", "c", "d".repeat(300), "e"));
            victim.sendsSecrets();
            String reply = attacker.ask(HostileRequests.request("COMMAND", "GETKEYS", "OBJECT", "Xx"));
            assertThat(reply).isEqualTo("-ERR Invalid command specified\r\n");
        }
    }

    @Test
    void no_reply_has_anything_of_what_others_send() throws Exception {
        long began = System.nanoTime();
        try (DoorNode node = node()) {
            // What SLOWLOG keeps of others' commands it tells to everybody, as in Redis. Here nobody turns it on.
            try (RawSocket operator = new RawSocket(node.respPort())) {
                operator.ask(HostileRequests.request("CONFIG", "SET", "slowlog-log-slower-than", "-1"));
            }
            for (int round = 0; round < rounds; round++) {
                Random random = new Random(seed + round);
                HostileRequests hostile = new HostileRequests(random, commandsOf(node));
                try (Victim victim = new Victim(node, random)) {
                    attack("resp", node.respPort(), hostile.resp(), hostile, victim, random);
                    attack("memcached", node.memcachedPort(), hostile.memcached(), hostile, victim, random);
                    attack("native", node.port(), hostile.frames(), hostile, victim, random);
                }
            }
        }
        System.out.println("CanariesIT: " + attacks + " attacks in " + (System.nanoTime() - began) / 1_000_000 + " ms");
        assertThat(attacks).isGreaterThan(4_000);
    }

    private static DoorNode node() throws Exception {
        return new DoorNode(
                "server.event-loops",
                "1",
                "store.max-bytes",
                "64mb",
                "server.max-frame-bytes",
                "1mb",
                "resp.max-queued",
                "100");
    }

    /** Names of commands and, with a bar, of subcommands, as the node tells them. */
    private static List<String> commandsOf(DoorNode node) throws IOException {
        try (RawSocket socket = new RawSocket(node.respPort())) {
            Matcher names = COMMAND_NAME.matcher(socket.askAll(HostileRequests.request("COMMAND")));
            TreeSet<String> all = new TreeSet<>();
            while (names.find()) {
                all.add(names.group(1));
            }
            assertThat(all).contains("get", "object|encoding", "command|getkeys");
            return List.copyOf(all);
        }
    }

    private void attack(
            String door, int port, List<String> requests, HostileRequests hostile, Victim victim, Random random)
            throws IOException {
        List<String> shuffled = new ArrayList<>(requests);
        Collections.shuffle(shuffled, random);
        RawSocket attacker = null;
        try {
            for (int i = 0; i < shuffled.size(); i++) {
                if (attacker == null || i % ATTACKS_PER_CONNECTION == 0 || attacker.isClosed()) {
                    if (attacker != null) {
                        check(door, "the end of a connection", attacker.readToEnd());
                        attacker.close();
                    }
                    attacker = new RawSocket(port);
                    attacker.send(hostile.greeting(door));
                }
                String primer = hostile.primer(door);
                String request = shuffled.get(i);
                attacker.send(primer);
                victim.sendsSecrets();
                int cut = random.nextInt(3) == 0 ? random.nextInt(request.length() + 1) : request.length();
                attacker.send(request.substring(0, cut));
                victim.sendsSecrets();
                if (cut < request.length()) {
                    attacker.send(request.substring(cut));
                    victim.sendsSecrets();
                }
                attacks++;
                check(door, primer + request, attacker.available());
            }
            if (attacker != null) {
                check(door, "the end of a connection", attacker.readToEnd());
            }
        } finally {
            if (attacker != null) {
                attacker.close();
            }
        }
    }

    private void check(String door, String request, String reply) {
        if (Victim.shows(reply) || reply.contains("failed inside the node")) {
            throw new AssertionError("seed " + seed + ", after " + attacks + " attacks, " + door + ": " + shown(request)
                    + "\n was answered " + shown(reply.substring(Math.max(0, Victim.secretAt(reply) - 300))));
        }
    }

    private static String shown(String bytes) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < Math.min(bytes.length(), 2000); i++) {
            char c = bytes.charAt(i);
            shown.append(
                    c == '\r' ? "\\r" : c == '\n' ? "\\n" : c < ' ' || c > '~' ? String.format("\\x%02x", (int) c) : c);
        }
        return shown.toString();
    }
}
