package io.distcache.server.consensus;

import org.jspecify.annotations.Nullable;

/** Why a proposal, a confirmation or a transfer did not succeed, by what the caller can do about it. */
public final class ConsensusException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What the caller can do. */
    public enum Meaning {
        /** Nothing was applied, and this node does not lead, or not any more as it did when this was decided: ask the leader. */
        NOT_LEADER,
        /** Nothing was applied: too much is under way, or leadership is being handed over. Ask again later. */
        BUSY,
        /** It may be applied, now or later, or not: only a call that may be applied twice may be repeated. */
        INDETERMINATE
    }

    private final Meaning meaning;

    public ConsensusException(Meaning meaning, String message) {
        super(message);
        this.meaning = meaning;
    }

    public ConsensusException(Meaning meaning, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.meaning = meaning;
    }

    public Meaning meaning() {
        return meaning;
    }
}
