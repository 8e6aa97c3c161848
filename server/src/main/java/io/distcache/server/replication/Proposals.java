package io.distcache.server.replication;

import io.distcache.server.mutation.Mutation;
import io.distcache.server.mutation.MutationCodec;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What this node as the leader of one group has changed and not committed yet. What is appended gathers in a draft; a draft is proposed when
 * somebody flushes, at most some at a time, so that more gathers in one entry the more there is to do.
 *
 * <pre>
 *  append -> the last draft -> proposed (under way, in order) -> committed
 *                                                             -> leadership ends: all that is here has failed
 * </pre>
 *
 * <p>Thread-safe: has a lock of its own, which comes after that of a shard; nothing is completed under it.
 */
final class Proposals {
    /** Asks for an agreement; must not complete anything at once. */
    @FunctionalInterface
    interface Proposer {
        void propose(long epoch, Draft draft, byte[] entry);
    }

    /** Tells a cache's definition by its id. */
    @FunctionalInterface
    interface Definitions {
        Mutation.@Nullable Create find(long cacheId);
    }

    private final int maxUnderWay;
    private final int maxEntryBytes;
    private final LongSupplier nanos;
    private final Definitions definitions;
    private final ArrayDeque<Draft> underWay = new ArrayDeque<>();
    private final ArrayDeque<Draft> waiting = new ArrayDeque<>();
    /** Caches that an entry of this epoch names already. */
    private final Set<Long> named = new HashSet<>();

    /** Whether it takes commands; with {@link #leads} only. */
    private volatile boolean executes;

    private boolean leads;
    private long epoch;
    private long number;
    private volatile long pendingBytes;
    private long proposed;
    private long appended;

    Proposals(int maxUnderWay, int maxEntryBytes, LongSupplier nanos, Definitions definitions) {
        this.nanos = nanos;
        this.maxUnderWay = maxUnderWay;
        this.maxEntryBytes = maxEntryBytes;
        this.definitions = definitions;
    }

    /** Whether this node leads the group, and has not begun to hand it over. */
    boolean leads() {
        return executes;
    }

    /** What is under way goes on, and nothing is added to it. */
    synchronized void pause() {
        executes = false;
    }

    /** Bytes that are appended and not committed. */
    long pendingBytes() {
        return pendingBytes;
    }

    /** Leadership begins. */
    synchronized void lead(long ofEpoch) {
        epoch = ofEpoch;
        number = 0;
        named.clear();
        leads = true;
        executes = true;
    }

    /** What was under way, and what was not proposed, when leadership ended. */
    record Ended(List<Draft> underWay, List<Draft> waiting) {}

    /** Leadership ends. The drafts are for the caller to fail. */
    synchronized Ended end() {
        executes = false;
        leads = false;
        Ended ended = new Ended(new ArrayList<>(underWay), new ArrayList<>(waiting));
        underWay.clear();
        waiting.clear();
        pendingBytes = 0;
        return ended;
    }

    /**
     * Appends changes of one partition.
     *
     * @return completes when they are committed; null if this node does not lead any more
     */
    synchronized @Nullable CompletionStage<Void> append(int partition, List<Mutation> mutations) {
        if (!executes) {
            return null;
        }
        int bytes = MutationCodec.bytes(mutations);
        Draft draft = waiting.peekLast();
        if (draft == null || (!draft.isEmpty() && draft.used + bytes > maxEntryBytes)) {
            draft = new Draft(number++, nanos.getAsLong());
            waiting.add(draft);
        }
        int before = draft.used;
        for (int i = 0; i < mutations.size(); i++) {
            if (!named.contains(mutations.get(i).cacheId())) {
                name(draft, mutations.get(i).cacheId());
            }
        }
        draft.ensure(EntryFormat.SECTION_BYTES + bytes);
        draft.used = EntryFormat.section(draft.bytes, draft.used, partition, mutations, bytes);
        pendingBytes += draft.used - before;
        appended++;
        return draft.stage;
    }

    private void name(Draft draft, long cacheId) {
        Mutation.Create create = definitions.find(cacheId);
        if (create != null) {
            List<Mutation> only = List.of(create);
            int bytes = MutationCodec.bytes(only);
            draft.ensure(EntryFormat.SECTION_BYTES + bytes);
            draft.used = EntryFormat.section(draft.bytes, draft.used, EntryFormat.CACHES, only, bytes);
            named.add(cacheId);
        }
    }

    /**
     * Proposes what waits, as far as not too much is under way. The time is asked for under the lock: all that is in an entry was made before it,
     * and it never goes back from one entry to the next.
     */
    synchronized void propose(InstantSource clock, Proposer proposer) {
        while (!waiting.isEmpty() && underWay.size() < maxUnderWay) {
            Draft draft = waiting.remove();
            underWay.add(draft);
            proposed++;
            proposer.propose(epoch, draft, draft.entry(clock.millis()));
        }
    }

    /**
     * An entry is committed.
     *
     * @return its draft if this node has proposed it as the leader that it still is, else null: then it is to be applied
     */
    synchronized @Nullable Draft committed(long ofEpoch, byte[] entry) {
        if (!leads || ofEpoch != epoch) {
            return null;
        }
        Draft draft = underWay.poll();
        if (draft == null || draft.number != EntryFormat.number(entry)) {
            throw new IllegalStateException("entry " + EntryFormat.number(entry) + " is committed where "
                    + (draft == null ? "none is under way" : draft.number + " is the next"));
        }
        pendingBytes -= entry.length - EntryFormat.HEADER_BYTES;
        return draft;
    }

    /** How many entries were proposed. */
    synchronized long proposed() {
        return proposed;
    }

    /** How many changes were appended to them. */
    synchronized long appended() {
        return appended;
    }

    /** For how long the oldest change has waited that is not committed; 0 if none does. */
    synchronized long oldestNanos() {
        Draft oldest = underWay.isEmpty() ? waiting.peek() : underWay.peek();
        return oldest == null ? 0 : nanos.getAsLong() - oldest.sinceNanos;
    }

    /** Whether nothing is under way, nor waits. */
    synchronized boolean isIdle() {
        return underWay.isEmpty() && waiting.isEmpty();
    }
}
