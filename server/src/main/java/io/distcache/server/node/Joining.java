package io.distcache.server.node;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Secret;
import io.distcache.protocol.Status;
import io.distcache.server.log.FileFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A node becomes a member of a replicated pool: that is written into its data directory, and the node starts anew, in the same process.
 * Confined to the node's background thread.
 */
final class Joining {
    private final String dataDirectory;
    private final @Nullable PoolPlan present;
    private final LongSupplier entries;
    private final @Nullable Runnable startAnew;

    /**
     * Of a node.
     *
     * @param dataDirectory empty if it has none
     * @param present what it is a member of already, or null
     * @param entries how many it has
     * @param startAnew has the node start anew soon; null if it cannot
     */
    Joining(String dataDirectory, @Nullable PoolPlan present, LongSupplier entries, @Nullable Runnable startAnew) {
        this.dataDirectory = dataDirectory;
        this.present = present;
        this.entries = entries;
        this.startAnew = startAnew;
    }

    /** {@link Command.Replicate}. */
    Reply join(Command.Replicate command) {
        PoolPlan wanted = new PoolPlan(
                Routes.of(
                        command.pool().pool(),
                        command.pool().groups(),
                        command.pool().nodes()),
                command.self(),
                Secret.of(HexFormat.of().formatHex(command.secret().toByteArray())));
        PoolPlan already = present;
        if (already != null) {
            return already.isSamePool(wanted)
                    ? Reply.Ok.INSTANCE
                    : refused(String.format(
                            "this node is a member of replicated pool %016x already, as %s",
                            already.routes().pool(), already.nameOf(already.self())));
        }
        Runnable again = startAnew;
        if (dataDirectory.isEmpty()) {
            return refused("members of a replicated pool keep their data; start this node with --data-dir");
        }
        if (again == null) {
            return refused("a node in an application's process cannot be a member of a replicated pool");
        }
        if (entries.getAsLong() > 0) {
            return refused("this node has " + entries.getAsLong()
                    + " entries, and members begin empty. Back it up, destroy its caches, and restore into the pool");
        }
        try {
            wanted.write(Path.of(dataDirectory));
        } catch (IOException e) {
            return new Reply.Failure(
                    Status.INTERNAL,
                    "the pool could not be written into " + dataDirectory + ": " + FileFailure.text(e));
        }
        again.run();
        return Reply.Ok.INSTANCE;
    }

    private static Reply.Failure refused(String why) {
        return new Reply.Failure(Status.BAD_REQUEST, why + ". Nothing was changed");
    }
}
