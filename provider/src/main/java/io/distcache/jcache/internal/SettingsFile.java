package io.distcache.jcache.internal;

import io.distcache.jcache.DistCacheConfiguration;
import io.distcache.protocol.OneLine;
import io.distcache.protocol.ShownUri;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A properties file in the place of a URI: {@code distcache.uri} names the nodes, {@code distcache.<option>} is an option, {@code
 * distcache.cache.<name>.<setting>} belongs to a cache that comes into being with the manager. docs/operating.md has the settings.
 * Immutable.
 *
 * @param name the file, for messages
 * @param options the URI and the options under their names as properties
 * @param caches by name
 */
record SettingsFile(String name, Properties options, Map<String, DistCacheConfiguration<?, ?>> caches) {
    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_CACHES = 10_000;
    private static final String CLASSPATH = "classpath";
    /** What is fetched over a network would come unencrypted, from whoever answers, and later than the application starts. */
    private static final Set<String> ELSEWHERE = Set.of("http", "https", "ftp", "mailto");

    /** Whether a URI could be that of a file: whether anything knows how to open what has its scheme. */
    static boolean canBeAt(URI uri) {
        String scheme = scheme(uri);
        if (scheme.equals(CLASSPATH)) {
            return true;
        }
        try {
            URL unused = uri.toURL();
            return !ELSEWHERE.contains(scheme);
        } catch (MalformedURLException | IllegalArgumentException e) {
            return false;
        }
    }

    private static String scheme(URI uri) {
        return uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads a file.
     *
     * @param loader finds it, if it is on the class path, and the types of caches
     * @throws IllegalArgumentException with the file, the key, and what belongs there
     */
    static SettingsFile read(URI uri, ClassLoader loader) {
        String name = OneLine.of(uri.toString());
        try {
            Properties all = parsed(text(uri, loader));
            Properties options = new Properties();
            Map<String, CacheSettings> caches = new TreeMap<>();
            for (String key : new TreeSet<>(all.stringPropertyNames())) {
                String value = all.getProperty(key).strip();
                int dot = key.lastIndexOf('.');
                if (key.startsWith(OptionKeys.CACHE) && dot > OptionKeys.CACHE.length()) {
                    String cache = key.substring(OptionKeys.CACHE.length(), dot);
                    CacheSettings.check(key, key.substring(dot + 1));
                    caches.computeIfAbsent(cache, c -> new CacheSettings()).put(key.substring(dot + 1), key, value);
                } else if (OptionKeys.isKnown(key)) {
                    if (!value.isEmpty()) {
                        options.setProperty(key, value);
                    }
                } else {
                    throw unknown(key, value);
                }
            }
            if (caches.size() > MAX_CACHES) {
                throw new IllegalArgumentException("it defines " + caches.size() + " caches; at most " + MAX_CACHES);
            }
            Map<String, DistCacheConfiguration<?, ?>> configurations = new TreeMap<>();
            caches.forEach((cache, settings) -> configurations.put(cache, settings.configuration(loader)));
            return new SettingsFile(name, options, Collections.unmodifiableMap(configurations));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read the settings of the manager from " + name + ": " + e, e);
        }
    }

    private static IllegalArgumentException unknown(String key, String value) {
        List<String> ofCaches = CacheSettings.NAMES.stream()
                .map(setting -> OptionKeys.CACHE + "NAME." + setting)
                .toList();
        // A line with nothing but a secret in it is a key to a properties file too.
        String shown = key.startsWith(ManagerSettings.PREFIX) || !value.isEmpty() ? OneLine.of(key) : "<hidden>";
        return new IllegalArgumentException(
                "unknown key " + shown + "; the nearest known one is " + OptionKeys.nearestTo(key, ofCaches));
    }

    private static String text(URI uri, ClassLoader loader) throws IOException {
        URLConnection connection = url(uri, loader).openConnection();
        // A jar that is cached stays open, also after the application that it belongs to has gone.
        connection.setUseCaches(false);
        byte[] bytes;
        try (InputStream in = connection.getInputStream()) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        }
        if (bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException("it has more than " + MAX_BYTES + " bytes");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("it is not UTF-8", e);
        }
    }

    private static URL url(URI uri, ClassLoader loader) throws IOException {
        if (!scheme(uri).equals(CLASSPATH)) {
            return uri.toURL();
        }
        String path = uri.getSchemeSpecificPart().replaceFirst("^/+", "");
        URL found = loader.getResource(path);
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        if (found == null && context != null) {
            found = context.getResource(path);
        }
        if (found == null) {
            throw new IOException("neither the manager's class loader nor the thread's finds " + OneLine.of(path));
        }
        return found;
    }

    private static Properties parsed(String text) throws IOException {
        Properties all = new Once();
        all.load(new StringReader(text));
        return all;
    }

    /** Refuses a key that is there twice, of which otherwise one would count without a word. */
    private static final class Once extends Properties {
        private static final long serialVersionUID = 1L;

        @Override
        public synchronized @Nullable Object put(Object key, Object value) {
            if (super.put(key, value) != null) {
                throw new IllegalArgumentException("key " + OneLine.of(ShownUri.option(key + "=")) + " is there twice");
            }
            return null;
        }
    }
}
