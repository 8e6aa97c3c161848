package io.distcache.server.command;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.pool.Pool;
import io.distcache.server.shard.AcknowledgementBook;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Evictor;
import io.distcache.server.shard.Hints;
import io.distcache.server.shard.Namespaces;
import io.distcache.server.shard.Origin;
import io.distcache.server.shard.Session;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Shards;
import io.distcache.server.shard.StoreConfig;
import io.distcache.server.shard.operation.Contains;
import io.distcache.server.shard.operation.EntryOperation;
import io.distcache.server.shard.operation.Get;
import io.distcache.server.shard.operation.TtlOf;
import io.distcache.server.store.EntryRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the shard of a command and has it executed, on the caller's thread. Thread-safe. Commands that walk over a whole cache
 * with events run on a thread of their own, so that no event loop is held up.
 */
public final class CommandRouter {
    private static final Logger LOG = LoggerFactory.getLogger(CommandRouter.class);

    /** Room is made for a value of this length before it is stored, and for a shorter one afterwards. */
    static final int LARGE_VALUE_BYTES = 1 << 20;

    private static final int SCAN_STEP = 64;

    private final Gate gate;
    private final Caches caches;
    private final Shards shards;
    private final Evictor evictor;
    private final AcknowledgementBook acks;
    private final CommitLog log;
    private final Operations operator;
    private final Pool pool;
    private final Executor background;
    private final int maxReplyBytes;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

    /**
     * A router over all shards of a node.
     *
     * @param background runs commands over whole caches
     * @param maxReplyBytes the most bytes of values put into one reply
     */
    public CommandRouter(
            Caches caches,
            Shards shards,
            Evictor evictor,
            AcknowledgementBook acks,
            CommitLog log,
            Operations operator,
            Pool pool,
            Executor background,
            int maxReplyBytes) {
        this.gate = new Gate(operator, pool.ownership());
        this.caches = caches;
        this.shards = shards;
        this.evictor = evictor;
        this.acks = acks;
        this.log = log;
        this.operator = operator;
        this.pool = pool;
        this.background = background;
        this.maxReplyBytes = maxReplyBytes;
    }

    /** Commands taken since the start. */
    public long operations() {
        return gate.entered();
    }

    /** Reads that found their entry. */
    public long hits() {
        return hits.sum();
    }

    /** Reads that did not. */
    public long misses() {
        return misses.sum();
    }

    // --- for front doors that have verbs of their own ---

    /** A cache for front doors without handles; made from the definition when it is first written to. */
    public Keyspace keyspace(CacheDefinition definition) {
        return new Keyspace(this, definition);
    }

    /** Several verbs as one step. */
    public Together together() {
        return new Together(this);
    }

    /** What every command passes, whatever the door. */
    public Gate gate() {
        return gate;
    }

    void countRead(boolean found) {
        (found ? hits : misses).increment();
    }

    Caches caches() {
        return caches;
    }

    Shards shards() {
        return shards;
    }

    /** Another bound of all caches together until the node ends: {@link #leastBytes} to {@link #mostBytes}. */
    public void maxBytes(long bytes) {
        evictor.budget().maxBytes(bytes);
    }

    /** The least bound that there can be. */
    public long leastBytes() {
        return StoreConfig.LEAST_BYTES;
    }

    /** The configured bound, by which the node has shared out its heap. */
    public long mostBytes() {
        return evictor.budget().mostBytes();
    }

    Evictor evictor() {
        return evictor;
    }

    CommitLog log() {
        return log;
    }

    /** The time of the node. */
    public NodeClock clock() {
        return shards.clock();
    }

    /** Sends what commands changed on its way to the log; to be called after commands, before replies go out. */
    public void flush() {
        log.flush();
    }

