package io.distcache.server.consensus;

/**
 * What a member has of a group from before a moment. Immutable.
 *
 * @param snapshot the index of the snapshot that it begins with; 0 if the log reaches back to the group's beginning
 * @param index of the last change from before the moment; that of the snapshot if there is none after it
 * @param term of that index
 * @param isAgreed whether the member knows that the pool agreed on that entry, and on all before it
 */
public record PastGroup(int group, long snapshot, long index, int term, boolean isAgreed) {}
