package io.distcache.server.consensus;

/**
 * The other nodes. What is sent on one connection arrives in order and once, or the connection ends and a new one follows it, with
 * anything lost between. Confined to the consensus loop.
 */
public interface Peers {
    /** Sends a frame if there is a connection, and drops it if there is none or it is full: all frames are sent again when needed. */
    void send(int peer, byte[] frame);

    /** Sends what was sent since the last call on its way, in as few writes as can be. What is sent may leave earlier. */
    void flush();

    /** Whether there is a connection as far as is known. */
    boolean isConnected(int peer);

    /** Who hears of frames from now on. */
    void receiver(Receiver receiver);

    /** Hears of frames, on the consensus loop. */
    interface Receiver {
        /**
         * A frame has come.
         *
         * @param connection rises with every new connection from this peer. What comes with a smaller number than one before is the rest
         *     of a connection that is over
         */
        void received(int peer, long connection, byte[] frame);
    }
}
