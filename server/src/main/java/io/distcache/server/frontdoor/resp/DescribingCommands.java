package io.distcache.server.frontdoor.resp;

import io.distcache.server.dispatch.Glob;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** COMMAND: what commands there are, and what they take. Stateless. */
final class DescribingCommands {
    private static final int CATEGORIES = 6;
    private static final int KEY_SPECS = 8;

    private DescribingCommands() {}

    static void bind(RespActions actions) {
        actions.control("command", DescribingCommands::all);
        actions.control(
                "command|count",
                (c, r) -> Replies.integer(c.out(), c.node().commands().all().size()));
        actions.control("command|info", DescribingCommands::info);
        actions.control("command|docs", DescribingCommands::docs);
        actions.control("command|list", DescribingCommands::list);
        actions.control("command|getkeys", (c, r) -> getkeys(c, r, false));
        actions.control("command|getkeysandflags", (c, r) -> getkeys(c, r, true));
        actions.control(
                "command|help",
                (c, r) -> Replies.help(
                        c.out(),
                        "COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                        "(no subcommand)",
                        "    Return details about all Redis commands.",
                        "COUNT",
                        "    Return the total number of commands in this Redis server.",
                        "LIST",
                        "    Return a list of all commands in this Redis server.",
                        "INFO [<command-name> ...]",
                        "    Return details about multiple Redis commands.",
                        "    If no command names are given, documentation details for all",
                        "    commands are returned.",
                        "DOCS [<command-name> ...]",
                        "    Return documentation details about multiple Redis commands.",
                        "    If no command names are given, documentation details for all",
                        "    commands are returned.",
                        "GETKEYS <full-command>",
                        "    Return the keys from a full Redis command.",
                        "GETKEYSANDFLAGS <full-command>",
                        "    Return the keys and the access flags from a full Redis command.",
                        "HELP",
                        "    Print this help."));
    }

    private static void all(RespClient c, Request r) {
        List<RespTree> all = c.node().commands().infos();
        Replies.array(c.out(), all.size());
        all.forEach(info -> info.write(c.out(), c.protocol()));
    }

    private static void info(RespClient c, Request r) {
        if (r.count() == 2) {
            all(c, r);
            return;
        }
        Replies.array(c.out(), r.count() - 2L);
        for (int i = 2; i < r.count(); i++) {
            RespTree info = c.node().commands().info(r.text(i));
            if (info == null) {
                Replies.nil(c.out(), c.protocol());
            } else {
                info.write(c.out(), c.protocol());
            }
        }
    }

    /** The group of each command, which is what a client without pages of its own can show. */
    private static void docs(RespClient c, Request r) {
        List<RespCommand> wanted = new ArrayList<>();
        if (r.count() == 2) {
            wanted.addAll(c.node().commands().all());
        }
        for (int i = 2; i < r.count(); i++) {
            RespCommand command = c.node().commands().described(r.text(i));
            if (command != null) {
                wanted.add(command);
            }
        }
        Replies.map(c.out(), c.protocol(), wanted.size());
        for (RespCommand command : wanted) {
            Replies.bulk(c.out(), command.name());
            Replies.map(c.out(), c.protocol(), 2);
            Replies.bulk(c.out(), "summary");
            Replies.bulk(c.out(), "As in Redis " + RespNode.REDIS_VERSION);
            Replies.bulk(c.out(), "group");
            Replies.bulk(c.out(), group(categories(c, command)));
        }
    }

    private static String group(Set<String> categories) {
        for (String group : List.of("bitmap", "string", "transaction", "connection")) {
            if (categories.contains("@" + group)) {
                return group.equals("transaction") ? "transactions" : group;
            }
        }
        return categories.contains("@keyspace") && !categories.contains("@dangerous") ? "generic" : "server";
    }

    static Set<String> categories(RespClient c, RespCommand command) {
        Set<String> all = new LinkedHashSet<>();
        RespTree info = c.node().commands().info(command.name());
        if (info != null) {
            info.items().get(CATEGORIES).items().forEach(category -> all.add(category.text()));
        }
        return all;
    }

