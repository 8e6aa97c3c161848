package io.distcache.client.internal.pool;

import io.distcache.protocol.Membership;
import io.distcache.protocol.Witness;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a node was told over its present connection. Immutable.
 *
 * @param link the connection
 * @param membership null if it is to be told
 * @param away null if it is to be told
 * @param departed what it was told of members that are not used
 * @param settled who it was told is used; null if it is to be told
 */
record Told(
        int link,
        @Nullable Membership membership,
        @Nullable Set<String> away,
        Map<String, Witness.Departed> departed,
        @Nullable Set<String> settled) {

    /** Of a connection over which nothing was told yet but this. */
    static Told first(int link, Membership membership) {
        return new Told(link, membership, null, Map.of(), null);
    }

    /** The membership is to be told. */
    Told withoutMembership() {
        return new Told(link, null, away, departed, settled);
    }

    /** All but what it has seen of others is to be told. */
    Told outdated() {
        return new Told(link, null, null, departed, null);
    }

    Told withMembership(Membership known) {
        return new Told(link, known, away, departed, null);
    }

    Told withAway(Set<String> names) {
        return new Told(link, membership, names, departed, settled);
    }

    Told withDeparted(List<Witness.Departed> news) {
        Map<String, Witness.Departed> all = new HashMap<>(departed);
        news.forEach(one -> all.put(one.name(), one));
        return new Told(link, membership, away, Map.copyOf(all), settled);
    }

    Told withSettled(Set<String> names) {
        // What was said of them before is over.
        Map<String, Witness.Departed> others = new HashMap<>(departed);
        others.keySet().removeAll(names);
        return new Told(link, membership, away, Map.copyOf(others), names);
    }
}
