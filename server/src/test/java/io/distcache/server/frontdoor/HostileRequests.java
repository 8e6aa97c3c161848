package io.distcache.server.frontdoor;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.frame.FrameEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Requests of every door: each command with 0 to 6 arguments, right or wrong, and what is no request at all. None asks for an entry of
 * {@link Victim}. One character is one byte. Confined to one thread.
 */
final class HostileRequests {
    private static final int MOST_ARGUMENTS = 6;
    private static final int VARIANTS = 2;
    private static final int WRONG = 400;

    private static final String[] WORDS = {
        "k",
        "a",
        "0",
        "1",
        "-1",
        "3",
        "x",
        "",
        "Xx",
        "*",
        "9223372036854775807",
        "-9223372036854775808",
        "EX",
        "PX",
        "NX",
        "XX",
        "GT",
        "GET",
        "KEEPTTL",
        "MATCH",
        "COUNT",
        "10",
        "TYPE",
        "string",
        "DB",
        "REPLACE",
        "FILTERBY",
        "PATTERN",
        "MODULE",
        "ACLCAT",
        "GETKEYS",
        "ID",
        "ADDR",
        "AUTH",
        "SETNAME",
        "PERSIST",
        "IDX",
        "WITHMATCHLEN",
        "MINMATCHLEN",
        "BIT",
        "SAMPLES",
        "maxclients",
        "settings",
        "conns",
        "slabs",
        "detail",
        "noreply",
        "u",
        "L",
        "b",
        "v",
        "T0",
        "MS",
        "O1",
        "\u00ff\u00fe",
        "a b",
        "\r\n",
        "\u0000"
    };
    private static final String[] MEMCACHED = {
        "get", "gets", "gat", "gats", "set", "add", "replace", "append", "prepend", "cas", "delete", "incr", "decr",
        "touch", "flush_all", "version", "verbosity", "stats", "shutdown", "mn", "mg", "ms", "md", "ma", "me", "quit",
        "bget", "unknown", "GET", "lru_crawler", "watch", "cache_memlimit", "slabs"
    };
    private static final String[] WRONG_RESP = {
        "*3\r\n$3\r\nGET\r\n",
        "*-1\r\n",
        "*0\r\n",
        "*1048577\r\n",
        "*99999999999\r\n",
        "*x\r\n",
        "*2\r\n$3\r\nGET\r\n:1\r\n",
        "*2\r\n$3\r\nGET\r\n$-5\r\n",
        "*1\r\n$99999999999\r\n",
        "*2\r\n$3\r\nGET\r\n$300\r\nshort\r\n",
        "*1048576\r\n$4\r\nMGET\r\n$1\r\na\r\n",
        "SET a \"b\r\n",
        "GET 'a\\'\r\n",
        "MGET \"\\x4\" a\r\n",
        "\r\n\r\n",
        "\u0000\r\n",
        "*2\r\n$4\r\nECHO\r\n$2\r\nab",
        "*1\r\n$0\r\n\r\n",
        "*2\r\n$0\r\n\r\n$0\r\n\r\n",
        "ECHO\r\n",
        "COMMAND GETKEYS\r\n",
        "*4\r\n$7\r\nCOMMAND\r\n$7\r\nGETKEYS\r\n$4\r\nMSET\r\n$1\r\na\r\n"
    };
    private static final String[] WRONG_MEMCACHED = {
        "set a 0 0 10\r\nshort\r\n",
        "set a 0 0 -1\r\n",
        "set a 0 0 99999999999\r\n",
        "set a 0 0 2000000\r\nab\r\n",
        "ms a 10\r\nshort\r\n",
        "ms a S10\r\n",
        "mg a O\r\n",
        "mg a M\r\n",
        "me\r\n",
        "me a b\r\n",
        "mg AAAA b k v\r\n",
        "cas a 0 0 3\r\nabc\r\n",
        "gat 0\r\n",
        "get \r\n",
        " \r\n",
        "\r\n",
        "get a",
        "set a 0 0 3 noreply\r\nabcde\r\n"
    };

    private final Random random;
    private final List<String> commands;

    /** {@code commands} of the RESP door, subcommands with a bar. */
    HostileRequests(Random random, List<String> commands) {
        this.random = random;
        this.commands = commands;
    }

