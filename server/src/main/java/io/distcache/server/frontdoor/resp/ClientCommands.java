package io.distcache.server.frontdoor.resp;

import io.distcache.server.access.AccessControl;
import io.distcache.server.frontdoor.stream.StreamConnection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The subcommands of CLIENT: what others see of a client, and the end of it. Stateless. */
final class ClientCommands {

    private ClientCommands() {}

    static void bind(RespActions actions) {
        actions.control("client|id", (c, r) -> Replies.integer(c.out(), c.id()));
        actions.control("client|getname", ClientCommands::getname);
        actions.control("client|setname", ClientCommands::setname);
        actions.control("client|setinfo", ClientCommands::setinfo);
        actions.control("client|info", (c, r) -> Replies.verbatim(c.out(), c.protocol(), c.line() + "\n"));
        actions.operator("client|list", ClientCommands::list);
        actions.operator("client|kill", ClientCommands::kill);
        actions.operator("client|no-evict", ClientCommands::noEvict);
        actions.control("client|reply", ClientCommands::reply);
        actions.control(
                "client|help",
                (c, r) -> Replies.help(
                        c.out(),
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

    private static void getname(RespClient c, Request r) {
        if (c.info().name().isEmpty()) {
            Replies.nil(c.out(), c.protocol());
        } else {
            Replies.bulk(c.out(), c.info().name());
        }
    }

    /** Whether a client may be called so. */
    static boolean isName(String name) {
        return name.chars().allMatch(character -> character >= '!' && character <= '~');
    }

    private static void setname(RespClient c, Request r) {
        if (isName(r.text(2))) {
            c.info().name(r.text(2));
            c.ok();
        } else {
            c.error(ConnectionCommands.BAD_NAME);
        }
    }

    private static void setinfo(RespClient c, Request r) {
        String option = r.text(2).toLowerCase(Locale.ROOT);
        if (!option.equals("lib-name") && !option.equals("lib-ver")) {
            c.error("ERR Unrecognized option '" + r.text(2) + "'");
        } else if (!isName(r.text(3))) {
            c.error("ERR " + option + " cannot contain spaces, newlines or special characters.");
        } else {
            if (option.equals("lib-name")) {
                c.info().library(r.text(3));
            } else {
                c.info().libraryVersion(r.text(3));
            }
            c.ok();
        }
    }

    private static void noEvict(RespClient c, Request r) {
        if (r.is(2, "on") || r.is(2, "off")) {
            c.info().evictable(r.is(2, "off"));
            c.ok();
        } else {
            c.error(Errors.SYNTAX);
        }
    }

    /** In a transaction, whose reply says how many replies are in it, none can be left out. */
    private static void reply(RespClient c, Request r) {
        boolean skip = r.is(2, "skip");
        if (!skip && !r.is(2, "off") && !r.is(2, "on")) {
            c.error(Errors.SYNTAX);
        } else if (r.is(2, "on")) {
            if (!c.isInside()) {
                c.wanted(RespClient.Wanted.ALL);
            }
            c.ok();
        } else if (c.isInside()) {
            c.error("ERR CLIENT REPLY OFF and SKIP are not possible in a transaction");
        } else if (!skip) {
            c.wanted(RespClient.Wanted.NONE);
        } else if (c.wanted() != RespClient.Wanted.NONE) {
            c.wanted(RespClient.Wanted.ALL_BUT_NEXT);
        }
    }

    private static List<RespClient> all(RespClient c) {
        return c.node().connections().stream()
                .map(StreamConnection::protocol)
                .filter(RespClient.Link.class::isInstance)
                .map(protocol -> ((RespClient.Link) protocol).client())
                .sorted(Comparator.comparingLong(RespClient::id))
                .toList();
    }

    private static void list(RespClient c, Request r) {
        if (!c.mayDo(c.node().connections().size())) {
            return;
        }
        List<RespClient> shown = all(c);
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
            c.error(Errors.SYNTAX);
            return;
        }
        StringBuilder text = new StringBuilder();
        shown.forEach(client -> text.append(client.line()).append('\n'));
        Replies.verbatim(c.out(), c.protocol(), text.toString());
    }

    private static boolean isType(String type) {
        return List.of("normal", "master", "slave", "replica", "pubsub").contains(type);
    }

    private static void kill(RespClient c, Request r) {
        if (r.count() == 3) {
            for (RespClient client : all(c)) {
                if (client.connection().peer().equals(r.text(2))) {
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
        String user = null;
        String own = null;
        String type = null;
        boolean skipMe = true;
        for (int i = 2; i < r.count(); i += 2) {
            if (i + 1 >= r.count()) {
                c.error(Errors.SYNTAX);
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
                user = value;
                if (!value.equals(AccessControl.DEFAULT_USER)
                        && c.node().access().users().named(value) == null) {
                    c.error("ERR No such user '" + value + "'");
                    return;
                }
            } else if (r.is(i, "skipme") && (r.is(i + 1, "yes") || r.is(i + 1, "no"))) {
                skipMe = r.is(i + 1, "yes");
            } else {
                c.error(Errors.SYNTAX);
                return;
            }
        }
        long killed = 0;
        boolean self = false;
        for (RespClient client : all(c)) {
            if ((id == null || id == client.id())
                    && (address == null || address.equals(client.connection().peer()))
                    && (own == null || own.equals(client.connection().local()))
                    && (user == null || user.equals(client.user()))
                    && (type == null || type.equals("normal"))
                    && !(client == c && skipMe)) {
                killed++;
                if (client == c) {
                    self = true;
                } else {
                    client.connection().disconnect();
                }
            }
        }
        Replies.integer(c.out(), killed);
        if (self) {
            c.closeAfterThis();
        }
    }

    private static void end(RespClient c, RespClient client) {
        if (client == c) {
            c.closeAfterThis();
        } else {
            client.connection().disconnect();
        }
    }
}