    /**
     * Executes a command. What it changed is on its way to the log only after a {@link #flush}.
     *
     * @param request the client's id of the command
     * @param responder gets the reply if it comes later; on any thread, must not block
     * @return the reply, or null if it comes later, or never for {@link Command.Ack}
     */
    public @Nullable Reply execute(Command command, Session session, int request, Consumer<Reply> responder) {
        Reply.Failure refusal = gate.enter(command, session);
        if (refusal != null) {
            return refusal;
        }
        return switch (command.opcode()) {
            case GET -> get((Command.Get) command, session, request, responder);
            case CONTAINS -> {
                Command.Contains c = (Command.Contains) command;
                yield look(c.cache(), new Contains(c.key()), session, request, responder);
            }
            case TTL_OF -> {
                Command.TtlOf c = (Command.TtlOf) command;
                yield look(c.cache(), new TtlOf(c.key()), session, request, responder);
            }
            case PUT, REMOVE, LEASE, ADD, APPEND, EXPIRE, ONCE ->
                onEntry((Command.OnEntry) command, session, new Origin(session, request, responder));
            case GET_ALL -> getAll((Command.GetAll) command, session, request, responder);
            case PUT_ALL -> putAll((Command.PutAll) command, session, request, responder);
            case REMOVE_ALL -> removeAll((Command.RemoveAll) command, session, request, responder);
            case LEASE_MANY -> leaseMany((Command.LeaseMany) command, session, request, responder);
            case SETTLE -> settle((Command.Settle) command, session, request, responder);
            case TOUCH_ALL -> touchAll((Command.TouchAll) command, session, responder);
            case CLEAR -> clear((Command.Clear) command, session, responder);
            case REMOVE_EVERY -> removeEvery((Command.RemoveEvery) command, session, request, responder);
            case SIZE -> with(session, ((Command.Size) command).cache(), cache -> new Reply.Count(cache.entries()));
            case SCAN -> scan((Command.Scan) command, session, responder);
            case CACHE_INFO ->
                with(
                        session,
                        ((Command.CacheInfo) command).cache(),
                        cache ->
                                new Reply.Info(cache.entries(), cache.bytes(), cache.evictions(), cache.expirations()));
            case SUBSCRIBE -> subscribe((Command.Subscribe) command, session);
            case OPEN_CACHE -> open((Command.OpenCache) command, session, responder);
            case CLOSE_CACHE -> {
                session.release(((Command.CloseCache) command).cache());
                yield Reply.Ok.INSTANCE;
            }
            case DESTROY_CACHE -> destroy((Command.DestroyCache) command, session, responder);
            case LIST_CACHES -> new Reply.Caches(caches.definitions(((Command.ListCaches) command).namespace()));
            case PING -> Reply.Ok.INSTANCE;
            case POOL -> later(() -> pool.pool((Command.Pool) command, session, responder));
            case AWAY -> later(() -> pool.away((Command.Away) command, session, request, responder));
            case HANDED_OVER -> later(() -> pool.handedOver(session, responder));
            case STANDING -> later(() -> pool.standing((Command.Standing) command, session, responder));
            case INVALIDATE -> invalidate((Command.Invalidate) command, responder);
            case SNAPSHOT -> later(() -> operator.snapshot(responder));
            case RESUME -> later(() -> operator.resume(responder));
            case BACKUP -> later(() -> operator.backup(session, responder));
            case READ_BACKUP -> later(() -> operator.readBackup((Command.ReadBackup) command, session, responder));
            case ACK -> {
                acks.acknowledged(((Command.Ack) command).ackId(), session);
                yield null;
            }
        };
    }

    private static @Nullable Reply later(Runnable started) {
        started.run();
        return null;
    }

    Shard shardOf(Bytes key) {
        return shards.of(key);
    }

    private static Reply unknownHandle(int handle) {
        return new Reply.Failure(Status.NO_SUCH_CACHE, "no cache is open under handle " + handle);
    }

    private static @Nullable Reply with(Session session, int handle, Function<Cache, @Nullable Reply> action) {
        Cache cache = session.cache(handle);
        if (cache == null) {
            return unknownHandle(handle);
        }
        if (cache.isDestroyed()) {
            return new Reply.Failure(
                    Status.NO_SUCH_CACHE, "cache " + cache.definition().name() + " was destroyed");
        }
        return action.apply(cache);
    }

    // --- one entry ---

    private @Nullable Reply get(Command.Get command, Session session, int request, Consumer<Reply> responder) {
        Cache cache = session.cache(command.cache());
        if (cache == null || cache.isDestroyed()) {
            return with(session, command.cache(), c -> Reply.Miss.INSTANCE);
        }
        return get(cache, command.key(), session, request, responder);
    }

