package io.distcache.server.frontdoor.resp;

import io.distcache.server.dispatch.NamedCache;
import io.distcache.server.memory.Account;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client has said between MULTI and EXEC: commands that are queued, within the bounds there are. Confined to its event loop. */
final class Multi {
    /** What is kept of a queued command besides its bytes, at least. */
    private static final int QUEUED_BYTES = 128;

    /** A command between MULTI and EXEC. */
    record Queued(RespCommand command, Request request) {}

    private final RespNode node;
    private final Account account;
    private final List<Queued> queued = new ArrayList<>();
    private boolean isOpen;
    private boolean hasFailed;
    private long bytes;
    private long work;
    private long heapBytes;
    private NamedCache keyspace;

    /** None is open; what is queued will be on the account. */
    Multi(RespNode node, Account account) {
        this.node = node;
        this.account = account;
        this.keyspace = node.database(0);
    }

    /** Whether MULTI was said, and neither EXEC nor DISCARD since. */
    boolean isOpen() {
        return isOpen;
    }

    /** Begins, in a database. */
    void begin(NamedCache in) {
        keyspace = in;
        isOpen = true;
        hasFailed = false;
    }

    /** A command could not be queued, so EXEC will run none. */
    void fail() {
        if (isOpen) {
            hasFailed = true;
        }
    }

    boolean hasFailed() {
        return hasFailed;
    }

    /** Queues a command; why that is refused, or null. Once one has failed, others are taken and forgotten. */
    @Nullable
    String add(RespCommand command, Request request) {
        if (queued.size() >= node.config().maxQueued()
                || bytes + request.totalBytes() > node.limits().maxRequestBytes()) {
            return "ERR MULTI queue is full: " + queued.size() + " commands of " + bytes
                    + " bytes (resp.max-queued, server.max-frame-bytes)";
        }
        long more = command.work(request.count());
        if (work + more > node.config().maxStepWork()) {
            return Work.TOO_MUCH;
        }
        if (!hasFailed) {
            int length = request.totalBytes();
            long taken = account.heapBytes(length) + QUEUED_BYTES;
            if (!account.take(taken)) {
                return "OOM the node has no room for more queued commands now (server.max-buffered-bytes)";
            }
            work += more;
            queued.add(new Queued(command, request.copy()));
            bytes += length;
            heapBytes += taken;
        }
        return null;
    }

    /** The database in which the next command will run, by what SELECT has said. */
    NamedCache keyspace() {
        return keyspace;
    }

    /** What comes next will run in another database. */
    void select(NamedCache other) {
        keyspace = other;
    }

    List<Queued> queued() {
        return List.copyOf(queued);
    }

    /** How many commands are queued; to be shown, and so perhaps a moment old. */
    int size() {
        return queued.size();
    }

    /** Bytes of what is queued. */
    long bytes() {
        return bytes;
    }

    /** It is over: what was queued is about to run, or is dropped. */
    void end() {
        isOpen = false;
        hasFailed = false;
        account.add(-heapBytes);
        heapBytes = 0;
        queued.clear();
        bytes = 0;
        work = 0;
    }
}
