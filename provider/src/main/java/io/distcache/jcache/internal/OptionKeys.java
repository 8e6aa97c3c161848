package io.distcache.jcache.internal;

import io.distcache.protocol.NearestName;
import io.distcache.protocol.OneLine;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The keys of ours that properties have, in a file and elsewhere: {@code distcache.uri}, and {@code distcache.<option>} for each option.
 * Stateless.
 */
final class OptionKeys {
    /** In a file, keys that define caches begin so. */
    static final String CACHE = ManagerSettings.PREFIX + "cache.";

    /** Of cdi-integration, which reads them itself. */
    private static final String CDI = ManagerSettings.PREFIX + "cdi.";

    private OptionKeys() {}

    static boolean isKnown(String key) {
        return key.equals(ManagerSettings.URI_PROPERTY)
                || (key.startsWith(ManagerSettings.PREFIX)
                        && ManagerSettings.OPTIONS.contains(key.substring(ManagerSettings.PREFIX.length())));
    }

    /** The known key that is most like another, of ours and of {@code further} ones. */
    static String nearestTo(String key, Collection<String> further) {
        List<String> known = new ArrayList<>();
        known.add(ManagerSettings.URI_PROPERTY);
        ManagerSettings.OPTIONS.forEach(option -> known.add(ManagerSettings.PREFIX + option));
        known.addAll(further);
        return NearestName.to(key.startsWith(ManagerSettings.PREFIX) ? key : ManagerSettings.PREFIX + key, known);
    }

    /**
     * What in a manager's properties begins as ours do and has no effect, each with the reason. Properties of others, which frameworks pass
     * along, are none of our business.
     */
    static Map<String, String> withoutEffect(Properties properties) {
        Set<String> texts = properties.stringPropertyNames();
        Set<String> ours = new TreeSet<>(texts);
        properties.keySet().forEach(key -> ours.add(String.valueOf(key)));
        ours.removeIf(key -> !key.startsWith(ManagerSettings.PREFIX) || key.startsWith(CDI));
        Map<String, String> reasons = new TreeMap<>();
        for (String key : ours) {
            if (!isKnown(key)) {
                reasons.put(
                        key,
                        key.startsWith(CACHE)
                                ? "caches are defined in a file of settings, or by createCache"
                                : "the nearest known key is " + OneLine.of(nearestTo(key, List.of())));
            } else if (!texts.contains(key)) {
                reasons.put(key, "its value is no text; write it as a String");
            }
        }
        return reasons;
    }
}
