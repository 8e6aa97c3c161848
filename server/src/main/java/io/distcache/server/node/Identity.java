package io.distcache.server.node;

/** Who a node is. Its name may become known only when it listens, its incarnation only when it has its data. Thread-safe. */
final class Identity {
    private volatile String name;
    private volatile long incarnation;

    Identity(String name, long incarnation) {
        this.name = name;
        this.incarnation = incarnation;
    }

    /** Stable over its starts, if it was given one. */
    String name() {
        return name;
    }

    /** Differs between any two starts, and is higher than any before. */
    long incarnation() {
        return incarnation;
    }

    /** From now on it is called by its address, since it was given no name. */
    void isCalled(String address) {
        name = address;
    }

    /** From now on it has this incarnation. */
    void incarnates(long number) {
        incarnation = number;
    }
}
