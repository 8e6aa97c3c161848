package io.distcache.client;

import io.distcache.protocol.PoolMember;

/**
 * A node as a member of a pool. Immutable.
 *
 * @param name stable over restarts and moves: what keys are placed by
 * @param address where clients reach it, {@code host:port}
 * @param weight its share of the keys relative to the others', 1 to {@value #MAX_WEIGHT}
 */
public record Member(String name, String address, int weight) {
    /** The greatest weight. */
    public static final int MAX_WEIGHT = PoolMember.MAX_WEIGHT;

    /** @throws IllegalArgumentException saying what is wrong with the name, the address or the weight */
    public Member {
        PoolMember unused = new PoolMember(name, address, weight);
    }

    /**
     * Reads {@code name=host:port*weight} as it stands in a URI. The name defaults to {@code host:port}, the port to {@value
     * NodeAddress#DEFAULT_PORT}, the weight to 1; the host may be an IPv6 address in brackets.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    public static Member parse(String text) {
        PoolMember member = PoolMember.parse(text);
        return new Member(member.name(), member.address(), member.weight());
    }

    /** The member as {@link #parse} reads it, without a name or weight that is the default. */
    @Override
    public String toString() {
        return new PoolMember(name, address, weight).toString();
    }
}
