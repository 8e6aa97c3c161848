package io.distcache.server.access;

import io.distcache.protocol.Effect;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One rule of a user. Immutable.
 *
 * @param denies whether it forbids; what one rule forbids no other allows
 * @param effects what it is about
 * @param place the caches that it is about; null for the node itself
 * @param line where it stands in its file, from 1; 0 if in none
 * @param text as it is written
 */
record Rule(boolean denies, Set<Effect> effects, @Nullable Place place, int line, String text) {
    /** Effects on caches; the others are on the node. */
    static final Set<Effect> ON_CACHES = Set.of(Effect.READ, Effect.WRITE, Effect.CACHE);

    private static final Set<Effect> ON_NODE = Set.of(Effect.POOL, Effect.OPERATOR);
    private static final String HOW =
            "write one of: allow read,write,cache NAMESPACE/CACHE, allow pool, allow operator,"
                    + " allow all; or the same with deny";

    /** Caches by their namespace and name. */
    record Place(NamePattern namespace, NamePattern cache) {
        static final Place EVERYWHERE = new Place(new NamePattern("*"), new NamePattern("*"));
        private static final String DEFAULT_NAMESPACE = "default";

        /** Up to the first slash stands the namespace; without a slash it is {@code default}. */
        static Place parse(String text) {
            int slash = text.indexOf('/');
            return slash < 0
                    ? new Place(new NamePattern(DEFAULT_NAMESPACE), new NamePattern(text))
                    : new Place(new NamePattern(text.substring(0, slash)), new NamePattern(text.substring(slash + 1)));
        }

        boolean matches(String ofNamespace, String ofCache) {
            return namespace.matches(ofNamespace) && cache.matches(ofCache);
        }
    }

    /**
     * The rule of a line.
     *
     * @param words those of the line, of which the first is {@code allow} or {@code deny}
     * @throws IllegalArgumentException if it makes no sense
     */
    static Rule parse(String[] words, int line) {
        boolean denies = words[0].equals("deny");
        String text = String.join(" ", words);
        if (words.length < 2 || words.length > 3) {
            throw new IllegalArgumentException(
                    "this rule has " + (words.length - 1) + " words after " + words[0] + "; " + HOW);
        }
        if (words[1].equals("all")) {
            if (words.length == 3) {
                return new Rule(denies, ON_CACHES, Place.parse(words[2]), line, text);
            }
            Set<Effect> all = EnumSet.copyOf(ON_CACHES);
            all.addAll(ON_NODE);
            return new Rule(denies, Set.copyOf(all), Place.EVERYWHERE, line, text);
        }
        Set<Effect> effects = EnumSet.noneOf(Effect.class);
        for (String name : words[1].split(",", -1)) {
            effects.add(effect(name));
        }
        boolean onCaches = ON_CACHES.containsAll(effects);
        if (!onCaches && !ON_NODE.containsAll(effects)) {
            throw new IllegalArgumentException("'" + words[1] + "' is in part about caches and in part about the node;"
                    + " write one rule for each");
        }
        if (onCaches != (words.length == 3)) {
            throw new IllegalArgumentException(
                    onCaches
                            ? "'" + words[1] + "' wants to know of which caches, as in " + text + " session:*"
                            : "'" + words[1] + "' is about the node, not about '" + words[2] + "'; leave that out");
        }
        return new Rule(denies, Set.copyOf(effects), onCaches ? Place.parse(words[2]) : null, line, text);
    }

    private static Effect effect(String name) {
        for (Effect effect : Effect.values()) {
            if (effect != Effect.CONTROL
                    && effect.name().toLowerCase(Locale.ROOT).equals(name)) {
                return effect;
            }
        }
        throw new IllegalArgumentException("'" + name + "' is no effect; " + HOW);
    }

    /** Whether it says something about an effect on a cache. */
    boolean isAbout(Effect effect, String namespace, String cache) {
        return effects.contains(effect)
                && (ON_NODE.contains(effect) || (place != null && place.matches(namespace, cache)));
    }
}
