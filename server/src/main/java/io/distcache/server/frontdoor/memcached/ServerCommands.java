package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.server.frontdoor.memcached.DoorState.Counter;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.netty.buffer.ByteBuf;

/** The commands on the whole cache and on the server: flush_all, verbosity and stats. Stateless. */
final class ServerCommands {

    private ServerCommands() {}

    static void flushAll(MemcachedConnection c, Words words) {
        if (words.count() > 3) {
            c.say(Errors.ERROR);
            return;
        }
        c.door().count(Counter.CMD_FLUSH);
        boolean silent = words.isLast("noreply");
        long seconds = 0;
        if (words.count() > (silent ? 2 : 1)) {
            Long said = Numbers.time(words.text(1));
            if (said == null) {
                if (!silent) {
                    c.say(Errors.BAD_TIME);
                }
                return;
            }
            seconds = said;
        }
        Flushing flushing = new Flushing(c, silent);
        long delay = Math.max(0, Numbers.ttl(seconds, c.door().clock().wall().millis(), 0));
        if (c.refusal() != null) {
            c.reply(flushing, c.refusal());
        } else if (delay == 0 || delay == Ttl.ETERNAL) {
            c.door().flushesLater(null);
            c.reply(flushing, c.door().keyspace().clear(flushing));
        } else {
            c.door().flushesLater(c.inMillis(delay, () -> {
                c.door().keyspace().clear(reply -> {});
                c.door().dispatcher().flush();
            }));
            c.reply(flushing, Reply.Ok.INSTANCE);
        }
    }

    private static final class Flushing extends PendingReply {
        private final boolean silent;

        Flushing(MemcachedConnection connection, boolean silent) {
            super(connection.stream());
            this.silent = silent;
        }

        @Override
        protected boolean isExecuted() {
            return true;
        }

        @Override
        protected void encode(Reply reply, ByteBuf out) {
            if (!silent) {
                out.writeBytes(MemcachedVerb.ascii(
                        reply instanceof Reply.Failure failure ? MemcachedVerb.failure(failure) + "\r\n" : "OK\r\n"));
            }
        }
    }

    static void verbosity(MemcachedConnection c, Words words) {
        boolean silent = words.isLast("noreply");
        if (words.count() != 2 && words.count() != 3) {
            c.say(Errors.ERROR);
        } else if (!silent) {
            c.say(Numbers.unsigned(words.text(1)) == null ? Errors.BAD_FORMAT : "OK");
        }
    }

    static void stats(MemcachedConnection c, Words words) {
        String what = words.count() > 1 ? words.text(1) : "";
        String argument = words.count() > 2 ? words.text(2) : "";
        c.out().writeBytes(MemcachedVerb.ascii(Statistics.tell(c.door(), c, what, argument)));
    }
}
