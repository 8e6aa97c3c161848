package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Effect;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What does the commands of the protocol, by name, while the table of them is made; each comes with its effect. Confined to one thread. */
final class RespActions {
    private final Map<String, Bound> bound = new LinkedHashMap<>();

    /** What does a command, and what that is to a node. */
    record Bound(Effect effect, RespCommand.Action action) {}

    /** A command that looks at entries. */
    void read(String name, RespCommand.Action action) {
        add(name, Effect.READ, action);
    }

    /** A command that may change entries. */
    void write(String name, RespCommand.Action action) {
        add(name, Effect.WRITE, action);
    }

    /** A command about the node itself. */
    void operator(String name, RespCommand.Action action) {
        add(name, Effect.OPERATOR, action);
    }

    /** A command about the connection, or about the protocol. */
    void control(String name, RespCommand.Action action) {
        add(name, Effect.CONTROL, action);
    }

    private void add(String name, Effect effect, RespCommand.Action action) {
        if (bound.putIfAbsent(name, new Bound(effect, action)) != null) {
            throw new IllegalStateException(name + " is bound twice");
        }
    }

    /** Takes what does a command; null if nothing does. */
    @Nullable
    Bound take(String name) {
        return bound.remove(name);
    }

    /** The names that nobody has taken. */
    Set<String> left() {
        return bound.keySet();
    }
}
