package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Ttl;
import io.distcache.server.frontdoor.memcached.DoorState.Counter;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;

/** The commands that change what is there: delete, incr, decr and touch. Stateless. */
final class ChangeCommands {

    private ChangeCommands() {}

    static void delete(MemcachedConnection c, Words words) {
        if (words.count() < 2 || words.count() > 4) {
            c.say(Errors.ERROR);
            return;
        }
        boolean silent = words.isLast("noreply");
        if (words.count() > 2) {
            boolean zero = words.is(2, "0");
            if (!(words.count() == 3 && (zero || silent)) && !(words.count() == 4 && zero && silent)) {
                c.sayUnless(silent, Errors.BAD_FORMAT + ".  Usage: delete <key> [noreply]");
                return;
            }
        }
        Bytes key = c.key(1);
        if (key == null) {
            c.sayUnless(silent, Errors.BAD_FORMAT);
        } else {
            c.execute(new Delete(c, key, silent));
        }
    }

    static final class Delete extends MemcachedVerb {
        private final MemcachedConnection connection;
        private boolean done;

        Delete(MemcachedConnection connection, Bytes key, boolean silent) {
            super(connection, key, false, silent);
            this.connection = connection;
        }

        @Override
        void run(EntryView entry) {
            done = entry.remove();
            connection.counted(done, Counter.DELETE_HITS, Counter.DELETE_MISSES);
        }

        @Override
        void answer(ByteBuf out) {
            out.writeBytes(ascii(done ? "DELETED\r\n" : "NOT_FOUND\r\n"));
        }
    }

    static void arithmetic(MemcachedConnection c, Words words, boolean decrements) {
        if (words.count() != 3 && words.count() != 4) {
            c.say(Errors.ERROR);
            return;
        }
        boolean silent = words.isLast("noreply");
        Bytes key = c.key(1);
        Long delta = Numbers.unsigned(words.text(2));
        if (key == null || delta == null) {
            if (!silent) {
                c.say(key == null ? Errors.BAD_FORMAT : "CLIENT_ERROR invalid numeric delta argument");
            }
            return;
        }
        c.execute(new Arithmetic(c, key, delta, decrements, silent));
    }

    private static final class Arithmetic extends MemcachedVerb {
        private final MemcachedConnection connection;
        private final long delta;
        private final boolean decrements;
        private String answer = "NOT_FOUND";

        Arithmetic(MemcachedConnection connection, Bytes key, long delta, boolean decrements, boolean silent) {
            super(connection, key, false, silent);
            this.connection = connection;
            this.delta = delta;
            this.decrements = decrements;
        }

        @Override
        void run(EntryView entry) {
            if (!entry.exists()) {
                connection.count(decrements ? Counter.DECR_MISSES : Counter.INCR_MISSES);
                return;
            }
            Long after = Numbers.add(entry, delta, decrements);
            if (after == null) {
                answer = Errors.NO_NUMBER;
                return;
            }
            connection.count(decrements ? Counter.DECR_HITS : Counter.INCR_HITS);
            answer = Long.toUnsignedString(after);
        }

        @Override
        void answer(ByteBuf out) {
            out.writeBytes(ascii(answer + "\r\n"));
        }
    }

    static void touch(MemcachedConnection c, Words words) {
        if (words.count() != 3 && words.count() != 4) {
            c.say(Errors.ERROR);
            return;
        }
        boolean silent = words.isLast("noreply");
        Bytes key = c.key(1);
        Long seconds = Numbers.time(words.text(2));
        if (key == null || seconds == null) {
            if (!silent) {
                c.say(key == null ? Errors.BAD_FORMAT : Errors.BAD_TIME);
            }
            return;
        }
        c.execute(new Touch(c, key, seconds, silent));
    }

    private static final class Touch extends MemcachedVerb {
        private final MemcachedConnection connection;
        private final long seconds;
        private boolean done;

        Touch(MemcachedConnection connection, Bytes key, long seconds, boolean silent) {
            super(connection, key, false, silent);
            this.connection = connection;
            this.seconds = seconds;
        }

        @Override
        void run(EntryView entry) {
            done = entry.exists();
            entry.read();
            entry.expireIn(Numbers.ttl(seconds, entry, Ttl.ETERNAL));
            connection.count(Counter.CMD_TOUCH);
            connection.counted(done, Counter.TOUCH_HITS, Counter.TOUCH_MISSES);
        }

        @Override
        void answer(ByteBuf out) {
            out.writeBytes(ascii(done ? "TOUCHED\r\n" : "NOT_FOUND\r\n"));
        }
    }
}
