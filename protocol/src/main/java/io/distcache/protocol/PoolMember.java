package io.distcache.protocol;

import java.util.Objects;

/**
 * A node as a member of a pool. Immutable.
 *
 * @param name stable over restarts and moves: what the ring places keys by; 1 to {@value #MAX_NAME_LENGTH} characters, none of
 *     them white space or one of {@code ,=*}
 * @param address where clients reach it, {@code host:port}
 * @param weight its share of the keys relative to the others', 1 to {@value #MAX_WEIGHT}
 */
public record PoolMember(String name, String address, int weight) {
    public static final int MAX_NAME_LENGTH = 255;
    public static final int MAX_WEIGHT = 100;
    private static final int MAX_ADDRESS_LENGTH = 300;

    public PoolMember {
        Objects.requireNonNull(address, "address");
        if (name.isEmpty() || name.length() > MAX_NAME_LENGTH || !name.chars().allMatch(PoolMember::mayStandInName)) {
            throw new IllegalArgumentException("'" + name + "' is no name of a pool's member; use 1 to "
                    + MAX_NAME_LENGTH + " characters without white space and without , = *");
        }
        if (address.length() > MAX_ADDRESS_LENGTH || address.lastIndexOf(':') <= 0) {
            throw new IllegalArgumentException(
                    "the address of member " + name + " is '" + address + "'; write host:port");
        }
        if (weight < 1 || weight > MAX_WEIGHT) {
            throw new IllegalArgumentException(
                    "the weight of member " + name + " is " + weight + "; use 1 to " + MAX_WEIGHT);
        }
    }

    private static boolean mayStandInName(int c) {
        return c > ' ' && !Character.isWhitespace(c) && c != ',' && c != '=' && c != '*';
    }

    /** As it is written in a URI: {@code name=host:port*weight}, without what is the default. */
    @Override
    public String toString() {
        return (name.equals(address) ? "" : name + "=") + address + (weight == 1 ? "" : "*" + weight);
    }
}
