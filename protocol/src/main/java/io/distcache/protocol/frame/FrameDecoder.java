package io.distcache.protocol.frame;

import static io.distcache.protocol.frame.Fields.readBytes;
import static io.distcache.protocol.frame.Fields.readCount;
import static io.distcache.protocol.frame.Fields.readEnum;
import static io.distcache.protocol.frame.Fields.readFlag;
import static io.distcache.protocol.frame.Fields.readInt;
import static io.distcache.protocol.frame.Fields.readLong;
import static io.distcache.protocol.frame.Fields.readOptional;
import static io.distcache.protocol.frame.Fields.readText;
import static io.distcache.protocol.frame.Fields.readVarint;
import static io.distcache.protocol.frame.Fields.readVarlong;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Opcode;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.ProtocolException;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Secret;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.Witness;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads frame bodies; the layout is drawn in {@link FrameEncoder} and docs/formats.md. Every length is checked against what is
 * left of the frame before anything is allocated for it. All methods throw {@link ProtocolException} on bytes that are no such
 * body, and leave the buffer's end to the caller to check by {@link #finish}. Stateless.
 */
public final class FrameDecoder {
    private static final Condition.Kind[] CONDITIONS = Condition.Kind.values();
    private static final CacheDefinition.WhenFull[] WHEN_FULL = CacheDefinition.WhenFull.values();
    private static final CacheDefinition.Durability[] DURABILITY = CacheDefinition.Durability.values();
    private static final EventKind[] EVENTS = EventKind.values();
    private static final HealthReport.State[] STATES = HealthReport.State.values();
    private static final Command.DeadlineIs[] DEADLINES = Command.DeadlineIs.values();
    private static final Push.Kind[] PUSHES = Push.Kind.values();
    private static final int ALL_EVENTS = 0x0f;

    private FrameDecoder() {}

    /** Throws if anything of the frame is left. */
    public static void finish(ByteBuf body) {
        if (body.isReadable()) {
            throw new ProtocolException(body.readableBytes() + " bytes too many at the end of a frame");
        }
    }

    /** The body of a client's hello. */
    public static Hello.Client clientHello(ByteBuf in) {
        int magic = readInt(in);
        if (magic != Hello.MAGIC) {
            throw new ProtocolException(
                    "not a DistCache client: the hello starts with 0x" + Integer.toHexString(magic));
        }
        int min = readVarint(in);
        int max = readVarint(in);
        long capabilities = readLong(in);
        String client = readText(in);
        Secret token = Secret.of(readText(in));
        int healthMillis = readVarint(in);
        String user = (capabilities & Hello.HAS_USER) == 0 ? "" : readText(in);
        return new Hello.Client(min, max, capabilities, client, token, healthMillis, user);
    }

    /** The body of a node's hello. */
    public static Hello.Node nodeHello(ByteBuf in) {
        return new Hello.Node(
                readVarint(in),
                readLong(in),
                readText(in),
                readLong(in),
                readVarint(in),
                readVarint(in),
                readVarlong(in));
    }

