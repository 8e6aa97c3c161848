package io.distcache.server.consensus;

/** What a node is to a group. */
public enum Role {
    /** It executes the group's commands, having applied all that was committed before it began. */
    LEADS,
    /** It only applies what the leader proposes. It is the role at the start, and while nobody knows who leads. */
    FOLLOWS
}
