package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Effect;
import io.distcache.server.access.AccessControl;
import io.distcache.server.access.User;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Who the users are and what they may do, in Redis's words, as far as these have words for it: the effects on the database that the client has
 * chosen stand as categories of commands. Users are changed in the access file, and not here. Stateless.
 */
final class AclCommands {
    private static final List<String> CATEGORIES = List.of(
            "keyspace",
            "read",
            "write",
            "set",
            "sortedset",
            "list",
            "hash",
            "string",
            "bitmap",
            "hyperloglog",
            "geo",
            "stream",
            "pubsub",
            "admin",
            "fast",
            "slow",
            "blocking",
            "dangerous",
            "connection",
            "transaction",
            "scripting");

    private static final Map<Effect, String> CATEGORY_OF =
            new EnumMap<>(Map.of(Effect.READ, "+@read", Effect.WRITE, "+@write", Effect.OPERATOR, "+@admin"));
    private static final long LOGGED_SHOWN = 10;
    private static final String EVERYTHING = "+@all";
    private static final String ALL_KEYS = "~*";

    private AclCommands() {}

    static void bind(RespActions actions) {
        actions.control("acl|whoami", (c, r) -> Replies.bulk(c.out(), c.user()));
        actions.control("acl|cat", AclCommands::cat);
        actions.operator("acl|users", AclCommands::users);
        actions.operator("acl|list", AclCommands::list);
        actions.operator("acl|getuser", AclCommands::getuser);
        actions.operator("acl|dryrun", AclCommands::dryrun);
        actions.operator("acl|log", AclCommands::log);
        actions.control(
                "acl|help",
                (c, r) -> Replies.help(
                        c.out(),
                        "ACL <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                        "CAT [<category>]",
                        "    List all commands that belong to <category>, or all command categories",
                        "    when no category is specified.",
                        "DRYRUN <username> <command> [<arg> ...]",
                        "    Returns whether the user can execute the given command without executing the command.",
                        "GETUSER <username>",
                        "    Get the user's details.",
                        "LIST",
                        "    Show users details in config file format.",
                        "LOG [<count> | RESET]",
                        "    Show the ACL log entries.",
                        "USERS",
                        "    List all the registered usernames.",
                        "WHOAMI",
                        "    Return the current connection username.",
                        "HELP",
                        "    Prints this help."));
    }

    private static void cat(RespClient c, Request r) {
        if (r.count() > 3) {
            c.error("ERR unknown subcommand or wrong number of arguments for 'cat'. Try ACL HELP.");
            return;
        }
        if (r.count() == 2) {
            Replies.array(c.out(), CATEGORIES.size());
            CATEGORIES.forEach(category -> Replies.bulk(c.out(), category));
            return;
        }
        String wanted = r.text(2).toLowerCase(Locale.ROOT);
        if (!CATEGORIES.contains(wanted)) {
            c.error("ERR Unknown category '" + r.text(2) + "'");
            return;
        }
        List<RespCommand> all = c.node().commands().indexed().stream()
                .filter(command -> command.subcommands().isEmpty()
                        && DescribingCommands.categories(c, command).contains("@" + wanted))
                .toList();
        Replies.array(c.out(), all.size());
        all.forEach(command -> Replies.bulk(c.out(), command.name()));
    }

    private static SortedSet<String> names(RespClient c) {
        SortedSet<String> names = new TreeSet<>();
        c.node().access().users().all().forEach(user -> names.add(user.name()));
        if (c.node().access().isOpen()) {
            names.add(AccessControl.DEFAULT_USER);
        }
        return names;
    }

    private static void users(RespClient c, Request r) {
        SortedSet<String> names = names(c);
        Replies.array(c.out(), names.size());
        names.forEach(name -> Replies.bulk(c.out(), name));
    }

    private static void list(RespClient c, Request r) {
        SortedSet<String> names = names(c);
        Replies.array(c.out(), names.size());
        for (String name : names) {
            String keys = keys(c, name);
            Replies.bulk(
                    c.out(),
                    "user " + name + (isFree(c) ? " on nopass" : " on") + (keys.isEmpty() ? "" : " " + keys)
                            + (isFree(c) ? " &* " : " resetchannels ") + commands(c, name));
        }
    }

