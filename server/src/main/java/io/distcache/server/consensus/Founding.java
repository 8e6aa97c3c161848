package io.distcache.server.consensus;

/**
 * Whether a node's groups begin with something, and who has that.
 *
 * <pre>
 *  founder   HERE     leads all groups and gives the others what it has and what comes to that, while it serves as it did before the pool
 *              |  {@link Consensus#open}
 *            BEGUN    a member like any other
 *
 *  others    AWAITED  follow the founder, and ask for no votes before they have heard of that
 * </pre>
 */
public enum Founding {
    /** The groups begin with nothing. */
    EMPTY,
    /** This node was the founder, or has heard of it that anybody may lead all groups. */
    BEGUN,
    /**
     * Another member is, or was, the founder. This one asks for no votes before it has heard that anybody may lead: else the pool could serve
     * while the founder still does so alone, and with less than it has.
     */
    AWAITED,
    /** This node is the founder: what it gives as snapshots before its start is what the groups begin with, those that have not begun yet. */
    HERE
}
