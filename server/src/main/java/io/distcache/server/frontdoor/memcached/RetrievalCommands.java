package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.server.frontdoor.memcached.DoorState.Counter;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** The commands that read: get, gets, gat and gats. Stateless. */
final class RetrievalCommands {
    static final byte[] END = MemcachedVerb.ascii("END\r\n");
    private static final byte[] VALUE = MemcachedVerb.ascii("VALUE ");

    private RetrievalCommands() {}

    static void get(MemcachedConnection c, Words words, boolean withCas) {
        if (words.count() < 2) {
            c.say(Errors.ERROR);
            return;
        }
        if (hasTooLongKey(words, 1)) {
            // Those before it are read, but nothing is told of them.
            for (int i = 1; words.length(i) <= MemcachedConnection.MAX_KEY_BYTES; i++) {
                Reply reply = c.read(words.tagged(i));
                if (reply != null) {
                    counted(c, reply);
                }
            }
            c.say(Errors.BAD_FORMAT);
            return;
        }
        if (getEach(c, words, 1, withCas)) {
            c.out().writeBytes(END);
        }
    }

    private static boolean hasTooLongKey(Words words, int first) {
        for (int i = first; i < words.count(); i++) {
            if (words.length(i) > MemcachedConnection.MAX_KEY_BYTES) {
                return true;
            }
        }
        return false;
    }

    private static void counted(MemcachedConnection c, Reply read) {
        c.count(Counter.CMD_GET);
        if (!(read instanceof Reply.Failure)) {
            c.count(read instanceof Reply.Value ? Counter.GET_HITS : Counter.GET_MISSES);
        }
    }

    /** Writes the values of the words from {@code first} on; false if the node refuses, which the client has been told. */
    static boolean getEach(MemcachedConnection c, Words words, int first, boolean withCas) {
        for (int i = first; i < words.count(); i++) {
            Bytes key = words.tagged(i);
            Reply reply = c.read(key);
            if (reply == null) {
                c.execute(new Retrieval(c, key, null, withCas, false));
                continue;
            }
            counted(c, reply);
            if (reply instanceof Reply.Value value) {
                ByteBuf unused = c.outOfMany();
                value(c.outFor(value.value().length()), key, value.value(), value.version(), withCas);
            } else if (reply instanceof Reply.Failure failure) {
                c.say(MemcachedVerb.failure(failure));
                return false;
            }
        }
        return true;
    }

    private static void value(ByteBuf out, Bytes key, Bytes value, long version, boolean withCas) {
        Bytes plain = PlainValue.isVerbatim(value)
                ? Bytes.of(value.array(), value.offset() + 1, value.length() - 1)
                : PlainValue.plain(value);
        out.writeBytes(VALUE).writeBytes(key.array(), key.offset() + 1, key.length() - 1);
        out.writeBytes(MemcachedVerb.ascii(" " + Integer.toUnsignedString(PlainValue.flags(value)) + " "
                + plain.length() + (withCas ? " " + Long.toUnsignedString(version) : "") + "\r\n"));
        out.writeBytes(plain.array(), plain.offset(), plain.length()).writeBytes(MemcachedConnection.CRLF);
    }

    static void gat(MemcachedConnection c, Words words, boolean withCas) {
        if (words.count() < 2) {
            c.say(Errors.ERROR);
            return;
        }
        Long seconds = Numbers.time(words.text(1));
        if (seconds == null) {
            c.say(Errors.BAD_TIME);
            return;
        }
        // Those before a key that is too long are touched, but nothing is told of them.
        boolean mute = hasTooLongKey(words, 2);
        for (int i = 2; i < words.count(); i++) {
            Bytes key = c.key(i);
            if (key == null) {
                c.say(Errors.BAD_FORMAT);
                return;
            }
            c.execute(new Retrieval(c, key, seconds, withCas, mute));
        }
        Ending ending = new Ending(c);
        c.reply(ending, Reply.Ok.INSTANCE);
    }

    /** The line after the values. */
    private static final class Ending extends PendingReply {
        Ending(MemcachedConnection connection) {
            super(connection.stream());
        }

        @Override
        protected boolean isExecuted() {
            return true;
        }

        @Override
        protected void encode(Reply reply, ByteBuf out) {
            out.writeBytes(END);
        }
    }

    /** Reads an entry, and may give it another time. */
    private static final class Retrieval extends MemcachedVerb {
        private final MemcachedConnection connection;
        private final @Nullable Long seconds;
        private final boolean withCas;
        private @Nullable Bytes found;
        private long version;

        /** Leaves the entry's time as it is if {@code seconds} is null. */
        Retrieval(MemcachedConnection connection, Bytes key, @Nullable Long seconds, boolean withCas, boolean mute) {
            super(connection, key, seconds == null, mute);
            this.connection = connection;
            this.seconds = seconds;
            this.withCas = withCas;
        }

        @Override
        protected long valueBytes() {
            Bytes value = found;
            return value == null ? 0 : value.length();
        }

        @Override
        void run(EntryView entry) {
            connection.countedRead(entry.exists(), seconds != null);
            if (entry.exists()) {
                found = entry.value();
                version = entry.version();
                entry.read();
                if (seconds != null) {
                    entry.expireIn(Numbers.ttl(seconds, entry, Ttl.ETERNAL));
                }
            }
        }

        @Override
        void answer(ByteBuf out) {
            Bytes value = found;
            if (value != null) {
                value(out, key(), value, version, withCas);
            }
        }
    }
}
