package io.distcache.server.consensus;

/** One operation of a client on one key, with when it was called, when answered and what it was told. Confined to one thread. */
final class Operation {
    /** What there is to do with a key, whose value is a number or {@link #ABSENT}. */
    enum Kind {
        GET,
        PUT,
        /** To {@code argument} if the value is {@code expected}. */
        CAS,
        /** Puts if absent. */
        ADD,
        REMOVE,
        /** Adds {@code argument} to the value, 0 if absent. */
        INCREMENT
    }

    static final long ABSENT = Long.MIN_VALUE;
    static final long NEVER = Long.MAX_VALUE;

    final Kind kind;
    final long expected;
    final long argument;
    final long called;
    long answered = NEVER;
    /** What GET and INCREMENT gave; 1 or 0 of those that may not do it. */
    long result;
    /** With which number of which client it is made once; 0 if it may be made twice. */
    long client;

    long number;
    long firstOpen;
    /** Whether its client has given it up. */
    boolean givenUp;
    /** Who answered, for people. */
    String by = "";

    Operation(Kind kind, long expected, long argument, long called) {
        this.kind = kind;
        this.expected = expected;
        this.argument = argument;
        this.called = called;
    }

    Operation answered(long at, long with) {
        answered = at;
        result = with;
        return this;
    }

    boolean isOpen() {
        return answered == NEVER;
    }

    /** The value after it. */
    long after(long value) {
        return switch (kind) {
            case GET -> value;
            case PUT -> argument;
            case CAS -> value == expected ? argument : value;
            case ADD -> value == ABSENT ? argument : value;
            case REMOVE -> ABSENT;
            case INCREMENT -> (value == ABSENT ? 0 : value) + argument;
        };
    }

    /** What it tells. */
    long told(long value) {
        return switch (kind) {
            case GET -> value;
            case PUT -> 0;
            case CAS -> value == expected ? 1 : 0;
            case ADD -> value == ABSENT ? 1 : 0;
            case REMOVE -> value == ABSENT ? 0 : 1;
            case INCREMENT -> after(value);
        };
    }

    @Override
    public String toString() {
        return kind + (kind == Kind.CAS ? " " + expected + "->" : " ") + argument + " called " + called + " "
                + (isOpen() ? "open" : "answered " + answered + " with " + result) + " by " + by;
    }
}
