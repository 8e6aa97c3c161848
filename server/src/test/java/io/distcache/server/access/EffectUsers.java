package io.distcache.server.access;

import io.distcache.protocol.Effect;
import io.distcache.protocol.Secret;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** An access file with users that have no effect, each one of them alone, and all, and with a token of each. Immutable. */
public final class EffectUsers {
    private final Path file;
    private final Map<Set<Effect>, Secret> tokens = new LinkedHashMap<>();

    private EffectUsers(Path file) {
        this.file = file;
    }

    /** Writes the file; the rights are those on the caches that a pattern lets through. */
    public static EffectUsers write(Path file, String caches) throws Exception {
        List<Set<Effect>> kinds = new ArrayList<>();
        kinds.add(EnumSet.noneOf(Effect.class));
        for (Effect effect : EnumSet.complementOf(EnumSet.of(Effect.CONTROL))) {
            kinds.add(EnumSet.of(effect));
        }
        kinds.add(EnumSet.allOf(Effect.class));
        EffectUsers users = new EffectUsers(file);
        AccessEdit edit = AccessEdit.open(file);
        for (Set<Effect> effects : kinds) {
            String name = "u" + users.tokens.size();
            List<String> allowed = new ArrayList<>();
            for (Effect effect : effects) {
                String word = "allow " + effect.name().toLowerCase(Locale.ROOT);
                switch (effect) {
                    case READ, WRITE, CACHE -> allowed.add(word + " " + caches);
                    case POOL, OPERATOR -> allowed.add(word);
                    case CONTROL -> {}
                }
            }
            edit.add(name, allowed);
            users.tokens.put(effects, edit.token(name, "t"));
        }
        edit.save();
        return users;
    }

    /** The access file. */
    public Path file() {
        return file;
    }

    /** The token of the user that may do everything. */
    public Secret everything() {
        return Objects.requireNonNull(tokens.get(EnumSet.allOf(Effect.class)));
    }

    /** The token of each user, by the effects that it may have. */
    public Map<Set<Effect>, Secret> tokens() {
        return tokens;
    }
}
