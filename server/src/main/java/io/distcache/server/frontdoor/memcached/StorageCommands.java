package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.server.frontdoor.memcached.DoorState.Counter;
import io.distcache.server.frontdoor.memcached.StoreVerb.Mode;
import io.distcache.server.shard.operation.EntryView;

/** The commands with a data block: set, add, replace, append, prepend and cas. Stateless. */
final class StorageCommands {

    private StorageCommands() {}

    static void store(MemcachedConnection c, Words words, Mode mode, boolean withCas) {
        int wanted = withCas ? 6 : 5;
        if (words.count() != wanted && words.count() != wanted + 1) {
            c.say(Errors.ERROR);
            return;
        }
        boolean silent = words.isLast("noreply");
        Bytes key = c.key(1);
        Long flags = Numbers.unsigned(words.text(2));
        Long seconds = Numbers.time(words.text(3));
        Long bytes = Numbers.signed(words.text(4));
        Long cas = withCas ? Numbers.unsigned(words.text(5)) : null;
        if (key == null
                || flags == null
                || seconds == null
                || bytes == null
                || bytes < 0
                || bytes > Integer.MAX_VALUE - 2
                || (withCas && cas == null)) {
            if (!silent) {
                c.say(Errors.BAD_FORMAT);
            }
            return;
        }
        if (bytes > c.door().limits().maxRequestBytes()) {
            c.swallow(bytes, silent ? null : Errors.TOO_LARGE);
            c.door().count(Counter.STORE_TOO_LARGE);
            if (mode == Mode.SET && !withCas) {
                // What was there is not what the client wants there.
                c.execute(new ChangeCommands.Delete(c, key, true));
            }
            return;
        }
        StoreVerb.Wish wish = new StoreVerb.Wish(mode, flags.intValue(), 0, seconds, cas, false, null);
        c.awaitBlock(bytes.intValue(), silent, data -> {
            c.execute(new StoreVerb(c, key, wish, data, silent) {
                @Override
                void run(EntryView entry) {
                    super.run(entry);
                    countStored(c, this);
                }
            });
        });
    }

    static void countStored(MemcachedConnection c, StoreVerb verb) {
        if (verb.result() == StoreVerb.Result.STORED) {
            c.door().count(Counter.TOTAL_ITEMS);
        }
        if (verb.isCas()) {
            c.door()
                    .count(
                            switch (verb.result()) {
                                case STORED -> Counter.CAS_HITS;
                                case EXISTS -> Counter.CAS_BADVAL;
                                default -> Counter.CAS_MISSES;
                            });
        }
    }
}
