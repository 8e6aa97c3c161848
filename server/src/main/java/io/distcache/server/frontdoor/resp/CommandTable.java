package io.distcache.server.frontdoor.resp;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The commands there are. What COMMAND INFO tells of each was recorded from a redis-server 7.0 (commands.resp3); what does them is
 * bound here. Immutable.
 */
final class CommandTable {
    private static final String RECORDED = "commands.resp3";
    private static final int FIRST_KEY = 3;
    private static final int SUBCOMMANDS = 9;

    private final Map<String, RespCommand> byName = new LinkedHashMap<>();
    private final Map<String, RespTree> infos = new LinkedHashMap<>();
    private final @Nullable RespCommand[] slots = new RespCommand[512];

    CommandTable() {
        Map<String, RespCommand.Action> actions = new LinkedHashMap<>();
        StringCommands.bind(actions);
        KeyCommands.bind(actions);
        TransactionCommands.bind(actions);
        ConnectionCommands.bind(actions);
        ServerCommands.bind(actions);
        RespTree.Reader reader = new RespTree.Reader(recorded());
        while (reader.hasMore()) {
            RespTree info = reader.read();
            RespCommand command = command(info, actions);
            byName.put(command.name(), command);
            infos.put(command.name(), info);
            put(command);
        }
        if (!actions.isEmpty()) {
            throw new IllegalStateException(RECORDED + " does not have " + actions.keySet());
        }
    }

    private static String recorded() {
        try (InputStream in = CommandTable.class.getResourceAsStream(RECORDED)) {
            if (in == null) {
                throw new IllegalStateException(RECORDED + " is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RespCommand command(RespTree info, Map<String, RespCommand.Action> actions) {
        List<RespTree> fields = info.items();
        String name = fields.get(0).text();
        Map<String, RespCommand> subcommands = new LinkedHashMap<>();
        for (RespTree sub : fields.get(SUBCOMMANDS).items()) {
            RespCommand command = command(sub, actions);
            subcommands.put(command.name().substring(name.length() + 1), command);
        }
        Set<String> flags = new LinkedHashSet<>();
        fields.get(2).items().forEach(flag -> flags.add(flag.text()));
        RespCommand.Action action = actions.remove(name);
        if (action == null && subcommands.isEmpty()) {
            throw new IllegalStateException("nothing does " + name);
        }
        return RespCommand.of(
                name,
                Integer.parseInt(fields.get(1).text()),
                flags,
                Integer.parseInt(fields.get(FIRST_KEY).text()),
                Integer.parseInt(fields.get(FIRST_KEY + 1).text()),
                Integer.parseInt(fields.get(FIRST_KEY + 2).text()),
                action,
                subcommands);
    }

    private void put(RespCommand command) {
        byte[] name = command.name().getBytes(StandardCharsets.US_ASCII);
        int slot = slot(Request.hash(name, 0, name.length));
        while (slots[slot] != null) {
            slot = (slot + 1) % slots.length;
        }
        slots[slot] = command;
    }

    private int slot(int hash) {
        return hash & (slots.length - 1);
    }

    /** The command that argument {@code index} of a request names, whatever its case; null if there is none. Allocates nothing. */
    @Nullable
    RespCommand find(Request request, int index) {
        for (int slot = slot(request.hash(index)); ; slot = (slot + 1) % slots.length) {
            RespCommand candidate = slots[slot];
            if (candidate == null || request.is(index, candidate.name())) {
                return candidate;
            }
        }
    }

    Collection<RespCommand> all() {
        return byName.values();
    }

    /** What COMMAND INFO tells of a command or, by {@code container|sub}, of a subcommand; null if there is none. */
    @Nullable
    RespTree info(String name) {
        String wanted = name.toLowerCase(Locale.ROOT);
        int bar = wanted.indexOf('|');
        RespTree info = infos.get(bar < 0 ? wanted : wanted.substring(0, bar));
        if (bar < 0 || info == null) {
            return info;
        }
        return info.items().get(SUBCOMMANDS).items().stream()
                .filter(sub -> sub.items().get(0).text().equals(wanted))
                .findFirst()
                .orElse(null);
    }

    List<RespTree> infos() {
        return new ArrayList<>(infos.values());
    }

    @Nullable
    RespCommand named(String name) {
        return byName.get(name);
    }
}