    /** Commands and subcommands, each by itself: one without keys of its own is listed, too. */
    private static void list(RespClient c, Request r) {
        Predicate<RespCommand> wanted = command -> true;
        if (r.count() == 5 && r.is(2, "filterby") && r.is(3, "pattern")) {
            Glob pattern = ScanCommands.pattern(c, r, 4, true);
            if (pattern == null) {
                return;
            }
            wanted = command -> {
                byte[] name = Replies.ascii(command.name());
                return pattern.matches(name, 0, name.length);
            };
        } else if (r.count() == 5 && r.is(2, "filterby") && r.is(3, "aclcat")) {
            String category = "@" + r.text(4).toLowerCase(Locale.ROOT);
            wanted = command -> categories(c, command).contains(category);
        } else if (r.count() == 5 && r.is(2, "filterby") && r.is(3, "module")) {
            wanted = command -> false;
        } else if (r.count() != 2) {
            c.error(Errors.SYNTAX);
            return;
        }
        List<RespCommand> all =
                c.node().commands().indexed().stream().filter(wanted).toList();
        Replies.array(c.out(), all.size());
        all.forEach(command -> Replies.bulk(c.out(), command.name()));
    }

    // --- GETKEYS ---

    private static void getkeys(RespClient c, Request r, boolean withFlags) {
        RespCommand command = c.node().commands().find(r, 2);
        if (command != null && !command.subcommands().isEmpty() && r.count() > 3) {
            command = command.subcommand(r, 3);
        }
        int words = r.count() - 2;
        if (command == null) {
            c.error("ERR Invalid command specified");
        } else if (command.firstKey() == 0) {
            c.error("ERR The command has no key arguments");
        } else if (!command.takes(words)) {
            c.error("ERR Invalid number of arguments specified for command");
        } else {
            List<Integer> keys = new ArrayList<>();
            for (int i = command.firstKey(); i < command.keysEnd(words); i += command.step()) {
                keys.add(i + 2);
            }
            RespTree info = withFlags ? c.node().commands().info(command.name()) : null;
            Replies.array(c.out(), keys.size());
            for (int at : keys) {
                if (info != null) {
                    Replies.array(c.out(), 2);
                }
                Replies.bulk(c.out(), r, at);
                if (info != null) {
                    flags(c, info, at - 2, isWrittenOnly(command, r));
                }
            }
        }
    }

    /** SET reads what was there only if it is asked to; what is recorded of it is that it may. */
    private static boolean isWrittenOnly(RespCommand command, Request r) {
        if (!command.name().equals("set")) {
            return false;
        }
        for (int i = 5; i < r.count(); i++) {
            if (r.is(i, "get")) {
                return false;
            }
        }
        return true;
    }

    /** What is done to the key at a position, as the recorded specification of the command's keys says. */
    private static void flags(RespClient c, RespTree info, int at, boolean isWrittenOnly) {
        if (isWrittenOnly) {
            Replies.set(c.out(), c.protocol(), 2);
            Replies.simple(c.out(), "OW");
            Replies.simple(c.out(), "update");
            return;
        }
        RespTree flags = null;
        for (RespTree spec : info.items().get(KEY_SPECS).items()) {
            RespTree begin = field(spec, "begin_search");
            RespTree index = begin == null ? null : field(begin, "spec");
            RespTree first = index == null ? null : field(index, "index");
            // Of several the last that begins at or before it.
            if (first != null && Integer.parseInt(first.text()) <= at) {
                flags = field(spec, "flags");
            }
        }
        List<RespTree> told = flags == null
                ? List.of()
                : flags.items().stream().filter(flag -> !isOfSpec(flag.text())).toList();
        Replies.set(c.out(), c.protocol(), told.size());
        told.forEach(flag -> Replies.simple(c.out(), flag.text()));
    }

    /** Flags that say how to find keys, and nothing of what is done to them. */
    private static boolean isOfSpec(String flag) {
        return flag.equals("incomplete") || flag.equals("variable_flags");
    }

    private static @Nullable RespTree field(RespTree map, String name) {
        List<RespTree> items = map.items();
        for (int i = 0; i + 1 < items.size(); i += 2) {
            if (items.get(i).text().equals(name)) {
                return items.get(i + 1);
            }
        }
        return null;
    }
}
