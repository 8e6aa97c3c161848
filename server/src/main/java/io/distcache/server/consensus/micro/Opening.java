package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.Founding;
import io.microraft.model.log.BaseLogEntry;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.PreVoteRequest;
import io.microraft.model.message.RaftMessage;
import io.microraft.model.message.VoteRequest;

/**
 * Whether anybody may lead a group that began with what its founder had. The founder's epochs are even, those of all others odd; so whoever
 * has a marker of an odd one in its log, committed or not, or a snapshot from after one, knows that the founder has opened the group: it
 * proposes none before that is decided for good.
 *
 * <p>Confined to the consensus loop, but for {@link #isOpen}.
 */
final class Opening {
    private final Founding founding;
    private final boolean awaits;
    private volatile boolean open;

    /**
     * Of a group.
     *
     * @param awaits whether a member asks for no votes before it has heard that it may
     */
    Opening(Founding founding, boolean awaits) {
        this.founding = founding;
        this.awaits = awaits;
        this.open = founding == Founding.EMPTY || founding == Founding.BEGUN;
    }

    /** Anybody may lead from now on. */
    void open() {
        open = true;
    }

    boolean isOpen() {
        return open;
    }

    /** An epoch of this node's, of random bits. */
    long epoch(long random) {
        return founding == Founding.HERE && !open ? random & ~1 : random | 1;
    }

    /** Whether an epoch is of a leadership that anybody might have had. */
    static boolean isOpenIn(long epoch) {
        return (epoch & 1) != 0;
    }

    /** An epoch has come, with a marker or a snapshot. */
    void saw(long epoch) {
        if (!open && isOpenIn(epoch)) {
            open = true;
        }
    }

    /** What a leader sends, before it is in the log: a member may be asked to take over before it knows the marker to be committed. */
    void received(RaftMessage message) {
        if (!open && message instanceof AppendEntriesRequest request) {
            for (BaseLogEntry entry : request.getLogEntries()) {
                see(entry.getOperation());
            }
        }
    }

    /** An entry of the log. */
    void see(Object operation) {
        if (operation instanceof byte[] bytes && EntryCodec.isMarker(bytes)) {
            saw(EntryCodec.epoch(bytes));
        }
    }

    /** Whether a message asks for votes that this member should not have. */
    boolean keepsBack(RaftMessage message) {
        boolean asksForVotes = message instanceof VoteRequest || message instanceof PreVoteRequest;
        return awaits && asksForVotes && founding == Founding.AWAITED && !open;
    }
}
