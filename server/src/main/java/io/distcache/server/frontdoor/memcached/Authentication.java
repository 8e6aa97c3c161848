package io.distcache.server.frontdoor.memcached;

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
import io.distcache.server.frontdoor.value.PlainValue;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * How a client says who it is, as with memcached's option {@code -Y}: its first command is a {@code set} of any key, whose value is the user and
 * the password, with a space between them. Until it is let in nothing else is done for it. Confined to the connection's event loop.
 */
final class Authentication {
    private static final int MAX_BYTES = 1024;
    private static final String FAILED = "CLIENT_ERROR authentication failure";

    private final MemcachedConnection connection;
    private final AccessControl access;

    Authentication(MemcachedConnection connection) {
        this.connection = connection;
        this.access = connection.door().dispatcher().access();
    }

    /** Whether the client has to say who it is before anything else. */
    boolean isWanted() {
        return !access.isOpen() && connection.session().principal() == null;
    }

    /** Takes a line of a client that is not let in. */
    void take(Words words) {
        Long bytes = words.count() < 5 || !words.is(0, "set") ? null : Numbers.unsigned(words.text(4));
        if (bytes == null) {
            connection.say(Errors.UNAUTHENTICATED);
        } else if (bytes < 0 || bytes > MAX_BYTES) {
            // What follows is more than a name and a password, and is not to be waited for.
            connection.say(FAILED);
            connection.quit();
        } else {
            connection.awaitBlock(bytes.intValue(), false, this::said);
        }
    }

    private void said(Bytes value) {
        String text = new String(PlainValue.plain(value).toByteArray(), StandardCharsets.UTF_8);
        int space = text.indexOf(' ');
        Credentials credentials = space < 0
                ? new Credentials("", Secret.of(text))
                : new Credentials(text.substring(0, space), Secret.of(text.substring(space + 1)));
        Answer answer = new Answer(connection);
        access.login(Caller.at("memcached", connection.stream().peer()), credentials, answer::decided);
        connection.reply(answer, null);
    }

    /** What the client is told. Made on the event loop; decided on any thread. */
    private static final class Answer extends PendingReply {
        private final MemcachedConnection connection;
        private volatile boolean decided;

        Answer(MemcachedConnection connection) {
            super(connection.stream());
            this.connection = connection;
        }

        void decided(Login login) {
            Principal who = login.principal();
            if (who != null) {
                connection.session().principal(who);
            }
            decided = true;
            accept(who == null ? new Reply.Failure(Status.UNAUTHORIZED, login.refusal()) : Reply.Ok.INSTANCE);
        }

        @Override
        protected boolean isExecuted() {
            return decided;
        }

        @Override
        protected void encode(Reply reply, ByteBuf out) {
            out.writeBytes(MemcachedVerb.ascii((reply instanceof Reply.Failure ? FAILED : "STORED") + "\r\n"));
        }
    }
}
