package io.distcache.jcache.internal;

import io.distcache.client.ClientConfig;
import io.distcache.client.ClientTls;
import io.distcache.client.FailurePolicy;
import io.distcache.client.Member;
import io.distcache.client.SerializationLimits;
import io.distcache.client.spi.SecretFile;
import io.distcache.client.spi.SharedToken;
import io.distcache.protocol.DurationText;
import io.distcache.protocol.Membership;
import io.distcache.protocol.NodeUri;
import io.distcache.protocol.OneLine;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Secret;
import io.distcache.protocol.ShownUri;
import io.distcache.protocol.UriSpelling;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a manager's URI and properties say. An option is looked up in the URI's query, then as {@code distcache.<option>} in the
 * manager's properties, then in the system's, then in the environment, where {@code tls.key-password} is {@code
 * DISTCACHE_TLS_KEY_PASSWORD}. Immutable.
 *
 * @param namespace what keeps the caches of different applications on one node apart
 * @param client how to reach the nodes; without nodes for an embedded one
 * @param embedded settings of the embedded node; null for nodes elsewhere
 * @param allow classes that may be deserialized, besides the declared ones
 * @param onNodeDown the failure policy of caches that are configured without one
 * @param given the options that are set anywhere, as they were written
 */
public record ManagerSettings(
        String namespace,
        ClientConfig client,
        @Nullable Map<String, String> embedded,
        String allow,
        FailurePolicy onNodeDown,
        Map<String, String> given) {

    /** The URI of a node inside this process. */
    public static final URI EMBEDDED = URI.create("distcache:embedded");

    /** In front of the names of options that are properties. */
    static final String PREFIX = "distcache.";
    /** The property that names a URI. */
    public static final String URI_PROPERTY = PREFIX + "uri";

    private static final String SCHEME = "distcache";
    private static final String PASSWORD_FILE = "password-file";
    private static final String TOKEN_FILE = "token-file";
    private static final String ALLOW = "serialization.allow";
    private static final String CONNECT = "connect";
    private static final String FAILURE_POLICY = "failure-policy";
    /** Of an embedded node's settings the one with a short name. */
    private static final String DATA_DIR = "dataDir";

    /** All that can follow a URI, or be a property. */
    static final List<String> OPTIONS = List.of(
            "user",
            "password",
            PASSWORD_FILE,
            "token",
            TOKEN_FILE,
            "tls",
            "tls.trust",
            "tls.trust-password",
            "tls.certificate",
            "tls.key",
            "tls.key-password",
            "tls.verify-host",
            "timeout",
            CONNECT,
            "connect-timeout",
            "lease-limit",
            "max-in-flight",
            "health-interval",
            "client-name",
            FAILURE_POLICY,
            ALLOW,
            SerializationLimits.MAX_DEPTH,
            SerializationLimits.MAX_REFERENCES,
            SerializationLimits.MAX_ARRAY_LENGTH,
            SerializationLimits.MAX_BYTES);

    /** The default URI: system property, environment, embedded. */
    public static URI defaultUri() {
        String text = System.getProperty(URI_PROPERTY);
        if (text == null || text.isBlank()) {
            text = System.getenv("DISTCACHE_URI");
        }
        return text == null || text.isBlank() ? EMBEDDED : uri(text, "distcache.uri or DISTCACHE_URI");
    }

    /**
     * A URI that somebody wrote.
     *
     * @param source where
     * @throws IllegalArgumentException if it is none
     */
    static URI uri(String text, String source) {
        try {
            return new URI(text.strip());
        } catch (URISyntaxException e) {
            // Neither its message nor itself as the cause: it quotes the whole text.
            throw new IllegalArgumentException(source + " is '" + ShownUri.of(text) + "', which is no URI: "
                    + e.getReason() + " at index " + e.getIndex());
        }
    }

    /**
     * Reads a URI in the usual spelling.
     *
     * @throws IllegalArgumentException naming the part that is wrong and how it should be
     */
    public static ManagerSettings of(URI uri, Properties properties) {
        return of(uri, properties, System::getenv);
    }

    /** The same with this environment. */
    static ManagerSettings of(URI uri, Properties properties, Function<String, @Nullable String> environment) {
        if (!SCHEME.equals(uri.getScheme())) {
            throw wrong(uri, "its scheme is " + uri.getScheme());
        }
        NodeUri parts = parts(uri);
        Map<String, String> query = query(uri, parts.query());
        boolean isEmbedded = parts.isEmbedded();
        Map<String, String> nodeSettings = new TreeMap<>();
        for (Map.Entry<String, String> option : query.entrySet()) {
            if (!OPTIONS.contains(option.getKey())) {
                if (!isEmbedded) {
                    throw wrong(
                            uri, "it has an unknown option " + OneLine.of(option.getKey()) + "; known are " + OPTIONS);
                }
                nodeSettings.put(
                        option.getKey().equals(DATA_DIR) ? "node.data-dir" : option.getKey(), option.getValue());
            }
        }
        Options options = new Options(
                uri,
                List.of(
                        query::get,
                        option -> properties.getProperty(PREFIX + option),
                        option -> System.getProperty(PREFIX + option),
                        option -> environment.apply(variable(option))));
        ClientConfig client = client(isEmbedded ? List.of() : nodes(uri, parts.members()), options);
        return new ManagerSettings(
                parts.namespace().isEmpty() ? ClientConfig.DEFAULT_NAMESPACE : parts.namespace(),
                client,
                isEmbedded ? nodeSettings : null,
                options.text(ALLOW, ""),
                options.policy(),
                options.given());
    }

    /** Without the values of the embedded node's settings, of which one is its token. */
    @Override
    public String toString() {
        return "ManagerSettings[namespace=" + namespace + ", client=" + client + ", embedded="
                + (embedded == null ? "none" : embedded.keySet()) + ", allow=" + allow + ", onNodeDown=" + onNodeDown
                + "]";
    }

    private static ClientConfig client(List<Member> members, Options options) {
        ClientConfig defaults = ClientConfig.builder().build();
        return defaults.toBuilder()
                .members(members)
                .clientName(options.text(
                        "client-name", "pid " + ProcessHandle.current().pid()))
                .user(options.text("user", ""))
                .token(options.secret())
                .callTimeout(options.duration("timeout", defaults.callTimeout()))
                .lazy(options.isLazy())
                .tls(options.tls())
                .connectTimeout(options.duration("connect-timeout", defaults.connectTimeout()))
                .leaseLimit(options.duration("lease-limit", defaults.leaseLimit()))
                .maxInFlight(options.number("max-in-flight", defaults.maxInFlight()))
                .healthInterval(options.duration("health-interval", defaults.healthInterval()))
                .silenceLimit(options.duration("health-interval", defaults.healthInterval())
                        .multipliedBy(4))
                .limits(new SerializationLimits(
                        (int) options.limit(
                                SerializationLimits.MAX_DEPTH, defaults.limits().maxDepth(), Integer.MAX_VALUE),
                        options.limit(
                                SerializationLimits.MAX_REFERENCES,
                                defaults.limits().maxReferences(),
                                Long.MAX_VALUE),
                        (int) options.limit(
                                SerializationLimits.MAX_ARRAY_LENGTH,
                                defaults.limits().maxArrayLength(),
                                Integer.MAX_VALUE),
                        (int) options.limit(
                                SerializationLimits.MAX_BYTES, defaults.limits().maxBytes(), Integer.MAX_VALUE)))
                .build();
    }

    private static NodeUri parts(URI uri) {
        try {
            return NodeUri.parse(uri.toString());
        } catch (IllegalArgumentException e) {
            throw wrong(uri, String.valueOf(e.getMessage()));
        }
    }

    /** The nodes, if they can be one pool. */
    private static List<Member> nodes(URI uri, List<PoolMember> members) {
        try {
            return new Membership(1, members)
                    .members().stream()
                            .map(member -> new Member(member.name(), member.address(), member.weight()))
                            .toList();
        } catch (IllegalArgumentException e) {
            throw wrong(uri, String.valueOf(e.getMessage()));
        }
    }

    private static Map<String, String> query(URI uri, String text) {
        Map<String, String> options = new TreeMap<>();
        for (String pair : text.split("&", -1)) {
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            if (equals <= 0) {
                throw wrong(uri, "its option '" + ShownUri.option(pair) + "' has no value");
            }
            if (pair.startsWith(UriSpelling.HIDDEN_VALUE, equals + 1)) {
                throw wrong(
                        uri,
                        "the value of an option was left out of it by getURI() of a manager that is not open here;"
                                + " use the URI, or the properties, that the manager was opened with");
            }
            options.put(
                    URLDecoder.decode(pair.substring(0, equals), StandardCharsets.UTF_8),
                    URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
        return options;
    }

    private static IllegalArgumentException wrong(URI uri, String why) {
        return new IllegalArgumentException("cannot use the URI " + ShownUri.of(uri.toString()) + ": " + why
                + ". Write distcache://[name=]host:port[*weight][,...]/namespace?option=value or distcache:embedded, or"
                + " name a file of settings, as in file:/path/distcache.properties or classpath:distcache.properties");
    }

    /** What an option is called in the environment. */
    private static String variable(String option) {
        return (PREFIX + option).toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");
    }

    /** A time as options have it. */
    static Duration duration(String text) {
        Duration duration = DurationText.parse(text);
        if (duration == null) {
            throw new IllegalArgumentException("write a duration such as 500ms, 2s or 1m");
        }
        return duration;
    }

    /**
     * What options say.
     *
     * @param sources where they may stand, the first first
     */
    private record Options(URI uri, List<Function<String, @Nullable String>> sources) {

        Map<String, String> given() {
            Map<String, String> given = new TreeMap<>();
            for (String option : OPTIONS) {
                String text = text(option, "");
                if (!text.isEmpty()) {
                    given.put(option, text);
                }
            }
            return given;
        }

        String text(String option, String otherwise) {
            for (Function<String, @Nullable String> source : sources) {
                String value = source.apply(option);
                if (value != null) {
                    return value.strip();
                }
            }
            return otherwise;
        }

        /** Which of these options are set where one of them is set first. */
        private List<String> firstOf(String... options) {
            for (Function<String, @Nullable String> source : sources) {
                List<String> said = Stream.of(options)
                        .filter(option -> source.apply(option) != null)
                        .filter(option -> !text(option, "").isEmpty())
                        .toList();
                if (!said.isEmpty()) {
                    return said;
                }
            }
            return List.of();
        }

        /** The password or the token: at most one of the four ways to say it, in the URI before the properties and so on. */
        SharedToken secret() {
            List<String> said = firstOf("password", PASSWORD_FILE, "token", TOKEN_FILE);
            if (said.size() > 1) {
                throw wrong(uri, "options " + String.join(" and ", said) + " are both set; use one of them");
            }
            if (said.isEmpty() || said.get(0).equals("token")) {
                return SharedToken.of(text("token", ""));
            }
            if (text("user", "").isEmpty() && !said.get(0).equals(TOKEN_FILE)) {
                throw wrong(uri, "option " + said.get(0) + " is set, but option user is not; set it, too");
            }
            if (said.get(0).equals("password")) {
                return SharedToken.of(text("password", ""));
            }
            SharedToken inFile = SharedToken.in(new SecretFile(said.get(0), text(said.get(0), "")));
            Secret unused = inFile.read();
            return inFile;
        }

        private static String shown(String option, String text) {
            return ShownUri.isShown(option, text) ? OneLine.of(text) : Secret.HIDDEN;
        }

        FailurePolicy policy() {
            try {
                return FailurePolicy.parse(text(FAILURE_POLICY, FailurePolicy.FAILOVER.toString()));
            } catch (IllegalArgumentException e) {
                throw wrong(
                        uri,
                        "option " + FAILURE_POLICY + " is '" + shown(FAILURE_POLICY, text(FAILURE_POLICY, ""))
                                + "'; write failover, miss or throw");
            }
        }

        ClientTls tls() {
            return new ClientTls(
                    flag("tls", false),
                    text("tls.trust", ""),
                    SharedToken.of(text("tls.trust-password", "")),
                    text("tls.certificate", ""),
                    text("tls.key", ""),
                    SharedToken.of(text("tls.key-password", "")),
                    flag("tls.verify-host", true));
        }

        private boolean flag(String option, boolean otherwise) {
            String text = text(option, String.valueOf(otherwise));
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "true" -> true;
                case "false" -> false;
                default ->
                    throw wrong(uri, "option " + option + " is '" + shown(option, text) + "'; write true or false");
            };
        }

        boolean isLazy() {
            String text = text(CONNECT, "eager");
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "lazy" -> true;
                case "eager" -> false;
                default ->
                    throw wrong(uri, "option " + CONNECT + " is '" + shown(CONNECT, text) + "'; write eager or lazy");
            };
        }

        Duration duration(String option, Duration otherwise) {
            String text = text(option, "");
            if (text.isEmpty()) {
                return otherwise;
            }
            try {
                return ManagerSettings.duration(text);
            } catch (IllegalArgumentException | ArithmeticException e) {
                throw wrong(
                        uri,
                        "option " + option + " is '" + shown(option, text)
                                + "'; write a duration such as 500ms, 2s or 1m");
            }
        }

        long limit(String option, long otherwise, long most) {
            String text = text(option, "");
            try {
                return text.isEmpty() ? otherwise : SerializationLimits.parse("option " + option, text, most);
            } catch (IllegalArgumentException e) {
                throw wrong(uri, String.valueOf(e.getMessage()));
            }
        }

        int number(String option, int otherwise) {
            String text = text(option, "");
            try {
                return text.isEmpty() ? otherwise : Integer.parseInt(text);
            } catch (NumberFormatException e) {
                throw wrong(uri, "option " + option + " is '" + shown(option, text) + "'; write a whole number");
            }
        }
    }
}
