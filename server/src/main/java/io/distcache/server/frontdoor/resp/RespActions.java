package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Effect;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What does the commands of the protocol, each bound by name with its effect, while a door is made. Confined to one thread. */
final class RespActions {

    /** What a command does with a request of the right number of words. */
    interface Action {
        /** Does it, and answers or sees to it that an answer comes. */
        void run(RespClient client, Request request);
    }

    private record Bound(Effect effect, Action action) {}

    private final Map<String, Bound> bound = new LinkedHashMap<>();

    /** A command that looks at entries. */
    void read(String name, Action action) {
        add(name, Effect.READ, action);
    }

    /** A command that may change entries. */
    void write(String name, Action action) {
        add(name, Effect.WRITE, action);
    }

    /** A command about the node itself. */
    void operator(String name, Action action) {
        add(name, Effect.OPERATOR, action);
    }

    /** A command about the connection, or about the protocol. */
    void control(String name, Action action) {
        add(name, Effect.CONTROL, action);
    }

    private void add(String name, Effect effect, Action action) {
        if (bound.putIfAbsent(name, new Bound(effect, action)) != null) {
            throw new IllegalStateException(name + " is bound twice");
        }
    }

    /** What the command of this name does to a node; null if nothing does it. */
    @Nullable
    Effect effect(String name) {
        Bound one = bound.get(name);
        return one == null ? null : one.effect();
    }

    /** What does each of these commands, by their indexes: null for a container of subcommands. All that is bound must be among them. */
    @Nullable
    Action[] inOrder(List<RespCommand> commands) {
        Map<String, Bound> left = new LinkedHashMap<>(bound);
        @Nullable Action[] all = new @Nullable Action[commands.size()];
        for (RespCommand command : commands) {
            Bound one = left.remove(command.name());
            all[command.index()] = one == null ? null : one.action();
        }
        if (!left.isEmpty()) {
            throw new IllegalStateException("the table of commands does not have " + left.keySet());
        }
        return all;
    }
}
