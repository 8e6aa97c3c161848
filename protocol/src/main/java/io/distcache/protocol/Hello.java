package io.distcache.protocol;

/** The first exchange on a connection: what each end is and can do. Sent once each way before anything else. Immutable. */
public final class Hello {
    /** The protocol version spoken here. */
    public static final int VERSION = 1;

    /** The first four bytes a client sends in its hello: {@code DCP\n}. */
    public static final int MAGIC = 0x4443500a;

    /** The capability of a client that says a user: the name stands last in its hello. */
    public static final long HAS_USER = 1;

    /**
     * The capability of a client that follows {@link Routes}; and of a node that is in a replicated pool, which takes no other clients.
     */
    public static final long REPLICATED = 2;

    /** The most characters of a name that the other end shows. */
    private static final int MAX_NAME_LENGTH = 255;

    private Hello() {}

    /**
     * From the client.
     *
     * @param minVersion the oldest protocol version it speaks
     * @param maxVersion the newest
     * @param capabilities a bit set of optional abilities, {@link Hello#HAS_USER} and {@link Hello#REPLICATED} among
     *     them; unknown bits are ignored
     * @param client a name for the node's log; may be empty
     * @param token a token, or the user's password
     * @param healthMillis how often it wants a health report; 0 for never
     * @param user who it says it is; empty if the token is to tell that
     */
    public record Client(
            int minVersion,
            int maxVersion,
            long capabilities,
            String client,
            Secret token,
            int healthMillis,
            String user) {

        public Client {
            client = OneLine.of(client, MAX_NAME_LENGTH);
            capabilities = user.isEmpty() ? capabilities & ~HAS_USER : capabilities | HAS_USER;
        }

        /** Of a client that says no user. */
        public Client(
                int minVersion, int maxVersion, long capabilities, String client, Secret token, int healthMillis) {
            this(minVersion, maxVersion, capabilities, client, token, healthMillis, "");
        }

        /** With a token as it is written in settings; empty if there is none. */
        public Client(
                int minVersion, int maxVersion, long capabilities, String client, String token, int healthMillis) {
            this(minVersion, maxVersion, capabilities, client, Secret.of(token), healthMillis);
        }
    }

    /**
     * The node's answer.
     *
     * @param version the one chosen
     * @param capabilities those that both ends have; without {@link Hello#REPLICATED} the node is in no replicated pool
     * @param node its stable name
     * @param incarnation differs between any two starts of a node
     * @param maxFrameBytes the longest frame it takes
     * @param maxInFlight the most unanswered commands on one connection
     * @param maxLeaseMillis the longest lease it gives
     */
    public record Node(
            int version,
            long capabilities,
            String node,
            long incarnation,
            int maxFrameBytes,
            int maxInFlight,
            long maxLeaseMillis) {

        public Node {
            node = OneLine.of(node, MAX_NAME_LENGTH);
        }
    }
}
