package io.distcache.protocol;

import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * URIs, and what was written where one belongs, as people may read them: in messages, logs, names of MBeans. This is the one place that
 * makes text of a URI. Stateless.
 *
 * <p>It knows what is harmless and hides the rest, so that a secret under a misspelled name, an encoded one, or in a text that is no URI
 * at all stays hidden too. Shown are the scheme, the nodes, the namespace and the values of options that hold no secret; a URI of
 * these alone is shown as it is. Hidden is whatever stands before an {@code @}, the value of any other option, an option without a
 * name, and what comes after a character with which no URI of nodes goes on.
 */
public final class ShownUri {
    private static final Set<String> HARMLESS = Set.of(
            "tls",
            "tls.trust",
            "tls.certificate",
            "tls.key",
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
            "serialization.max-bytes",
            "dataDir");

    /** Settings of an embedded node. Those of {@code server} are about its port, which it has not, and its token. */
    private static final Pattern NODE_SETTING =
            Pattern.compile("(node|store|lease|log|snapshot|http|pool|resp|memcached)\\.[a-z-]+");

    private static final Pattern TELLS_OF_SECRET = Pattern.compile("token|secret|auth|pass|pwd|credential|key");
    private static final Pattern OPTION_NAME = Pattern.compile("[A-Za-z%][A-Za-z0-9._%-]*");
    private static final Pattern HARMLESS_VALUE = Pattern.compile("[^=@#?;\\s]*");
    private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://|distcache:");
    private static final Pattern END_OF_PLACE = Pattern.compile("[?#&;\\s\\p{Cntrl}]");

    private ShownUri() {}

    /** How a URI, or what should be one, or a part of one that names nodes, is shown. */
    public static String of(String text) {
        Matcher scheme = SCHEME.matcher(text);
        int from = scheme.lookingAt() ? scheme.end() : 0;
        boolean hasNodes = from == 0 || text.startsWith("//", from - 2);
        Matcher end = END_OF_PLACE.matcher(text);
        int to = end.find(from) ? end.start() : text.length();
        String place = text.substring(from, to);
        String rest = text.substring(to);
        return OneLine.of(text.substring(0, from)
                + (continuesUserInfo(rest) ? Secret.HIDDEN : place(place, hasNodes))
                + rest(rest));
    }

    /** Whether an option's value, as it stands in a URI, is shown. */
    public static boolean isShown(String option, String value) {
        boolean isHarmless = HARMLESS.contains(option)
                || (NODE_SETTING.matcher(option).matches()
                        && !TELLS_OF_SECRET.matcher(option).find());
        return isHarmless && HARMLESS_VALUE.matcher(value).matches();
    }

    /** One option of a URI, {@code name=value}, as it is shown. */
    public static String option(String pair) {
        int equals = pair.indexOf('=');
        if (equals < 0 && OPTION_NAME.matcher(pair).matches() && isShown(pair, "")) {
            return pair;
        }
        if (equals <= 0 || !OPTION_NAME.matcher(pair.substring(0, equals)).matches()) {
            return Secret.HIDDEN;
        }
        String name = pair.substring(0, equals);
        return isShown(name, pair.substring(equals + 1)) ? pair : name + "=" + Secret.HIDDEN;
    }

    /** Whether the text after what looked like the end of the nodes is the end of a password with a {@code ?} or {@code /} in it. */
    private static boolean continuesUserInfo(String rest) {
        if (rest.isEmpty()) {
            return false;
        }
        String first = pieces(rest.substring(1)).get(0);
        int at = first.indexOf('@');
        int equals = first.indexOf('=');
        return at >= 0 && (equals < 0 || at < equals);
    }

    private static String place(String place, boolean hasNodes) {
        int at = place.lastIndexOf('@');
        String shown = at < 0 ? place : Secret.HIDDEN + place.substring(at);
        int slash = hasNodes ? shown.indexOf('/') : -1;
        // Between nodes and namespace, = belongs to the nodes only: name=host:port.
        return shown.indexOf('=', slash + 1) < 0 || (hasNodes && slash < 0)
                ? shown
                : shown.substring(0, slash + 1) + Secret.HIDDEN;
    }

    private static String rest(String rest) {
        if (rest.isEmpty()) {
            return "";
        }
        char first = rest.charAt(0);
        if (first != '?') {
            return first + Secret.HIDDEN;
        }
        StringBuilder shown = new StringBuilder("?");
        @Nullable String separator = null;
        for (String piece : pieces(rest.substring(1))) {
            shown.append(separator == null ? "" : separator).append(piece.isEmpty() ? "" : option(piece));
            separator = "&";
        }
        return shown.toString();
    }

    private static List<String> pieces(String query) {
        return List.of(query.split("&", -1));
    }
}
