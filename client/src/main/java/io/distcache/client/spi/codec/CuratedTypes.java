package io.distcache.client.spi.codec;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * The classes that every cache may hold without configuration, by the list in {@code allowed-classes.txt} beside this class, which has
 * the reason for each; and all enums of the JDK, whose constants are values. Immutable.
 */
final class CuratedTypes {
    /** Binary names. */
    static final Set<String> NAMES = read();

    private CuratedTypes() {}

    private static Set<String> read() {
        try (InputStream in = CuratedTypes.class.getResourceAsStream("allowed-classes.txt")) {
            if (in == null) {
                throw new IllegalStateException(
                        "allowed-classes.txt is missing beside " + CuratedTypes.class.getName());
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Each line: a prefix, a colon, names, a bar, the reason. */
    static Set<String> parse(String text) {
        Set<String> names = new HashSet<>();
        for (String line : text.split("\n", -1)) {
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            int colon = line.indexOf(": ");
            int bar = line.indexOf(" | ");
            if (colon < 0 || bar < colon || line.substring(bar + 3).isBlank()) {
                throw new IllegalStateException(
                        "allowed-classes.txt: line '" + line + "' is no prefix, names and reason");
            }
            for (String name : line.substring(colon + 2, bar).split(" ", -1)) {
                names.add(line.substring(0, colon) + name);
            }
        }
        return Set.copyOf(names);
    }
}
