package io.distcache.protocol;

import org.jspecify.annotations.Nullable;

/** What a node says without being asked. Pushed frames and replies of one connection arrive in the order they were sent. Immutable. */
public sealed interface Push {

    /** Which push it is; {@code 0x80 +} {@link Enum#ordinal()} is the frame type on the wire. */
    enum Kind {
        EVENT,
        QUEUED,
        HEALTH,
        DESTROYED,
        MEMBERS,
        ROUTES;

        /** The frame type, from 0x80. */
        public int code() {
            return 0x80 + ordinal();
        }
    }

    /** Which push it is, for switches without default. */
    Kind kind();

    /**
     * An entry changed. Events of one entry come in the order of its changes, before the reply to the command that caused them.
     *
     * @param cache the subscriber's handle
     * @param value the value after the change; for REMOVED and EXPIRED absent
     * @param oldValue the value before, if the subscriber asked for old values
     * @param ackId to be sent back in {@link Command.Ack} when listeners have run; 0 if nobody waits
     * @param cause the request id of the receiver's own command that caused it; 0 if another client or time did
     */
    record Event(
            int cache,
            EventKind event,
            Bytes key,
            @Nullable Bytes value,
            @Nullable Bytes oldValue,
            long version,
            long ackId,
            int cause)
            implements Push {
        @Override
        public Kind kind() {
            return Kind.EVENT;
        }
    }

    /** The command with this request id waits for a lease or for listeners elsewhere; its reply may take so much longer. */
    record Queued(int request, long waitMillis) implements Push {
        @Override
        public Kind kind() {
            return Kind.QUEUED;
        }
    }

    /** How the node is; sent at the interval agreed in the handshake and at every change of state. */
    record Health(HealthReport report) implements Push {
        @Override
        public Kind kind() {
            return Kind.HEALTH;
        }
    }

    /** Who is in the pool from now on; sent to every connection when a node hears of it. */
    record Members(Membership membership) implements Push {
        @Override
        public Kind kind() {
            return Kind.MEMBERS;
        }
    }

    /** Which node leads which group of keys from now on, as far as this one knows; sent whenever anything of it changes. */
    record Routes(io.distcache.protocol.Routes routes) implements Push {
        @Override
        public Kind kind() {
            return Kind.ROUTES;
        }
    }

    /** A cache that this connection has open was destroyed by another client. */
    record Destroyed(int cache) implements Push {
        @Override
        public Kind kind() {
            return Kind.DESTROYED;
        }
    }
}
