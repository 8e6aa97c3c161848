package io.distcache.protocol.frame;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.HealthReport.Figure;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Secret;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.Witness;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** At least one of every message there is, with every optional field once there and once not. */
final class Samples {
    static final Bytes KEY = Bytes.ofUtf8("\u0002key");
    static final Bytes VALUE = Bytes.ofUtf8("\u0002a value");
    static final Bytes LONG_VALUE = Bytes.of(new byte[300]);

    static final CacheDefinition PLAIN = CacheDefinition.of("", "plain");
    static final CacheDefinition FULL = new CacheDefinition(
            "shop",
            "baskets \u00e4\u20ac",
            new CacheDefinition.Expiry(60_000, Ttl.NOW, Ttl.UNCHANGED, true),
            1000,
            1L << 40,
            CacheDefinition.WhenFull.REFUSE,
            CacheDefinition.Durability.NONE,
            Map.of("key", "java.lang.String", "value", "", "\u00fc", "\u20ac"));

    static final Membership POOL = new Membership(
            3, List.of(new PoolMember("b", "[::1]:2050", 100), new PoolMember("10.0.0.1:2050", "10.0.0.1:2050", 1)));

    static final Routes ROUTES = new Routes(
            Long.MIN_VALUE,
            2,
            List.of(
                    new Routes.Node("n1", "host \u00e4", 1),
                    new Routes.Node("n2", "::1", 65_535),
                    new Routes.Node("", "", 2050)),
            List.of(Routes.Leader.UNKNOWN, new Routes.Leader(Integer.MAX_VALUE, 2)));

