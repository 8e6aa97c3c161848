package io.distcache.server.frontdoor.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.distcache.fixtures.Seed;
import io.distcache.server.DoorNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random commands, right and wrong, get the same bytes from a node as from a redis-server. {@code
 * -Ddistcache.testing.redis-rounds=N} are N times 500 commands; see also {@link Seed}.
 */
@Timeout(300)
class RedisDifferenceIT {
    private static final String[] KEYS = {
        "a", "b", "c", "{t}1", "{t}2", "\u00e9\u00ff", "empty", "longer-key-of-some-length"
    };
    private static final String[] VALUES = {
        "",
        "0",
        "1",
        "-1",
        "10",
        "007",
        "3.0",
        "3.14",
        "1e3",
        " 1",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "abc",
        "\u00c3\u00a9",
        "\u00ff\u00fe",
        "x\r\ny",
        "a value that is longer than forty-four bytes in all",
        "0.1",
        "-0.5",
        "5e-3",
        "1234567.891",
        "99999999999999999999"
    };
    private static final String[] NUMBERS = {
        "0",
        "1",
        "-1",
        "2",
        "5",
        "-3",
        "100",
        "9223372036854775807",
        "-9223372036854775808",
        "x",
        "",
        "1.5",
        "01",
        "+1",
        "92233720368547758080"
    };
    private static final String[] TIMES = {"0", "-1", "100000", "5000000", "x", "9223372036854775807", "100000000"};
    private static final String[] UNKNOWN = {"FOO", "lpusch", ""};

    private final Random random;
    private final long seed;

    RedisDifferenceIT() {
        seed = Seed.of(RedisDifferenceIT.class, 6_403_374_415_551L);
        random = new Random(seed);
    }

    @Test
    void a_node_answers_as_redis_does() throws Exception {
        RedisServer redis = RedisServer.start("comparing a node with Redis command by command");
        assumeTrue(redis != null);
        int rounds = Integer.getInteger("distcache.testing.redis-rounds", 40);
        try (redis;
                DoorNode node = new DoorNode()) {
            for (int round = 0; round < rounds; round++) {
                int protocol = round % 2 == 0 ? 2 : 3;
                try (RespSocket theirs = new RespSocket(redis.port());
                        RespSocket ours = new RespSocket(node.respPort())) {
                    List<String> said = new ArrayList<>();
                    both(theirs, ours, "FLUSHALL");
                    both(theirs, ours, "CONFIG", "RESETSTAT");
                    theirs.ask("HELLO", Integer.toString(protocol));
                    ours.ask("HELLO", Integer.toString(protocol));
                    for (int i = 0; i < 500; i++) {
                        String[] words = command();
                        said.add(String.join(" ", words));
                        String expected = theirs.ask(words);
                        String found = ours.ask(words);
                        assertThat(comparable(words, found))
                                .as("seed %d round %d, after %s", seed, round, tail(said))
                                .isEqualTo(comparable(words, expected));
                    }
                    if (both(theirs, ours, "PING").startsWith("+QUEUED")) {
                        both(theirs, ours, "EXEC");
                    }
                    assertThat(counted(ours))
                            .as("seed %d round %d: what was counted", seed, round)
                            .isEqualTo(counted(theirs));
                    assertThat(state(ours)).as("seed %d round %d", seed, round).isEqualTo(state(theirs));
                }
            }
        }
    }

    @Test
    void sums_of_decimals_are_those_of_redis_over_all_that_a_long_double_holds() throws Exception {
        RedisServer redis = RedisServer.start("comparing INCRBYFLOAT");
        assumeTrue(redis != null);
        int rounds = 50 * Integer.getInteger("distcache.testing.redis-rounds", 40);
        try (redis;
                DoorNode node = new DoorNode();
                RespSocket theirs = new RespSocket(redis.port());
                RespSocket ours = new RespSocket(node.respPort())) {
            for (int round = 0; round < rounds; round++) {
                String before = decimal();
                String diff = decimal();
                both(theirs, ours, "SET", "f", before);
                assertThat(ours.ask("INCRBYFLOAT", "f", diff))
                        .as("seed %d round %d: %s + %s", seed, round, before, diff)
                        .isEqualTo(theirs.ask("INCRBYFLOAT", "f", diff));
                assertThat(ours.ask("GET", "f")).isEqualTo(theirs.ask("GET", "f"));
            }
        }
    }

