package io.distcache.client.codec;

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
 *   <li>the JDK value types ({@link JdkValueTypes}); everything else is refused.
 * </ol>
 * It holds names, not classes, so it keeps no class loader alive. Immutable.
 */
public final class AllowList {
    /** The property that names further classes, with the class patterns of {@link java.io.ObjectInputFilter}. */
    public static final String PROPERTY = "distcache.serialization.allow";

    private final List<Pattern> patterns;
    private final Set<String> reachable;

    private AllowList(List<Pattern> patterns, Set<String> reachable) {
        this.patterns = patterns;
        this.reachable = reachable;
    }

    /**
     * The list for one side of a cache.
     *
     * @param patterns the value of {@link #PROPERTY}: patterns separated by comma or semicolon, maybe none
     * @param declared the declared key or value types, and what else may be stored
     * @throws IllegalArgumentException if a pattern is not understood
     */
    public static AllowList of(String patterns, Type... declared) {
        return new AllowList(parse(patterns), ReachableTypes.from(declared));
    }

    /** Whether an object of {@code type}, or an array of it, may be made. */
    public boolean allows(Class<?> type) {
        Class<?> element = type;
        while (element.isArray()) {
            element = element.getComponentType();
        }
        return element.isPrimitive()
                || (!element.isHidden()
                        && !Proxy.isProxyClass(element)
                        && element != SerializedLambda.class
                        && allowsName(element.getName()));
    }

    /** What is thrown for an object of {@code type} that is not allowed. */
    static SerializationRefusedException refusal(Class<?> type) {
        String name = ClassNames.element(type).getName();
        return new SerializationRefusedException(
                name,
                "it is neither a declared key or value type of this cache, nor reachable from one, nor a JDK value type."
                        + " If you trust it, name it in the property " + PROPERTY + ", for example " + PROPERTY + "="
                        + name + "; with DistCacheClient, in ClientConfig.allow, or ask for it: get(key, Type.class)");
    }

    boolean allowsName(String name) {
        for (Pattern pattern : patterns) {
            if (pattern.matches(name)) {
                return !pattern.rejects;
            }
        }
        return reachable.contains(name) || JdkValueTypes.NAMES.contains(name);
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
