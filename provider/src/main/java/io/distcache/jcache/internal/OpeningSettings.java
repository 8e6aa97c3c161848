package io.distcache.jcache.internal;

import io.distcache.jcache.DistCacheConfiguration;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;

/**
 * What a manager is opened with: by a URI of nodes, or a file that names them. Immutable.
 *
 * @param caches by name, those that come into being with the manager
 */
public record OpeningSettings(ManagerSettings settings, Map<String, DistCacheConfiguration<?, ?>> caches) {

    /**
     * Reads the URI, or the file.
     *
     * @param given the manager's properties
     * @param loader finds the file, if it is on the class path, and the classes that it names
     * @param byDefault where the manager is if the file does not say
     * @throws IllegalArgumentException saying what is wrong where
     */
    public static OpeningSettings of(
            ManagerUri where, Properties given, ClassLoader loader, Supplier<ManagerUri> byDefault) {
        if (where.namesNodes() || !SettingsFile.canBeAt(where.given())) {
            return new OpeningSettings(ManagerSettings.of(where.usual(), given), Map.of());
        }
        SettingsFile file = SettingsFile.read(where.given(), loader);
        Properties options = new Properties();
        given.stringPropertyNames().forEach(key -> options.setProperty(key, given.getProperty(key)));
        options.putAll(file.options());
        String uri = options.getProperty(ManagerSettings.URI_PROPERTY);
        ManagerUri nodes = uri == null
                ? byDefault.get()
                : ManagerUri.of(ManagerSettings.uri(uri, file.name() + ": distcache.uri"));
        if (!nodes.namesNodes()) {
            throw new IllegalArgumentException(
                    file.name() + " names no nodes: add distcache.uri=distcache://host:port/namespace"
                            + (uri == null ? "" : "; another file, as " + nodes + ", cannot be named there"));
        }
        try {
            return new OpeningSettings(ManagerSettings.of(nodes.usual(), options), file.caches());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file.name() + ": " + e.getMessage(), e);
        }
    }
}
