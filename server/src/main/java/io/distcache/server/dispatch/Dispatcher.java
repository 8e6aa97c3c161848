package io.distcache.server.dispatch;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Opcode;
import io.distcache.protocol.Reply;
import io.distcache.server.access.AccessControl;
import io.distcache.server.pool.Pool;
import io.distcache.server.session.ClientSession;
import io.distcache.server.shard.AcknowledgementBook;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Evictor;
import io.distcache.server.shard.Shards;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way in for commands: each passes the {@link Gate}, and goes to the handler of its opcode, on the caller's thread. Doors whose
 * protocols have no handles come in through {@link NamedCache} and {@link MultiKeyStep}, which are made here and pass the same gate.
 * Thread-safe.
 */
public final class Dispatcher {

    /** What is done with the commands of one opcode. */
    private record Route<C extends Command>(Placement placement, Handler<C> handler) {}

    private final AccessControl access;
    private final Gate gate;
    private final CommitLog log;
    private final ReadCounts reads = new ReadCounts();
    private final EntryHandler entries;
    private final BatchHandler batches;
    private final LeaseHandler leases;
    private final CacheHandler caches;
    private final ScanHandler scans;
    private final PoolHandler pool;
    private final OperatorHandler operators;
    private final Replicas replicas;
    private final ReplicaHandler replicated;
    private final StaleHandler stale;
    private final AgreedCaches agreed;
    private final NamedCacheParts keyspaces;
    /** By the ordinal of the opcode. */
    private final Route<?>[] routes;

    /**
     * A dispatcher to all shards of a node.
     *
     * @param background runs commands over whole caches
     * @param maxReplyBytes the most bytes of values put into one reply
     * @param access who may do what
     * @param replicas the replicated pool that the node is in, or {@link Replicas#NONE}
     */
    public Dispatcher(
            Caches caches,
            Shards shards,
            Evictor evictor,
            AcknowledgementBook acks,
            CommitLog log,
            Operations operations,
            Pool pool,
            Executor background,
            int maxReplyBytes,
            AccessControl access,
            Replicas replicas) {
        this.access = access;
        this.gate = new Gate(operations, pool.ownership(), new AccessRules(access, caches, pool.ownership()), replicas);
        this.log = log;
        Room room = new Room(evictor);
        WholeCache wholeCache = new WholeCache(pool, log);
        this.entries = new EntryHandler(shards, room, reads);
        this.batches = new BatchHandler(entries, shards, log, maxReplyBytes);
        this.leases = new LeaseHandler(shards, room, maxReplyBytes);
        this.caches = new CacheHandler(caches, shards, log, wholeCache, acks);
        this.scans = new ScanHandler(shards, log, replicas, wholeCache, background);
        this.pool = new PoolHandler(pool, caches, shards, log);
        this.operators = new OperatorHandler(operations);
        this.replicas = replicas;
        this.replicated = new ReplicaHandler(replicas, shards, log, scans);
        this.stale = new StaleHandler(replicas, shards, batches);
        this.agreed = new AgreedCaches(replicas, this.caches);
        this.keyspaces = new NamedCacheParts(gate, caches, shards, log, room, reads, replicas);
        Opcode[] opcodes = Opcode.values();
        this.routes = new Route<?>[opcodes.length];
        for (Opcode opcode : opcodes) {
            routes[opcode.ordinal()] = route(opcode);
        }
    }

    /** Commands taken since the start. */
    public long operations() {
        return gate.entered();
    }

    /** What reads found. */
    public ReadCounts reads() {
        return reads;
    }

    /** Who may come in through any door. */
    public AccessControl access() {
        return access;
    }

    /** The replicated pool that the node is in. */
    public Replicas replicas() {
        return replicas;
    }

    /** What every command passes, whatever the door. */
    public Gate gate() {
        return gate;
    }

    /** A cache for doors without handles; made from the definition when it is first written to. */
    public NamedCache keyspace(CacheDefinition definition) {
        return new NamedCache(keyspaces, definition);
    }

