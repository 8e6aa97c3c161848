package io.distcache.jcache.internal;

import io.distcache.protocol.ShownUri;
import io.distcache.protocol.UriSpelling;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;

/**
 * How a manager is called: its URI without what is hidden, once as people read it and once as {@code getURI()} and MBeans have it. Two
 * open managers whose URIs differ only in that have different names all the same: the later one's ends in {@code (2)}, and so on. The
 * number is free again when the last manager of that URI is closed. Thread-safe.
 */
final class ManagerName {
    /** By the identity of a URI with something hidden, who uses which name. */
    private static final Map<String, ManagerName> OPEN = new HashMap<>();

    private final String identity;
    private final String text;
    private final URI uri;
    private int users;

    private ManagerName(ManagerUri where, String text, URI uri) {
        this.identity = where.identity();
        this.text = text;
        this.uri = uri;
    }

    /** A manager's name, to be released when it is closed. */
    static ManagerName of(ManagerUri where) {
        String text = ShownUri.of(where.usual().toString());
        URI uri = where.shown();
        if (!uri.toString().contains(UriSpelling.HIDDEN_VALUE)) {
            return new ManagerName(where, text, uri);
        }
        synchronized (OPEN) {
            ManagerName name = OPEN.computeIfAbsent(where.identity(), i -> unused(where, text, uri));
            name.users++;
            return name;
        }
    }

    /** Under the lock of {@link #OPEN}. */
    private static ManagerName unused(ManagerUri where, String text, URI uri) {
        ManagerName name = new ManagerName(where, text, uri);
        for (int number = 2; isUsed(name.uri); number++) {
            name = new ManagerName(where, text + " (" + number + ")", URI.create(uri + "(" + number + ")"));
        }
        return name;
    }

    private static boolean isUsed(URI uri) {
        return OPEN.values().stream().anyMatch(name -> name.uri.equals(uri));
    }

    /** For messages, in the usual spelling. */
    String text() {
        return text;
    }

    /** For {@code getURI()} and the names of MBeans, in the plain spelling. */
    URI uri() {
        return uri;
    }

    /** Gives the name back; once for each time it was got. */
    void release() {
        synchronized (OPEN) {
            if (OPEN.get(identity) == this && --users == 0) {
                OPEN.remove(identity);
            }
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
