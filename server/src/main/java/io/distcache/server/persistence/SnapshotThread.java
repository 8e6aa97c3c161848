package io.distcache.server.persistence;

import io.distcache.protocol.OwnThread;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.log.FileFailure;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread on which snapshots are written and operators' commands run, so that no event loop waits. Thread-safe. */
final class SnapshotThread {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotThread.class);
    private static final int STOP_SECONDS = 30;

    private final ScheduledThreadPoolExecutor worker;

    SnapshotThread() {
        worker = new ScheduledThreadPoolExecutor(1, task -> OwnThread.make(task, "distcache-snapshot"));
        worker.setRemoveOnCancelPolicy(true);
    }

    /** What an operator asked for. */
    interface Task {
        Reply run() throws IOException;
    }

    /** Runs a task again and again, with a pause of so many milliseconds in between. */
    void repeat(long millis, Runnable task) {
        ScheduledFuture<?> unused = worker.scheduleWithFixedDelay(task, millis, millis, TimeUnit.MILLISECONDS);
    }

    /**
     * Runs an operator's command, and answers it.
     *
     * @param readOnly asked for the reason of a failure: whether the node takes no changes
     */
    void answer(Consumer<Reply> responder, BooleanSupplier readOnly, Task task) {
        try {
            worker.execute(() -> {
                Reply reply;
                try {
                    reply = task.run();
                } catch (IOException e) {
                    LOG.error("an operator's command failed: {}", FileFailure.text(e));
                    Status status = readOnly.getAsBoolean() ? Status.READ_ONLY : Status.INTERNAL;
                    reply = new Reply.Failure(status, FileFailure.text(e));
                } catch (RuntimeException | OutOfMemoryError e) {
                    LOG.error("an operator's command failed", e);
                    reply = new Reply.Failure(Status.INTERNAL, e.toString());
                }
                responder.accept(reply);
            });
        } catch (RejectedExecutionException e) {
            responder.accept(new Reply.Failure(Status.DRAINING, "the node is stopping"));
        }
    }

    /** Runs something after all that was asked for before, and waits for it. Returns why it failed, or null. */
    @Nullable
    String await(Callable<?> last) {
        try {
            worker.submit(last).get();
            return null;
        } catch (ExecutionException e) {
            return FileFailure.text(e.getCause() == null ? e : e.getCause());
        } catch (RejectedExecutionException e) {
            return "the node was stopping already";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "the thread that stopped the node was interrupted";
        }
    }

    /** Ends the thread. It is not interrupted at once: that would close the files that a sync is at. */
    void end() {
        worker.shutdown();
        try {
            if (!worker.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                worker.shutdownNow();
            }
        } catch (InterruptedException e) {
            worker.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
