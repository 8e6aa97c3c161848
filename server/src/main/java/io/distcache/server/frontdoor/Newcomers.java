package io.distcache.server.frontdoor;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Clients that have connected, and have not come in yet: their connection is not encrypted, or they have not said who they are. There is room
 * for a part of all clients only. Where it is used up the one that has come first is ended: one from the same address if that has its share of
 * the room, else whoever it is. So those who come and do nothing, however many they are, do not keep out who comes in within moments.
 * Thread-safe.
 */
public final class Newcomers {
    /** What a client is told in the log that had to go. */
    static final String PUSHED_OUT =
            "others have come, and it had not come in yet; at most half of server.max-connections may be as far as that,"
                    + " and half of these from one address";

    private static final int PART = 2;
    private static final int LEAST = 16;

    private final int most;
    private final int mostOfAddress;
    private final Set<Newcomer> all = new LinkedHashSet<>();
    private final Map<String, Set<Newcomer>> byAddress = new HashMap<>();

    /** Room beside so many connections. */
    Newcomers(int connections) {
        most = Math.max(LEAST, connections / PART);
        mostOfAddress = Math.max(LEAST, most / PART);
    }

    /** One client, until it has come in or is gone. */
    public final class Newcomer {
        private final String address;
        private final boolean member;
        private final Runnable end;

        private Newcomer(String address, boolean member, Runnable end) {
            this.address = address;
            this.member = member;
            this.end = end;
        }

        /** Whether it may stay only as another member of the node's pool: there are as many clients as may be. */
        public boolean mustBeMember() {
            return member;
        }

        /** It has come in, or is gone; what is called again does nothing. */
        public void leave() {
            remove(this);
        }
    }

    /**
     * One more has come, from the address of a host.
     *
     * @param member whether there is room for it only if it is another member of the node's pool
     * @param end ends its connection; called on any thread, must not block
     */
    Newcomer enter(String address, boolean member, Runnable end) {
        Newcomer one = new Newcomer(address, member, end);
        Newcomer pushedOut = add(one);
        if (pushedOut != null) {
            pushedOut.end.run();
        }
        return one;
    }

    private synchronized @Nullable Newcomer add(Newcomer one) {
        Set<Newcomer> ofAddress = byAddress.computeIfAbsent(one.address, unknown -> new LinkedHashSet<>());
        ofAddress.add(one);
        all.add(one);
        if (ofAddress.size() <= mostOfAddress && all.size() <= most) {
            return null;
        }
        Newcomer first =
                (ofAddress.size() > mostOfAddress ? ofAddress : all).iterator().next();
        remove(first);
        return first;
    }

    private synchronized void remove(Newcomer one) {
        Set<Newcomer> ofAddress = byAddress.get(one.address);
        if (all.remove(one) && ofAddress != null) {
            ofAddress.remove(one);
            if (ofAddress.isEmpty()) {
                byAddress.remove(one.address);
            }
        }
    }

    /** How many there are now. */
    synchronized int count() {
        return all.size();
    }
}
