package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Secret;
import io.distcache.protocol.Status;
import io.distcache.server.access.AccessControl;
import io.distcache.server.access.Caller;
import io.distcache.server.access.Credentials;
import io.distcache.server.access.Login;
import io.distcache.server.access.Principal;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A client says who it is. Whether that is so may take some time to find out, and what the client sends meanwhile waits. An object for one use.
 * Made on the connection's event loop; {@link #decided} comes on any thread.
 */
final class Authentication extends PendingReply {
    private static final String WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled.";

    private final RespClient client;
    private final RespCommand command;
    private final String word;
    private final String user;
    private final Consumer<ByteBuf> welcome;
    /** What was found out before {@link #begin} has looked for it. */
    private final AtomicReference<@Nullable Login> found = new AtomicReference<>();

    private volatile boolean late;
    private volatile boolean decided;

    private Authentication(RespClient client, String word, String user, Consumer<ByteBuf> welcome) {
        super(client.connection());
        this.word = word;
        this.user = user;
        this.client = client;
        this.command = client.current();
        this.welcome = welcome;
    }

    /**
     * Finds out whether a client is who it says.
     *
     * @param word of the request, AUTH or HELLO
     * @param user its name; empty if it has said none
     * @param welcome writes the reply if it is
     */
    static void begin(RespClient c, String word, String user, Bytes password, Consumer<ByteBuf> welcome) {
        AccessControl access = c.node().access();
        if (access.isOpen()) {
            if (user.isEmpty() || user.equals(AccessControl.DEFAULT_USER)) {
                welcome.accept(c.out());
            } else {
                c.wasRefused(AclLog.Reason.AUTH, word, user);
                c.error(WRONG_PASSWORD);
            }
            return;
        }
        Authentication asking =
                new Authentication(c, word, user.isEmpty() ? AccessControl.DEFAULT_USER : user, welcome);
        Credentials said = new Credentials(user, Secret.of(new String(password.toByteArray(), StandardCharsets.UTF_8)));
        access.login(Caller.at("resp", c.connection().peer()), said, asking::decided);
        Login now = asking.takeNow();
        if (now != null) {
            String refusal = asking.settle(now);
            if (refusal == null) {
                welcome.accept(c.out());
            } else {
                c.error(refusal);
            }
        } else {
            c.reply(asking, null);
        }
    }

    /** What has been found out already; if nothing, it comes later. */
    private @Nullable Login takeNow() {
        synchronized (found) {
            late = true;
            return found.get();
        }
    }

    private void decided(Login login) {
        synchronized (found) {
            if (!late) {
                found.set(login);
                return;
            }
        }
        String refusal = settle(login);
        decided = true;
        accept(refusal == null ? Reply.Ok.INSTANCE : new Reply.Failure(Status.UNAUTHORIZED, refusal));
    }

    /** Why the client is refused; null if it has come in. */
    private @Nullable String settle(Login login) {
        Principal who = login.principal();
        if (who == null) {
            client.wasRefused(AclLog.Reason.AUTH, word, user);
            return login.isThrottled() ? "ERR " + login.refusal() : WRONG_PASSWORD;
        }
        client.session().principal(who);
        return null;
    }

    @Override
    protected boolean isExecuted() {
        return decided;
    }

    @Override
    protected void encode(Reply reply, ByteBuf out) {
        if (reply instanceof Reply.Failure failure) {
            client.writeError(command, failure.message(), out);
        } else {
            welcome.accept(out);
        }
    }
}
