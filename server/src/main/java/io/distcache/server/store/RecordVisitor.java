package io.distcache.server.store;

/** Is handed records, each with the hash of its key. See {@link EntryRecord} for what a record is. Called under the shard's lock. */
@FunctionalInterface
public interface RecordVisitor {

    /** Handles one record; each method that takes a visitor says whether this may change the map. */
    void visit(byte[] record, int hash);
}
