package io.distcache.server.shard;

import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** Says when a log commits what is appended to it, and whether it does. Confined to one thread. */
final class HeldCommits {
    private final InMemoryCommitLog log;
    private CompletableFuture<Void> held = new CompletableFuture<>();

    HeldCommits(InMemoryCommitLog log) {
        this.log = log;
    }

    /** What is appended from now on is not committed until {@link #commit} or {@link #fail} is called. */
    void hold() {
        held = new CompletableFuture<>();
        log.answerWith(held);
    }

    /** What was appended since the last {@link #hold} is committed, and so is what follows. */
    void commit() {
        held.complete(null);
    }

    /** What was appended since the last {@link #hold} could not be committed, and the log takes no more. */
    void fail() {
        log.refuseWith(new Reply.Failure(Status.READ_ONLY, "for a test"));
        held.completeExceptionally(new IOException("disk gone"));
    }
}
