package io.distcache.jcache.internal;

import io.distcache.client.FailurePolicy;
import io.distcache.jcache.DistCacheConfiguration;
import io.distcache.protocol.NearestName;
import io.distcache.protocol.OneLine;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.cache.configuration.Factory;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import org.jspecify.annotations.Nullable;

/** The settings of one cache, as they are written in a file. Confined to one thread. */
final class CacheSettings {
    private static final String TIME_TO_LIVE = "time-to-live";
    private static final String TIME_TO_LIVE_FROM_CREATION = "time-to-live-from-creation";
    private static final String TIME_TO_IDLE = "time-to-idle";
    private static final String MAX_ENTRIES = "max-entries";
    private static final String MAX_BYTES = "max-bytes";
    private static final String WHEN_FULL = "when-full";
    private static final String DURABILITY = "durability";
    private static final String FAILURE_POLICY = "failure-policy";
    private static final String STALE_READS = "stale-reads";
    private static final String KEY_TYPE = "key-type";
    private static final String VALUE_TYPE = "value-type";
    private static final String STATISTICS = "statistics";
    private static final String MANAGEMENT = "management";

    /** All that a cache can be given. */
    static final List<String> NAMES = List.of(
            TIME_TO_LIVE,
            TIME_TO_LIVE_FROM_CREATION,
            TIME_TO_IDLE,
            MAX_ENTRIES,
            MAX_BYTES,
            WHEN_FULL,
            DURABILITY,
            FAILURE_POLICY,
            STALE_READS,
            KEY_TYPE,
            VALUE_TYPE,
            STATISTICS,
            MANAGEMENT);

    private static final Pattern AMOUNT = Pattern.compile("(\\d{1,18})(kb|mb|gb)?");

    private final Map<String, Setting> settings = new TreeMap<>();

    private record Setting(String key, String value) {}

    /** Refuses an unknown setting. */
    static void check(String key, String setting) {
        if (!NAMES.contains(setting)) {
            throw new IllegalArgumentException("unknown key " + OneLine.of(key) + "; the nearest known one is "
                    + OneLine.of(key.substring(0, key.length() - setting.length()))
                    + NearestName.to(setting, NAMES));
        }
    }

    void put(String setting, String key, String value) {
        settings.put(setting, new Setting(key, value));
    }

    DistCacheConfiguration<?, ?> configuration(ClassLoader loader) {
        DistCacheConfiguration<Object, Object> configuration = new DistCacheConfiguration<>();
        setTypes(configuration, type(KEY_TYPE, loader), type(VALUE_TYPE, loader));
        Factory<ExpiryPolicy> expiry = expiry();
        if (expiry != null) {
            configuration.setExpiryPolicyFactory(expiry);
        }
        configuration.maxEntries(read(MAX_ENTRIES, 0L, CacheSettings::number));
        configuration.maxBytes(read(MAX_BYTES, 0L, CacheSettings::bytes));
        configuration.refuseWhenFull(read(WHEN_FULL, false, text -> one(text, "evict", "refuse")));
        configuration.logged(read(DURABILITY, true, text -> one(text, "none", "logged")));
        FailurePolicy policy = read(FAILURE_POLICY, CacheSettings::policy);
        if (policy != null) {
            configuration.failurePolicy(policy);
        }
        configuration.allowStaleReads(read(STALE_READS, false, text -> one(text, "refuse", "allow")));
        configuration.setStatisticsEnabled(read(STATISTICS, false, text -> one(text, "false", "true")));
        configuration.setManagementEnabled(read(MANAGEMENT, false, text -> one(text, "false", "true")));
        return configuration;
    }

    @SuppressWarnings("unchecked") // the cache's real types are known to the file only
    private static void setTypes(DistCacheConfiguration<Object, Object> configuration, Class<?> key, Class<?> value) {
        configuration.setTypes((Class<Object>) key, (Class<Object>) value);
    }

    private Class<?> type(String setting, ClassLoader loader) {
        return read(setting, Object.class, name -> {
            try {
                return Class.forName(name, false, loader);
            } catch (ClassNotFoundException | LinkageError e) {
                throw new IllegalArgumentException(
                        "write the name of a class that the application has, as in java.lang.String", e);
            }
        });
    }

    private @Nullable Factory<ExpiryPolicy> expiry() {
        List<Setting> times = settings.entrySet().stream()
                .filter(setting -> setting.getKey().startsWith("time-to-"))
                .map(Map.Entry::getValue)
                .toList();
        if (times.size() > 1) {
            throw new IllegalArgumentException(OneLine.of(times.get(0).key) + " and " + OneLine.of(times.get(1).key)
                    + " cannot both be: keep one");
        }
        Duration live = read(TIME_TO_LIVE, CacheSettings::duration);
        if (live != null) {
            return ModifiedExpiryPolicy.factoryOf(live);
        }
        Duration idle = read(TIME_TO_IDLE, CacheSettings::duration);
        if (idle != null) {
            return TouchedExpiryPolicy.factoryOf(idle);
        }
        Duration created = read(TIME_TO_LIVE_FROM_CREATION, CacheSettings::duration);
        return created == null ? null : CreatedExpiryPolicy.factoryOf(created);
    }

    private <T> T read(String setting, T otherwise, Function<String, T> reader) {
        T value = read(setting, reader);
        return value == null ? otherwise : value;
    }

    /** The value as {@code reader} takes it, null if there is none; what that refuses is told with the key and the text. */
    private <T> @Nullable T read(String setting, Function<String, T> reader) {
        Setting given = settings.get(setting);
        if (given == null) {
            return null;
        }
        try {
            return reader.apply(given.value);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new IllegalArgumentException(
                    OneLine.of(given.key) + " is '" + OneLine.of(given.value) + "'; " + e.getMessage(), e);
        }
    }

    private static Duration duration(String text) {
        if (text.equalsIgnoreCase("eternal")) {
            return Duration.ETERNAL;
        }
        try {
            long millis = ManagerSettings.duration(text).toMillis();
            if (millis > 0) {
                return new Duration(TimeUnit.MILLISECONDS, millis);
            }
        } catch (IllegalArgumentException | ArithmeticException e) {
            // Said below.
        }
        throw new IllegalArgumentException("write a duration such as 500ms, 30s, 10m or 12h, or eternal");
    }

    private static long number(String text) {
        if (!text.matches("[0-9]{1,18}")) {
            throw new IllegalArgumentException("write a whole number, 0 for no bound");
        }
        return Long.parseLong(text);
    }

    private static long bytes(String text) {
        Matcher amount = AMOUNT.matcher(text.toLowerCase(Locale.ROOT));
        if (!amount.matches()) {
            throw new IllegalArgumentException("write a size such as 512kb, 64mb or 4gb, 0 for no bound");
        }
        long unit = amount.group(2) == null
                ? 1
                : 1L << (10 * (1 + "kmg".indexOf(amount.group(2).charAt(0))));
        return Math.multiplyExact(Long.parseLong(amount.group(1)), unit);
    }

    private static boolean one(String text, String no, String yes) {
        if (!text.equals(no) && !text.equals(yes)) {
            throw new IllegalArgumentException("write " + no + " or " + yes);
        }
        return text.equals(yes);
    }

    private static FailurePolicy policy(String text) {
        try {
            return FailurePolicy.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("write failover, miss or throw", e);
        }
    }
}
