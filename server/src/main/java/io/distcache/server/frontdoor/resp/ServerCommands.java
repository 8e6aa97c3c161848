package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Reply;
import io.distcache.server.dispatch.MultiKeyStep;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.netty.buffer.ByteBuf;
import java.time.Instant;

/** The commands on the node and its data as a whole. Stateless. */
final class ServerCommands {

    private ServerCommands() {}

    static void bind(RespActions actions) {
        actions.operator("info", InfoSections::info);
        actions.read("dbsize", (c, r) -> Replies.integer(c.out(), c.keyspace().size()));
        actions.write("flushdb", (c, r) -> flush(c, r, false));
        actions.write("flushall", (c, r) -> flush(c, r, true));
        actions.operator("save", (c, r) -> snapshot(c, "OK"));
        actions.operator("bgsave", ServerCommands::bgsave);
        actions.operator("lastsave", (c, r) -> Replies.integer(c.out(), lastSave(c) / 1000));
        actions.control("wait", ServerCommands::waitForReplicas);
        actions.control("time", ServerCommands::time);
    }

    // --- whole databases ---

    /** The reply to something that takes its time. */
    private static final class Later extends PendingReply {
        private final String done;

        Later(RespClient c, String done) {
            super(c.connection());
            this.done = done;
        }

        @Override
        protected boolean isExecuted() {
            return true;
        }

        @Override
        protected void encode(Reply reply, ByteBuf out) {
            if (reply instanceof Reply.Failure failure) {
                Replies.error(out, Failures.text(failure));
            } else {
                Replies.simple(out, done);
            }
        }
    }

    private static void flush(RespClient c, Request r, boolean all) {
        if (r.count() > 2 || (r.count() == 2 && !r.is(1, "sync") && !r.is(1, "async"))) {
            c.error(Errors.SYNTAX);
            return;
        }
        MultiKeyStep together = c.node().dispatcher().multiKeyStep();
        Runnable body = () -> {
            MultiKeyStep step = c.running();
            // All of it or nothing.
            for (int i = 0; i < RespNode.DATABASES && all && step != null; i++) {
                if (c.isRefused(step.mayNotClear(c.node().database(i)))) {
                    return;
                }
            }
            for (int i = 0; i < RespNode.DATABASES && step != null; i++) {
                if ((all || i == c.database()) && step.clear(c.node().database(i)) instanceof Reply.Failure failure) {
                    c.error(Failures.text(failure));
                    return;
                }
            }
            c.ok();
        };
        if (c.isInside()) {
            body.run();
        } else {
            together.needsAll();
            Step.run(c, together, body);
        }
    }

    private static void snapshot(RespClient c, String done) {
        Later later = new Later(c, done);
        c.reply(later, c.node().dispatcher().execute(new Command.Snapshot(), c.session(), 0, later));
    }

    private static void bgsave(RespClient c, Request r) {
        if (r.count() > 2 || (r.count() == 2 && !r.is(1, "schedule"))) {
            c.error(Errors.SYNTAX);
            return;
        }
        if (c.node().health().snapshotMillis() < 0) {
            // Nothing to save to: the client had better know at once.
            snapshot(c, "Background saving started");
            return;
        }
        c.node().dispatcher().execute(new Command.Snapshot(), c.session(), 0, reply -> {});
        Replies.simple(c.out(), "Background saving started");
    }

    /** When the newest snapshot was written, or the node began if there is none, in milliseconds since 1970. */
    static long lastSave(RespClient c) {
        HealthReport health = c.node().health();
        long age = health.snapshotMillis() < 0 ? health.uptimeMillis() : health.snapshotMillis();
        return c.node().clock().wall().millis() - age;
    }

    // --- others ---

    /** There are no replicas, so it is known how it ends. */
    private static void waitForReplicas(RespClient c, Request r) {
        if (!r.isInteger(1)) {
            c.error(Errors.NO_INTEGER);
            return;
        }
        long replicas = r.number();
        if (!r.isInteger(2)) {
            c.error("ERR timeout is not an integer or out of range");
            return;
        }
        long timeout = r.number();
        if (timeout < 0) {
            c.error("ERR timeout is negative");
            return;
        }
        if (replicas <= 0 || c.isInside()) {
            Replies.integer(c.out(), 0);
            return;
        }
        Waiting waiting = new Waiting(c);
        c.reply(waiting, null);
        if (timeout > 0) {
            c.connection().laterBy(timeout, () -> waiting.accept(Reply.Ok.INSTANCE));
        }
    }

    /** Holds the connection until the time is over. */
    private static final class Waiting extends PendingReply {
        Waiting(RespClient c) {
            super(c.connection());
        }

        @Override
        protected boolean isExecuted() {
            return false;
        }

        @Override
        protected void encode(Reply reply, ByteBuf out) {
            Replies.integer(out, 0);
        }
    }

    private static void time(RespClient c, Request r) {
        Instant now = c.node().clock().wall().instant();
        Replies.array(c.out(), 2);
        Replies.bulk(c.out(), Long.toString(now.getEpochSecond()));
        Replies.bulk(c.out(), Integer.toString(now.getNano() / 1000));
    }
}
