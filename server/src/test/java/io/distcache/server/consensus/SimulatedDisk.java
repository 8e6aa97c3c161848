package io.distcache.server.consensus;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The disk of a simulated node, which outlives its processes. A flush takes time; a process that ends within it, or before it, leaves a
 * beginning of what was to be written, of the pieces of snapshots, too. Confined to the simulation's thread.
 */
class SimulatedDisk implements GroupStore {
    private record Flush(int records, long doneAt, boolean toDisk, Set<File> voided) {}

    private record File(int group, long index) implements Comparable<File> {
        @Override
        public int compareTo(File other) {
            return group != other.group ? Integer.compare(group, other.group) : Long.compare(index, other.index);
        }
    }

    /** A piece, and how many records there were before it: with any after these on disk, it is there as well. */
    private record Kept(GroupPiece piece, int recordsBefore) {
        File file() {
            return new File(piece.group(), piece.index());
        }
    }

    private final Simulation simulation;
    private final SimulatedNode node;
    private final List<GroupRecord> records = new ArrayList<>();
    private final Map<File, byte[]> files = new TreeMap<>();
    private final ArrayDeque<Kept> unsafe = new ArrayDeque<>();
    /** Pieces of which a loss of power would leave nothing. */
    private final List<Kept> unsynced = new ArrayList<>();

    private final Set<File> voided = new HashSet<>();
    /** What a flush has made void, but not on disk. */
    private final Set<File> voidedUnsynced = new HashSet<>();

    private final ArrayDeque<Flush> flushes = new ArrayDeque<>();
    /** How many records the loss of the process leaves, and that of power. */
    private int safe;

    private int synced;
    private boolean forgetful;
    long slowUntil;
    long fullUntil;
    boolean failsNext;

    SimulatedDisk(Simulation simulation, SimulatedNode node) {
        this.simulation = simulation;
        this.node = node;
    }

    @Override
    public void read(Consumer<GroupRecord> consumer) {
        records.forEach(consumer);
    }

    @Override
    public boolean mayHaveForgotten() {
        settle();
        return forgetful;
    }

    @Override
    public void append(GroupRecord entry) {
        records.add(entry);
        if (entry.kind() == GroupRecord.Kind.DROP_SNAPSHOT) {
            voided.add(new File(entry.group(), entry.index()));
        } else if (entry.kind() == GroupRecord.Kind.TRUNCATE_TO) {
            files.keySet().stream()
                    .filter(file -> file.group == entry.group() && file.index < entry.index())
                    .forEach(voided::add);
        }
    }

    @Override
    public GroupPiece keep(int group, long index, byte[] bytes) {
        File file = new File(group, index);
        settle();
        stays(file);
        GroupPiece piece = append(file, bytes);
        unsafe.add(new Kept(piece, records.size()));
        unsynced.add(new Kept(piece, records.size()));
        return piece;
    }

    /** Takes a while, and what there is of it when the process ends has no use. */
    private final class WholeSnapshot implements Keeping {
        private final File file;
        private final List<Supplier<byte[]>> pieces;
        private final List<GroupPiece> done = new ArrayList<>();
        private final CompletableFuture<List<GroupPiece>> places = new CompletableFuture<>();

        WholeSnapshot(File file, List<Supplier<byte[]>> pieces) {
            this.file = file;
            this.pieces = pieces;
        }

        void next() {
            if (places.isDone()) {
                return;
            }
            if (done.size() == pieces.size()) {
                simulation.count("snapshots written beside");
                places.complete(done);
                return;
            }
            // Mostly soon; now and then only when the next one is made.
            long micros = simulation.below(simulation.below(4) > 0 ? 10_000 : 5_000_000);
            simulation.at(simulation.now() + 1 + micros, node, false, () -> {
                if (!places.isDone()) {
                    done.add(SimulatedDisk.this.append(
                            file, pieces.get(done.size()).get()));
                    next();
                }
            });
        }

        @Override
        public CompletionStage<List<GroupPiece>> places() {
            return places;
        }

        @Override
        public List<GroupPiece> await() {
            simulation.count("snapshots waited for");
            while (done.size() < pieces.size()) {
                node.busy(1 + simulation.below(10_000));
                done.add(SimulatedDisk.this.append(file, pieces.get(done.size()).get()));
            }
            places.complete(done);
            return done;
        }
    }

    @Override
    public Keeping keepAll(int group, long index, List<Supplier<byte[]>> pieces) {
        File file = new File(group, index);
        settle();
        stays(file);
        files.remove(file);
        WholeSnapshot whole = new WholeSnapshot(file, pieces);
        whole.next();
        return whole;
    }

    private GroupPiece append(File file, byte[] bytes) {
        byte[] before = files.getOrDefault(file, new byte[0]);
        byte[] after = Arrays.copyOf(before, before.length + bytes.length);
        System.arraycopy(bytes, 0, after, before.length, bytes.length);
        files.put(file, after);
        return new GroupPiece(file.group, file.index, before.length, bytes.length);
    }

    /** What has made it void counts no more. */
    private void stays(File file) {
        voided.remove(file);
        voidedUnsynced.remove(file);
        flushes.forEach(flush -> flush.voided.remove(file));
    }

