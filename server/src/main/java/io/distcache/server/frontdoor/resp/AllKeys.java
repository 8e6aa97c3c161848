package io.distcache.server.frontdoor.resp;

import io.distcache.server.dispatch.Glob;
import io.netty.buffer.ByteBuf;

/**
 * KEYS: all keys that a pattern lets through, some looked at in each turn. A key that is there from begin to end is among them; it is no
 * picture of one moment. Confined to the connection's event loop.
 */
final class AllKeys extends Gradual {
    private static final int KEYS_AT_ONCE = 512;

    private final Glob pattern;
    private final Answers found = new Answers();
    private long count;
    private long cursor;

    AllKeys(RespClient client, Glob pattern) {
        super(client);
        this.pattern = pattern;
    }

    @Override
    void piece() {
        do {
            cursor = client.keyspace().scan(cursor, KEYS_AT_ONCE, key -> {
                if (ScanCommands.fits(key, pattern)) {
                    ScanCommands.key(found.text(), key);
                    count++;
                }
                return ScanCommands.cost(key, pattern);
            });
        } while (cursor != 0 && !client.isTurnUp());
        if (cursor == 0) {
            finish(client.keyspace().committed());
        } else {
            goOn();
        }
    }

    @Override
    boolean isLong() {
        return !found.isSmall();
    }

    @Override
    void answer(ByteBuf out) {
        Replies.array(out, count);
        if (!isLong()) {
            found.writeAll(out);
        }
    }

    @Override
    protected boolean encodePart(ByteBuf out) {
        return found.writePart(out);
    }
}