    /** The body of a command frame of this type. */
    public static Command command(int type, ByteBuf in) {
        return switch (Opcode.of(type)) {
            case GET -> new Command.Get(readVarint(in), readBytes(in));
            case CONTAINS -> new Command.Contains(readVarint(in), readBytes(in));
            case PUT -> {
                int cache = readVarint(in);
                Condition condition = condition(in);
                long ttl = ttl(in);
                boolean returnOld = readFlag(in);
                yield new Command.Put(cache, readBytes(in), readBytes(in), condition, ttl, returnOld);
            }
            case REMOVE -> {
                int cache = readVarint(in);
                Condition condition = condition(in);
                boolean returnOld = readFlag(in);
                yield new Command.Remove(cache, readBytes(in), condition, returnOld);
            }
            case LEASE -> {
                int cache = readVarint(in);
                boolean onMiss = readFlag(in);
                long leaseMillis = readVarlong(in);
                yield new Command.Lease(cache, readBytes(in), onMiss, leaseMillis);
            }
            case LEASE_MANY -> {
                int cache = readVarint(in);
                boolean onMiss = readFlag(in);
                long leaseMillis = readVarlong(in);
                yield new Command.LeaseMany(cache, keys(in), onMiss, leaseMillis);
            }
            case SETTLE -> {
                int cache = readVarint(in);
                int count = readCount(in, 11);
                List<Command.Settlement> settlements = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    settlements.add(settlement(in));
                }
                yield new Command.Settle(cache, settlements);
            }
            case TOUCH_ALL -> {
                int cache = readVarint(in);
                int count = readCount(in, 10);
                List<Command.Touch> touches = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    touches.add(new Command.Touch(readBytes(in), readLong(in), ttl(in)));
                }
                yield new Command.TouchAll(cache, touches);
            }
            case GET_ALL -> new Command.GetAll(readVarint(in), keys(in));
            case PUT_ALL -> {
                int cache = readVarint(in);
                boolean onlyIfAbsent = readFlag(in);
                long ttl = ttl(in);
                int count = readCount(in, 2);
                List<Command.Pair> pairs = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    pairs.add(new Command.Pair(readBytes(in), readBytes(in)));
                }
                yield new Command.PutAll(cache, pairs, onlyIfAbsent, ttl);
            }
            case REMOVE_ALL -> new Command.RemoveAll(readVarint(in), keys(in));
            case CLEAR -> new Command.Clear(readVarint(in));
            case REMOVE_EVERY -> new Command.RemoveEvery(readVarint(in));
            case SIZE -> new Command.Size(readVarint(in));
            case SCAN -> new Command.Scan(readVarint(in), readLong(in), readVarint(in), readFlag(in), readBytes(in));
            case ADD -> {
                int cache = readVarint(in);
                long ttl = ttl(in);
                yield new Command.Add(cache, readBytes(in), readBytes(in), readBytes(in), ttl);
            }
            case APPEND -> {
                int cache = readVarint(in);
                boolean front = readFlag(in);
                yield new Command.Append(cache, readBytes(in), readBytes(in), front);
            }
            case EXPIRE -> {
                int cache = readVarint(in);
                long ttl = ttl(in);
                Command.DeadlineIs when = readEnum(in, DEADLINES);
                yield new Command.Expire(cache, readBytes(in), ttl, when);
            }
            case TTL_OF -> new Command.TtlOf(readVarint(in), readBytes(in));
            case ONCE -> once(in);
            case OF_GROUP -> ofGroup(in);
            case STALE -> stale(in);
            case OPEN_CACHE -> {
                int cache = readVarint(in);
                boolean create = readFlag(in);
                yield new Command.OpenCache(cache, definition(in), create);
            }
            case CLOSE_CACHE -> new Command.CloseCache(readVarint(in));
            case DESTROY_CACHE -> new Command.DestroyCache(readText(in), readText(in));
            case LIST_CACHES -> new Command.ListCaches(readText(in));
            case CACHE_INFO -> new Command.CacheInfo(readVarint(in));
            case SUBSCRIBE -> new Command.Subscribe(readVarint(in), events(in), events(in), readFlag(in));
            case ACK -> new Command.Ack(readLong(in));
            case PING -> new Command.Ping();
            case SNAPSHOT -> new Command.Snapshot();
            case RESUME -> new Command.Resume();
            case BACKUP -> new Command.Backup();
            case RELOAD -> new Command.Reload();
            case REPLICATE -> new Command.Replicate(routes(in), readVarint(in), readVarint(in) - 1, readBytes(in));
            case READ_BACKUP -> new Command.ReadBackup(readVarint(in), readVarlong(in));
            case POOL -> new Command.Pool(readText(in), membership(in));
            case AWAY -> new Command.Away(texts(in));
            case STANDING -> new Command.Standing(departed(in), texts(in), texts(in));
            case HANDED_OVER -> new Command.HandedOver();
            case ROUTES -> new Command.Routes();
            case GROUPS -> new Command.Groups();
            case INVALIDATE -> new Command.Invalidate(readText(in), readText(in), readFlag(in), keys(in));
        };
    }

    private static Command once(ByteBuf in) {
        Command.OnceNumber as = number(in);
        int type = Fields.readByte(in) & 0xff;
        if (!(wrapped(type, in) instanceof Command.OnEntry change)) {
            throw new ProtocolException(Opcode.of(type) + " cannot be made once");
        }
        return new Command.Once(as.client(), as.number(), as.firstOpen(), as.keepMillis(), change);
    }

    private static Command.OnceNumber number(ByteBuf in) {
        return new Command.OnceNumber(readLong(in), readVarlong(in), readVarlong(in), readVarint(in));
    }

    private static Command ofGroup(ByteBuf in) {
        int group = readVarint(in);
        int first = Fields.readByte(in) & 0xff;
        Command.OnceNumber as = (first & FrameEncoder.NUMBERED) == 0 ? null : number(in);
        int type = first & ~FrameEncoder.NUMBERED;
        if (!(wrapped(type, in) instanceof Command.OnCache whole)) {
            throw new ProtocolException(Opcode.of(type) + " cannot be done for one group of keys");
        }
        return new Command.OfGroup(group, whole, as);
    }

    private static Command stale(ByteBuf in) {
        int type = Fields.readByte(in) & 0xff;
        if (!(wrapped(type, in) instanceof Command.OnCache read)) {
            throw new ProtocolException(Opcode.of(type) + " cannot be answered by who does not lead");
        }
        return new Command.Stale(read);
    }

    /** A command in another one; none of those that have others in them, or a frame could be of any depth. */
    private static Command wrapped(int type, ByteBuf in) {
        Opcode opcode = Opcode.of(type);
        return switch (opcode) {
            case ONCE, OF_GROUP, STALE -> throw new ProtocolException(opcode + " cannot be inside another command");
            default -> command(type, in);
        };
    }

    private static List<String> texts(ByteBuf in) {
        int count = readCount(in, 1);
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            texts.add(readText(in));
        }
        return texts;
    }

    private static List<Witness.Departed> departed(ByteBuf in) {
        int count = readCount(in, 3);
        List<Witness.Departed> departed = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            departed.add(new Witness.Departed(readText(in), readFlag(in), texts(in)));
        }
        return departed;
    }

    private static List<Bytes> keys(ByteBuf in) {
        int count = readCount(in, 1);
        List<Bytes> keys = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            keys.add(readBytes(in));
        }
        return keys;
    }

    private static Condition condition(ByteBuf in) {
        return switch (readEnum(in, CONDITIONS)) {
            case ALWAYS -> Condition.ALWAYS;
            case ABSENT -> Condition.ABSENT;
            case PRESENT -> Condition.PRESENT;
            case VALUE_IS -> {
                Bytes value = readOptional(in);
                if (value == null) {
                    throw new ProtocolException("a VALUE_IS condition has no value");
                }
                yield Condition.valueIs(value);
            }
            case VERSION_IS -> Condition.versionIs(readLong(in));
        };
    }

    private static long ttl(ByteBuf in) {
        long ttl = readVarlong(in);
        if (!Ttl.isValid(ttl)) {
            throw new ProtocolException("ttl " + ttl + " ms is neither a duration nor one of the named values");
        }
        return ttl;
    }

    private static int events(ByteBuf in) {
        byte mask = Fields.readByte(in);
        if ((mask & ~ALL_EVENTS) != 0) {
            throw new ProtocolException("unknown event kinds in mask " + mask);
        }
        return mask;
    }

    private static Command.Settlement settlement(ByteBuf in) {
        Bytes key = readBytes(in);
        long token = readLong(in);
        int count = readCount(in, 1);
        List<EntryChange> changes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            changes.add(change(in));
        }
        int ending = Fields.readByte(in) & 0xff;
        boolean isNumbered = (ending & FrameEncoder.NUMBERED) != 0;
        Command.Share share = switch (ending & ~FrameEncoder.NUMBERED) {
            case 0 -> null;
            case 1 -> new Command.Share.Miss();
            case 2 -> new Command.Share.Failed(readBytes(in));
            case 3 -> new Command.Share.Keep();
            default -> throw new ProtocolException(ending + " is no kind of share");
        };
        return new Command.Settlement(key, token, changes, share, isNumbered ? number(in) : null);
    }

    private static EntryChange change(ByteBuf in) {
        byte kind = Fields.readByte(in);
        return switch (kind) {
            case 0 -> {
                long ttl = ttl(in);
                yield new EntryChange.Put(readBytes(in), ttl);
            }
            case 1 -> new EntryChange.Touch(ttl(in));
            case 2 -> new EntryChange.Remove();
            default -> throw new ProtocolException(kind + " is no kind of change");
        };
    }

    private static Membership membership(ByteBuf in) {
        long epoch = readVarlong(in);
        int count = readCount(in, 3);
        List<PoolMember> members = new ArrayList<>(count);
        try {
            for (int i = 0; i < count; i++) {
                members.add(new PoolMember(readText(in), readText(in), readVarint(in)));
            }
            return new Membership(epoch, members);
        } catch (IllegalArgumentException e) {
            throw new ProtocolException(String.valueOf(e.getMessage()));
        }
    }

    private static List<Reply.Group> groups(ByteBuf in) {
        int count = readCount(in, 4);
        List<Reply.Group> groups = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int term = readVarint(in);
            int leader = readVarint(in) - 1;
            long last = readVarlong(in);
            int members = readCount(in, 1);
            List<Long> behind = new ArrayList<>(members);
            for (int member = 0; member < members; member++) {
                behind.add(readVarlong(in));
            }
            groups.add(new Reply.Group(term, leader, last, behind));
        }
        return groups;
    }

    private static Routes routes(ByteBuf in) {
        long pool = readLong(in);
        int nodeCount = readCount(in, 3);
        List<Routes.Node> nodes = new ArrayList<>(nodeCount);
        try {
            for (int i = 0; i < nodeCount; i++) {
                nodes.add(new Routes.Node(readText(in), readText(in), readVarint(in)));
            }
            int groups = readCount(in, 2);
            List<Routes.Leader> leaders = new ArrayList<>(groups);
            for (int i = 0; i < groups; i++) {
                leaders.add(new Routes.Leader(readVarint(in), readVarint(in) - 1));
            }
            return new Routes(pool, groups, nodes, leaders);
        } catch (IllegalArgumentException e) {
            throw new ProtocolException(String.valueOf(e.getMessage()));
        }
    }

    private static CacheDefinition definition(ByteBuf in) {
        String namespace = readText(in);
        String name = readText(in);
        long creationMillis = ttl(in);
        long updateMillis = ttl(in);
        long accessMillis = ttl(in);
        boolean byClient = readFlag(in);
        long maxEntries = readVarlong(in);
        long maxBytes = readVarlong(in);
        CacheDefinition.WhenFull whenFull = readEnum(in, WHEN_FULL);
        CacheDefinition.Durability durability = readEnum(in, DURABILITY);
        int count = readCount(in, 2);
        Map<String, String> attributes = new HashMap<>();
        for (int i = 0; i < count; i++) {
            attributes.put(readText(in), readText(in));
        }
        try {
            CacheDefinition.Expiry expiry =
                    new CacheDefinition.Expiry(creationMillis, updateMillis, accessMillis, byClient);
            return new CacheDefinition(namespace, name, expiry, maxEntries, maxBytes, whenFull, durability, attributes);
        } catch (IllegalArgumentException e) {
            throw new ProtocolException(String.valueOf(e.getMessage()));
        }
    }

    /** The body of a reply frame of this type. */
    public static Reply reply(int type, ByteBuf in) {
        return reply(type, in, 0);
    }

    private static Reply reply(int type, ByteBuf in, int depth) {
        return switch (Reply.Kind.of(type)) {
            case OK -> Reply.Ok.INSTANCE;
            case MISS -> Reply.Miss.INSTANCE;
            case FAILURE -> new Reply.Failure(Status.of(Fields.readByte(in)), readText(in));
            case VALUE -> new Reply.Value(readLong(in), readBytes(in));
            case CHANGED -> {
                byte flags = Fields.readByte(in);
                yield new Reply.Changed((flags & 1) != 0, (flags & 2) != 0, readLong(in), readOptional(in));
            }
            case LEASED -> new Reply.Leased(readLong(in), readLong(in), readOptional(in));
            case LOAD_FAILED -> new Reply.LoadFailed(readBytes(in));
            case MANY -> {
                if (depth > 0) {
                    throw new ProtocolException("a reply to many parts inside another");
                }
                int count = readCount(in, 1);
                List<Reply> replies = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    replies.add(reply(Fields.readByte(in), in, depth + 1));
                }
                yield new Reply.Many(replies);
            }
            case STALE -> {
                int kind = Fields.readByte(in);
                if (depth > 0 || kind == Reply.Kind.STALE.code()) {
                    throw new ProtocolException("an answer that may be old inside another reply");
                }
                yield new Reply.Stale(reply(kind, in, depth));
            }
            case AFFECTED -> new Reply.Affected(readVarint(in), readVarint(in));
            case PAGE -> {
                long cursor = readLong(in);
                int count = readCount(in, 10);
                List<Reply.Item> items = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    items.add(new Reply.Item(readBytes(in), readLong(in), readOptional(in)));
                }
                yield new Reply.Page(cursor, items);
            }
            case COUNT -> new Reply.Count(readVarlong(in));
            case OPENED -> new Reply.Opened(readFlag(in), definition(in));
            case CACHES -> {
                int count = readCount(in, 8);
                List<CacheDefinition> definitions = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    definitions.add(definition(in));
                }
                yield new Reply.Caches(definitions);
            }
            case INFO -> new Reply.Info(readVarlong(in), readVarlong(in), readVarlong(in), readVarlong(in));
            case FILES -> {
                int count = readCount(in, 2);
                List<Reply.NodeFile> files = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    files.add(new Reply.NodeFile(readText(in), readVarlong(in)));
                }
                yield new Reply.Files(files);
            }
            case CHUNK -> new Reply.Chunk(readBytes(in));
            case MEMBERS -> new Reply.Members(membership(in));
            case ROUTES -> new Reply.Routes(routes(in));
            case GROUPS -> new Reply.Groups(groups(in));
            case RELOADED -> new Reply.Reloaded(readText(in), readVarlong(in), readFlag(in), readVarint(in) - 1);
            case STANDING -> new Reply.Standing(readFlag(in), texts(in), readFlag(in), readVarint(in), departed(in));
            case HINTS -> {
                int count = readCount(in, 5);
                List<Reply.Hint> hints = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    hints.add(new Reply.Hint(readText(in), readText(in), readText(in), readFlag(in), keys(in)));
                }
                yield new Reply.Hints(hints);
            }
        };
    }

    /** The body of a pushed frame of this type. */
    public static Push push(int type, ByteBuf in) {
        int index = type - 0x80;
        if (index < 0 || index >= PUSHES.length) {
            throw new ProtocolException("unknown push 0x" + Integer.toHexString(type));
        }
        return switch (PUSHES[index]) {
            case EVENT ->
                new Push.Event(
                        readVarint(in),
                        readEnum(in, EVENTS),
                        readBytes(in),
                        readOptional(in),
                        readOptional(in),
                        readLong(in),
                        readLong(in),
                        readInt(in));
            case QUEUED -> new Push.Queued(readInt(in), readVarlong(in));
            case HEALTH -> new Push.Health(health(in));
            case DESTROYED -> new Push.Destroyed(readVarint(in));
            case MEMBERS -> new Push.Members(membership(in));
            case ROUTES -> new Push.Routes(routes(in));
        };
    }

    private static HealthReport health(ByteBuf in) {
        HealthReport.Builder report = HealthReport.in(readEnum(in, STATES)).cause(readText(in));
        int percent = Fields.readByte(in) & 0xff;
        report.progressPercent(percent & ~FrameEncoder.REPLICATED)
                .node(readText(in))
                .incarnation(readLong(in));
        for (HealthReport.Figure figure : HealthReport.Figure.values()) {
            if (figure.isOfReplicatedPool() && (percent & FrameEncoder.REPLICATED) == 0) {
                break;
            }
            if (figure == HealthReport.Figure.HITS) {
                report.version(readText(in));
            } else if (figure == HealthReport.Figure.BUFFERED_BYTES) {
                report.notReady(readText(in));
            }
            report.with(figure, figure.isCount() ? readVarint(in) : readVarlong(in));
        }
        return report.build();
    }
}