    private @Nullable Reply get(Cache cache, Bytes key, Session session, int request, Consumer<Reply> responder) {
        Shard shard = shardOf(key);
        Reply reply = shard.get(cache, key);
        if (reply == null) {
            Consumer<Reply> counting = later -> responder.accept(counted(later));
            reply = shard.read(cache, new Get(key), new Origin(session, request, counting));
        }
        return reply == null ? null : counted(reply);
    }

    private @Nullable Reply look(
            int handle, EntryOperation operation, Session session, int request, Consumer<Reply> responder) {
        Origin origin = new Origin(session, request, responder);
        return with(session, handle, cache -> shardOf(operation.key()).read(cache, operation, origin));
    }

    Reply counted(Reply reply) {
        (reply instanceof Reply.Value ? hits : misses).increment();
        return reply;
    }

    private @Nullable Reply onEntry(Command.OnEntry command, Session session, Origin origin) {
        Cache cache = session.cache(command.cache());
        return cache == null ? unknownHandle(command.cache()) : onEntry(cache, command, origin);
    }

    private @Nullable Reply onEntry(Cache cache, Command.OnEntry command, Origin origin) {
        boolean isLarge = command instanceof Command.Put put && put.value().length() >= LARGE_VALUE_BYTES;
        Reply reply = isLarge
                ? large(
                        cache,
                        command.key(),
                        ((Command.Put) command).value().length(),
                        origin.session(),
                        () -> shardOf(command.key()).execute(cache, command, origin))
                : shardOf(command.key()).execute(cache, command, origin);
        evictor.makeRoom(cache, command.key());
        return reply;
    }

    /** Executes a command with a large value: room is made for it before, and it is refused if the heap has none. */
    @Nullable
    Reply large(Cache cache, Bytes key, long bytes, Session session, Supplier<@Nullable Reply> execution) {
        evictor.makeRoomFor(cache, key, bytes);
        try {
            return execution.get();
        } catch (OutOfMemoryError e) {
            // Nothing is changed before the record is there.
            session.account().notFound((int) bytes);
            return new Reply.Failure(
                    Status.OVERLOADED, "the node has no room for a value of " + bytes + " bytes in one piece now");
        }
    }

    // --- many entries ---

    private @Nullable Reply getAll(Command.GetAll command, Session session, int request, Consumer<Reply> responder) {
        List<Bytes> keys = command.keys();
        return with(session, command.cache(), cache -> {
            Gathering gathering = new Gathering(keys.size(), this::values, responder);
            long bytes = 0;
            for (int i = 0; i < keys.size(); i++) {
                // What is over the bound is not collected first.
                Reply reply = bytes > maxReplyBytes
                        ? Reply.Miss.INSTANCE
                        : get(cache, keys.get(i), session, request, gathering.part(i));
                if (reply instanceof Reply.Value value) {
                    bytes += value.value().length();
                }
                gathering.part(i, reply);
            }
            return gathering.allAsked();
        });
    }

    private Reply values(List<Reply> replies) {
        long bytes = 0;
        for (int i = 0; i < replies.size(); i++) {
            if (replies.get(i) instanceof Reply.Value value) {
                bytes += value.value().length();
                if (bytes > maxReplyBytes) {
                    return new Reply.Failure(
                            Status.TOO_LARGE,
                            "the values of the first " + (i + 1) + " of " + replies.size() + " keys are over "
                                    + maxReplyBytes + " bytes; ask for fewer at once");
                }
            }
        }
        return new Reply.Many(replies);
    }

    private @Nullable Reply putAll(Command.PutAll command, Session session, int request, Consumer<Reply> responder) {
        Condition condition = command.onlyIfAbsent() ? Condition.ABSENT : Condition.ALWAYS;
        return onEach(
                command.cache(), session, request, responder, command.pairs().size(), i -> {
                    Command.Pair pair = command.pairs().get(i);
                    return new Command.Put(
                            command.cache(), pair.key(), pair.value(), condition, command.ttlMillis(), false);
                });
    }

    private @Nullable Reply removeAll(
            Command.RemoveAll command, Session session, int request, Consumer<Reply> responder) {
        return onEach(
                command.cache(),
                session,
                request,
                responder,
                command.keys().size(),
                i -> new Command.Remove(command.cache(), command.keys().get(i), Condition.ALWAYS, false));
    }

