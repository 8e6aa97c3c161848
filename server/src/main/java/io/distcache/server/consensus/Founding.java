package io.distcache.server.consensus;

/**
 * Whether a node's groups begin with something, and who has that. Where they do, a member whose log is empty asks for no votes: else members
 * that have nothing could elect each other, and begin without what the founder has.
 */
public enum Founding {
    /** The groups begin with nothing. */
    EMPTY,
    /** One of the members, the founder, has what the groups begin with, or had it when they began. */
    BEGUN,
    /** This node is the founder: what it gives as snapshots before its start is what the groups begin with, those that have not begun yet. */
    HERE
}
