package io.distcache.server.frontdoor.resp;

import io.distcache.server.frontdoor.stream.StreamConnection;

/**
 * What a client has said of itself. Written on the event loop of its connection; others may read it, and what they read may be a moment
 * old.
 */
final class ClientInfo {
    private static final long SECOND_NANOS = 1_000_000_000;

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

    /** The client as CLIENT LIST tells of it; from any thread. */
    String line(long id, StreamConnection connection, Multi multi, int database, String user, int protocol) {
        String flags = (multi.isOpen() ? "x" : "") + (evictable ? "" : "e");
        long now = System.nanoTime();
        return "id=" + id + " addr=" + connection.peer() + " laddr=" + connection.local() + " fd=" + id + " name="
                + name
                + " age=" + (now - connectedNanos) / SECOND_NANOS + " idle="
                + (now - connection.activeNanos()) / SECOND_NANOS + " flags=" + (flags.isEmpty() ? "N" : flags) + " db="
                + database + " sub=0 psub=0 ssub=0 multi=" + (multi.isOpen() ? multi.size() : -1)
                + " qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=" + multi.bytes()
                + " rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=0 events=r cmd=" + lastCommand + " user=" + user
                + " redir=-1 resp=" + protocol + (library.isEmpty() ? "" : " lib-name=" + library)
                + (libraryVersion.isEmpty() ? "" : " lib-ver=" + libraryVersion);
    }
}
