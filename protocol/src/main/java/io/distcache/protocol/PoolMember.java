package io.distcache.protocol;

import java.util.Objects;

/**
 * A node as a member of a pool. Immutable.
 *
 * @param name stable over restarts and moves: what the ring places keys by; 1 to {@value #MAX_NAME_LENGTH} characters, none of
 *     them white space, invisible or one of {@code ,=*}
 * @param address where clients reach it, {@code host:port}
 * @param weight its share of the keys relative to the others', 1 to {@value #MAX_WEIGHT}
 */
public record PoolMember(String name, String address, int weight) {
    public static final int MAX_NAME_LENGTH = 255;
    public static final int MAX_WEIGHT = 100;

    /** Where nodes listen unless told otherwise. */
    public static final int DEFAULT_PORT = 2050;

    private static final int MAX_PORT = 65_535;
    private static final int MAX_ADDRESS_LENGTH = 300;

    public PoolMember {
        Objects.requireNonNull(address, "address");
        if (name.isEmpty()
                || name.length() > MAX_NAME_LENGTH
                || !OneLine.isHarmless(name)
                || !name.chars().allMatch(PoolMember::mayStandInName)) {
            throw new IllegalArgumentException("'" + ShownUri.of(name) + "' is no name of a pool's member; use 1 to "
                    + MAX_NAME_LENGTH + " characters without white space and without , = *");
        }
        if (address.length() > MAX_ADDRESS_LENGTH || address.lastIndexOf(':') <= 0 || !OneLine.isHarmless(address)) {
            throw new IllegalArgumentException(
                    "the address of member " + name + " is '" + ShownUri.of(address) + "'; write host:port");
        }
        if (weight < 1 || weight > MAX_WEIGHT) {
            throw new IllegalArgumentException(
                    "the weight of member " + name + " is " + weight + "; use 1 to " + MAX_WEIGHT);
        }
    }

    /**
     * Reads {@code name=host:port*weight} as it stands in a URI. The name defaults to {@code host:port}, the port to
     * {@value #DEFAULT_PORT}, the weight to 1; the host may be an IPv6 address in brackets.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    public static PoolMember parse(String text) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? "" : text.substring(0, equals);
        if (name.chars().anyMatch(PoolMember::isSpecialInUri)) {
            throw new IllegalArgumentException(
                    "'" + ShownUri.of(text) + "' has one of / ? # @ & ; before the first =; write a"
                            + " member as name=host:port*weight, without options");
        }
        int star = text.indexOf('*', equals + 1);
        String address = address(text.substring(equals + 1, star < 0 ? text.length() : star), ShownUri.of(text));
        int weight = star < 0 ? 1 : number(text.substring(star + 1));
        if (weight < 1 || weight > MAX_WEIGHT) {
            throw new IllegalArgumentException("the weight after * in '" + ShownUri.of(text)
                    + "' is no number from 1 to " + MAX_WEIGHT + "; write name=host:port*weight");
        }
        return new PoolMember(equals < 0 ? address : name, address, weight);
    }

    /** {@code member} is what the text is a part of, as it is shown. */
    private static String address(String text, String member) {
        boolean bracketed = text.startsWith("[");
        int afterHost = bracketed ? text.indexOf(']') + 1 : text.lastIndexOf(':');
        if (bracketed ? afterHost == 0 : text.indexOf(':') != afterHost) {
            throw new IllegalArgumentException("'" + ShownUri.of(text) + "' in '" + member
                    + "' is no node address; write host:port, or [address]:port for IPv6");
        }
        String host = afterHost < 0 ? text : text.substring(0, afterHost);
        String rest = afterHost < 0 ? "" : text.substring(afterHost);
        if (host.isEmpty() || host.equals("[]") || !host.chars().allMatch(PoolMember::mayStandInHost)) {
            throw new IllegalArgumentException("'" + member
                    + (host.isEmpty() || host.equals("[]")
                            ? "' has no host; write"
                            : "' has '" + ShownUri.of(host)
                                    + "' for a host; write only a name or an address there, as in")
                    + " host:port, with name= before it and *weight after it if wanted");
        }
        if (rest.isEmpty()) {
            return host + ":" + DEFAULT_PORT;
        }
        int port = rest.startsWith(":") ? number(rest.substring(1)) : -1;
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("'" + member + "' has no port number from 1 to " + MAX_PORT
                    + " after the host; write host:port, or the host alone for port " + DEFAULT_PORT);
        }
        return host + ":" + port;
    }

    /** A number as it is written with digits only; -1 for anything else. */
    private static int number(String digits) {
        return digits.matches("[0-9]{1,9}") ? Integer.parseInt(digits) : -1;
    }

    private static boolean mayStandInHost(int c) {
        return mayStandInName(c) && !isSpecialInUri(c);
    }

    private static boolean isSpecialInUri(int c) {
        return "/?#@&;".indexOf(c) >= 0;
    }

    private static boolean mayStandInName(int c) {
        return c > ' ' && !Character.isWhitespace(c) && c != ',' && c != '=' && c != '*';
    }

    /** As it is written in a URI and {@link #parse} reads it: {@code name=host:port*weight}, without a name or weight that is the default. */
    @Override
    public String toString() {
        return (name.equals(address) ? "" : name + "=") + address + (weight == 1 ? "" : "*" + weight);
    }
}
