package io.distcache.server.consensus;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Several groups of entries, each with the same order on a majority of its members, whatever fails (Ongaro and Ousterhout, "In Search of an
 * Understandable Consensus Algorithm", called Raft here; Ongaro's thesis has the section numbers from 1 to 11 with "thesis" before them).
 * Groups are numbered from 0. Each is led by one of its members; any two groups may have different leaders.
 *
 * <p>Stages complete on the consensus loop, and all do: at the latest when leadership ends or the node closes. They fail with {@link
 * ConsensusException}. Thread-safe, but for {@link #start} and {@link #close}, which belong to who made it.
 */
public interface Consensus extends AutoCloseable {
    /**
     * Reads what this node knew before, and takes part. A node that was a member before stays silent for one election timeout first: its
     * answers from before the restart, which it has forgotten, may carry a lease.
     *
     * @throws IOException if the store cannot be read or written, or says something that no store of this node can say
     */
    void start() throws IOException;

    /**
     * Asks a group to agree on an entry. The proposals of one epoch keep their order. If one of them is refused, the epoch is over and all
     * later ones of it are refused, too, so that nothing is built on an entry that is not there: the role changes, and comes back with a
     * new epoch if the node still leads.
     *
     * @param epoch as {@link Applier#role} gave it when what the entry says was decided. An entry of an epoch that is over is applied
     *     nowhere, even if it gets into the log of a later term
     * @param entry is not copied, and must not change any more
     * @return the entry's index, once it is committed and applied here
     */
    CompletionStage<Long> propose(int group, long epoch, byte[] entry);

    /**
     * Whether no other node can lead the group at this moment, so that what was applied here is the newest there is (thesis, section
     * 6.4.1). Costs one volatile read and two clocks. Always false without {@link Role#LEADS}; may be false with it, and then {@link
     * #confirm} helps.
     */
    boolean leaseValid(int group);

    /** For how long {@link #leaseValid} stays true though nobody answers any more; 0 or less if it is not. */
    long leaseLeftNanos(int group);

    /**
     * Completes when a majority has confirmed that this node led the group after the call, and all that was committed at the call is applied
     * (ReadIndex: thesis, section 6.4). Costs a round trip.
     */
    CompletionStage<Void> confirm(int group);

    /**
     * Hands leadership to another member (thesis, section 3.10). This node follows at once. If the other does not take it within the election
     * timeout the stage fails, and this node leads again, in the same term without a lease: the request may still arrive.
     */
    CompletionStage<Void> transfer(int group, int member);

    /**
     * The founder lets anybody lead a group from now on ({@link Founding#HERE}). Completes when a majority knows; this node still leads then,
     * with another epoch.
     */
    CompletionStage<Void> open(int group);

    /** Whether anybody may lead a group, as far as this node knows: always, but for {@link Founding#HERE} and {@link Founding#AWAITED}. */
    boolean isOpen(int group);

    /** Makes a snapshot of what is applied, and lets go of the log before it, when it is on disk; also done by itself every so many entries. */
    CompletionStage<Void> snapshot(int group);

    /** Who leads a group as far as this node knows. */
    GroupView view(int group);

    /**
     * Whether this node may have forgotten what it acknowledged in a group, as its machine lost power or its log was removed, and has not
     * caught up yet: it cannot lead and does not vote. Ends when there is a leader that brings it everything.
     */
    boolean isSilent(int group);

    /**
     * Whether this node has come in a group to where a leader was, since it started. Until then what it has applied is what its last snapshot
     * had, or nothing: it does not know what of its log was committed.
     */
    boolean hasCaughtUp(int group);

    /** Up to which index a group is applied here when the stage completes. */
    CompletionStage<Long> applied(int group);

    /**
     * How far a group has come, as this node knows it when the stage completes.
     */
    CompletionStage<Progress> progress(int group);

    /**
     * How far a group has come.
     *
     * @param last the index of the last entry here
     * @param committed up to which index this node knows that a majority has it
     * @param applied up to which index it is applied here
     * @param behind by member how many entries it lacks; empty if this node does not lead the group
     */
    record Progress(long last, long committed, long applied, List<Long> behind) {
        public Progress {
            behind = List.copyOf(behind);
        }
    }

    /** Stops taking part. Nothing is handed over: {@link #transfer} before. Stages that are open fail. */
    @Override
    void close();
}
