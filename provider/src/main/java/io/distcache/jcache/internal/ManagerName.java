package io.distcache.jcache.internal;

import io.distcache.protocol.ShownUri;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;

/**
 * How a manager is called wherever people read it: its URI without what is hidden. Two open managers whose URIs differ only in that have
 * different names all the same, since MBeans need them: the later one's ends in {@code (2)}, and so on. The number is free again when
 * the last manager of that URI is closed. Thread-safe.
 */
final class ManagerName {
    /** By URI with something hidden, who uses which name. */
    private static final Map<URI, ManagerName> OPEN = new HashMap<>();

    private final URI uri;
    private final String text;
    private int users;

    private ManagerName(URI uri, String text) {
        this.uri = uri;
        this.text = text;
    }

    /** A manager's name, to be released when it is closed. */
    static ManagerName of(URI uri) {
        String shown = ShownUri.of(uri.toString());
        if (shown.equals(uri.toString())) {
            return new ManagerName(uri, shown);
        }
        synchronized (OPEN) {
            ManagerName name = OPEN.computeIfAbsent(uri, u -> new ManagerName(u, unused(shown)));
            name.users++;
            return name;
        }
    }

    /** Under the lock of {@link #OPEN}. */
    private static String unused(String shown) {
        String text = shown;
        for (int number = 2; isUsed(text); number++) {
            text = shown + " (" + number + ")";
        }
        return text;
    }

    private static boolean isUsed(String text) {
        return OPEN.values().stream().anyMatch(name -> name.text.equals(text));
    }

    String text() {
        return text;
    }

    /** Gives the name back; once for each time it was got. */
    void release() {
        synchronized (OPEN) {
            if (OPEN.get(uri) == this && --users == 0) {
                OPEN.remove(uri);
            }
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
