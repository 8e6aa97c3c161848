package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.Applier;
import io.microraft.statemachine.StateMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * The committed entries of one group. Each leadership begins with a marker, which carries a random number, the epoch; an entry whose epoch is
 * not that of the last marker before it is applied nowhere. So what was decided in one leadership cannot be appended in a later one, also
 * where a thread stood still in between and its node came to lead again: the engine does not look at the term of what it is given.
 *
 * <p>A snapshot begins with a piece of 8 bytes, the epoch of the last marker before it. Confined to the consensus loop.
 */
final class Entries implements StateMachine {
    /** What the engine is asked to confirm leadership with. */
    static final Object NOTHING = new Object();

    private final int group;
    private final Applier applier;
    private final Journal journal;
    private final boolean checked;
    private final LongSupplier newTerm;
    private final LongConsumer onMarker;
    private final LongConsumer beforeSnapshot;
    private final LongConsumer onSnapshot;
    private long epoch;

    /**
     * The entries of a group of which none has been applied.
     *
     * @param journal where pieces of snapshots are
     * @param checked whether entries of other epochs are left out
     * @param newTerm hears that this member leads a new term; gives the epoch
     * @param onMarker hears of each marker
     * @param beforeSnapshot hears of the index of each snapshot before it is made
     * @param onSnapshot hears of the epoch of each snapshot that replaces what there is
     */
    Entries(
            int group,
            Applier applier,
            Journal journal,
            boolean checked,
            LongSupplier newTerm,
            LongConsumer onMarker,
            LongConsumer beforeSnapshot,
            LongConsumer onSnapshot) {
        this.group = group;
        this.applier = applier;
        this.journal = journal;
        this.checked = checked;
        this.newTerm = newTerm;
        this.onMarker = onMarker;
        this.beforeSnapshot = beforeSnapshot;
        this.onSnapshot = onSnapshot;
    }

    /** Applies; returns whether it was an entry that counts. */
    @Override
    public Object runOperation(long index, Object operation) {
        if (operation == NOTHING) {
            return true;
        }
        byte[] bytes = (byte[]) operation;
        if (EntryCodec.isMarker(bytes)) {
            epoch = EntryCodec.epoch(bytes);
            onMarker.accept(epoch);
            return true;
        }
        if (checked && EntryCodec.epoch(bytes) != epoch) {
            return false;
        }
        try {
            applier.apply(group, index, EntryCodec.epoch(bytes), EntryCodec.entry(bytes));
        } catch (RuntimeException | Error e) {
            throw failed(index, e);
        }
        return true;
    }

    @Override
    public Object getNewTermOperation() {
        return EntryCodec.marker(newTerm.getAsLong());
    }

    /** What each piece has is told when it is written or sent ({@link OwnSnapshots}). */
    @Override
    public void takeSnapshot(long index, Consumer<Object> pieces) {
        beforeSnapshot.accept(index);
        byte[] first = ByteBuffer.allocate(Long.BYTES).putLong(epoch).array();
        pieces.accept(Piece.own(() -> first));
        applier.snapshot(group, index, source -> pieces.accept(Piece.own(source)));
    }

    @Override
    public void installSnapshot(long index, List<Object> pieces) {
        epoch = ByteBuffer.wrap(bytes(pieces.get(0))).getLong();
        onSnapshot.accept(epoch);
        try {
            applier.install(
                    group, index, () -> pieces.stream().skip(1).map(this::bytes).iterator());
        } catch (RuntimeException | Error e) {
            throw failed(index, e);
        }
    }

    /** The engine would pass it over and go on, and this member would have something else than the others. */
    private IllegalStateException failed(long index, Throwable cause) {
        journal.fail(new IOException(
                "what group " + group + " has agreed on at index " + index + " could not be applied: " + cause, cause));
        return new IllegalStateException("entry " + index + " of group " + group + " could not be applied", cause);
    }

    private byte[] bytes(Object piece) {
        try {
            return ((Piece) piece).bytes(journal);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
