package io.distcache.client.spi.codec;

import io.distcache.client.SerializationRefusedException;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Which classes stored bytes may name. In this order:
 * <ol>
 *   <li>lambdas and dynamic proxies: never;
 *   <li>the first pattern of {@link #PROPERTY} that matches decides, so {@code !com.acme.Secret} refuses even a declared
 *       type; {@code !*} as a final pattern is accepted and says what holds anyway;
 *   <li>the declared types and what is reachable from their fields ({@link ReachableTypes});
 *   <li>the JDK's values and what frameworks store by themselves ({@link CuratedTypes}); everything else is refused.
 * </ol>
 * It holds names, not classes, so it keeps no class loader alive. Immutable.
 */
public final class AllowList {
    /** The property that names further classes, with the class patterns of {@link java.io.ObjectInputFilter}. */
    public static final String PROPERTY = "distcache.serialization.allow";

    private final List<Pattern> patterns;
    private final Set<String> reachable;

    private final String cache;

    private AllowList(List<Pattern> patterns, Set<String> reachable, String cache) {
        this.patterns = patterns;
        this.reachable = reachable;
        this.cache = cache;
    }

    /**
     * The list for one side of a cache.
     *
     * @param patterns the value of {@link #PROPERTY}: patterns separated by comma or semicolon, maybe none
     * @param declared the declared key or value types, and what else may be stored
     * @throws IllegalArgumentException if a pattern is not understood
     */
    public static AllowList of(String patterns, Type... declared) {
        return new AllowList(parse(patterns), ReachableTypes.from(declared), "this cache");
    }

    /** The same list, whose refusals name the cache. */
    AllowList named(String cacheName) {
        return new AllowList(patterns, reachable, "cache " + cacheName);
    }

    /** The cache, in words. */
    String cache() {
        return cache;
    }

    /** Whether an object of {@code type}, or an array of it, may be made. */
    public boolean allows(Class<?> type) {
        Class<?> element = type;
        while (element.isArray()) {
            element = element.getComponentType();
        }
        return element.isPrimitive() || (!isNever(element) && allowsName(element.getName(), isPlatformEnum(element)));
    }

    private static boolean isNever(Class<?> type) {
        return type.isHidden() || Proxy.isProxyClass(type) || type == SerializedLambda.class;
    }

    /** Whether a pattern refuses {@code type}; what no pattern says anything of is not refused here. */
    boolean rejects(Class<?> type) {
        String name = ClassNames.element(type).getName();
        for (Pattern pattern : patterns) {
            if (pattern.matches(name)) {
                return pattern.rejects;
            }
        }
        return false;
    }

    /** What is thrown for an object of {@code type} that is not allowed. */
    SerializationRefusedException refusal(Class<?> type) {
        Class<?> element = ClassNames.element(type);
        String name = element.getName();
        if (isNever(element)) {
            return new SerializationRefusedException(
                    name,
                    "lambdas and dynamic proxies never are, whatever is allowed. Store the data that it stands for");
        }
        return new SerializationRefusedException(
                name,
                "it is neither a declared key or value type of " + cache
                        + ", nor reachable from one, nor a JDK value type."
                        + " If you trust it, name it in the property " + PROPERTY + ", for example " + PROPERTY + "="
                        + name + "; with DistCacheClient, in ClientConfig.allow, or ask for it: get(key, Type.class)");
    }

    /** Its constants are values, whatever it is for. */
    private static boolean isPlatformEnum(Class<?> type) {
        return Enum.class.isAssignableFrom(type) && JdkValueTypes.isPlatform(type);
    }

    boolean allowsName(String name) {
        return allowsName(name, false);
    }

    private boolean allowsName(String name, boolean otherwise) {
        for (Pattern pattern : patterns) {
            if (pattern.matches(name)) {
                return !pattern.rejects;
            }
        }
        return otherwise || reachable.contains(name) || CuratedTypes.NAMES.contains(name);
    }

    private static List<Pattern> parse(String text) {
        List<Pattern> parsed = new ArrayList<>();
        for (String part : text.split("[,;]", -1)) {
            String pattern = part.strip();
            if (pattern.isEmpty() || pattern.equals("!*") || pattern.equals("!**")) {
                continue;
            }
            parsed.add(Pattern.parse(pattern));
        }
        return List.copyOf(parsed);
    }

    /** One class pattern: an exact name, {@code package.*}, {@code package.**} or {@code prefix*}. */
    private record Pattern(boolean rejects, String prefix, boolean exact, boolean subpackages) {

        static Pattern parse(String text) {
            boolean rejects = text.startsWith("!");
            String body = rejects ? text.substring(1) : text;
            String stem = body.endsWith("**")
                    ? body.substring(0, body.length() - 2)
                    : body.endsWith("*") ? body.substring(0, body.length() - 1) : body;
            boolean wild = stem.length() < body.length();
            boolean nested = body.endsWith("**");
            if (body.isEmpty()
                    || stem.chars().anyMatch(c -> c == '*' || c == '=' || c == '/' || Character.isWhitespace(c))
                    || (nested && !stem.isEmpty() && !stem.endsWith("."))) {
                throw new IllegalArgumentException(
                        PROPERTY + ": pattern \"" + text + "\" is not understood; write a"
                                + " class name, package.*, package.** or prefix*, with ! in front to refuse, separated by ; or ,");
            }
            return new Pattern(rejects, stem, !wild, nested || !stem.endsWith("."));
        }

        boolean matches(String name) {
            if (exact) {
                return name.equals(prefix);
            }
            return name.startsWith(prefix) && (subpackages || name.indexOf('.', prefix.length()) < 0);
        }
    }
}
