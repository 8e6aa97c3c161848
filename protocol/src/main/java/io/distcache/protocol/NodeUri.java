package io.distcache.protocol;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The parts of a URI that names nodes. Immutable.
 *
 * <pre>
 *  distcache://n1=h1:2050*2,h2:2050/shop?timeout=3s   nodes elsewhere
 *  distcache:embedded/shop?dataDir=/var/shop          a node in this process
 * </pre>
 *
 * @param isEmbedded whether the node is in this process
 * @param members the nodes, in the order in which they stand there; none if it is in this process
 * @param namespace where the caches are; empty if that is not said
 * @param query the options, as they stand behind the question mark; empty if there are none
 */
public record NodeUri(boolean isEmbedded, List<PoolMember> members, String namespace, String query) {
    /** What a URI of nodes begins with. */
    public static final String SCHEME = "distcache:";

    private static final String EMBEDDED = "embedded";

    public NodeUri {
        members = List.copyOf(members);
    }

    /**
     * Reads a URI that has the scheme, in the usual spelling ({@link UriSpelling}).
     *
     * @throws IllegalArgumentException saying what is wrong with "it"
     */
    public static NodeUri parse(String uri) {
        if (!uri.startsWith(SCHEME)) {
            throw new IllegalArgumentException("it does not begin with " + SCHEME);
        }
        if (uri.indexOf('#') >= 0) {
            throw new IllegalArgumentException(
                    "it has a #, after which nothing is read; write %23 for a # in an option");
        }
        int question = uri.indexOf('?');
        String query = question < 0 ? "" : uri.substring(question + 1);
        String place = uri.substring(SCHEME.length(), question < 0 ? uri.length() : question);
        boolean isEmbedded = !place.startsWith("//");
        String nodes = isEmbedded ? place : place.substring(2);
        int slash = nodes.indexOf('/');
        String namespace = slash < 0 ? "" : nodes.substring(slash + 1);
        nodes = slash < 0 ? nodes : nodes.substring(0, slash);
        if (isEmbedded && !nodes.equals(EMBEDDED)) {
            throw new IllegalArgumentException("it names neither hosts nor '" + EMBEDDED + "'");
        }
        if (namespace.matches(".*[&=@].*")) {
            throw new IllegalArgumentException("its namespace has one of & = @; options follow a ?");
        }
        return new NodeUri(
                isEmbedded,
                isEmbedded ? List.of() : members(nodes),
                URLDecoder.decode(namespace, StandardCharsets.UTF_8),
                query);
    }

    /**
     * Reads nodes with commas between them, each as {@link PoolMember#parse} reads it.
     *
     * @throws IllegalArgumentException saying what is wrong with which of them
     */
    public static List<PoolMember> members(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(member -> PoolMember.parse(member.strip()))
                .toList();
    }
}
