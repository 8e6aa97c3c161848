package io.distcache.server.consensus;

/**
 * Where a piece of a snapshot is: in the file that the store has of a group and the index up to which the snapshot goes. Immutable.
 *
 * @param offset of the first byte in that file
 * @param length how many bytes
 */
public record GroupPiece(int group, long index, long offset, int length) {}