    private static void getuser(RespClient c, Request r) {
        String name = r.text(2);
        ByteBuf out = c.out();
        if (!names(c).contains(name)) {
            Replies.nil(out, c.protocol());
            return;
        }
        List<String> flags = new ArrayList<>(List.of("on"));
        if (isFree(c)) {
            flags.add("nopass");
        }
        Replies.map(out, c.protocol(), 6);
        Replies.bulk(out, "flags");
        Replies.set(out, c.protocol(), flags.size());
        flags.forEach(flag -> Replies.bulk(out, flag));
        Replies.bulk(out, "passwords");
        Replies.array(out, 0);
        Replies.bulk(out, "commands");
        Replies.bulk(out, commands(c, name));
        Replies.bulk(out, "keys");
        Replies.bulk(out, keys(c, name));
        Replies.bulk(out, "channels");
        Replies.bulk(out, isFree(c) ? "&*" : "");
        Replies.bulk(out, "selectors");
        Replies.array(out, 0);
    }

    private static void dryrun(RespClient c, Request r) {
        if (!names(c).contains(r.text(2))) {
            c.error("ERR User '" + r.text(2) + "' not found");
            return;
        }
        RespCommand command = c.node().commands().find(r, 3);
        if (command != null && !command.subcommands().isEmpty() && r.count() > 4) {
            command = command.subcommand(r, 4);
        }
        if (command == null) {
            c.error("ERR Command '" + r.text(3) + "' not found");
        } else if (!command.takes(r.count() - 3)) {
            c.error("ERR wrong number of arguments for '" + command.name() + "' command");
        } else if (may(c, r.text(2), command.effect())) {
            c.ok();
        } else {
            Replies.bulk(c.out(), "This user has no permissions to run the '" + command.name() + "' command");
        }
    }

    private static boolean isFree(RespClient c) {
        return c.node().access().isOpen();
    }

    private static boolean may(RespClient c, String name, Effect effect) {
        User user = c.node().access().users().named(name);
        CacheDefinition cache = c.keyspace().definition();
        return isFree(c) || (user != null && user.may(effect, cache.namespace(), cache.name()));
    }

    private static void log(RespClient c, Request r) {
        if (r.count() > 3) {
            c.error("ERR unknown subcommand or wrong number of arguments for '" + r.text(1) + "'. Try ACL HELP.");
            return;
        }
        long most = LOGGED_SHOWN;
        if (r.count() == 3) {
            if (r.is(2, "reset")) {
                c.node().aclLog().clear();
                c.ok();
                return;
            }
            if (!r.isInteger(2)) {
                c.error(Errors.NO_INTEGER);
                return;
            }
            most = r.number();
        }
        long now = c.node().clock().wall().millis();
        List<AclLog.Entry> entries = c.node().aclLog().latest(most);
        Replies.array(c.out(), entries.size());
        for (AclLog.Entry entry : entries) {
            ByteBuf out = c.outOfMany();
            Replies.map(out, c.protocol(), 10);
            Replies.bulk(out, "count");
            Replies.integer(out, entry.count());
            text(out, "reason", entry.reason().name().toLowerCase(Locale.ROOT));
            text(out, "context", entry.inMulti() ? "multi" : "toplevel");
            text(out, "object", entry.object());
            text(out, "username", entry.user());
            Replies.bulk(out, "age-seconds");
            Replies.decimal(out, c.protocol(), (now - entry.updatedMillis()) / 1000.0);
            text(out, "client-info", entry.client());
            Replies.bulk(out, "entry-id");
            Replies.integer(out, entry.id());
            Replies.bulk(out, "timestamp-created");
            Replies.integer(out, entry.createdMillis());
            Replies.bulk(out, "timestamp-last-updated");
            Replies.integer(out, entry.updatedMillis());
        }
    }

    private static void text(ByteBuf out, String field, String value) {
        Replies.bulk(out, field);
        Replies.bulk(out, value);
    }

    private static String keys(RespClient c, String name) {
        return may(c, name, Effect.READ) || may(c, name, Effect.WRITE) ? ALL_KEYS : "";
    }

    private static String commands(RespClient c, String name) {
        StringBuilder text = new StringBuilder("-@all +@connection");
        int allowed = 0;
        for (Map.Entry<Effect, String> one : CATEGORY_OF.entrySet()) {
            if (may(c, name, one.getKey())) {
                text.append(' ').append(one.getValue());
                allowed++;
            }
        }
        return allowed == CATEGORY_OF.size() ? EVERYTHING : text.toString();
    }
}
