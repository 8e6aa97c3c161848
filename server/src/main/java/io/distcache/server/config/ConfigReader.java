package io.distcache.server.config;

import io.distcache.protocol.DurationText;
import io.distcache.protocol.NearestName;
import io.distcache.protocol.OneLine;
import io.distcache.protocol.Secret;
import io.distcache.server.log.FileFailure;
import io.distcache.server.log.Retention;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads settings: the reference file's defaults, over them a file, over it single settings. Each section of {@link ServerConfig}
 * is a record whose components are its settings: {@code store.max-bytes} is {@code StoreConfig.maxBytes}.
 *
 * <p>Not thread-safe.
 */
public final class ConfigReader {
    private static final String REFERENCE = "/distcache-reference.properties";
    private static final Pattern AMOUNT = Pattern.compile("(\\d+)\\s*([a-z%]*)");

    private record Setting(String value, String source) {}

    private static final Pattern SETTING_NAME = Pattern.compile("[a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)+");
    /** The settings whose values are secrets, by the types of their components. */
    private static final Set<String> SECRETS = new TreeSet<>();

    static {
        collectSecrets(ServerConfig.class, "");
    }

    private final Map<String, Setting> settings = new TreeMap<>();

    /** A reader that knows every setting by its default. */
    public ConfigReader() {
        load(reference(), "default");
    }

