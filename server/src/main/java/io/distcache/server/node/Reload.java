package io.distcache.server.node;

import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.access.AccessControl;
import io.distcache.server.tls.NodeTls;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks at the files that a node goes by when an operator asks for it, as the node does by itself all the time. Stateless. */
final class Reload {
    private Reload() {}

    /** Takes what the files say now; says what holds, or which of them cannot be used. It reads files, so no event loop may call it. */
    static Reply now(AccessControl access, @Nullable NodeTls tls) {
        String before = tls == null ? "" : tls.toString();
        List<String> wrong = new ArrayList<>();
        String ofTls = tls == null ? "" : tls.look();
        if (tls != null && !ofTls.isEmpty()) {
            wrong.add("the node goes on with the certificate " + tls + ", since " + ofTls);
        }
        String ofUsers = access.look();
        if (!ofUsers.isEmpty()) {
            wrong.add("users and rules stay as they were, since the access file cannot be used: " + ofUsers);
        }
        if (!wrong.isEmpty()) {
            return new Reply.Failure(Status.BAD_REQUEST, String.join("; ", wrong));
        }
        return new Reply.Reloaded(
                tls == null ? "" : tls.subject(),
                tls == null ? 0 : tls.expiresMillis(),
                tls != null && !tls.toString().equals(before),
                access.hasFile() ? access.users().all().size() : -1);
    }
}
