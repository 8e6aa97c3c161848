package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.distcache.server.shard.operation.EntryOperation;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A command on one entry: what it does there, and what the client is told of it. An object for one use. Made on its connection's event
 * loop, decides under the shard's lock.
 */
abstract class RespVerb extends PendingReply implements EntryOperation {
    private final Bytes key;
    private final byte protocol;
    /** Whose failure it is, if it fails. */
    private final RespCommand command;
    /** Of the step that this is a part of; null if it is none. */
    private final @Nullable Work work;

    private @Nullable String error;
    // Written by the thread that has the shard's lock. Whoever reads too old a false waits for the reply, which comes.
    private boolean executed;

    RespVerb(RespClient client, Bytes key) {
        super(client.connection());
        this.key = key;
        this.protocol = (byte) client.protocol();
        this.command = client.current();
        this.work = client.work();
    }

    @Override
    public final Bytes key() {
        return key;
    }

    @Override
    public boolean isRead() {
        return false;
    }

    @Override
    public final Reply decide(EntryView entry) {
        executed = true;
        run(entry);
        return Reply.Ok.INSTANCE;
    }

    @Override
    protected final boolean isExecuted() {
        return executed;
    }

    @Override
    protected final void encode(Reply reply, ByteBuf out) {
        String wrong = reply instanceof Reply.Failure failure ? Failures.text(failure) : error;
        if (wrong != null) {
            ((RespClient.Link) connection().protocol()).client().writeError(command, wrong, out);
        } else {
            answer(out);
        }
    }

    static long length(@Nullable Bytes bytes) {
        return bytes == null ? 0 : bytes.length();
    }

    /** The client's RESP version when it asked. */
    final int protocol() {
        return protocol;
    }

    /** The command has changed nothing, and the client is told so. */
    final void fail(String message) {
        error = message;
    }

    /** Whether the step that this is a part of may also copy so many bytes; if not, the client is told so. */
    final boolean mayCopy(long bytes) {
        if (work == null || work.takeCopy(bytes)) {
            return true;
        }
        fail(Work.TOO_MUCH);
        return false;
    }

    /** The stored value that will be shown, if that is the answer. */
    @Nullable
    Bytes shown() {
        return null;
    }

    abstract void run(EntryView entry);

    abstract void answer(ByteBuf out);
}