    /** Of any size, most of them right. */
    private String decimal() {
        StringBuilder text = new StringBuilder(pick(new String[] {"", "", "-", "+"}));
        boolean hexadecimal = random.nextInt(8) == 0;
        text.append(hexadecimal ? pick(new String[] {"0x", "0X"}) : "");
        int point = random.nextInt(30);
        int digits = random.nextInt(4) == 0 ? random.nextInt(60) : random.nextInt(20);
        for (int i = 0; i < digits; i++) {
            text.append(i == point ? "." : "").append(Character.forDigit(random.nextInt(hexadecimal ? 16 : 10), 16));
        }
        if (random.nextBoolean()) {
            int most = pick(new int[] {20, 100, 5_000, hexadecimal ? 16_500 : 4_960});
            boolean atTheEnd = random.nextInt(3) == 0;
            int size = atTheEnd ? Math.max(0, most - random.nextInt(50)) : random.nextInt(most);
            text.append(hexadecimal ? 'p' : 'e')
                    .append(pick(new String[] {"", "-", "+"}))
                    .append(size);
        }
        return random.nextInt(20) == 0
                ? pick(new String[] {"inf", "-Infinity", "nan", "", " 1", "1 ", "1e", "0x", ".", "1e-99999999999"})
                : text.toString();
    }

    private int pick(int[] from) {
        return from[random.nextInt(from.length)];
    }

    @Test
    void times_at_the_ends_of_their_range_mean_what_they_mean_to_redis() throws Exception {
        RedisServer redis = RedisServer.start("comparing times at the ends of their range");
        assumeTrue(redis != null);
        try (redis;
                DoorNode node = new DoorNode();
                RespSocket theirs = new RespSocket(redis.port());
                RespSocket ours = new RespSocket(node.respPort())) {
            for (String[] before : STATES) {
                for (String[] command : commandsWithTimes()) {
                    Told expected = told(theirs, before, command);
                    Told found = told(ours, before, command);
                    String what = List.of(command) + " after " + List.of(before) + ": " + found + ", redis " + expected;
                    assertThat(found.reply).as(what).isEqualTo(expected.reply);
                    for (int i = 0; i < expected.times.size(); i++) {
                        long theirTime = expected.times.get(i);
                        // What is counted from now on was so a moment later in the one than in the other.
                        boolean exact =
                                theirTime <= 0 || i > 1 && theirTime > (i == 2 ? LAST_MOMENTS : LAST_MOMENTS / 1000);
                        long most = exact ? 0 : i % 2 == 0 ? 20_000 : 20;
                        assertThat(Math.abs(found.times.get(i) - theirTime))
                                .as(what)
                                .isLessThanOrEqualTo(most);
                    }
                }
            }
        }
    }

    private static final String[][] STATES = {
        {"DEL", "k"},
        {"SET", "k", "v"},
        {"SET", "k", "v", "EX", "1000000"},
        {"SET", "k", "v", "PXAT", "9223372036854775807"},
        {"SET", "k", "v", "PXAT", "9223372036854774000"},
        {"SET", "k", "v", "EXAT", "9223372036854775"}
    };
    private static final String[] ENDS = {
        "0",
        "100000",
        "-1",
        "1000000000000",
        "9223372036854775807",
        "9223372036854774807",
        "9223372036854775",
        "9223372036854776",
        "-9223372036854775808",
        "-9223372036854775",
        "-9223372036854776",
        "9223372036854775808",
        "-9223372036854775809",
        "9223372036854000000"
    };
    private static final String[] CONDITIONS = {"", "NX", "XX", "GT", "LT", "GT XX", "XX LT", "NX GT", "GT LT"};
    private static final long LAST_MOMENTS = 9_223_371_000_000_000_000L;

    /** A command's reply, and what PTTL, TTL, PEXPIRETIME and EXPIRETIME tell then. */
    private record Told(String reply, List<Long> times) {}

    private static List<String[]> commandsWithTimes() {
        List<String[]> all = new ArrayList<>();
        for (String time : ENDS) {
            for (String name : List.of("EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT")) {
                for (String condition : CONDITIONS) {
                    all.add((name + " k " + time + " " + condition).strip().split(" ", -1));
                }
            }
            for (String unit : List.of("EX", "PX", "EXAT", "PXAT")) {
                all.add(words("GETEX", "k", unit, time));
                for (String condition : List.of("", " NX", " XX", " GET")) {
                    all.add(("SET k v " + unit + " " + time + condition).split(" ", -1));
                }
            }
            all.add(words("SETEX", "k", time, "v"));
            all.add(words("PSETEX", "k", time, "v"));
        }
        return all;
    }

