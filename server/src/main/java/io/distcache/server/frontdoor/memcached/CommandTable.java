package io.distcache.server.frontdoor.memcached;

import io.distcache.server.frontdoor.memcached.StoreVerb.Mode;

/** Which family of commands does what a line says. Stateless. */
final class CommandTable implements MemcachedConnection.Commands {

    @Override
    public void execute(MemcachedCommand command, MemcachedConnection c, Words words) {
        switch (command) {
            case GET, BGET -> RetrievalCommands.get(c, words, false);
            case GETS -> RetrievalCommands.get(c, words, true);
            case GAT -> RetrievalCommands.gat(c, words, false);
            case GATS -> RetrievalCommands.gat(c, words, true);
            case SET -> StorageCommands.store(c, words, Mode.SET, false);
            case ADD -> StorageCommands.store(c, words, Mode.ADD, false);
            case REPLACE -> StorageCommands.store(c, words, Mode.REPLACE, false);
            case APPEND -> StorageCommands.store(c, words, Mode.APPEND, false);
            case PREPEND -> StorageCommands.store(c, words, Mode.PREPEND, false);
            case CAS -> StorageCommands.store(c, words, Mode.SET, true);
            case DELETE -> ChangeCommands.delete(c, words);
            case INCR -> ChangeCommands.arithmetic(c, words, false);
            case DECR -> ChangeCommands.arithmetic(c, words, true);
            case TOUCH -> ChangeCommands.touch(c, words);
            case FLUSH_ALL -> ServerCommands.flushAll(c, words);
            case VERSION -> c.say("VERSION " + DoorState.MEMCACHED_VERSION);
            case VERBOSITY -> ServerCommands.verbosity(c, words);
            case STATS -> ServerCommands.stats(c, words);
            case QUIT -> c.quit();
            case SHUTDOWN -> c.say("ERROR: shutdown not enabled");
            case MN -> c.say("MN");
            case MG -> MetaCommands.metaGet(c, words);
            case MS -> MetaCommands.metaSet(c, words);
            case MD -> MetaCommands.metaDelete(c, words);
            case MA -> MetaCommands.metaArithmetic(c, words);
            case ME -> MetaCommands.metaDebug(c, words);
        }
    }

    @Override
    public boolean getSome(MemcachedConnection c, Words keys, boolean withCas, boolean isLast) {
        boolean goesOn = RetrievalCommands.getEach(c, keys, 0, withCas);
        if (goesOn && isLast) {
            c.out().writeBytes(RetrievalCommands.END);
        }
        return goesOn;
    }
}
