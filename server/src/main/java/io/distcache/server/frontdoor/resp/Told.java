package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.ToLongFunction;

/** A reply made of what is there, at once. An object for one use. Made on its connection's event loop, decides under the shard's lock. */
final class Told extends RespVerb {
    interface Telling {
        void tell(EntryView entry, ByteBuf out);
    }

    private final Telling telling;
    private final ByteBuf reply = Unpooled.buffer(32);

    Told(RespClient c, Bytes key, Telling telling) {
        super(c, key);
        this.telling = telling;
    }

    @Override
    public boolean isRead() {
        return true;
    }

    @Override
    void run(EntryView entry) {
        telling.tell(entry, reply);
    }

    /** The same for what an existing entry is refused. */
    static Told refusing(RespClient c, Bytes key, String message) {
        return new Told(c, key, (entry, out) -> {
            if (entry.exists()) {
                Replies.error(out, message);
            } else {
                Replies.nil(out, c.protocol());
            }
        });
    }

    /** A number that is made of an existing entry; nothing if there is none. */
    static Told number(RespClient c, Bytes key, ToLongFunction<EntryView> number) {
        return new Told(c, key, (entry, out) -> {
            if (entry.exists()) {
                Replies.integer(out, number.applyAsLong(entry));
            } else {
                Replies.nil(out, c.protocol());
            }
        });
    }

    @Override
    void answer(ByteBuf out) {
        out.writeBytes(reply);
    }
}
