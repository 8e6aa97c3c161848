package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.netty.buffer.ByteBuf;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The commands on the connection: who the client is, and what it speaks. */
final class ConnectionCommands {
    private static final String USER = "default";
    private static final String WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled.";
    private static final String BAD_NAME = "ERR Client names cannot contain spaces, newlines or special characters.";

    private ConnectionCommands() {}

    static void bind(RespActions actions) {
        actions.control("ping", ConnectionCommands::ping);
        actions.control("echo", (c, r) -> Replies.bulk(c.out(), r, 1));
        actions.control("auth", ConnectionCommands::auth);
        actions.control("hello", ConnectionCommands::hello);
        actions.control("quit", (c, r) -> c.ok());
        actions.control("reset", ConnectionCommands::reset);
        actions.control("select", ConnectionCommands::select);
        actions.control("client|id", (c, r) -> Replies.integer(c.out(), c.id()));
        actions.control("client|getname", ConnectionCommands::getname);
        actions.control("client|setname", ConnectionCommands::setname);
        actions.control("client|setinfo", ConnectionCommands::setinfo);
        actions.control("client|info", (c, r) -> Replies.verbatim(c.out(), c.protocol(), c.line() + "\n"));
        actions.operator("client|list", ConnectionCommands::list);
        actions.operator("client|kill", ConnectionCommands::kill);
        actions.operator("client|no-evict", ConnectionCommands::noEvict);
        actions.control("client|reply", ConnectionCommands::reply);
        actions.control(
                "client|help",
                (c, r) -> KeyCommands.help(
                        c,
                        "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                        "GETNAME",
                        "    Return the name of the current connection.",
                        "ID",
                        "    Return the ID of the current connection.",
                        "INFO",
                        "    Return information about the current client connection.",
                        "KILL <ip:port>",
                        "    Kill connection made from <ip:port>.",
                        "KILL <option> <value> [<option> <value> [...]]",
                        "    Kill connections. Options are:",
                        "    * ADDR (<ip:port>|<unixsocket>:0)",
                        "    * LADDR (<ip:port>|<unixsocket>:0)",
                        "    * TYPE (normal|master|replica|pubsub)",
                        "    * USER <username>",
                        "    * SKIPME (yes|no)",
                        "    * ID <client-id>",
                        "LIST [options ...]",
                        "    Return information about client connections.",
                        "NO-EVICT (ON|OFF)",
                        "    Protect current client connection from eviction.",
                        "REPLY (ON|OFF|SKIP)",
                        "    Control the replies sent to the current connection.",
                        "SETINFO <option> <value>",
                        "    Say which library the client is.",
                        "SETNAME <name>",
                        "    Assign the name <name> to the current connection.",
                        "HELP",
                        "    Print this help."));
    }

    private static void ping(RespConnection c, Request r) {
        if (r.count() > 2) {
            c.error("ERR wrong number of arguments for 'ping' command");
        } else if (r.count() == 2) {
            Replies.bulk(c.out(), r, 1);
        } else {
            c.out().writeBytes(Replies.PONG);
        }
    }

    private static void select(RespConnection c, Request r) {
        if (!r.isInteger(1) || r.number() != (int) r.number()) {
            c.error(StringCommands.NO_INTEGER);
        } else if (r.number() < 0 || r.number() >= RespDoor.DATABASES) {
            c.error("ERR DB index is out of range");
        } else {
            c.select((int) r.number());
            c.ok();
        }
    }

    private static void reset(RespConnection c, Request r) {
        c.endMulti();
        c.select(0);
        c.protocol(2);
        c.clientName("");
        c.evictable(true);
        if (c.wanted() != RespConnection.Wanted.ALL_BUT_THIS) {
            c.wanted(RespConnection.Wanted.ALL);
        }
        c.authenticated(!c.door().wantsToken());
        Replies.simple(c.out(), "RESET");
    }

    // --- who ---

    private static void auth(RespConnection c, Request r) {
        if (r.count() > 3) {
            c.error(StringCommands.SYNTAX);
            return;
        }
        if (r.count() == 2 && !c.door().wantsToken()) {
            c.error("ERR AUTH <password> called without any password configured for the default user."
                    + " Are you sure your configuration is correct?");
            return;
        }
        if (isRight(c, r.count() == 3 ? r.text(1) : USER, r.copied(r.count() - 1))) {
            c.authenticated(true);
            c.ok();
        } else {
            c.error(WRONG_PASSWORD);
        }
    }

