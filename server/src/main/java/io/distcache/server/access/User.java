package io.distcache.server.access;

import io.distcache.protocol.Effect;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One user as its rules have it. Immutable.
 *
 * @param name what it is called
 * @param password what it may prove itself with, if it has one
 * @param tokens what else it may prove itself with, each by a name of its own
 * @param rules what it may do; nothing but that
 */
public record User(String name, @Nullable PasswordHash password, Map<String, TokenHash> tokens, List<Rule> rules) {

    /** What decides about an effect: the first rule that denies it, else the first that allows it, else null, which means no. */
    @Nullable
    Rule decisive(Effect effect, String namespace, String cache) {
        Rule allowing = null;
        for (Rule rule : rules) {
            if (rule.isAbout(effect, namespace, cache)) {
                if (rule.denies()) {
                    return rule;
                }
                allowing = allowing == null ? rule : allowing;
            }
        }
        return allowing;
    }

    /** Whether it may have an effect on a cache; the cache does not matter if the effect is on the node. */
    public boolean may(Effect effect, String namespace, String cache) {
        if (effect == Effect.CONTROL) {
            return true;
        }
        Rule decisive = decisive(effect, namespace, cache);
        return decisive != null && !decisive.denies();
    }

    /** All effects that it may have on a cache, and on the node: bit {@code i} for the effect of ordinal {@code i}. */
    int effects(String namespace, String cache) {
        int bits = 0;
        for (Effect effect : Effect.values()) {
            bits |= may(effect, namespace, cache) ? 1 << effect.ordinal() : 0;
        }
        return bits;
    }

    /** Whether some rule allows an effect somewhere, whatever others deny. */
    boolean mayAnywhere(Effect effect) {
        return rules.stream().anyMatch(rule -> !rule.denies() && rule.effects().contains(effect));
    }

    /** One line that says what decides about an effect on a cache, for people. */
    public String why(Effect effect, String namespace, String cache) {
        Rule decisive = decisive(effect, namespace, cache);
        if (decisive == null) {
            return "no rule of user " + name + " allows it";
        }
        return "line " + decisive.line() + " of user " + name + ": " + decisive.text();
    }

    /** The rules as they are written, for people. */
    public List<String> ruleTexts() {
        return rules.stream().map(Rule::text).toList();
    }
}
