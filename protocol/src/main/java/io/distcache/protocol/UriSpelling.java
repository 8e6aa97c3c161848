package io.distcache.protocol;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The two spellings of a URI that names nodes. Stateless.
 *
 * <pre>
 *  usual  distcache://n1=h1:2050*2,n2=h2:2050/shop?timeout=3s&amp;client-name=web
 *  plain  distcache://n1~h1:2050+2;n2~h2:2050/shop;timeout~3s;client-name~web
 * </pre>
 *
 * <p>The plain one has none of {@code , = * ? "}, which have a meaning of their own in names of MBeans. Tools build such names of a
 * manager's URI and replace no more than the colons, so {@code getURI()} is in the plain spelling, and both are read. Where one of
 * {@code ; ~ + %} stands in a member's name, or one of the separators in a namespace or value, the plain spelling has its percent form.
 */
public final class UriSpelling {
    private static final String SCHEME = "distcache:";

    /** Stands for the value of an option that is not shown. A value that begins like this has {@code %28} for the parenthesis. */
    public static final String HIDDEN_VALUE = "(hidden)";

    private UriSpelling() {}

    /** Whether a text begins as a URI that names nodes does; upper and lower case are the same. */
    public static boolean hasScheme(String uri) {
        return uri.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
    }

    /** The usual spelling of a URI in either; what is neither is left as it is, for whoever reads it to complain of. */
    public static String usual(String uri) {
        if (!hasScheme(uri)) {
            return uri;
        }
        String text = uri.substring(SCHEME.length());
        int question = text.indexOf('?');
        String place = question < 0 ? text : text.substring(0, question);
        String query = question < 0 ? "" : text.substring(question);
        int path = endOfNodes(place);
        String nodes = place.substring(0, path);
        String namespace = place.substring(path);
        int options = namespace.indexOf(';');
        if (question < 0 && options >= 0) {
            query = "?" + usualOptions(namespace.substring(options + 1));
            namespace = namespace.substring(0, options);
        }
        return SCHEME + usualNodes(nodes) + namespace + query;
    }

    /**
     * The plain spelling of a URI in the usual one.
     *
     * @param hiding whether the values of options that are not shown are left out
     */
    public static String plain(String usual, boolean hiding) {
        if (!hasScheme(usual)) {
            return escaped(usual, ",=*?\"");
        }
        String text = usual.substring(SCHEME.length());
        int question = text.indexOf('?');
        String place = question < 0 ? text : text.substring(0, question);
        int path = endOfNodes(place);
        StringBuilder plain = new StringBuilder(SCHEME)
                .append(plainNodes(place.substring(0, path)))
                .append(escaped(place.substring(path), ";,=*\""));
        if (question >= 0) {
            for (String option : text.substring(question + 1).split("&", -1)) {
                if (!option.isEmpty()) {
                    plain.append(';').append(plainOption(option, hiding));
                }
            }
        }
        return plain.toString();
    }

    /** Where namespace and options begin, in what follows the scheme; an embedded node's URI has nothing before them. */
    private static int endOfNodes(String place) {
        if (!place.startsWith("//")) {
            return 0;
        }
        int slash = place.indexOf('/', 2);
        return slash < 0 ? place.length() : slash;
    }

    private static String usualNodes(String nodes) {
        if (!nodes.startsWith("//") || has(nodes, ",=*") || !has(nodes, ";~+")) {
            return nodes;
        }
        List<String> members = new ArrayList<>();
        for (String member : nodes.substring(2).split(";", -1)) {
            int tilde = member.indexOf('~');
            String name = tilde < 0 ? "" : unescaped(member.substring(0, tilde)) + "=";
            members.add(name + member.substring(tilde + 1).replace('+', '*'));
        }
        return "//" + String.join(",", members);
    }

    private static String plainNodes(String nodes) {
        if (!has(nodes, ",=*")) {
            return nodes;
        }
        List<String> members = new ArrayList<>();
        for (String member : nodes.substring(2).split(",", -1)) {
            int equals = member.indexOf('=');
            String name = equals < 0 ? "" : escaped(member.substring(0, equals), "%;~+*?\"") + "~";
            members.add(name + escaped(member.substring(equals + 1).replace('*', '+'), "=\""));
        }
        return "//" + String.join(";", members);
    }

    private static String usualOptions(String options) {
        List<String> usual = new ArrayList<>();
        for (String option : options.split(";", -1)) {
            usual.add(has(option, "=") ? option : option.replaceFirst("~", "="));
        }
        return String.join("&", usual);
    }

    private static String plainOption(String option, boolean hiding) {
        int equals = option.indexOf('=');
        if (equals <= 0) {
            return hiding ? HIDDEN_VALUE : escaped(option, ";,=*?~(\"");
        }
        String name = option.substring(0, equals);
        String value = option.substring(equals + 1);
        boolean isHidden = hiding && !ShownUri.isShown(name, value);
        return escaped(name, ";,*?~(\"") + "~" + (isHidden ? HIDDEN_VALUE : escaped(value, ";,=*?~(\""));
    }

    private static boolean has(String text, String characters) {
        return text.chars().anyMatch(c -> characters.indexOf(c) >= 0);
    }

    private static String escaped(String text, String characters) {
        if (!has(text, characters)) {
            return text;
        }
        StringBuilder escaped = new StringBuilder();
        text.chars().forEach(c -> {
            if (characters.indexOf(c) >= 0) {
                escaped.append('%').append(Integer.toHexString(c).toUpperCase(Locale.ROOT));
            } else {
                escaped.append((char) c);
            }
        });
        return escaped.toString();
    }

    /** A name as it is; left as it was written if that would be no name. */
    private static String unescaped(String name) {
        try {
            String text = URLDecoder.decode(name.replace("+", "%2B"), StandardCharsets.UTF_8);
            return has(text, "/?#@&;,=*") || text.isBlank() ? name : text;
        } catch (IllegalArgumentException e) {
            return name;
        }
    }
}