    private @Nullable Reply onEach(
            int handle,
            Session session,
            int request,
            Consumer<Reply> responder,
            int count,
            IntFunction<Command.OnEntry> commands) {
        Cache cache = session.cache(handle);
        if (cache == null) {
            return unknownHandle(handle);
        }
        Gathering gathering = new Gathering(count, CommandRouter::affected, responder);
        for (int i = 0; i < count; i++) {
            gathering.part(i, onEntry(cache, commands.apply(i), new Origin(session, request, gathering.part(i))));
        }
        return gathering.allAsked();
    }

    /** How many changes were applied; or the first failure, which says how many went through all the same. */
    private static Reply affected(List<Reply> replies) {
        int applied = 0;
        int existed = 0;
        Reply.Failure failure = null;
        for (Reply reply : replies) {
            if (reply instanceof Reply.Changed changed) {
                applied += changed.applied() ? 1 : 0;
                existed += changed.existed() ? 1 : 0;
            } else if (failure == null && reply instanceof Reply.Failure first) {
                failure = first;
            }
        }
        if (failure != null) {
            return new Reply.Failure(
                    failure.status(),
                    failure.message() + "; " + applied + " of " + replies.size() + " changes were applied");
        }
        return new Reply.Affected(applied, existed);
    }

    private @Nullable Reply leaseMany(
            Command.LeaseMany command, Session session, int request, Consumer<Reply> responder) {
        List<Bytes> keys = command.keys();
        return with(session, command.cache(), cache -> {
            Gathering gathering = new Gathering(keys.size(), Reply.Many::new, responder);
            long bytes = 0;
            for (int i = 0; i < keys.size(); i++) {
                Origin origin = new Origin(session, request, gathering.part(i));
                // What does not fit into one reply is for the client to ask for alone, as what others hold.
                Reply reply = bytes > maxReplyBytes / 2
                        ? new Reply.Failure(Status.LEASE_BUSY, "the reply is full; ask for this entry alone")
                        : shardOf(keys.get(i))
                                .tryLease(cache, keys.get(i), command.onMiss(), command.leaseMillis(), origin);
                if (reply instanceof Reply.Leased leased && leased.value() != null) {
                    bytes += leased.value().length();
                } else if (reply instanceof Reply.Value value) {
                    bytes += value.value().length();
                }
                gathering.part(i, reply);
            }
            return gathering.allAsked();
        });
    }

    private @Nullable Reply settle(Command.Settle command, Session session, int request, Consumer<Reply> responder) {
        Cache cache = session.cache(command.cache());
        int count = command.settlements().size();
        if (cache == null) {
            // Destroyed or closed, and its leases with it.
            Reply lost = new Reply.Failure(
                    Status.LEASE_LOST,
                    "no cache is open under handle " + command.cache() + ", so its leases have ended");
            return new Reply.Many(Collections.nCopies(count, lost));
        }
        Gathering gathering = new Gathering(count, Reply.Many::new, responder);
        for (int i = 0; i < count; i++) {
            Command.Settlement settlement = command.settlements().get(i);
            Origin origin = new Origin(session, request, gathering.part(i));
            gathering.part(i, shardOf(settlement.key()).settle(cache, settlement, origin));
            evictor.makeRoom(cache, settlement.key());
        }
        return gathering.allAsked();
    }

    private @Nullable Reply touchAll(Command.TouchAll command, Session session, Consumer<Reply> responder) {
        return changing(session, command.cache(), cache -> {
            CompletionStage<Void> committed = CommitLog.COMMITTED;
            for (Command.Touch touch : command.touches()) {
                if (touch.ttlMillis() != Ttl.DEFINED) {
                    committed = CommitLog.both(committed, shardOf(touch.key()).touch(cache, touch));
                }
            }
            return after(committed, Reply.Ok.INSTANCE, responder);
        });
    }

    /** Like {@link #with}, and only if the log takes changes. */
    private @Nullable Reply changing(Session session, int handle, Function<Cache, @Nullable Reply> action) {
        Cache cache = session.cache(handle);
        if (cache == null || cache.isDestroyed()) {
            return with(session, handle, c -> Reply.Ok.INSTANCE);
        }
        Reply.Failure refusal = cache.isLogged() ? log.refusal() : null;
        return refusal == null ? action.apply(cache) : refusal;
    }

    /** The reply if the change is logged already; else null, and it comes when it is. */
    private static @Nullable Reply after(CompletionStage<Void> committed, Reply reply, Consumer<Reply> responder) {
        if (committed == CommitLog.COMMITTED) {
            return reply;
        }
        committed.whenComplete((done, failure) -> responder.accept(failure == null ? reply : Shard.notLogged(failure)));
        return null;
    }

