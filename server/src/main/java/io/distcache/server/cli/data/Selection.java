package io.distcache.server.cli.data;

import io.distcache.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which entries a command is about. Confined to one thread. */
final class Selection {

    @Option(names = "--cache", paramLabel = "NAME", description = "Only this cache: its name, or namespace/name.")
    private @Nullable String cache;

    @Option(
            names = "--key",
            paramLabel = "K",
            description = "Only this key, written as it is shown, with or without quotes and suffix: 17, 17L, \"17\".")
    private @Nullable String key;

    boolean hasCache(String shown) {
        return cache == null
                || shown.equals(cache)
                || shown.substring(shown.indexOf('/') + 1).equals(cache);
    }

    boolean hasKey(Bytes tagged) {
        return key == null || ValueText.of(tagged).isWrittenAs(key);
    }

    /** Whether nothing is left out. */
    boolean isEverything() {
        return cache == null && key == null;
    }

    /** Whether any key will do. */
    boolean isAllKeys() {
        return key == null;
    }
}