    @Override
    public byte[] bytes(GroupPiece piece) throws IOException {
        settle();
        byte[] all = files.get(new File(piece.group(), piece.index()));
        if (all == null || all.length < piece.offset() + piece.length()) {
            simulation.violated("n" + node.number() + " has no " + piece);
            throw new IOException("simulated: there is no " + piece);
        }
        return Arrays.copyOfRange(all, (int) piece.offset(), (int) piece.offset() + piece.length());
    }

    @Override
    public void flush(boolean toDisk) throws IOException {
        if (simulation.now() < fullUntil) {
            throw new IOException("simulated: no space left");
        }
        if (failsNext) {
            failsNext = false;
            throw new IOException("simulated: the disk fails");
        }
        boolean slow = simulation.now() < slowUntil;
        long micros = 30 + simulation.below(toDisk ? 300 : 30) + (slow ? simulation.below(250_000) : 0);
        node.busy(micros);
        flushes.add(new Flush(records.size(), node.time(), toDisk, new HashSet<>(voided)));
        voided.clear();
    }

    /** What flushes that are over have done. */
    private void settle() {
        while (!flushes.isEmpty() && flushes.element().doneAt <= simulation.now()) {
            Flush done = flushes.remove();
            safe = done.records;
            unsafe.removeIf(kept -> kept.recordsBefore < done.records);
            voidedUnsynced.addAll(done.voided);
            if (done.toDisk) {
                synced = done.records;
                forgetful = false;
                unsynced.removeIf(kept -> kept.recordsBefore < done.records);
                files.keySet().removeAll(voidedUnsynced);
                voidedUnsynced.clear();
            }
        }
    }

    /** The process is gone. */
    void crash() {
        settle();
        flushes.clear();
        voided.clear();
        int kept = safe + (int) simulation.below(records.size() - safe + 1);
        cut(kept);
        tear(kept);
        leaveOutWhatIsCovered();
        safe = records.size();
        // Whatever is synced next goes to disk with them.
        unsynced.replaceAll(lost -> new Kept(lost.piece, 0));
    }

    /** All that was ever written is gone. */
    void wipe() {
        records.clear();
        files.clear();
        unsafe.clear();
        unsynced.clear();
        voided.clear();
        voidedUnsynced.clear();
        flushes.clear();
        safe = 0;
        synced = 0;
        forgetful = false;
    }

    /**
     * After a crash: power was lost as well, and with it what was not flushed to disk.
     *
     * @param forgets whether any of that may have been acknowledged
     */
    void losePower(boolean forgets) {
        simulation.count("records forgotten", records.size() - synced);
        cut(synced);
        for (Kept kept : unsynced) {
            byte[] file = files.get(kept.file());
            if (file != null && file.length > kept.piece.offset()) {
                files.put(kept.file(), Arrays.copyOf(file, (int) kept.piece.offset()));
            }
        }
        unsynced.clear();
        voidedUnsynced.clear();
        safe = synced;
        forgetful = forgets;
    }

    /** Whether a process that starts here lacks, in some group, what was acknowledged. */
    boolean hasForgotten() {
        settle();
        Map<Integer, Boolean> silent = new TreeMap<>();
        for (GroupRecord record : records.subList(0, safe)) {
            if (record.kind() == GroupRecord.Kind.SILENT) {
                silent.put(record.group(), record.payload()[0] != 0);
            }
        }
        return forgetful || silent.containsValue(true);
    }

    private void cut(int kept) {
        records.subList(kept, records.size()).clear();
    }

    /** As a disk may do whose old files go: entries up to a whole snapshot, which is on disk by then. */
    private void leaveOutWhatIsCovered() {
        Map<Integer, Long> covered = new TreeMap<>();
        for (GroupRecord record : records.subList(0, synced)) {
            if (record.kind() == GroupRecord.Kind.SNAPSHOT_COMPLETE) {
                covered.merge(record.group(), record.index(), Math::max);
            }
        }
        for (GroupRecord record : records) {
            if (record.kind() == GroupRecord.Kind.DROP_SNAPSHOT) {
                covered.remove(record.group(), record.index());
            }
        }
        Predicate<GroupRecord> out = record ->
                record.kind() == GroupRecord.Kind.ENTRY && record.index() <= covered.getOrDefault(record.group(), 0L);
        List<GroupRecord> left = records.subList(0, synced);
        left.removeIf(out);
        synced = left.size();
        records.removeIf(out);
    }

    /** Nothing comes any more. */
    void end() {}

    /** Pieces that no record needs are there up to any byte. */
    private void tear(int recordsLeft) {
        unsafe.removeIf(kept -> kept.recordsBefore < recordsLeft);
        long bytes = unsafe.stream().mapToLong(kept -> kept.piece.length()).sum();
        long left = bytes == 0 ? 0 : simulation.below(bytes + 1);
        for (Kept kept : unsafe) {
            byte[] file = files.get(kept.file());
            long length = Math.min(left, kept.piece.length());
            left -= length;
            if (file != null && length < kept.piece.length() && file.length > kept.piece.offset() + length) {
                files.put(kept.file(), Arrays.copyOf(file, (int) (kept.piece.offset() + length)));
                simulation.count("pieces torn");
            }
        }
        unsafe.clear();
    }
}