    // --- whole caches ---

    private @Nullable Reply clear(Command.Clear command, Session session, Consumer<Reply> responder) {
        return changing(session, command.cache(), cache -> {
            Reply.Failure refusal = changesWhole(cache, session);
            return refusal == null ? after(shards.clear(cache), Reply.Ok.INSTANCE, responder) : refusal;
        });
    }

    /** Leaves hints for the session's members that are away; why it may not change the cache, or null. */
    private Reply.@Nullable Failure changesWhole(Cache cache, Session session) {
        if (pool.ownership().view() == null) {
            return null;
        }
        Reply.Failure refusal = session.away().isEmpty() ? null : log.refusal();
        return refusal == null ? pool.changesWhole(cache, session) : refusal;
    }

    private @Nullable Reply removeEvery(
            Command.RemoveEvery command, Session session, int request, Consumer<Reply> responder) {
        Cache cache = session.cache(command.cache());
        if (cache == null) {
            return unknownHandle(command.cache());
        }
        Reply.Failure refusal = cache.isDestroyed() ? null : changesWhole(cache, session);
        if (refusal != null) {
            return refusal;
        }
        try {
            background.execute(() -> {
                Reply now;
                try {
                    now = removeEvery(command.cache(), cache, session, request, responder);
                } catch (RuntimeException | OutOfMemoryError e) {
                    LOG.error("{} of {} failed", command.opcode(), session.name(), e);
                    now = new Reply.Failure(Status.INTERNAL, command.opcode() + " failed inside the node: " + e);
                }
                if (now != null) {
                    responder.accept(now);
                }
                log.flush();
            });
        } catch (RejectedExecutionException e) {
            return new Reply.Failure(Status.DRAINING, "the node is stopping");
        }
        return null;
    }

    private @Nullable Reply removeEvery(
            int handle, Cache cache, Session session, int request, Consumer<Reply> responder) {
        List<Bytes> keys = new ArrayList<>();
        shards.scan(cache, Shards.SCAN_START, SCAN_STEP, new Shards.Taker() {
            @Override
            public long room() {
                return Long.MAX_VALUE;
            }

            @Override
            public void take(byte[] record) {
                keys.add(EntryRecord.key(record));
            }
        });
        Gathering gathering = new Gathering(keys.size(), CommandRouter::affected, responder);
        for (int i = 0; i < keys.size(); i++) {
            Command.OnEntry remove = new Command.Remove(handle, keys.get(i), Condition.ALWAYS, false);
            Origin origin = new Origin(session, request, gathering.part(i), true);
            gathering.part(i, shardOf(keys.get(i)).execute(cache, remove, origin));
        }
        return gathering.allAsked();
    }

    private @Nullable Reply scan(Command.Scan command, Session session, Consumer<Reply> responder) {
        return with(session, command.cache(), cache -> {
            if (command.match().length() > Glob.MAX_BYTES) {
                return new Reply.Failure(
                        Status.TOO_LARGE,
                        "a pattern of " + command.match().length() + " bytes is too long; at most " + Glob.MAX_BYTES
                                + " are taken");
            }
            Page page = new Page(command);
            long next = shards.scan(cache, command.cursor(), stepOf(cache), page);
            return after(page.committed(), page.reply(next), responder);
        });
    }

    /** How many entries to look at before counting their bytes: few if they are large. */
    static int stepOf(Cache cache) {
        long average = cache.bytes() / Math.max(1, cache.entries());
        return (int) Math.max(1, Math.min(SCAN_STEP, Page.MAX_BYTES / Math.max(1, average)));
    }

    private static @Nullable Reply subscribe(Command.Subscribe command, Session session) {
        return with(session, command.cache(), cache -> {
            cache.subscriptions()
                    .set(session, command.cache(), command.kinds(), command.syncKinds(), command.oldValues());
            return Reply.Ok.INSTANCE;
        });
    }

