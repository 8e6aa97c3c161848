package io.distcache.server.consensus;

/**
 * How far a group has come on a member that is stopped. Of two members the one with the higher term has more; with equal terms the one with
 * the higher index (Raft, section 5.4.1). Immutable.
 *
 * @param index of the last entry, committed or not; 0 if there is none
 * @param term of that entry
 * @param isSilent whether the member has forgotten what it had, with the power, and had not got it back
 */
public record StoredGroup(int group, long index, int term, boolean isSilent) {}
