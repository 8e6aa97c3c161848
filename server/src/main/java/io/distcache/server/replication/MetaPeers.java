package io.distcache.server.replication;

import io.distcache.server.consensus.Peers;
import org.jspecify.annotations.Nullable;

/** The connections to the other nodes, on which what {@link Meta} asks goes beside the messages of the consensus. Confined to its loop. */
final class MetaPeers implements Peers {
    private final Peers peers;
    private @Nullable Meta meta;

    MetaPeers(Peers peers) {
        this.peers = peers;
    }

    void meta(Meta to) {
        meta = to;
    }

    @Override
    public void send(int peer, byte[] frame) {
        peers.send(peer, frame);
    }

    @Override
    public void flush() {
        peers.flush();
    }

    @Override
    public boolean isConnected(int peer) {
        return peers.isConnected(peer);
    }

    @Override
    public void receiver(Receiver receiver) {
        peers.receiver((peer, connection, frame) -> {
            Meta to = meta;
            if (to != null && frame.length > 0 && frame[0] == Meta.MARK) {
                to.received(frame);
            } else {
                receiver.received(peer, connection, frame);
            }
        });
    }
}
