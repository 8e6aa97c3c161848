package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Effect;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The commands there are, and what COMMAND INFO tells of each: that was recorded from a redis-server 7.0 (commands.resp3). Immutable.
 */
final class CommandTable {
    private static final String RECORDED = "commands.resp3";
    private static final int FIRST_KEY = 3;
    private static final int SUBCOMMANDS = 9;

    private final Map<String, RespCommand> byName = new LinkedHashMap<>();
    private final Map<String, RespTree> infos = new LinkedHashMap<>();
    private final @Nullable RespCommand[] slots = new RespCommand[512];
    /** All, subcommands too, by their index. */
    private final List<RespCommand> indexed = new ArrayList<>();

    /**
     * The table of the commands that are recorded.
     *
     * @param effects what a command does to a node, by its name; null for one that nothing does
     */
    CommandTable(Function<String, @Nullable Effect> effects) {
        RespTree.Reader reader = new RespTree.Reader(recorded());
        while (reader.hasMore()) {
            RespTree info = reader.read();
            RespCommand command = command(info, effects);
            byName.put(command.name(), command);
            infos.put(command.name(), info);
            put(command);
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

    private RespCommand command(RespTree info, Function<String, @Nullable Effect> effects) {
        List<RespTree> fields = info.items();
        String name = fields.get(0).text();
        Map<String, RespCommand> subcommands = new LinkedHashMap<>();
        for (RespTree sub : fields.get(SUBCOMMANDS).items()) {
            RespCommand one = command(sub, effects);
            subcommands.put(one.name().substring(name.length() + 1), one);
        }
        Set<String> flags = new LinkedHashSet<>();
        fields.get(2).items().forEach(flag -> flags.add(flag.text()));
        Effect effect = effects.apply(name);
        if (effect == null && subcommands.isEmpty()) {
            throw new IllegalStateException("nothing does " + name);
        }
        RespCommand command = RespCommand.of(
                indexed.size(),
                name,
                Integer.parseInt(fields.get(1).text()),
                flags,
                Integer.parseInt(fields.get(FIRST_KEY).text()),
                Integer.parseInt(fields.get(FIRST_KEY + 1).text()),
                Integer.parseInt(fields.get(FIRST_KEY + 2).text()),
                effect == null ? Effect.CONTROL : effect,
                subcommands);
        indexed.add(command);
        return command;
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

    /** All commands, subcommands too, by their index. */
    List<RespCommand> indexed() {
        return Collections.unmodifiableList(indexed);
    }

    /** The command, or by {@code container|sub} the subcommand, of this name, whatever its case; null if there is none. */
    @Nullable
    RespCommand described(String name) {
        String wanted = name.toLowerCase(Locale.ROOT);
        int bar = wanted.indexOf('|');
        RespCommand command = byName.get(bar < 0 ? wanted : wanted.substring(0, bar));
        return bar < 0 || command == null ? command : command.subcommands().get(wanted.substring(bar + 1));
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