    private @Nullable Reply open(Command.OpenCache command, Session session, Consumer<Reply> responder) {
        String whyNot = session.whyNotFree(command.cache());
        if (whyNot != null) {
            return new Reply.Failure(Status.BAD_REQUEST, whyNot);
        }
        CacheDefinition wanted = command.definition();
        if (Namespaces.isInternal(wanted.namespace())) {
            return internal(wanted.namespace());
        }
        Caches.Opened opened;
        if (command.create()) {
            Reply.Failure refusal = log.refusal();
            if (refusal != null && caches.find(wanted.namespace(), wanted.name()) == null) {
                return refusal;
            }
            opened = caches.openOrCreate(wanted);
            List<String> differences = wanted.differences(opened.cache().definition());
            if (!differences.isEmpty()) {
                return new Reply.Failure(
                        Status.DEFINITION_DIFFERS,
                        "cache " + wanted.name() + " exists with another definition: " + String.join("; ", differences)
                                + ". Use the same definition, another name, or destroy the cache first");
            }
        } else {
            Cache present = caches.find(wanted.namespace(), wanted.name());
            if (present == null) {
                return new Reply.Failure(
                        Status.NO_SUCH_CACHE,
                        "there is no cache " + wanted.name() + " in namespace " + wanted.namespace());
            }
            opened = new Caches.Opened(present, false, CommitLog.COMMITTED);
        }
        if (!session.open(command.cache(), opened.cache())) {
            return new Reply.Failure(Status.BAD_REQUEST, "handle " + command.cache() + " was taken meanwhile");
        }
        Cache made = opened.cache();
        opened.committed().whenComplete((done, failure) -> {
            if (failure != null) {
                // Whoever asks again finds handle and name as they were.
                session.release(command.cache());
                caches.forget(made);
                CompletionStage<Void> unused = shards.clear(made);
            }
        });
        return after(
                opened.committed(),
                new Reply.Opened(opened.created(), opened.cache().definition()),
                responder);
    }

    private static Reply internal(String namespace) {
        return new Reply.Failure(
                Status.BAD_REQUEST, "namespace " + namespace + " is the node's own; use another for your caches");
    }

    private @Nullable Reply destroy(Command.DestroyCache command, Session session, Consumer<Reply> responder) {
        if (Namespaces.isInternal(command.namespace())) {
            return internal(command.namespace());
        }
        Reply.Failure refusal = log.refusal();
        if (refusal != null) {
            return refusal;
        }
        Cache going = caches.find(command.namespace(), command.name());
        refusal = going == null ? null : changesWhole(going, session);
        if (refusal != null) {
            return refusal;
        }
        Caches.Removed removed = caches.remove(command.namespace(), command.name());
        if (removed == null) {
            return new Reply.Failure(
                    Status.NO_SUCH_CACHE,
                    "there is no cache " + command.name() + " in namespace " + command.namespace());
        }
        CompletionStage<Void> unused = shards.clear(removed.cache());
        for (Cache.OpenHandle open : removed.cache().openHandles()) {
            if (open.session() != session) {
                open.session().push(new Push.Destroyed(open.handle()));
            }
            // A client that never asks again, and so never closes it, would keep it for as long as it is connected.
            open.session().release(open.handle());
        }
        return after(removed.committed(), Reply.Ok.INSTANCE, responder);
    }

    // --- what others changed while this node was away ---

    private @Nullable Reply invalidate(Command.Invalidate command, Consumer<Reply> responder) {
        if (Namespaces.isInternal(command.namespace())) {
            return internal(command.namespace());
        }
        List<Cache> meant;
        if (command.everything()
                && command.namespace().isEmpty()
                && command.name().equals(Hints.ALL_CACHES)) {
            meant = caches.all().stream()
                    .filter(cache -> !Namespaces.isInternal(cache.definition().namespace()))
                    .toList();
        } else {
            Cache cache = caches.find(command.namespace(), command.name());
            meant = cache == null ? List.of() : List.of(cache);
        }
        Reply.Failure refusal = meant.stream().anyMatch(Cache::isLogged) ? log.refusal() : null;
        if (refusal != null) {
            return refusal;
        }
        CompletionStage<Void> committed = CommitLog.COMMITTED;
        for (Cache cache : meant) {
            if (command.everything()) {
                committed = CommitLog.both(committed, shards.clear(cache));
            }
            for (Bytes key : command.keys()) {
                committed = CommitLog.both(committed, shardOf(key).upkeep().drop(cache, key));
            }
        }
        return after(committed, Reply.Ok.INSTANCE, responder);
    }
}