    static String request(String... words) {
        StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            request.append('$')
                    .append(word.length())
                    .append("\r\n")
                    .append(word)
                    .append("\r\n");
        }
        return request.toString();
    }

    /** What a client says first. */
    String greeting(String door) {
        if (!door.equals("native")) {
            return "";
        }
        ByteBuf out = Unpooled.buffer();
        FrameEncoder.encode(new Hello.Client(Hello.VERSION, Hello.VERSION, 0, "hostile", "", 0), out);
        return bytes(out) + frame(new Command.OpenCache(1, CacheDefinition.of("", "hostile"), true));
    }

    /** A right request with many long arguments, so that positions of arguments lie far in the buffer afterwards. */
    String primer(String door) {
        return switch (door) {
            case "resp" -> {
                String[] words = new String[8 + random.nextInt(6)];
                words[0] = "DEL";
                for (int i = 1; i < words.length; i++) {
                    words[i] = "d".repeat(random.nextInt(300));
                }
                yield request(words);
            }
            case "memcached" -> {
                StringBuilder line = new StringBuilder("get");
                for (int i = random.nextInt(10); i >= 0; i--) {
                    line.append(' ').append("d".repeat(1 + random.nextInt(150)));
                }
                yield line.append("\r\n").toString();
            }
            default -> frame(new Command.Get(1, Bytes.ofUtf8("d".repeat(random.nextInt(300)))));
        };
    }

    // --- RESP ---

    List<String> resp() {
        List<String> all = new ArrayList<>();
        for (String command : commands) {
            for (int arguments = 0; arguments <= MOST_ARGUMENTS; arguments++) {
                for (int i = 0; i < VARIANTS; i++) {
                    all.add(request(words(command, arguments)));
                    List<String> asked = new ArrayList<>(List.of("COMMAND", "GETKEYS"));
                    asked.addAll(List.of(words(command, arguments)));
                    all.add(request(asked.toArray(String[]::new)));
                }
            }
        }
        for (int i = 0; i < WRONG; i++) {
            all.add(wrong(WRONG_RESP, request(words(pick(commands), random.nextInt(MOST_ARGUMENTS)))));
            all.add(pipelined());
            all.add(line());
        }
        return all;
    }

    private String[] words(String command, int arguments) {
        List<String> words = new ArrayList<>(List.of(command.split("\\|", 2)));
        if (command.endsWith("|kill") && random.nextInt(10) > 0) {
            words.set(1, "info");
        }
        for (int i = 0; i < arguments; i++) {
            words.add(word());
        }
        return words.toArray(String[]::new);
    }

    private String word() {
        return switch (random.nextInt(8)) {
            case 0 -> pick(commands).replaceFirst(".*\\|", "");
            case 1 -> "w".repeat(random.nextInt(400));
            default -> WORDS[random.nextInt(WORDS.length)];
        };
    }

    private String pipelined() {
        StringBuilder all = new StringBuilder(random.nextBoolean() ? request("MULTI") : "");
        for (int i = random.nextInt(5); i >= 0; i--) {
            all.append(request(words(pick(commands), random.nextInt(MOST_ARGUMENTS + 1))));
        }
        return all.append(random.nextBoolean() ? request("EXEC") : "").toString();
    }

    private String line() {
        StringBuilder line = new StringBuilder(pick(commands).replace('|', ' '));
        for (int i = random.nextInt(MOST_ARGUMENTS + 1); i > 0; i--) {
            line.append(random.nextInt(4) == 0 ? " \"" + word() + "\"" : " " + word());
        }
        return line.append("\r\n").toString();
    }

    // --- memcached ---

    List<String> memcached() {
        List<String> all = new ArrayList<>();
        for (String command : MEMCACHED) {
            for (int arguments = 0; arguments <= MOST_ARGUMENTS; arguments++) {
                for (int i = 0; i < VARIANTS; i++) {
                    StringBuilder line = new StringBuilder(command);
                    for (int word = 0; word < arguments; word++) {
                        line.append(' ').append(word().replaceAll("[ \r\n]", "_"));
                    }
                    all.add(line.append("\r\n").toString());
                }
            }
        }
        for (int i = 0; i < WRONG; i++) {
            all.add(wrong(WRONG_MEMCACHED, "set k 0 0 " + random.nextInt(20) + "\r\n" + word() + "\r\n"));
        }
        return all;
    }

    // --- native ---

    List<String> frames() {
        List<String> all = new ArrayList<>();
        for (int type = 0; type < 64; type++) {
            for (int length = 0; length < 12; length++) {
                ByteBuf out =
                        Unpooled.buffer().writeInt(5 + length).writeByte(type).writeInt(1 + random.nextInt(1000));
                for (int i = 0; i < length; i++) {
                    out.writeByte(random.nextInt(3) == 0 ? random.nextInt(256) : random.nextInt(4));
                }
                all.add(bytes(out));
            }
        }
        for (int i = 0; i < WRONG; i++) {
            all.add(wrong(
                    new String[] {"\u0000\u0000\u0000\u0004", "\u0000\u0000\u0001\u0000\u0001"}, frame(command())));
        }
        return all;
    }

    private Command command() {
        Bytes key = Bytes.ofUtf8("\u0002" + word());
        Bytes value = Bytes.ofUtf8("\u0002" + word());
        return switch (random.nextInt(6)) {
            case 0 -> new Command.Put(1, key, value, Condition.ALWAYS, Ttl.DEFINED, true);
            case 1 -> new Command.Get(1, key);
            case 2 -> new Command.Scan(1, random.nextLong(), 10, true, Bytes.EMPTY);
            case 3 -> new Command.GetAll(1, List.of(key, value));
            case 4 -> new Command.Append(1, key, value, false);
            default -> new Command.Remove(1, key, Condition.ALWAYS, true);
        };
    }

    private String frame(Command command) {
        ByteBuf out = Unpooled.buffer();
        FrameEncoder.encode(command, 1 + random.nextInt(1000), out);
        return bytes(out);
    }

    private static String bytes(ByteBuf out) {
        return new String(ByteBufUtil.getBytes(out), StandardCharsets.ISO_8859_1);
    }

    // --- what is no request ---

    /** One of those given, or a right one with a byte changed, or cut, or with something after it. */
    private String wrong(String[] wrong, String right) {
        return switch (random.nextInt(4)) {
            case 0 -> right.substring(0, random.nextInt(right.length() + 1));
            case 1 -> right + right.substring(random.nextInt(right.length()));
            case 2 -> {
                StringBuilder changed = new StringBuilder(right);
                changed.setCharAt(random.nextInt(right.length()), (char) random.nextInt(256));
                yield changed.toString();
            }
            default -> wrong[random.nextInt(wrong.length)];
        };
    }

    private String pick(List<String> from) {
        return from.get(random.nextInt(from.size()));
    }
}
