package io.distcache.server.pool;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.Contents;
import io.distcache.server.shard.Namespaces;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Shards;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who is away for whom, and what is handed over when a member is back: one session at a time gets the hints for a member, batch by
 * batch, tells the member, and says so; the others that want the member wait until it is done, or gone.
 *
 * <p>{@link #away}, {@link #handedOver} and {@link #startAnew} run on the pool's one thread; the rest on any. The lock of this object guards
 * its fields and the sessions' sets. It comes before those of {@link Hints} and {@link Caches}, and is never held together with a shard's.
 */
final class HandOver {
    private static final int MAX_BATCH_KEYS = 10_000;
    private static final int MAX_BATCH_BYTES = 1 << 20;
    private static final int SCAN_STEP = 256;
    private static final long MAX_WAIT_MILLIS = 30_000;

    /** A hint's key and version. */
    private record Hint(Bytes key, long version) {}

    /**
     * What a batch says of one cache.
     *
     * @param upTo if all of it counts as changed: by shard, the last version that is covered
     */
    private record Part(Hints.OfCache of, @Nullable List<Long> upTo, List<Hint> keys) {}

    private record Waiting(PoolClient session, Set<String> back, long deadlineNanos, Consumer<Reply> responder) {}

    private final Ownership ownership;
    private final Hints hints;
    private final Caches caches;
    private final Shards shards;
    private final Set<PoolClient> sessions = new HashSet<>();
    /** By member, who hands it over. */
    private final Map<String, PoolClient> holders = new HashMap<>();
    /** What holders were given last. */
    private final Map<PoolClient, List<Part>> batches = new HashMap<>();

    private final List<Waiting> waiting = new ArrayList<>();
    private final Standing standing;

    HandOver(Ownership ownership, Caches caches, Shards shards, Standing standing) {
        this.ownership = ownership;
        this.standing = standing;
        this.hints = ownership.hints();
        this.caches = caches;
        this.shards = shards;
    }

    /** How many clients have said who is away. */
    synchronized int clients() {
        return sessions.size();
    }

    /** With a new membership everybody has to say anew who is away. */
    void startAnew() {
        List<Waiting> over;
        synchronized (this) {
            holders.keySet().forEach(member -> hints.handOver(member, false));
            holders.clear();
            batches.clear();
            over = List.copyOf(waiting);
            waiting.clear();
        }
        over.forEach(one -> one.responder.accept(outdated()));
    }

    static Reply.Failure outdated() {
        return Ownership.notOwner("the node's pool is another than this connection named last; say POOL, then AWAY");
    }

    // --- AWAY ---

    void away(List<String> names, PoolClient session, int request, Consumer<Reply> responder) {
        PoolView view = ownership.view();
        if (view == null) {
            responder.accept(new Reply.Hints(List.of()));
            return;
        }
        if (session.poolView() != view) {
            responder.accept(outdated());
            return;
        }
        Set<String> back = view.membership().members().stream()
                .map(PoolMember::name)
                .filter(name -> !names.contains(name) && !name.equals(view.self()))
                .collect(Collectors.toSet());
        boolean isNew;
        synchronized (this) {
            isNew = sessions.add(session);
            session.away(Set.copyOf(names));
            for (PoolClient other : sessions) {
                if (other != session) {
                    other.revoke(back);
                }
            }
        }
        // What was changed on their behalf in an earlier life nobody knows.
        standing.takeUnsureOf(names).forEach(name -> hints.ofAllCaches(name).everythingChanged());
        end(session);
        if (isNew) {
            session.onClose(() -> {
                synchronized (this) {
                    sessions.remove(session);
                }
                end(session);
            });
        }
        // Takes every shard's lock: what was under way on their behalf has left its hints then (Ownership).
        // Leases on their behalf are lost: the next change is at the owner.
        Predicate<Bytes> theirs = key -> isBefore(view, back, key);
        LeasePatience.await(shards, targets(), theirs);
        for (Cache cache : targets()) {
            shards.forEach(shard -> shard.upkeep().loseLeases(cache, theirs));
        }
        shards.forEach(shard -> shard.contents().lastVersion());
        begin(new Waiting(session, back, System.nanoTime() + MAX_WAIT_MILLIS * 1_000_000, responder), request);
    }

    private static boolean isBefore(PoolView view, Set<String> members, Bytes key) {
        for (int index : view.before(key)) {
            if (members.contains(view.name(index))) {
                return true;
            }
        }
        return false;
    }

    private List<Cache> targets() {
        return caches.all().stream()
                .filter(cache -> !Namespaces.isInternal(cache.definition().namespace()))
                .toList();
    }

    /**
     * Gives a session the first batch, empty if there is nothing to hand over, unless it must wait for another.
     *
     * @param request to be told that it waits; 0 if it has been told
     */
    private void begin(Waiting asked, int request) {
        synchronized (this) {
            Set<String> needed = asked.back.stream().filter(hints::has).collect(Collectors.toSet());
            if (needed.stream().anyMatch(member -> holders.containsKey(member))) {
                if (request != 0) {
                    // Before anybody else can answer it.
                    asked.session.push(new Push.Queued(request, MAX_WAIT_MILLIS));
                }
                waiting.add(asked);
                return;
            }
            // A closed session's end has been, or finds these.
            if (!asked.session.isClosed()) {
                needed.forEach(member -> {
                    holders.put(member, asked.session);
                    hints.handOver(member, true);
                });
            }
        }
        next(asked.session, asked.responder);
    }

    /** A session hands nothing over any more, and waits for nobody; those who waited for it go on. */
    private void end(PoolClient session) {
        List<Waiting> superseded = new ArrayList<>();
        List<Waiting> going = new ArrayList<>();
        synchronized (this) {
            waiting.removeIf(one -> one.session == session && superseded.add(one));
            batches.remove(session);
            boolean held = holders.entrySet().removeIf(entry -> {
                boolean its = entry.getValue() == session;
                if (its) {
                    hints.handOver(entry.getKey(), false);
                }
                return its;
            });
            if (held) {
                going.addAll(waiting);
                waiting.clear();
            }
        }
        superseded.forEach(one -> one.responder.accept(
                Ownership.notOwner("another AWAY came on the same connection before this one could be answered")));
        // All at once or not at all, in the order they came: so two never wait for each other.
        going.forEach(one -> begin(one, 0));
    }

    /** Ends waits that are over. */
    void endOverdue(long nowNanos) {
        List<Waiting> over = new ArrayList<>();
        synchronized (this) {
            waiting.removeIf(one -> nowNanos - one.deadlineNanos >= 0 && over.add(one));
        }
        over.forEach(one -> one.responder.accept(new Reply.Failure(
                Status.OVERLOADED,
                "another client has been handing over to a member for " + MAX_WAIT_MILLIS / 1000
                        + " s and is not done; say AWAY again")));
    }

    // --- HANDED_OVER ---

    void handedOver(PoolClient session, Consumer<Reply> responder) {
        PoolView view = ownership.view();
        if (view != null && session.poolView() != view) {
            responder.accept(outdated());
            return;
        }
        List<Part> done;
        synchronized (this) {
            done = batches.remove(session);
        }
        if (done != null && view != null) {
            done.forEach(part -> handedOver(part, view));
        }
        next(session, responder);
    }

    private void handedOver(Part part, PoolView view) {
        Cache keys = part.of.keys();
        List<Long> upTo = part.upTo;
        if (upTo == null) {
            Cache target = caches.find(part.of.namespace(), part.of.cache());
            for (Hint hint : part.keys) {
                if (keys != null) {
                    shards.of(hint.key)
                            .upkeep()
                            .handedOver(keys, hint.key, hint.version, view.owns(hint.key) ? null : target);
                }
            }
            return;
        }
        String owner = part.of.owner();
        for (Cache cache : targets()) {
            if (isMeant(part.of, cache)) {
                for (int i = 0; i < upTo.size(); i++) {
                    shards.get(i).upkeep().drop(cache, upTo.get(i), key -> view.isBefore(owner, key));
                }
            }
        }
        if (keys != null) {
            for (int i = 0; i < upTo.size(); i++) {
                shards.get(i).upkeep().drop(keys, upTo.get(i), key -> true);
            }
        }
        // Last: if the node is killed before, it is handed over again.
        part.of.everythingHandedOver();
    }

    private static boolean isMeant(Hints.OfCache of, Cache cache) {
        return of.isOfAllCaches()
                || (of.namespace().equals(cache.definition().namespace())
                        && of.cache().equals(cache.definition().name()));
    }

    // --- batches ---

    /** Gives a holder its next batch; an empty one if there is no more, and then it holds nothing. */
    private void next(PoolClient session, Consumer<Reply> responder) {
        List<String> held;
        synchronized (this) {
            held = holders.entrySet().stream()
                    .filter(entry -> entry.getValue() == session)
                    .map(Map.Entry::getKey)
                    .sorted()
                    .toList();
        }
        List<Part> batch = gather(held);
        if (batch.isEmpty()) {
            held.forEach(hints::trim);
            end(session);
        } else {
            synchronized (this) {
                if (holders.containsValue(session)) {
                    batches.put(session, batch);
                }
            }
        }
        responder.accept(new Reply.Hints(batch.stream()
                .map(part -> new Reply.Hint(
                        part.of.owner(),
                        part.of.namespace(),
                        part.of.cache(),
                        part.upTo != null,
                        part.keys.stream().map(Hint::key).toList()))
                .toList()));
    }

    private List<Part> gather(List<String> members) {
        List<Part> batch = new ArrayList<>();
        int keys = 0;
        long bytes = 0;
        for (String member : members) {
            for (Hints.OfCache of : hints.of(member)) {
                if (keys >= MAX_BATCH_KEYS || bytes >= MAX_BATCH_BYTES) {
                    return batch;
                }
                Part part = of.handOverEverything()
                        // Each under its shard's lock: a change is either covered, or knows that its hint must be new.
                        ? new Part(
                                of,
                                shards.stream()
                                        .map(shard -> shard.contents().lastVersion())
                                        .toList(),
                                List.of())
                        : new Part(of, null, keys(of.keys(), MAX_BATCH_KEYS - keys, MAX_BATCH_BYTES - bytes));
                if (part.upTo != null || !part.keys.isEmpty()) {
                    batch.add(part);
                    keys += Math.max(1, part.keys.size());
                    bytes += part.keys.stream()
                            .mapToLong(hint -> hint.key.length())
                            .sum();
                }
            }
        }
        return batch;
    }

    private List<Hint> keys(@Nullable Cache from, int most, long mostBytes) {
        List<Hint> keys = new ArrayList<>();
        if (from == null || from.entries() == 0) {
            return keys;
        }
        long average = Math.max(1, from.bytes() / Math.max(1, from.entries()));
        int stepKeys = (int) Math.max(1, Math.min(SCAN_STEP, mostBytes / average));
        long bytes = 0;
        List<Contents.Versioned> step = new ArrayList<>();
        for (Shard shard : shards) {
            long cursor = 0;
            while (cursor >= 0 && keys.size() < most && bytes < mostBytes) {
                step.clear();
                cursor = shard.contents().scanKeys(from, cursor, Math.min(stepKeys, most - keys.size()), step);
                for (Contents.Versioned found : step) {
                    keys.add(new Hint(found.key(), found.version()));
                    bytes += found.key().length();
                }
            }
        }
        return keys;
    }

    // --- whole caches ---

    synchronized Reply.@Nullable Failure changesWhole(Cache cache, PoolClient session) {
        PoolView view = ownership.view();
        if (view == null) {
            return null;
        }
        if (!session.revoked().isEmpty()) {
            // Under the lock under which they are revoked, and before hints are gathered: no change slips through.
            return Ownership.notOwner("other clients have reached " + String.join(", ", session.revoked())
                    + ", which this connection called away; say AWAY anew. Nothing was applied");
        }
        session.away().stream()
                .filter(name -> view.has(name) && !name.equals(view.self()))
                .forEach(name -> hints.of(name, cache).everythingChanged());
        return null;
    }
}