    private static Told told(RespSocket socket, String[] before, String[] command) throws Exception {
        socket.send(RespSocket.request(before)
                + RespSocket.request(command)
                + RespSocket.request("PTTL", "k")
                + RespSocket.request("TTL", "k")
                + RespSocket.request("PEXPIRETIME", "k")
                + RespSocket.request("EXPIRETIME", "k"));
        socket.reply();
        String reply = socket.reply();
        List<Long> times = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            times.add(Long.parseLong(socket.reply().substring(1).strip()));
        }
        return new Told(reply, times);
    }

    @Test
    void keys_of_a_command_are_those_that_redis_finds() throws Exception {
        RedisServer redis = RedisServer.start("comparing what COMMAND GETKEYS tells");
        assumeTrue(redis != null);
        try (redis;
                DoorNode node = new DoorNode();
                RespSocket theirs = new RespSocket(redis.port());
                RespSocket ours = new RespSocket(node.respPort())) {
            for (String command : commandsOfBoth(theirs, ours)) {
                for (int arguments = 0; arguments <= 6; arguments++) {
                    List<String> words = new ArrayList<>(List.of("COMMAND", "GETKEYS"));
                    words.addAll(List.of(command.split("\\|", 2)));
                    for (int i = 0; i < arguments; i++) {
                        words.add("word" + i);
                    }
                    String[] asked = words.toArray(String[]::new);
                    assertThat(ours.ask(asked)).as("%s", words).isEqualTo(theirs.ask(asked));
                }
            }
        }
    }

    /** Names of commands and, with a bar, of subcommands that both have; and a subcommand of each container that neither has. */
    private static List<String> commandsOfBoth(RespSocket theirs, RespSocket ours) throws Exception {
        Set<String> names = names(ours);
        names.retainAll(names(theirs));
        for (String command : List.copyOf(names)) {
            if (command.contains("|")) {
                names.add(command.replaceFirst("\\|.*", "|Xx"));
            }
        }
        assertThat(names).contains("mset", "object", "object|Xx", "object|encoding", "command|getkeys");
        return List.copyOf(names);
    }

    private static Set<String> names(RespSocket socket) throws Exception {
        Set<String> names = new TreeSet<>();
        Matcher name = Pattern.compile("\\$\\d+\r\n([a-z][a-z_|-]*)\r\n").matcher(socket.ask("COMMAND"));
        while (name.find()) {
            names.add(name.group(1));
        }
        return names;
    }

    private static String both(RespSocket theirs, RespSocket ours, String... words) throws Exception {
        theirs.ask(words);
        return ours.ask(words);
    }

    private static List<String> tail(List<String> said) {
        return said.subList(Math.max(0, said.size() - 12), said.size());
    }

    /** How often each command and each error was counted; what they took is each server's own. */
    private static Set<String> counted(RespSocket socket) throws Exception {
        Set<String> counted = new TreeSet<>();
        socket.ask("INFO", "commandstats", "errorstats")
                .lines()
                .filter(line -> line.startsWith("cmdstat_") || line.startsWith("errorstat_"))
                .filter(line -> !line.matches("cmdstat_(info|hello|config.resetstat):.*"))
                .map(line -> line.replaceAll("usec=.*?,usec_per_call=[0-9.]+,", ""))
                .forEach(counted::add);
        return counted;
    }

    /** All there is, in both databases that were used. */
    private static List<String> state(RespSocket socket) throws Exception {
        List<String> state = new ArrayList<>();
        for (String database : List.of("0", "1")) {
            socket.ask("SELECT", database);
            for (String key : KEYS) {
                state.add(key + "=" + socket.ask("GET", key));
            }
        }
        return state;
    }

    /** Times pass between the two, and the order of keys is anybody's. */
    private static String comparable(String[] words, String reply) {
        String name = words[0].toUpperCase(Locale.ROOT);
        if ((name.contains("TTL") || name.contains("EXPIRETIME")) && reply.startsWith(":") && reply.length() > 6) {
            return ":time";
        }
        if (name.equals("TTL") && reply.startsWith(":") && reply.length() > 4) {
            return ":time";
        }
        if (name.equals("EXEC")) {
            // Also the order of the keys that KEYS in it gave.
            return reply.replaceAll(":\\d{3,13}\r\n", ":time\r\n")
                    .lines()
                    .sorted()
                    .toList()
                    .toString();
        }
        if (name.equals("KEYS") && reply.startsWith("*")) {
            return reply.lines().sorted().toList().toString();
        }
        return reply;
    }

    private String key() {
        return pick(KEYS);
    }

    private String value() {
        return pick(VALUES);
    }

    private String pick(String... from) {
        return from[random.nextInt(from.length)];
    }

    /** A command, in one of ten cases with a word too few or too many. */
    private String[] command() {
        List<String> words = new ArrayList<>(List.of(rightCommand()));
        int luck = random.nextInt(40);
        if (luck == 0 && words.size() > 1) {
            words.remove(words.size() - 1);
        } else if (luck == 1) {
            words.add(pick(VALUES));
        } else if (luck == 2) {
            words.set(0, words.get(0).toLowerCase(Locale.ROOT));
        }
        String name = words.get(0).toUpperCase(Locale.ROOT);
        // What both answer differently by intent, or what ends the connection.
        if (name.equals("PING") && words.size() > 2 || name.equals("KEYS") && words.size() != 2) {
            return new String[] {"PING"};
        }
        return words.toArray(String[]::new);
    }

    private String[] rightCommand() {
        String k = key();
        return switch (random.nextInt(56)) {
            case 0, 1 -> words("SET", k, value());
            case 2, 3 -> setWithOptions(k);
            case 4, 5 -> words("GET", k);
            case 6 -> words("SETNX", k, value());
            case 7 -> words(pick("SETEX", "PSETEX"), k, pick(TIMES), value());
            case 8 -> words("GETSET", k, value());
            case 9 -> words("GETDEL", k);
            case 10 -> words("GETEX", k, pick("EX", "PX", "EXAT", "PXAT", "PERSIST", "NX"), pick(TIMES));
            case 11 -> words("GETEX", k, pick("PERSIST", "EX"));
            case 12 -> words("MGET", k, key(), key(), "nothing");
            case 13 -> words("MSET", k, value(), key(), value());
            case 14 -> words("MSETNX", k, value(), key(), value());
            case 15 -> words("APPEND", k, value());
            case 16 -> words("STRLEN", k);
            case 17 -> words(pick("GETRANGE", "SUBSTR"), k, pick(NUMBERS), pick(NUMBERS));
            case 18 -> words("SETRANGE", k, pick("0", "1", "-1", "5", "60", "x"), value());
            case 19, 20 -> words(pick("INCR", "DECR"), k);
            case 21, 22 -> words(pick("INCRBY", "DECRBY"), k, pick(NUMBERS));
            case 23 -> words("INCRBYFLOAT", k, pick(VALUES));
            case 24 -> words(pick("DEL", "UNLINK"), k);
            case 25 -> words(pick("DEL", "EXISTS", "TOUCH"), k, key(), k);
            case 26 -> words("TYPE", k);
            case 27, 28 -> expire(k);
            case 29 -> words(pick("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"), k);
            case 30 -> words("PERSIST", k);
            case 31 -> words(pick("RENAME", "RENAMENX"), k, key());
            case 32 -> words("COPY", k, key());
            case 33 -> words("COPY", k, key(), pick("DB", "REPLACE", "x"), pick("1", "0", "17", "x"));
            case 34 -> words("KEYS", pick("*", "a*", "{*", "?", "[a-b]", "[^a]", "*-of-*", "\\{t}*"));
            case 35 -> words("MULTI");
            case 36, 37 -> words("EXEC");
            case 38 -> words(pick("DISCARD", "UNWATCH"));
            case 39 -> words("WATCH", k, key());
            case 40 -> words("SELECT", pick("0", "1", "0", "16", "x", "-1"));
            case 41 -> words(pick("TIMES", "PING", "RANDOMKEYS", "LASTSAVEX"));
            case 42 -> words("ECHO", value());
            case 43, 44 -> words("SETBIT", k, pick(BITS), pick("0", "1", "1", "2", "-1", "x"));
            case 45 -> words("GETBIT", k, pick(BITS));
            case 46 -> bits("BITCOUNT", k);
            case 47, 48 -> bits("BITPOS", k, pick("0", "1", "1", "0", "2", "x"));
            case 49 -> words("MOVE", k, pick("0", "1", "1", "16", "x", "-1"));
            case 50 -> lcs(k);
            case 51 ->
                words(pick("SLOWLOG", "MEMORY", "OBJECT", "LATENCY", "CONFIG", "CLIENT"), pick("FOO", "HELPX", ""));
            case 52 -> words("OBJECT", pick("FREQ", "IDLETIME", "REFCOUNT"), "nothing");
            case 53, 54 -> bitField(k);
            default -> words(pick(UNKNOWN), value(), value());
        };
    }

    private String[] bitField(String k) {
        List<String> words = new ArrayList<>(List.of(pick("BITFIELD", "BITFIELD", "bitfield", "BITFIELD_RO"), k));
        for (int i = random.nextInt(5); i > 0; i--) {
            String kind = pick("GET", "GET", "SET", "set", "INCRBY", "INCRBY", "OVERFLOW", "x");
            words.add(kind);
            if (kind.equals("OVERFLOW")) {
                words.add(pick("WRAP", "SAT", "sat", "FAIL", "x"));
                continue;
            }
            words.add(
                    random.nextInt(12) == 0
                            ? pick("u64", "i65", "i0", "x8", "I8", "i08", "u", "")
                            : pick("i", "u") + (1 + random.nextInt(63)));
            words.add(
                    random.nextInt(12) == 0
                            ? pick("x", "-1", "#-1", "#", "#x", "4294967296", "")
                            : pick("", "#") + random.nextInt(6));
            if (!kind.equals("GET") || random.nextInt(12) == 0) {
                words.add(
                        random.nextInt(3) == 0
                                ? pick(NUMBERS)
                                : Long.toString(random.nextLong() >> random.nextInt(63)));
            }
        }
        return words.toArray(String[]::new);
    }

    private static final String[] BITS = {
        "0", "1", "7", "8", "100", "463", "-1", "x", "01", "4294967296", "9223372036854775807", ""
    };

    /** A command on a range of bits or bytes, or on all. */
    private String[] bits(String... begin) {
        List<String> words = new ArrayList<>(List.of(begin));
        for (int i = random.nextInt(3); i > 0; i--) {
            words.add(random.nextInt(6) == 0 ? pick(NUMBERS) : Integer.toString(random.nextInt(80) - 40));
        }
        if (random.nextInt(3) == 0) {
            words.add(pick("BIT", "bit", "BYTE", "x", ""));
        }
        return words.toArray(String[]::new);
    }

    private String[] lcs(String k) {
        List<String> words = new ArrayList<>(List.of("LCS", k, key()));
        for (int i = random.nextInt(4); i > 0; i--) {
            words.add(pick("LEN", "IDX", "idx", "WITHMATCHLEN", "MINMATCHLEN", "2", "x"));
        }
        return words.toArray(String[]::new);
    }

    @Test
    void what_a_client_does_not_want_to_hear_is_what_redis_does_not_tell() throws Exception {
        RedisServer redis = RedisServer.start("comparing CLIENT REPLY");
        assumeTrue(redis != null);
        int rounds = 5 * Integer.getInteger("distcache.testing.redis-rounds", 40);
        try (redis;
                DoorNode node = new DoorNode();
                RespSocket theirs = new RespSocket(redis.port());
                RespSocket ours = new RespSocket(node.respPort())) {
            for (int round = 0; round < rounds; round++) {
                List<String> said = new ArrayList<>();
                for (int i = 1 + random.nextInt(8); i > 0; i--) {
                    said.add(pick(
                            "CLIENT REPLY SKIP",
                            "CLIENT REPLY SKIP",
                            "CLIENT REPLY OFF",
                            "CLIENT REPLY ON",
                            "CLIENT REPLY FOO",
                            "CLIENT REPLY",
                            "RESET",
                            "PING",
                            "SET k v",
                            "GET k",
                            "MGET k l m",
                            "DEL k l",
                            "KEYS *",
                            "INCR k",
                            "NOSUCH",
                            "CLIENT LIST ID x"));
                }
                String asked = String.join("\r\n", said) + "\r\nCLIENT REPLY ON\r\nECHO end-" + round + "\r\n";
                assertThat(until(ours, asked, "end-" + round))
                        .as("seed %d round %d, %s", seed, round, said)
                        .isEqualTo(until(theirs, asked, "end-" + round));
            }
        }
    }

    private static String until(RespSocket socket, String asked, String end) throws Exception {
        socket.send(asked);
        StringBuilder all = new StringBuilder();
        do {
            all.append(socket.reply());
        } while (all.indexOf(end) < 0);
        return all.toString();
    }

    @Test
    void a_request_may_have_more_than_a_million_arguments() throws Exception {
        RedisServer redis = RedisServer.start("comparing requests of many arguments");
        assumeTrue(redis != null);
        String[] words = new String[1_100_000];
        Arrays.setAll(words, i -> i == 0 ? "EXISTS" : i % 2 == 0 ? "a" : "b");
        try (redis;
                DoorNode node = new DoorNode();
                RespSocket theirs = new RespSocket(redis.port());
                RespSocket ours = new RespSocket(node.respPort())) {
            both(theirs, ours, "SET", "a", "1");
            assertThat(ours.ask(words)).isEqualTo(theirs.ask(words)).isEqualTo(":549999\r\n");
            for (String count : List.of("2147483648", "99999999999", "-1", "0", "x")) {
                String asked = "*" + count + "\r\nPING\r\n";
                try (RespSocket their = new RespSocket(redis.port());
                        RespSocket our = new RespSocket(node.respPort())) {
                    their.send(asked);
                    our.send(asked);
                    assertThat(our.reply()).as(asked).isEqualTo(their.reply());
                }
            }
        }
    }

    @Test
    void commands_are_described_as_redis_describes_them() throws Exception {
        RedisServer redis = RedisServer.start("comparing what COMMAND tells");
        assumeTrue(redis != null);
        try (redis;
                DoorNode node = new DoorNode();
                RespSocket theirs = new RespSocket(redis.port());
                RespSocket ours = new RespSocket(node.respPort())) {
            List<String> names = commandsOfBoth(theirs, ours).stream()
                    .filter(name -> !name.endsWith("|Xx"))
                    .toList();
            for (String name : names) {
                if (!List.of("acl", "client", "object", "memory", "latency", "config", "slowlog", "command")
                        .contains(name)) {
                    assertThat(ours.ask("COMMAND", "INFO", name))
                            .as(name)
                            .isEqualTo(theirs.ask("COMMAND", "INFO", name));
                }
                String[] asked = ("COMMAND GETKEYSANDFLAGS " + name.replace('|', ' ') + " a b c").split(" ", -1);
                assertThat(ours.ask(asked)).as("%s", List.of(asked)).isEqualTo(theirs.ask(asked));
            }
            for (String filter : List.of(
                    "FILTERBY PATTERN c*",
                    "FILTERBY PATTERN *|*",
                    "FILTERBY PATTERN OBJECT*",
                    "FILTERBY PATTERN [",
                    "FILTERBY ACLCAT fast",
                    "FILTERBY ACLCAT ADMIN",
                    "FILTERBY ACLCAT bitmap",
                    "FILTERBY ACLCAT nosuch",
                    "FILTERBY MODULE x",
                    "FILTERBY PATTERN",
                    "FILTERBY x y",
                    "x")) {
                String[] asked = ("COMMAND LIST " + filter).split(" ", -1);
                Set<String> expected = listed(theirs.ask(asked));
                Set<String> found = listed(ours.ask(asked));
                expected.removeIf(name -> !name.startsWith("-") && !names.contains(name));
                found.removeIf(name -> name.equals("client|setinfo"));
                assertThat(found).as(filter).isEqualTo(expected);
            }
        }
    }

    private static Set<String> listed(String reply) {
        Set<String> names = new TreeSet<>();
        reply.lines()
                .filter(line -> !line.startsWith("$") && !line.startsWith("*"))
                .forEach(names::add);
        return names;
    }

    private String[] setWithOptions(String k) {
        List<String> words = new ArrayList<>(List.of("SET", k, value()));
        for (int i = random.nextInt(4); i > 0; i--) {
            String option = pick("NX", "XX", "GET", "KEEPTTL", "EX", "PX", "EXAT", "PXAT", "PERSIST", "nx", "ex");
            words.add(option);
            if (option.length() >= 2
                    && !option.equals("GET")
                    && option.toUpperCase(Locale.ROOT).matches("P?(EX|X)(AT)?")) {
                words.add(pick(TIMES));
            }
        }
        return words.toArray(String[]::new);
    }

    private String[] expire(String k) {
        List<String> words = new ArrayList<>(List.of(
                pick("EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"),
                k,
                pick("-1", "0", "100000", "500000", "x", "9223372036854775807", "99999999999")));
        for (int i = random.nextInt(3); i > 0; i--) {
            words.add(pick("NX", "XX", "GT", "LT", "ZZ"));
        }
        return words.toArray(String[]::new);
    }

    private static String[] words(String... words) {
        return words;
    }
}
