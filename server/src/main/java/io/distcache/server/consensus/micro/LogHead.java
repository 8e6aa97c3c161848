package io.distcache.server.consensus.micro;

import io.microraft.RaftNode;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.log.RaftLog;
import io.microraft.impl.util.ArrayRingbuffer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Where the engine's log begins in memory, which never goes back. A leader whose followers have all lets go of everything before its snapshot; if
 * it then makes another one soon as a follower, or as a leader that does not know its followers yet, the engine (0.7) means to keep some entries
 * before that, and takes those for present that it has let go of: each request to a member that lacks them fails from then on. Confined to the
 * consensus loop.
 */
final class LogHead {
    private static final VarHandle RING = ring();

    private long head;

    private static VarHandle ring() {
        try {
            return MethodHandles.privateLookupIn(RaftLog.class, MethodHandles.lookup())
                    .findVarHandle(RaftLog.class, "log", ArrayRingbuffer.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Puts it where it was, if it has gone back; to be called when the engine may have made a snapshot, and before it makes one. */
    void keep(RaftNode engine) {
        ArrayRingbuffer<?> ring =
                (ArrayRingbuffer<?>) RING.get(((RaftNodeImpl) engine).state().log());
        head = Math.max(head, ring.headSequence());
        if (ring.headSequence() < head) {
            ring.setHeadSequence(head);
        }
    }
}
