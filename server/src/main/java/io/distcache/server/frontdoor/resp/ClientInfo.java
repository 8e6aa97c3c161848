package io.distcache.server.frontdoor.resp;

/**
 * What a client has said of itself. Written on the event loop of its connection; others may read it, and what they read may be a moment
 * old.
 */
final class ClientInfo {
    private final long connectedNanos = System.nanoTime();
    private volatile String name = "";
    private volatile String library = "";
    private volatile String libraryVersion = "";
    private volatile String lastCommand = "NULL";
    private boolean evictable = true;

    /** The name that the client gave itself; empty if none. */
    String name() {
        return name;
    }

    void name(String given) {
        name = given;
    }

    void library(String given) {
        library = given;
    }

    void libraryVersion(String given) {
        libraryVersion = given;
    }

    void evictable(boolean is) {
        evictable = is;
    }

    /** The command that the client has sent last. */
    void lastCommand(String command) {
        // Written only if it is another: a volatile write is dear, and clients ask for the same again and again.
        if (!lastCommand.equals(command)) {
            lastCommand = command;
        }
    }

    /** How long it is connected. */
    long ageNanos() {
        return System.nanoTime() - connectedNanos;
    }

    String library() {
        return library;
    }

    String libraryVersion() {
        return libraryVersion;
    }

    boolean evictable() {
        return evictable;
    }

    /** The command that the client has sent last, as CLIENT LIST calls it. */
    String lastCommand() {
        return lastCommand;
    }
}