    static final List<Command> COMMANDS = List.of(
            new Command.OpenCache(1, PLAIN, false),
            new Command.OpenCache(9999, FULL, true),
            new Command.CloseCache(1),
            new Command.DestroyCache("shop", "baskets"),
            new Command.ListCaches(""),
            new Command.CacheInfo(127),
            new Command.Subscribe(128, 0x0f, 0x05, true),
            new Command.Subscribe(0, 0, 0, false),
            new Command.Ack(Long.MIN_VALUE),
            new Command.Ping(),
            new Command.Snapshot(),
            new Command.Resume(),
            new Command.Reload(),
            new Command.Replicate(
                    Routes.of(
                            42,
                            16,
                            List.of(new Routes.Node("n1", "10.0.0.1", 2050), new Routes.Node("n2", "::1", 2051))),
                    1,
                    0,
                    Bytes.of(new byte[16])),
            new Command.Backup(),
            new Command.ReadBackup(3, 1L << 40),
            new Command.Pool("", Membership.NONE),
            new Command.Pool("b", POOL),
            new Command.Away(List.of()),
            new Command.Away(List.of("a", "10.0.0.1:2050")),
            new Command.HandedOver(),
            Command.Standing.QUESTION,
            new Command.Standing(
                    List.of(
                            Witness.Departed.unknown("a"),
                            new Witness.Departed("10.0.0.1:2050", true, List.of("b", "c"))),
                    List.of("b"),
                    List.of("c", "d")),
            new Command.Invalidate("shop", "baskets", false, List.of(KEY, Bytes.EMPTY)),
            new Command.Invalidate("", "", true, List.of()),
            new Command.Get(0, KEY),
            new Command.Get(Integer.MAX_VALUE, Bytes.EMPTY),
            new Command.Contains(1, KEY),
            new Command.Put(1, KEY, VALUE, Condition.ALWAYS, Ttl.ETERNAL, false),
            new Command.Put(1, KEY, LONG_VALUE, Condition.ABSENT, Ttl.DEFINED, true),
            new Command.Put(1, KEY, Bytes.EMPTY, Condition.PRESENT, Ttl.UNCHANGED, true),
            new Command.Put(1, KEY, VALUE, Condition.valueIs(Bytes.EMPTY), Ttl.NOW, true),
            new Command.Put(1, KEY, VALUE, Condition.versionIs(-7), 1, true),
            new Command.Remove(1, KEY, Condition.ALWAYS, true),
            new Command.Remove(1, KEY, Condition.valueIs(LONG_VALUE), false),
            new Command.TouchAll(1, List.of()),
            new Command.TouchAll(
                    1, List.of(new Command.Touch(KEY, 18, 30_000), new Command.Touch(Bytes.EMPTY, 0, Ttl.ETERNAL))),
            new Command.GetAll(1, List.of(KEY, VALUE, Bytes.EMPTY)),
            new Command.GetAll(1, List.of()),
            new Command.PutAll(1, List.of(new Command.Pair(KEY, VALUE)), true, Ttl.DEFINED),
            new Command.PutAll(
                    1,
                    List.of(new Command.Pair(KEY, LONG_VALUE), new Command.Pair(VALUE, Bytes.EMPTY)),
                    false,
                    Ttl.ETERNAL),
            new Command.RemoveAll(1, List.of(KEY)),
            new Command.Clear(1),
            new Command.RemoveEvery(1),
            new Command.Size(1),
            new Command.OfGroup(0, new Command.Size(1)),
            new Command.OfGroup(63, new Command.Clear(Integer.MAX_VALUE)),
            new Command.OfGroup(
                    63, new Command.Clear(2), new Command.OnceNumber(Long.MIN_VALUE, Long.MAX_VALUE, 1, 4000)),
            new Command.OfGroup(Integer.MAX_VALUE, new Command.RemoveEvery(1)),
            new Command.Stale(new Command.Get(1, KEY)),
            new Command.Stale(new Command.Contains(Integer.MAX_VALUE, KEY)),
            new Command.Stale(new Command.GetAll(1, List.of(KEY, KEY))),
            new Command.Routes(),
            new Command.Groups(),
            new Command.Scan(1, Long.MAX_VALUE, 1000, true, Bytes.ofUtf8("user:*")),
            new Command.Scan(1, 0, 0, false, Bytes.EMPTY),
            new Command.Add(1, KEY, VALUE, LONG_VALUE, Ttl.DEFINED),
            new Command.Append(1, KEY, VALUE, true),
            new Command.Append(1, Bytes.EMPTY, LONG_VALUE, false),
            new Command.Expire(1, KEY, Ttl.ETERNAL, Command.DeadlineIs.SOME),
            new Command.Expire(1, KEY, 30_000, Command.DeadlineIs.LATER),
            new Command.TtlOf(1, KEY),
            new Command.Once(-7, Long.MAX_VALUE, 0, 4000, new Command.Add(1, KEY, VALUE, VALUE, 1)),
            new Command.Once(
                    Long.MAX_VALUE,
                    1,
                    1,
                    0,
                    new Command.Put(1, KEY, LONG_VALUE, Condition.versionIs(3), Ttl.UNCHANGED, false)),
            new Command.Once(0, 0, 0, 1, new Command.Remove(1, KEY, Condition.ALWAYS, false)),
            new Command.Once(0, 1, 0, 1, new Command.Remove(1, KEY, Condition.ALWAYS, true)),
            new Command.Once(1, 2, 1, 1, new Command.Append(1, KEY, VALUE, false)),
            new Command.Once(1, 3, 1, 1, new Command.Expire(1, KEY, Ttl.DEFINED, Command.DeadlineIs.ANY)),
            new Command.Lease(1, KEY, true, 60_000),
            new Command.Lease(1, KEY, false, -1),
            new Command.LeaseMany(1, List.of(KEY, VALUE), true, 1),
            new Command.Settle(1, List.of()),
            new Command.Settle(
                    1,
                    List.of(
                            new Command.Settlement(KEY, 77, List.of(), null),
                            new Command.Settlement(
                                    VALUE,
                                    Long.MAX_VALUE,
                                    List.of(
                                            new EntryChange.Put(VALUE, Ttl.ETERNAL),
                                            new EntryChange.Touch(Ttl.DEFINED),
                                            new EntryChange.Remove()),
                                    new Command.Share.Miss()),
                            new Command.Settlement(KEY, 3, List.of(), new Command.Share.Keep()),
                            new Command.Settlement(
                                    KEY, -1, List.of(new EntryChange.Remove()), new Command.Share.Failed(VALUE)),
                            new Command.Settlement(
                                    KEY,
                                    4,
                                    List.of(new EntryChange.Remove()),
                                    null,
                                    new Command.OnceNumber(-1, 0, 0, 0)),
                            new Command.Settlement(
                                    KEY,
                                    5,
                                    List.of(new EntryChange.Remove()),
                                    new Command.Share.Keep(),
                                    new Command.OnceNumber(1, 3, 2, 4000)),
                            new Command.Settlement(
                                    KEY,
                                    6,
                                    List.of(new EntryChange.Remove()),
                                    new Command.Share.Failed(VALUE),
                                    new Command.OnceNumber(Long.MAX_VALUE, 1, 1, Integer.MAX_VALUE)))));

