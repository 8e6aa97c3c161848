package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.server.frontdoor.memcached.DoorState.Counter;
import io.distcache.server.frontdoor.memcached.StoreVerb.Mode;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** The meta commands: mg, ms, md, ma and me. Stateless. */
final class MetaCommands {

    private MetaCommands() {}

    /** Whether a meta command has a key and not too many flags; if not, the client has been told. */
    private static boolean isMeta(MemcachedConnection c, Words words, String tooMany) {
        if (words.count() < 2) {
            c.say(Errors.ERROR);
        } else if (words.length(1) > MemcachedConnection.MAX_KEY_BYTES) {
            c.say(Errors.BAD_FORMAT);
        } else if (MetaFlags.areTooMany(words)) {
            c.say(tooMany);
        } else {
            return true;
        }
        return false;
    }

    /** Key and flags; null if they are wrong, which the client has been told, in words of the flag's or the ones given. */
    private static @Nullable MetaFlags flags(MemcachedConnection c, Words words, @Nullable String generic) {
        MetaFlags flags = new MetaFlags(words, 2);
        String error = flags.error();
        if (error != null) {
            c.say(generic == null || !flags.isMalformed() ? error : generic);
            return null;
        }
        return flags;
    }

    static void metaGet(MemcachedConnection c, Words words) {
        MetaFlags flags = isMeta(c, words, "CLIENT_ERROR options flags are too long") ? flags(c, words, null) : null;
        if (flags == null) {
            return;
        }
        MetaVerb.Get read = new MetaVerb.Get(c, flags, !(flags.has('N') || flags.has('T')));
        Reply reply = c.refusal() == null ? c.door().keyspace().execute(read, c.session(), read) : c.refusal();
        if (read.mustWrite()) {
            c.execute(new MetaVerb.Get(c, flags, false));
        } else {
            c.reply(read, reply);
        }
    }

    static void metaDelete(MemcachedConnection c, Words words) {
        MetaFlags flags = isMeta(c, words, Errors.TOO_MANY_FLAGS)
                ? flags(c, words, "CLIENT_ERROR invalid or duplicate flag")
                : null;
        if (flags != null) {
            c.execute(new MetaVerb.Delete(c, flags));
        }
    }

    static void metaArithmetic(MemcachedConnection c, Words words) {
        if (!isMeta(c, words, Errors.TOO_MANY_FLAGS)) {
            return;
        }
        MetaFlags flags = new MetaFlags(words, 2);
        if (flags.isMalformed()) {
            c.say("CLIENT_ERROR invalid or duplicate flag");
        } else if (!"I+D-".contains(flags.token('M', "I"))) {
            c.say("CLIENT_ERROR invalid mode for ma M token");
        } else {
            // An opaque token that is too long comes to light when the reply is made.
            c.execute(new MetaVerb.Arithmetic(c, flags, "D-".contains(flags.token('M', "I"))));
        }
    }

    static void metaDebug(MemcachedConnection c, Words words) {
        if (words.count() < 2 || words.length(1) > MemcachedConnection.MAX_KEY_BYTES) {
            c.say(Errors.BAD_FORMAT);
            return;
        }
        // It looks at the word after the key only for c flag, and at no other word.
        MetaFlags flags = new MetaFlags(words, 2, words.count() > 2 && words.is(2, "b") ? 3 : 2);
        if (flags.isMalformed()) {
            c.say(Errors.BAD_FORMAT);
            return;
        }
        c.door().count(Counter.CMD_META);
        c.execute(new MetaVerb.Debug(c, flags));
    }

    static void metaSet(MemcachedConnection c, Words words) {
        if (words.count() < 3) {
            c.say(words.count() < 2 ? Errors.ERROR : Errors.BAD_FORMAT);
            return;
        }
        if (words.length(1) > MemcachedConnection.MAX_KEY_BYTES) {
            c.say(Errors.BAD_FORMAT);
            return;
        }
        if (MetaFlags.areTooMany(words)) {
            c.say(Errors.TOO_MANY_FLAGS);
            return;
        }
        MetaFlags flags = new MetaFlags(words, 3);
        Long bytes = Numbers.signed(words.text(2));
        if (bytes == null || bytes < 0 || bytes > Integer.MAX_VALUE - 2) {
            c.say(Errors.BAD_FORMAT);
            return;
        }
        String error = flags.error();
        Mode mode = mode(flags.token('M', "S"));
        if (mode == null || error != null) {
            boolean isForMode = mode == null && !flags.isMalformed();
            c.swallow(bytes, isForMode || error == null ? "CLIENT_ERROR invalid mode for ms M token" : error);
            return;
        }
        if (bytes > c.door().limits().maxRequestBytes()) {
            c.swallow(bytes, Errors.TOO_LARGE);
            c.door().count(Counter.STORE_TOO_LARGE);
            // What was there is not what the client wants there.
            c.execute(new ChangeCommands.Delete(c, flags.key(), true));
            return;
        }
        Long seconds = flags.number('T');
        Long clientFlags = flags.number('F');
        StoreVerb.Wish wish = new StoreVerb.Wish(
                mode,
                clientFlags == null ? 0 : clientFlags.intValue(),
                flags.isBinary() ? MetaVerb.BINARY_KEY : 0,
                seconds == null ? 0 : seconds,
                flags.number('C'),
                flags.has('I'),
                flags.number('N'));
        c.awaitBlock(bytes.intValue(), false, data -> {
            c.execute(new MetaStore(c, flags, wish, data));
        });
    }

    private static @Nullable Mode mode(String token) {
        return switch (token) {
            case "S" -> Mode.SET;
            case "E" -> Mode.ADD;
            case "A" -> Mode.APPEND;
            case "P" -> Mode.PREPEND;
            case "R" -> Mode.REPLACE;
            default -> null;
        };
    }

    /** ms. */
    private static final class MetaStore extends StoreVerb {
        private final MemcachedConnection connection;
        private final MetaFlags flags;

        MetaStore(MemcachedConnection connection, MetaFlags flags, Wish wish, Bytes data) {
            super(connection, flags.key(), wish, data, false);
            this.connection = connection;
            this.flags = flags;
        }

        @Override
        void run(EntryView entry) {
            super.run(entry);
            StorageCommands.countStored(connection, this);
        }

        @Override
        void answer(ByteBuf out) {
            if (result() == Result.STORED && flags.has('q')) {
                return;
            }
            StringBuilder line = new StringBuilder(result().meta);
            flags.tell(line, flags.isBinary(), (flag, reply) -> {
                if (flag == 'c') {
                    reply.append(" c").append(Long.toUnsignedString(version()));
                }
            });
            out.writeBytes(MetaFlags.bytes(line));
        }
    }
}