    private static boolean isRight(RespConnection c, String user, Bytes password) {
        return user.equals(USER) && (!c.door().wantsToken() || c.door().isTokenRight(password.toByteArray()));
    }

    private static void hello(RespConnection c, Request r) {
        int version = c.protocol();
        int next = 1;
        if (r.count() > 1) {
            if (!r.isInteger(1)) {
                c.error("ERR Protocol version is not an integer or out of range");
                return;
            }
            next = 2;
            if (r.number() < 2 || r.number() > 3) {
                c.error("NOPROTO unsupported protocol version");
                return;
            }
            version = (int) r.number();
        }
        String user = null;
        Bytes password = Bytes.EMPTY;
        String name = null;
        for (int i = next; i < r.count(); i++) {
            int more = r.count() - 1 - i;
            if (r.is(i, "auth") && more >= 2) {
                user = r.text(i + 1);
                password = r.copied(i + 2);
                i += 2;
            } else if (r.is(i, "setname") && more >= 1) {
                name = r.text(i + 1);
                if (!isName(name)) {
                    c.error(BAD_NAME);
                    return;
                }
                i++;
            } else {
                c.error("ERR Syntax error in HELLO option '" + r.text(i) + "'");
                return;
            }
        }
        if (user != null) {
            if (!isRight(c, user, password)) {
                c.error(WRONG_PASSWORD);
                return;
            }
            c.authenticated(true);
        }
        if (!c.isAuthenticated()) {
            c.error("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user>"
                    + " <pass> option can be used to authenticate the client and select the RESP protocol version at the"
                    + " same time");
            return;
        }
        if (name != null) {
            c.clientName(name);
        }
        c.protocol(version);
        ByteBuf out = c.out();
        Replies.map(out, version, 7);
        Replies.bulk(out, "server");
        Replies.bulk(out, "redis");
        Replies.bulk(out, "version");
        Replies.bulk(out, RespDoor.REDIS_VERSION);
        Replies.bulk(out, "proto");
        Replies.integer(out, version);
        Replies.bulk(out, "id");
        Replies.integer(out, c.id());
        Replies.bulk(out, "mode");
        Replies.bulk(out, "standalone");
        Replies.bulk(out, "role");
        Replies.bulk(out, "master");
        Replies.bulk(out, "modules");
        Replies.array(out, 0);
    }

    // --- CLIENT ---

    private static void getname(RespConnection c, Request r) {
        if (c.clientName().isEmpty()) {
            Replies.nil(c.out(), c.protocol());
        } else {
            Replies.bulk(c.out(), c.clientName());
        }
    }

    private static boolean isName(String name) {
        return name.chars().allMatch(character -> character >= '!' && character <= '~');
    }

    private static void setname(RespConnection c, Request r) {
        if (isName(r.text(2))) {
            c.clientName(r.text(2));
            c.ok();
        } else {
            c.error(BAD_NAME);
        }
    }

    private static void setinfo(RespConnection c, Request r) {
        String option = r.text(2).toLowerCase(Locale.ROOT);
        if (!option.equals("lib-name") && !option.equals("lib-ver")) {
            c.error("ERR Unrecognized option '" + r.text(2) + "'");
        } else if (!isName(r.text(3))) {
            c.error("ERR " + option + " cannot contain spaces, newlines or special characters.");
        } else {
            if (option.equals("lib-name")) {
                c.library(r.text(3));
            } else {
                c.libraryVersion(r.text(3));
            }
            c.ok();
        }
    }

    private static void noEvict(RespConnection c, Request r) {
        if (r.is(2, "on") || r.is(2, "off")) {
            c.evictable(r.is(2, "off"));
            c.ok();
        } else {
            c.error(StringCommands.SYNTAX);
        }
    }