    /** Several operations as one step. */
    public MultiKeyStep multiKeyStep() {
        return new MultiKeyStep(keyspaces);
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
    public @Nullable Reply execute(Command command, ClientSession session, int request, Consumer<Reply> responder) {
        @SuppressWarnings("unchecked") // the route of an opcode is for the commands that have it
        Route<Command> route = (Route<Command>) routes[command.opcode().ordinal()];
        Reply.Failure refusal = gate.enter(command, route.placement, session);
        return refusal == null ? route.handler.handle(command, session, request, responder) : refusal;
    }

    /** For each opcode what is compared with the pool, and who executes it. The compiler sees to it that none is missing. */
    private Route<?> route(Opcode opcode) {
        return switch (opcode) {
            case GET -> picture(entries::get);
            case CONTAINS, TTL_OF -> picture(entries::look);
            case PUT, REMOVE, LEASE, ADD, APPEND, EXPIRE, ONCE -> unchecked(entries::change);
            case GET_ALL -> picture(batches::getAll);
            case PUT_ALL -> ofEntries(batches::putAll);
            case REMOVE_ALL -> ofEntries(batches::removeAll);
            case TOUCH_ALL -> picture(batches::touchAll);
            case LEASE_MANY -> ofEntries(leases::leaseMany);
            case SETTLE -> unchecked(leases::settle);
            case SCAN -> picture(scans::scan);
            case REMOVE_EVERY -> picture(scans::removeEvery);
            case OF_GROUP -> unchecked(replicated::ofGroup);
            case STALE -> unchecked(stale::stale);
            case SIZE -> picture(CacheHandler::size);
            case CLEAR -> picture(caches::clear);
            case DESTROY_CACHE -> agreedOr(agreed::destroy, Placement.PICTURE, caches::destroy);
            case OPEN_CACHE -> agreedOr(agreed::open, Placement.UNCHECKED, caches::open);
            case CLOSE_CACHE -> unchecked(CacheHandler::close);
            case LIST_CACHES -> agreedOr(agreed::list, Placement.UNCHECKED, caches::list);
            case CACHE_INFO -> unchecked(CacheHandler::info);
            case SUBSCRIBE -> unchecked(CacheHandler::subscribe);
            case ACK -> unchecked(caches::acknowledge);
            case PING -> unchecked((command, session, request, responder) -> Reply.Ok.INSTANCE);
            case POOL -> ofClientsPool(pool::pool);
            case AWAY -> ofClientsPool(pool::away);
            case HANDED_OVER -> ofClientsPool(pool::handedOver);
            case STANDING -> ofClientsPool(pool::standing);
            case INVALIDATE -> ofClientsPool(pool::invalidate);
            case ROUTES -> unchecked(replicated::routes);
            case GROUPS -> unchecked(replicated::groups);
            case SNAPSHOT -> unchecked(operators::snapshot);
            case RESUME -> unchecked(operators::resume);
            case BACKUP -> unchecked(operators::backup);
            case RELOAD -> unchecked(operators::reload);
            case REPLICATE -> unchecked(operators::replicate);
            case READ_BACKUP -> unchecked(operators::readBackup);
        };
    }

    /** What all nodes of a replicated pool agree on, and others do for themselves. */
    private <C extends Command> Route<C> agreedOr(Handler<C> together, Placement placement, Handler<C> here) {
        return replicas.isReplicated() ? unchecked(together) : new Route<>(placement, here);
    }

    /** What keeps nodes in step that do not know each other. */
    private <C extends Command> Route<C> ofClientsPool(Handler<C> handler) {
        return unchecked(replicas.isReplicated() ? ReplicaHandler::refuse : handler);
    }

    private static <C extends Command> Route<C> unchecked(Handler<C> handler) {
        return new Route<>(Placement.UNCHECKED, handler);
    }

    private static <C extends Command> Route<C> picture(Handler<C> handler) {
        return new Route<>(Placement.PICTURE, handler);
    }

    private static <C extends Command.OnEntries> Route<C> ofEntries(Handler<C> handler) {
        return new Route<>(Placement.ENTRIES, handler);
    }
}
