package io.distcache.jcache.internal.processor;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.Ttl;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A leased entry: as it stands, with the changes made to it so far, which reach the node when the lease is settled. Confined to
 * the thread that works on it.
 */
public final class EntryView {
    private final Bytes key;
    private final long token;
    private List<EntryChange> changes = new ArrayList<>(2);
    private @Nullable Bytes value;

    EntryView(Bytes key, long token, @Nullable Bytes value) {
        this.key = key;
        this.token = token;
        this.value = value;
    }

    public Bytes key() {
        return key;
    }

    /** The value now, or null if the entry is not there. */
    public @Nullable Bytes value() {
        return value;
    }

    public boolean exists() {
        return value != null;
    }

    /**
     * Stores a value.
     *
     * @param ttl as in {@link Ttl}, resolved; {@link Ttl#NOW} stores nothing, or ends what was there
     * @return whether this counts as a put: not so for a new entry that expires at once
     */
    public boolean put(Bytes newValue, long ttl) {
        boolean existed = exists();
        if (!existed && ttl == Ttl.NOW) {
            return false;
        }
        changes.add(new EntryChange.Put(newValue, ttl));
        value = ttl == Ttl.NOW ? null : newValue;
        return true;
    }

    /** Removes the entry; false if it was not there. */
    public boolean remove() {
        if (!exists()) {
            return false;
        }
        changes.add(new EntryChange.Remove());
        value = null;
        return true;
    }

    /** A new deadline, as in {@link Ttl}. */
    public void touch(long ttl) {
        if (exists() && ttl != Ttl.UNCHANGED) {
            changes.add(new EntryChange.Touch(ttl));
            value = ttl == Ttl.NOW ? null : value;
        }
    }

    long token() {
        return token;
    }

    List<EntryChange> changes() {
        return changes;
    }

    /** The changes so far, which are no longer pending here. */
    List<EntryChange> takeChanges() {
        List<EntryChange> taken = changes;
        changes = new ArrayList<>(2);
        return taken;
    }

    /** Takes back changes made since there were {@code count} of them, and the value with them. */
    void rollBack(int count, @Nullable Bytes valueThen) {
        changes.subList(count, changes.size()).clear();
        value = valueThen;
    }
}
