package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.Peers;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.RaftMessage;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.TreeMap;

/**
 * What one turn of the loop sends. A leader's entries may leave before its own disk has them (Raft thesis, section 10.2.1); all else may
 * promise something and leaves after. To each peer things leave in the order in which they came. Confined to the consensus loop.
 */
final class Outbox {
    private static final class Waiting {
        private final byte[] frame;
        private final boolean promisesNothing;

        Waiting(byte[] frame, boolean promisesNothing) {
            this.frame = frame;
            this.promisesNothing = promisesNothing;
        }
    }

    private final Peers peers;
    private final Journal journal;
    private final TreeMap<Integer, ArrayDeque<Waiting>> waiting = new TreeMap<>();

    Outbox(Peers peers, Journal journal) {
        this.peers = peers;
        this.journal = journal;
    }

    /**
     * Something to send.
     *
     * @param stamp see {@link MessageCodec}
     * @param last as well
     */
    void add(int peer, RaftMessage message, long stamp, long last) {
        byte[] frame;
        try {
            frame = MessageCodec.write(message, stamp, last, journal);
        } catch (IOException e) {
            // A piece of a snapshot cannot be read. The journal knows, and nothing leaves after this turn.
            return;
        }
        waiting.computeIfAbsent(peer, number -> new ArrayDeque<>())
                .add(new Waiting(frame, message instanceof AppendEntriesRequest));
    }

    boolean isConnected(int peer) {
        return peers.isConnected(peer);
    }

    /** Sends what promises nothing, as far as nothing that does is in front of it. */
    void sendWhatPromisesNothing() {
        waiting.forEach((peer, frames) -> {
            while (!frames.isEmpty() && frames.element().promisesNothing) {
                peers.send(peer, frames.remove().frame);
            }
        });
        peers.flush();
    }

    /** Sends the rest: all is on disk. */
    void sendAll() {
        waiting.forEach((peer, frames) -> {
            while (!frames.isEmpty()) {
                peers.send(peer, frames.remove().frame);
            }
        });
        peers.flush();
    }

    boolean isEmpty() {
        for (ArrayDeque<Waiting> frames : waiting.values()) {
            if (!frames.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    void clear() {
        waiting.clear();
    }
}
