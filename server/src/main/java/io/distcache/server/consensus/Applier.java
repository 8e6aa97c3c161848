package io.distcache.server.consensus;

import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What a node does with entries on which its groups have agreed. All methods are called on the one thread of the consensus loop, never
 * two at once; none may block or throw.
 */
public interface Applier {
    /**
     * An entry is committed: a majority of the group has it, and all its members apply it at this place (Raft, section 5.3). The leader
     * hears of its own entries, too. After a restart entries come again from the newest snapshot on.
     *
     * @param index rises within a group; places are left out where the group needed an entry for itself
     * @param epoch under which it was proposed; while this node leads with that epoch, it is one of its own, and they come in the order in
     *     which they were proposed
     */
    void apply(int group, long index, long epoch, byte[] entry);

    /**
     * What this node is to a group from now on. With {@code FOLLOWS} the node takes back what it did ahead of the commit, before anything
     * else is applied; entries that are under way may still be committed and are then applied like anybody's.
     *
     * @param term rises with every leader (Raft, section 5.1)
     * @param epoch with {@code LEADS}, goes with each proposal of this leadership; 0 with {@code FOLLOWS}
     */
    void role(int group, Role role, int term, long epoch);

    /** The term of a group, or who leads it as far as this node knows, has changed ({@link Consensus#view}). */
    default void viewChanged(int group) {}

    /**
     * Gives all that was applied to a group up to an index, in pieces. Each tells its bytes later, on any thread, once or more often or never,
     * as they were at that index whatever is applied since.
     */
    void snapshot(int group, long index, Consumer<Supplier<byte[]>> pieces);

    /**
     * What a group has is replaced by a snapshot of another member, or of this one before its restart.
     *
     * @param pieces are read from the disk one at a time, as they are asked for. If that fails the iterator throws {@link
     *     java.io.UncheckedIOException}, which is let through; {@link #failed} follows
     */
    void install(int group, long index, Iterable<byte[]> pieces);

    /** The disk failed: this node has no part in any group any more, and has to be started again. It follows everywhere by now. */
    void failed(IOException cause);
}
