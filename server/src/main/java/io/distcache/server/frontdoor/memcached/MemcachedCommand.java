package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Effect;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The commands of the text protocol that are taken, each with its effect; named as they are, in small letters. */
enum MemcachedCommand {
    GET(Effect.READ),
    BGET(Effect.READ),
    GETS(Effect.READ),
    GAT(Effect.WRITE),
    GATS(Effect.WRITE),
    SET(Effect.WRITE),
    ADD(Effect.WRITE),
    REPLACE(Effect.WRITE),
    APPEND(Effect.WRITE),
    PREPEND(Effect.WRITE),
    CAS(Effect.WRITE),
    DELETE(Effect.WRITE),
    INCR(Effect.WRITE),
    DECR(Effect.WRITE),
    TOUCH(Effect.WRITE),
    FLUSH_ALL(Effect.WRITE),
    VERSION(Effect.CONTROL),
    VERBOSITY(Effect.CONTROL),
    STATS(Effect.OPERATOR),
    QUIT(Effect.CONTROL),
    SHUTDOWN(Effect.OPERATOR),
    MN(Effect.CONTROL),
    /** With some flags it writes, see {@link #effect(Words)}. */
    MG(Effect.READ),
    MS(Effect.WRITE),
    MD(Effect.WRITE),
    MA(Effect.WRITE),
    ME(Effect.READ);

    /** Flags with which mg makes an entry, or changes its time, its version or who is to make it anew. */
    private static final String WRITING_FLAGS = "ENRT";

    private static final Map<String, MemcachedCommand> BY_NAME = new HashMap<>();

    static {
        for (MemcachedCommand command : values()) {
            BY_NAME.put(command.name().toLowerCase(Locale.ROOT), command);
        }
    }

    private final Effect effect;

    MemcachedCommand(Effect effect) {
        this.effect = effect;
    }

    /** The command of a name; null if there is none. */
    static @Nullable MemcachedCommand of(String name) {
        return BY_NAME.get(name);
    }

    /** What such a request does to the node. */
    Effect effect(Words words) {
        if (this == MG) {
            for (int i = 2; i < words.count(); i++) {
                if (words.length(i) > 0 && WRITING_FLAGS.indexOf(words.first(i)) >= 0) {
                    return Effect.WRITE;
                }
            }
        }
        return effect;
    }
}