    static final List<Reply> REPLIES = List.of(
            Reply.Ok.INSTANCE,
            new Reply.Failure(Status.LEASE_LOST, "it has ended \u20ac"),
            new Reply.Failure(Status.INTERNAL, ""),
            new Reply.Value(18, VALUE),
            new Reply.Value(-1, Bytes.EMPTY),
            Reply.Miss.INSTANCE,
            new Reply.Changed(true, false, 18, null),
            new Reply.Changed(false, true, 19, VALUE),
            new Reply.Changed(true, true, 0, Bytes.EMPTY),
            new Reply.Leased(77, 0, null),
            new Reply.Leased(78, 18, LONG_VALUE),
            new Reply.LoadFailed(VALUE),
            new Reply.Many(List.of()),
            new Reply.Many(List.of(
                    new Reply.Value(1, VALUE),
                    Reply.Miss.INSTANCE,
                    new Reply.Leased(5, 0, null),
                    new Reply.Failure(Status.LEASE_BUSY, "busy"),
                    new Reply.Changed(true, true, 3, VALUE))),
            new Reply.Stale(new Reply.Value(1, VALUE)),
            new Reply.Stale(Reply.Miss.INSTANCE),
            new Reply.Stale(new Reply.Count(1)),
            new Reply.Stale(new Reply.Many(List.of(
                    new Reply.Value(1, VALUE),
                    Reply.Miss.INSTANCE,
                    new Reply.Failure(Status.NOT_LEADER, "somebody leads")))),
            new Reply.Affected(0, Integer.MAX_VALUE),
            new Reply.Page(-1, List.of()),
            new Reply.Page(1L << 45, List.of(new Reply.Item(KEY, 1, VALUE), new Reply.Item(VALUE, 2, null))),
            new Reply.Count(Long.MAX_VALUE),
            new Reply.Opened(true, FULL),
            new Reply.Opened(false, PLAIN),
            new Reply.Caches(List.of()),
            new Reply.Caches(List.of(PLAIN, FULL)),
            new Reply.Info(1, 2, 3, Long.MIN_VALUE),
            new Reply.Files(List.of()),
            new Reply.Files(List.of(new Reply.NodeFile("log/1.log", 1L << 40), new Reply.NodeFile("\u00e4", 0))),
            new Reply.Chunk(VALUE),
            new Reply.Chunk(Bytes.EMPTY),
            new Reply.Members(Membership.NONE),
            new Reply.Members(POOL),
            new Reply.Routes(Routes.NONE),
            new Reply.Routes(ROUTES),
            new Reply.Groups(List.of()),
            new Reply.Groups(List.of(
                    new Reply.Group(0, -1, 0, List.of()), new Reply.Group(7, 2, 1L << 40, List.of(0L, 12L, 0L)))),
            new Reply.Hints(List.of()),
            new Reply.Reloaded("CN=node", 1_800_000_000_000L, true, 2),
            new Reply.Reloaded("", 0, false, -1),
            new Reply.Standing(true, List.of(), false, 0, List.of()),
            new Reply.Standing(false, List.of("a"), true, 5000, List.of(new Witness.Departed("a", true, List.of("b")))),
            new Reply.Hints(List.of(
                    new Reply.Hint("b", "shop", "baskets", false, List.of(KEY, VALUE)),
                    new Reply.Hint("b", "", "", true, List.of()))));

