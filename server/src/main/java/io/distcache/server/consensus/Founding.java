package io.distcache.server.consensus;

/**
 * Whether a node's groups begin with something, and who has that. Where they do, a member whose log is empty asks for no votes: else members
 * that have nothing could elect each other, and begin without what the founder has.
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
    /** One of the members, the founder, has what the groups begin with, or had it when they began. */
    BEGUN,
    /**
     * As {@link #BEGUN}, and this member asks for no votes before it has heard that anybody may lead: else the pool could serve while the
     * founder still does so alone, and by itself.
     */
    AWAITED,
    /** This node is the founder: what it gives as snapshots before its start is what the groups begin with, those that have not begun yet. */
    HERE
}