    /** The reference file: every setting with its meaning and default. */
    public static Properties reference() {
        try (InputStream in = ConfigReader.class.getResourceAsStream(REFERENCE)) {
            if (in == null) {
                throw new IllegalStateException(REFERENCE + " is missing from the jar");
            }
            Properties properties = new Properties();
            properties.load(new InputStreamReader(in, StandardCharsets.UTF_8));
            return properties;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void collectSecrets(Class<?> type, String prefix) {
        for (RecordComponent component : type.getRecordComponents()) {
            String key = key(prefix, component);
            if (component.getType().isRecord()) {
                collectSecrets(component.getType(), key + ".");
            } else if (component.getType() == Secret.class) {
                SECRETS.add(key);
            }
        }
    }

    /** Takes the settings of a properties file. */
    public ConfigReader file(Path file) {
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(file)) {
            properties.load(in);
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigException("cannot read the configuration file " + file + ": " + FileFailure.text(e), e);
        }
        rejectUnknown(properties, file.toString());
        load(properties, file.toString());
        return this;
    }

    /** Takes one setting. */
    public ConfigReader set(String key, String value, String source) {
        Properties one = new Properties();
        one.setProperty(key, value);
        rejectUnknown(one, source);
        load(one, source);
        return this;
    }

    /** Builds the records, which check themselves. */
    public ServerConfig read() {
        return (ServerConfig) build(ServerConfig.class, "");
    }

    /** Every setting with its value and where it came from, a line each. */
    public String print() {
        StringBuilder text = new StringBuilder();
        settings.forEach((key, setting) -> text.append(key)
                .append(" = ")
                .append(shown(key, setting))
                .append("   # ")
                .append(setting.source)
                .append('\n'));
        return text.toString();
    }

    private static String shown(String key, Setting setting) {
        return SECRETS.contains(key) && !setting.value.isEmpty() ? Secret.HIDDEN : OneLine.of(setting.value);
    }

    private void load(Properties properties, String source) {
        for (String key : properties.stringPropertyNames()) {
            settings.put(key, new Setting(properties.getProperty(key).strip(), source));
        }
    }

    private void rejectUnknown(Properties properties, String source) {
        for (String key : properties.stringPropertyNames()) {
            if (!settings.containsKey(key)) {
                throw new ConfigException("unknown setting " + shownKey(key, properties.getProperty(key)) + " ("
                        + source + "); the nearest known one is " + NearestName.to(key, settings.keySet())
                        + ". --print-config shows all");
            }
        }
    }

    /**
     * The name of an unknown setting. A line with nothing but a secret in it, or with a secret right after a setting's name, is one to a
     * properties file too.
     */
    private static String shownKey(String key, String value) {
        for (String secret : SECRETS) {
            if (key.startsWith(secret)) {
                return secret + Secret.HIDDEN;
            }
        }
        return value.isBlank() && !SETTING_NAME.matcher(key).matches() ? Secret.HIDDEN : OneLine.of(key);
    }

    private Record build(Class<?> type, String prefix) {
        List<Object> values = new ArrayList<>();
        List<Class<?>> types = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            String key = key(prefix, component);
            types.add(component.getType());
            values.add(
                    component.getType().isRecord()
                            ? build(component.getType(), key + ".")
                            : value(key, component.getType()));
        }
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types.toArray(Class<?>[]::new));
            return (Record) constructor.newInstance(values.toArray());
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            String message = cause == null ? e.toString() : String.valueOf(cause.getMessage());
            throw new ConfigException(message + sourceOfSettingIn(message), e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot build " + type, e);
        }
    }

    private String sourceOfSettingIn(String message) {
        return settings.entrySet().stream()
                .filter(e -> message.contains(e.getKey() + " "))
                .map(e -> " (from " + e.getValue().source + ")")
                .findFirst()
                .orElse("");
    }

    /** Whether a part is on is a setting of the part's own name. */
    private static String key(String prefix, RecordComponent component) {
        return component.getName().equals("on")
                ? prefix.substring(0, prefix.length() - 1)
                : prefix + kebab(component.getName());
    }

    private static String kebab(String camel) {
        return camel.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    private Object value(String key, Class<?> type) {
        Setting setting = settings.get(key);
        if (setting == null) {
            throw new IllegalStateException("the reference file has no " + key);
        }
        try {
            return parse(key, setting.value, type);
        } catch (ArithmeticException e) {
            throw new ConfigException(
                    key + " is '" + shown(key, setting) + "' (from " + setting.source + "): that is too large", e);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    key + " is '" + shown(key, setting) + "' (from " + setting.source + "): " + e.getMessage(), e);
        }
    }

    private static Object parse(String key, String text, Class<?> type) {
        if (type == String.class) {
            return text;
        }
        if (type == Secret.class) {
            return Secret.of(text);
        }
        if (type == boolean.class) {
            if (!text.equals("true") && !text.equals("false")) {
                throw new IllegalArgumentException("write true or false");
            }
            return text.equals("true");
        }
        if (type == Duration.class) {
            return duration(text);
        }
        if (type == Retention.class) {
            return retention(text);
        }
        if (type.isEnum()) {
            return constant(type, text);
        }
        long number = key.endsWith("bytes") ? bytes(text) : number(text);
        if (type == long.class) {
            return number;
        }
        if (number != (int) number) {
            throw new IllegalArgumentException("allowed are " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE);
        }
        return (int) number;
    }

    private static Object constant(Class<?> type, String text) {
        List<String> names = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            String name = constant.toString().toLowerCase(Locale.ROOT).replace('_', '-');
            if (name.equals(text.toLowerCase(Locale.ROOT))) {
                return constant;
            }
            names.add(name);
        }
        throw new IllegalArgumentException("write one of " + String.join(", ", names));
    }

    /** A duration, a size, "all", or 0. */
    private static Retention retention(String text) {
        if (text.equals("0")) {
            return Retention.NONE;
        }
        if (text.equals("all")) {
            return Retention.ALL;
        }
        try {
            return new Retention(Duration.ZERO, bytes(text));
        } catch (IllegalArgumentException e) {
            try {
                return new Retention(duration(text), 0);
            } catch (IllegalArgumentException neither) {
                throw new IllegalArgumentException(
                        "write a duration such as 24h, a size such as 10gb, all, or 0", neither);
            }
        }
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("write a whole number", e);
        }
    }

    private static Duration duration(String text) {
        Duration duration = DurationText.parse(text);
        if (duration == null) {
            throw new IllegalArgumentException("write a duration such as 500ms, 2s, 5m or 1h");
        }
        return duration;
    }

    /** Bytes, with k, m or g for powers of 1024, or a percentage of the largest heap. */
    private static long bytes(String text) {
        Matcher amount = AMOUNT.matcher(text.toLowerCase(Locale.ROOT));
        if (!amount.matches()) {
            throw new IllegalArgumentException("write a size such as 512mb, 4gb or 60%");
        }
        long number = number(amount.group(1));
        return switch (amount.group(2)) {
            case "", "b" -> number;
            case "k", "kb" -> Math.multiplyExact(number, 1L << 10);
            case "m", "mb" -> Math.multiplyExact(number, 1L << 20);
            case "g", "gb" -> Math.multiplyExact(number, 1L << 30);
            case "%" -> {
                if (number < 1 || number > 100) {
                    throw new IllegalArgumentException("write a percentage from 1% to 100%");
                }
                yield Runtime.getRuntime().maxMemory() / 100 * number;
            }
            default -> throw new IllegalArgumentException("write a size such as 512mb, 4gb or 60%");
        };
    }
}