    static final List<Push> PUSHES = List.of(
            new Push.Event(1, EventKind.CREATED, KEY, VALUE, null, 18, 0, 4),
            new Push.Event(2, EventKind.UPDATED, KEY, Bytes.EMPTY, LONG_VALUE, 19, 5, -1),
            new Push.Event(3, EventKind.REMOVED, KEY, null, VALUE, 20, Long.MIN_VALUE, 0),
            new Push.Event(4, EventKind.EXPIRED, KEY, null, null, 21, 1, Integer.MIN_VALUE),
            new Push.Queued(-5, 30_000),
            new Push.Health(HealthReport.in(HealthReport.State.DRAINING)
                    .progressPercent(100)
                    .node("node 1")
                    .incarnation(1L << 60)
                    .with(Figure.UPTIME_MILLIS, 1)
                    .with(Figure.ENTRIES, 2)
                    .with(Figure.BYTES, 3)
                    .with(Figure.MAX_BYTES, 4)
                    .with(Figure.CONNECTIONS, 5)
                    .with(Figure.OPERATIONS, 6)
                    .with(Figure.EVICTIONS, Long.MAX_VALUE)
                    .with(Figure.UNSYNCED_BYTES, 7)
                    .with(Figure.SYNC_MICROS, 8)
                    .with(Figure.SNAPSHOT_MILLIS, -1)
                    .version("0.1")
                    .with(Figure.HITS, 9)
                    .with(Figure.MISSES, 10)
                    .with(Figure.OPERATIONS_PER_SECOND, 11)
                    .with(Figure.LAG_MICROS, 12)
                    .with(Figure.HEAP_BYTES, 13)
                    .with(Figure.MAX_HEAP_BYTES, 14)
                    .with(Figure.DIRECT_BYTES, 15)
                    .with(Figure.POOL_EPOCH, 16)
                    .with(Figure.HINTS, 17)
                    .notReady("n2 is away \u20ac")
                    .with(Figure.LATE_CLIENTS, 4)
                    .with(Figure.CERTIFICATE_DAYS, -3)
                    .with(Figure.FAILED_LOGINS, 200)
                    .with(Figure.FORBIDDEN_COMMANDS, Long.MAX_VALUE)
                    .build()),
            new Push.Health(HealthReport.in(HealthReport.State.READ_ONLY)
                    .cause("disk full \u20ac")
                    .build()),
            new Push.Health(HealthReport.in(HealthReport.State.SERVING)
                    .with(Figure.GROUPS_LED, 5)
                    .with(Figure.MOST_BEHIND, 70_000)
                    .with(Figure.LEASE_MILLIS, -1)
                    .with(Figure.PROPOSED_CHANGES, Long.MAX_VALUE)
                    .with(Figure.PINNING_GROUP, Figure.NOTHING_PINS)
                    .build()),
            new Push.Destroyed(1),
            new Push.Members(POOL),
            new Push.Routes(Routes.NONE),
            new Push.Routes(ROUTES));

    static final List<Hello.Client> CLIENT_HELLOS = List.of(
            new Hello.Client(1, 1, 0, "", "", 0),
            new Hello.Client(1, 7, -1, "client \u00e4", "secret", Integer.MAX_VALUE),
            new Hello.Client(1, 1, 0, "app-1", Secret.of("secret"), 1000, "app"));

    static final List<Hello.Node> NODE_HELLOS = List.of(
            new Hello.Node(1, 0, "", 0, 65_536, 1, 1),
            new Hello.Node(1, 3, "node 1", 1L << 60, Integer.MAX_VALUE, 65_536, 60_000));

    private Samples() {}

    /** Every sample, encoded: one frame each. */
    static List<byte[]> frames() {
        List<byte[]> frames = new ArrayList<>();
        COMMANDS.forEach(m -> frames.add(frame(m, 0x01020304)));
        REPLIES.forEach(m -> frames.add(frame(m, -2)));
        PUSHES.forEach(m -> frames.add(frame(m, 0)));
        CLIENT_HELLOS.forEach(m -> frames.add(frame(m, 0)));
        NODE_HELLOS.forEach(m -> frames.add(frame(m, 0)));
        return frames;
    }

    static byte[] frame(Object message, int request) {
        ByteBuf out = Unpooled.buffer();
        if (message instanceof Command command) {
            FrameEncoder.encode(command, request, out);
        } else if (message instanceof Reply reply) {
            FrameEncoder.encode(reply, request, out);
        } else if (message instanceof Push push) {
            FrameEncoder.encode(push, out);
        } else if (message instanceof Hello.Client hello) {
            FrameEncoder.encode(hello, out);
        } else {
            FrameEncoder.encode((Hello.Node) message, out);
        }
        return ByteBufUtil.getBytes(out);
    }

    /** The message in a frame's body, and nothing after it. */
    static Object decode(int type, ByteBuf body) {
        Object message;
        if (type == FrameEncoder.HELLO_CLIENT) {
            message = FrameDecoder.clientHello(body);
        } else if (type == FrameEncoder.HELLO_NODE) {
            message = FrameDecoder.nodeHello(body);
        } else if (type >= 0x80) {
            message = FrameDecoder.push(type, body);
        } else if (type >= 0x40) {
            message = FrameDecoder.reply(type, body);
        } else {
            message = FrameDecoder.command(type, body);
        }
        FrameDecoder.finish(body);
        return message;
    }
}
