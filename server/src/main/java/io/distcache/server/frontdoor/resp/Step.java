package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.server.dispatch.MultiKeyStep;
import io.distcache.server.dispatch.NamedCache;
import io.distcache.server.frontdoor.stream.OrderedReplies;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work on several entries that is one step to everybody: a command on many keys, or what stands between MULTI and EXEC. Made on its
 * connection's event loop, decides under the shard's lock.
 */
final class Step extends PendingReply {
    private static final Logger LOG = LoggerFactory.getLogger(Step.class);

    private final RespClient client;
    private final MultiKeyStep together;
    private final Runnable body;
    private final Answers answers = new Answers();
    private boolean executed;
    private boolean isRefused;

    private Step(RespClient client, MultiKeyStep together, Runnable body) {
        super(client.connection());
        this.client = client;
        this.together = together;
        this.body = body;
    }

    /** Runs the body, now or when no entry that it changes is leased; what it writes is the reply. */
    static void run(RespClient client, MultiKeyStep together, Runnable body) {
        Step step = new Step(client, together, body);
        Reply now = step.attempt();
        client.reply(step, now);
    }

    /** Runs a body over several entries as one step; within another step it is part of that. */
    static void atomically(RespClient c, RespCommand command, Request request, Runnable body) {
        if (c.isInside()) {
            body.run();
            return;
        }
        if (command.work(request.count()) > c.node().config().maxStepWork()) {
            c.error(Work.TOO_MUCH);
            return;
        }
        MultiKeyStep together = c.node().dispatcher().multiKeyStep();
        nameKeys(together, command, request, c.keyspace());
        together.keeps(request.totalBytes());
        run(c, together, body);
    }

    /** Like the other, of keys that are changed: every {@code step}th of the words, from the first on. */
    static void atomically(RespClient c, Bytes[] words, int step, Runnable body) {
        if (c.isInside()) {
            body.run();
            return;
        }
        if (words.length / step > c.node().config().maxStepWork()) {
            c.error(Work.TOO_MUCH);
            return;
        }
        MultiKeyStep together = c.node().dispatcher().multiKeyStep();
        for (int i = 0; i < words.length; i += step) {
            together.needs(c.keyspace(), words[i], true);
        }
        run(c, together, body);
    }

    /** Tells a step the keys of a command. */
    static void nameKeys(MultiKeyStep together, RespCommand command, Request request, NamedCache of) {
        int end = command.keysEnd(request.count());
        for (int i = command.firstKey(); i > 0 && i < end; i += command.step()) {
            together.needs(of, request.tagged(i), command.isWrite());
        }
    }

    private @Nullable Reply attempt() {
        Reply reply = together.run(client.session(), this, () -> client.later(this::attemptAgain), running -> {
            answers.clear();
            client.inside(running, answers, body);
            boolean unused = client.mayAnswer(answers.bytes());
            return Reply.Ok.INSTANCE;
        });
        executed = !together.isWaiting();
        return reply;
    }

    private void attemptAgain() {
        Reply reply;
        try {
            reply = attempt();
        } catch (RuntimeException e) {
            LOG.error("a step of {} failed", client.name(), e);
            executed = true;
            reply = OrderedReplies.failedInside(e);
        }
        if (reply != null) {
            accept(reply);
        }
    }

    @Override
    protected boolean isExecuted() {
        return executed;
    }

    @Override
    protected long keptBytes() {
        return answers.bytes();
    }

    @Override
    protected void encode(Reply reply, ByteBuf out) {
        isRefused = reply instanceof Reply.Failure;
        if (reply instanceof Reply.Failure failure) {
            client.writeFailure(failure, out);
        } else if (answers.isSmall()) {
            answers.writeAll(out);
        }
    }

    @Override
    protected boolean isInParts() {
        return !isRefused && !answers.isSmall();
    }

    @Override
    protected boolean encodePart(ByteBuf out) {
        return answers.writePart(out);
    }
}
