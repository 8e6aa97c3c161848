package io.distcache.server.node;

import io.distcache.server.consensus.Peers;
import io.distcache.server.frontdoor.wire.PeerDoor;
import io.distcache.server.replication.link.PeerLinks;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/** The connections to other members, which there are once the node listens. Thread-safe, save what {@link Peers} says. */
final class LatePeers implements Peers, PeerDoor {
    private volatile @Nullable PeerLinks links;
    private volatile Receiver receiver = (peer, connection, frame) -> {};

    void are(PeerLinks made) {
        made.receiver(receiver);
        links = made;
    }

    @Override
    public void send(int peer, byte[] frame) {
        PeerLinks there = links;
        if (there != null) {
            there.send(peer, frame);
        }
    }

    @Override
    public void flush() {
        PeerLinks there = links;
        if (there != null) {
            there.flush();
        }
    }

    @Override
    public boolean isConnected(int peer) {
        PeerLinks there = links;
        return there != null && there.isConnected(peer);
    }

    @Override
    public void receiver(Receiver to) {
        receiver = to;
        PeerLinks there = links;
        if (there != null) {
            there.receiver(to);
        }
    }

    @Override
    public void accepted(ChannelHandlerContext socket, String from, byte[] hello) {
        PeerLinks there = links;
        if (there == null) {
            // The other comes again.
            socket.close();
        } else {
            there.accepted(socket, from, hello);
        }
    }

    void close() {
        PeerLinks there = links;
        if (there != null) {
            there.close();
        }
    }
}
