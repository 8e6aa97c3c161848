package io.distcache.jcache.internal;

import io.distcache.protocol.UriSpelling;
import java.net.URI;
import java.net.URISyntaxException;

/**
 * A URI of a manager, as it is read and as it is compared. Immutable.
 *
 * @param given as it came
 * @param usual in the usual spelling, for reading
 * @param identity what two URIs of one manager have in common: the plain spelling with all that is in it, secrets too. It never
 *     leaves this package
 */
public record ManagerUri(URI given, URI usual, String identity) {

    /** Reads a URI in either spelling. */
    public static ManagerUri of(URI given) {
        String text = UriSpelling.usual(given.toString());
        URI usual = given;
        if (!text.equals(given.toString())) {
            try {
                usual = new URI(text);
            } catch (URISyntaxException e) {
                // A name with a character that no URI may have: read as it was written, and complained of.
                text = given.toString();
            }
        }
        return new ManagerUri(given, usual, UriSpelling.plain(text, false));
    }

    /**
     * The one that a manager's property names.
     *
     * @throws IllegalArgumentException if it is no URI
     */
    public static ManagerUri ofProperty(String text) {
        return of(ManagerSettings.uri(text, "the property " + ManagerSettings.URI_PROPERTY + " of the manager"));
    }

    /** Whether it names nodes, rather than a file that does. */
    public boolean namesNodes() {
        return UriSpelling.hasScheme(given.toString());
    }

    /** As {@code getURI()} gives it, without what is hidden; the same object if that is how it came. */
    public URI shown() {
        String plain = UriSpelling.plain(usual.toString(), true);
        return plain.equals(given.toString()) ? given : URI.create(plain);
    }

    /** Without the URI, in which a token may be. */
    @Override
    public String toString() {
        return "ManagerUri[" + shown() + "]";
    }
}
