package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The commands on the connection: who the client is, and what it speaks. Stateless. */
final class ConnectionCommands {
    static final String BAD_NAME = "ERR Client names cannot contain spaces, newlines or special characters.";

    private ConnectionCommands() {}

    static void bind(RespActions actions) {
        actions.control("ping", ConnectionCommands::ping);
        actions.control("echo", (c, r) -> Replies.bulk(c.out(), r, 1));
        actions.control("auth", ConnectionCommands::auth);
        actions.control("hello", ConnectionCommands::hello);
        actions.control("quit", (c, r) -> c.ok());
        actions.control("reset", ConnectionCommands::reset);
        actions.control("select", ConnectionCommands::select);
    }

    private static void ping(RespClient c, Request r) {
        if (r.count() > 2) {
            c.error("ERR wrong number of arguments for 'ping' command");
        } else if (r.count() == 2) {
            Replies.bulk(c.out(), r, 1);
        } else {
            c.out().writeBytes(Replies.PONG);
        }
    }

    private static void select(RespClient c, Request r) {
        if (!r.isInteger(1) || r.number() != (int) r.number()) {
            c.error(Errors.NO_INTEGER);
        } else if (r.number() < 0 || r.number() >= RespNode.DATABASES) {
            c.error("ERR DB index is out of range");
        } else {
            c.select((int) r.number());
            c.ok();
        }
    }

    private static void reset(RespClient c, Request r) {
        c.endMulti();
        c.select(0);
        c.protocol(2);
        c.info().name("");
        c.info().evictable(true);
        if (c.wanted() != RespClient.Wanted.ALL_BUT_THIS) {
            c.wanted(RespClient.Wanted.ALL);
        }
        c.session().forgetPrincipal();
        Replies.simple(c.out(), "RESET");
    }

    // --- who ---

    private static void auth(RespClient c, Request r) {
        if (r.count() > 3) {
            c.error(Errors.SYNTAX);
            return;
        }
        if (r.count() == 2 && c.node().access().isOpen()) {
            c.error("ERR AUTH <password> called without any password configured for the default user."
                    + " Are you sure your configuration is correct?");
            return;
        }
        Authentication.begin(
                c,
                r.text(0),
                r.count() == 3 ? r.text(1) : "",
                r.copied(r.count() - 1),
                out -> out.writeBytes(Replies.OK));
    }

    private static void hello(RespClient c, Request r) {
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
                if (!ClientCommands.isName(name)) {
                    c.error(BAD_NAME);
                    return;
                }
                i++;
            } else {
                c.error("ERR Syntax error in HELLO option '" + r.text(i) + "'");
                return;
            }
        }
        Welcome welcome = new Welcome(c, version, name);
        if (user != null) {
            Authentication.begin(c, r.text(0), user, password, welcome);
        } else if (c.isAuthenticated()) {
            welcome.accept(c.out());
        } else {
            c.error("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH"
                    + " <user> <pass> option can be used to authenticate the client and select the RESP protocol version"
                    + " at the same time");
        }
    }

    /** What HELLO does for a client that is let in, and answers. */
    private record Welcome(
            RespClient c, int version, @Nullable String name) implements Consumer<ByteBuf> {
        @Override
        public void accept(ByteBuf out) {
            if (name != null) {
                c.info().name(name);
            }
            c.protocol(version);
            Replies.map(out, version, 7);
            Replies.bulk(out, "server");
            Replies.bulk(out, "redis");
            Replies.bulk(out, "version");
            Replies.bulk(out, RespNode.REDIS_VERSION);
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
    }
}
