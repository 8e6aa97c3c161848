package io.distcache.client.internal.pool;

import io.distcache.client.Member;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import java.util.List;

/** The members of a pool as the application names them, and as nodes do. Stateless. */
final class Members {
    private Members() {}

    static PoolMember named(Member member) {
        return new PoolMember(member.name(), member.address(), member.weight());
    }

    static Member shown(PoolMember member) {
        return new Member(member.name(), member.address(), member.weight());
    }

    static List<Member> shown(Membership membership) {
        return membership.members().stream().map(Members::shown).toList();
    }

    /**
     * The members that a client is configured with, as a pool that was just made.
     *
     * @throws IllegalArgumentException if they cannot be one pool, saying what is wrong with names and weights
     */
    static Membership first(List<Member> configured) {
        return new Membership(1, configured.stream().map(Members::named).toList());
    }
}