    /** In a transaction, whose reply says how many replies are in it, none can be left out. */
    private static void reply(RespConnection c, Request r) {
        boolean skip = r.is(2, "skip");
        if (!skip && !r.is(2, "off") && !r.is(2, "on")) {
            c.error(StringCommands.SYNTAX);
        } else if (r.is(2, "on")) {
            if (!c.isInside()) {
                c.wanted(RespConnection.Wanted.ALL);
            }
            c.ok();
        } else if (c.isInside()) {
            c.error("ERR CLIENT REPLY OFF and SKIP are not possible in a transaction");
        } else if (!skip) {
            c.wanted(RespConnection.Wanted.NONE);
        } else if (c.wanted() != RespConnection.Wanted.NONE) {
            c.wanted(RespConnection.Wanted.ALL_BUT_NEXT);
        }
    }

    private static List<RespConnection> all(RespConnection c) {
        return c.door().clients().stream()
                .filter(RespConnection.class::isInstance)
                .map(RespConnection.class::cast)
                .sorted(Comparator.comparingLong(RespConnection::id))
                .toList();
    }

    private static void list(RespConnection c, Request r) {
        if (!c.mayDo(c.door().clients().size())) {
            return;
        }
        List<RespConnection> shown = all(c);
        if (r.count() == 4 && r.is(2, "type")) {
            String type = r.text(3).toLowerCase(Locale.ROOT);
            if (!isType(type)) {
                c.error("ERR Unknown client type '" + r.text(3) + "'");
                return;
            }
            shown = type.equals("normal") ? shown : List.of();
        } else if (r.count() > 3 && r.is(2, "id")) {
            Set<Long> wanted = new LinkedHashSet<>();
            for (int i = 3; i < r.count(); i++) {
                if (!r.isInteger(i)) {
                    c.error("ERR Invalid client ID");
                    return;
                }
                wanted.add(r.number());
            }
            shown = shown.stream()
                    .filter(client -> wanted.contains(client.id()))
                    .toList();
        } else if (r.count() != 2) {
            c.error(StringCommands.SYNTAX);
            return;
        }
        StringBuilder text = new StringBuilder();
        shown.forEach(client -> text.append(client.line()).append('\n'));
        Replies.verbatim(c.out(), c.protocol(), text.toString());
    }

    private static boolean isType(String type) {
        return List.of("normal", "master", "slave", "replica", "pubsub").contains(type);
    }

    private static void kill(RespConnection c, Request r) {
        if (r.count() == 3) {
            for (RespConnection client : all(c)) {
                if (client.peer().equals(r.text(2))) {
                    c.ok();
                    end(c, client);
                    return;
                }
            }
            c.error("ERR No such client");
            return;
        }
        @Nullable Long id = null;
        String address = null;
        String own = null;
        String type = null;
        boolean skipMe = true;
        for (int i = 2; i < r.count(); i += 2) {
            if (i + 1 >= r.count()) {
                c.error(StringCommands.SYNTAX);
                return;
            }
            String value = r.text(i + 1);
            if (r.is(i, "id")) {
                if (!r.isInteger(i + 1) || r.number() < 1) {
                    c.error("ERR client-id should be greater than 0");
                    return;
                }
                id = r.number();
            } else if (r.is(i, "type")) {
                type = value.toLowerCase(Locale.ROOT);
                if (!isType(type)) {
                    c.error("ERR Unknown client type '" + value + "'");
                    return;
                }
            } else if (r.is(i, "addr")) {
                address = value;
            } else if (r.is(i, "laddr")) {
                own = value;
            } else if (r.is(i, "user")) {
                if (!value.equals(USER)) {
                    c.error("ERR No such user '" + value + "'");
                    return;
                }
            } else if (r.is(i, "skipme") && (r.is(i + 1, "yes") || r.is(i + 1, "no"))) {
                skipMe = r.is(i + 1, "yes");
            } else {
                c.error(StringCommands.SYNTAX);
                return;
            }
        }
        long killed = 0;
        boolean self = false;
        for (RespConnection client : all(c)) {
            if ((id == null || id == client.id())
                    && (address == null || address.equals(client.peer()))
                    && (own == null || own.equals(client.local()))
                    && (type == null || type.equals("normal"))
                    && !(client == c && skipMe)) {
                killed++;
                if (client == c) {
                    self = true;
                } else {
                    client.disconnect();
                }
            }
        }
        Replies.integer(c.out(), killed);
        if (self) {
            c.closeAfterThis();
        }
    }

    private static void end(RespConnection c, RespConnection client) {
        if (client == c) {
            c.closeAfterThis();
        } else {
            client.disconnect();
        }
    }
}
