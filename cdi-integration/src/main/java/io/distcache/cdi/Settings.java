package io.distcache.cdi;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;

/**
 * What is configured, under the provider's own keys: from MicroProfile Config where it is on the class path, else from system
 * properties, else from the environment, where {@code distcache.connect-timeout} is {@code DISTCACHE_CONNECT_TIMEOUT}. Stateless.
 */
final class Settings {
    static final String ON_FAILURE = "distcache.cdi.on-failure";

    /** Keys that become properties of the manager; a test holds them against the provider's. */
    static final List<String> OPTIONS = List.of(
            "user",
            "password",
            "password-file",
            "token",
            "token-file",
            "tls",
            "tls.trust",
            "tls.trust-password",
            "tls.certificate",
            "tls.key",
            "tls.key-password",
            "tls.verify-host",
            "timeout",
            "connect",
            "connect-timeout",
            "lease-limit",
            "max-in-flight",
            "health-interval",
            "client-name",
            "failure-policy",
            "serialization.allow",
            "serialization.max-depth",
            "serialization.max-references",
            "serialization.max-array-length",
            "serialization.max-bytes");

    private static final String PREFIX = "distcache.";
    private static final Pattern DURATION = Pattern.compile("(\\d+)(ms|s|m|h)");
    private static final long DEFAULT_LEASE_MILLIS = 30_000;
    private static final boolean MICROPROFILE_IS_PRESENT = isMicroProfilePresent();

    private Settings() {}

    private static boolean isMicroProfilePresent() {
        try {
            Class<?> unused = Class.forName(
                    "org.eclipse.microprofile.config.ConfigProvider", false, Settings.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    /** The value of a key; null if it is not set, or blank. */
    static @Nullable String get(String key) {
        String value = MICROPROFILE_IS_PRESENT ? MicroProfile.get(key) : null;
        if (value == null) {
            value = System.getProperty(key);
        }
        if (value == null) {
            value = System.getenv(key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT));
        }
        return value == null || value.isBlank() ? null : value.strip();
    }

    /** Where the caches are; null for the provider's default. */
    static @Nullable URI uri() {
        String text = get(PREFIX + "uri");
        try {
            return text == null ? null : new URI(text);
        } catch (URISyntaxException e) {
            // Without the text, which may hold a token, and without the cause, which quotes it.
            throw new CacheAnnotationException(PREFIX + "uri is no URI: " + e.getReason() + " at index " + e.getIndex()
                    + " of what is configured");
        }
    }

    /** The properties for the manager. */
    static Properties properties() {
        Properties properties = new Properties();
        for (String option : OPTIONS) {
            String value = get(PREFIX + option);
            if (value != null) {
                properties.setProperty(PREFIX + option, value);
            }
        }
        return properties;
    }

    /** Whether methods go on without a cache that cannot be reached. */
    static boolean proceedOnFailure() {
        String text = get(ON_FAILURE);
        if (text == null || text.equals("proceed")) {
            return true;
        }
        if (text.equals("throw")) {
            return false;
        }
        throw new CacheAnnotationException(
                ON_FAILURE + " is '" + text + "'; write proceed, so that annotated methods go on"
                        + " without a cache that cannot be reached, or throw");
    }

    /** How long those who miss the same key wait for the one who computes. */
    static long leaseMillis() {
        String text = get(PREFIX + "lease-limit");
        if (text == null) {
            return DEFAULT_LEASE_MILLIS;
        }
        Matcher matcher = DURATION.matcher(text.toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new CacheAnnotationException(
                    PREFIX + "lease-limit is '" + text + "'; write a duration such as 500ms, 2s or 1m");
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> amount;
            case "s" -> amount * 1000;
            case "m" -> amount * 60_000;
            default -> amount * 3_600_000;
        };
    }

    /** Apart, so that the rest runs without the classes of MicroProfile. */
    private static final class MicroProfile {
        private MicroProfile() {}

        static @Nullable String get(String key) {
            try {
                return ConfigProvider.getConfig()
                        .getOptionalValue(key, String.class)
                        .orElse(null);
            } catch (IllegalStateException e) {
                return null; // The interface is there without an implementation.
            }
        }
    }
}
