package io.distcache.server.pool;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Membership;
import io.distcache.protocol.ring.HashRing;
import java.util.ArrayList;
import java.util.List;

/** A membership as one of its members sees it. What counts is which object it is: each adoption makes a new one. Immutable. */
public final class PoolView {
    private final Membership membership;
    private final String self;
    private final HashRing ring;
    private final int selfIndex;

    /**
     * The view of one node.
     *
     * @param membership of at least one member
     * @param self the node's name; one that is not in the list has been removed, and owns nothing
     */
    public PoolView(Membership membership, String self) {
        this.membership = membership;
        this.self = self;
        this.ring = new HashRing(membership);
        int index = -1;
        for (int i = 0; i < membership.members().size(); i++) {
            if (membership.members().get(i).name().equals(self)) {
                index = i;
            }
        }
        this.selfIndex = index;
    }

    public Membership membership() {
        return membership;
    }

    public String self() {
        return self;
    }

    /** Whether this node is in the pool; it may have been once. */
    public boolean isMember() {
        return selfIndex >= 0;
    }

    /** Whether a member of that name is in the pool. */
    public boolean has(String member) {
        return membership.members().stream().anyMatch(m -> m.name().equals(member));
    }

    /** Whether this node owns a key. */
    public boolean owns(Bytes key) {
        return ring.ownerOf(key) == selfIndex;
    }

    /** Those who serve a key before this node does, the owner first; none if it is the owner. Cheap in that case. */
    public int[] before(Bytes key) {
        return ring.before(key, selfIndex);
    }

    /** Whether a member serves a key before this node does. */
    public boolean isBefore(String member, Bytes key) {
        for (int index : before(key)) {
            if (name(index).equals(member)) {
                return true;
            }
        }
        return false;
    }

    /** The names of members, in the same order. */
    List<String> names(int[] indexes) {
        List<String> names = new ArrayList<>(indexes.length);
        for (int index : indexes) {
            names.add(name(index));
        }
        return names;
    }

    /** The name of a member. */
    public String name(int index) {
        return membership.members().get(index).name();
    }
}
