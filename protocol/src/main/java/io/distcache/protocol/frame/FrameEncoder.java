package io.distcache.protocol.frame;

import static io.distcache.protocol.frame.Fields.writeBytes;
import static io.distcache.protocol.frame.Fields.writeOptional;
import static io.distcache.protocol.frame.Fields.writeText;
import static io.distcache.protocol.frame.Fields.writeVarint;
import static io.distcache.protocol.frame.Fields.writeVarlong;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Status;
import io.distcache.protocol.Witness;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Appends frames to a buffer. Stateless.
 *
 * <pre>
 *  offset  bytes  field
 *       0      4  length   of all that follows; big-endian; at most the node's limit
 *       4      1  type     0x01 opcode, 0x40 reply, 0x80 push, 0xf0 hello
 *       5      4  request  chosen by the client, not 0; 0 in pushes and hellos
 *       9      n  body     as the methods below write it
 * </pre>
 */
public final class FrameEncoder {
    /** Type of the client's hello. */
    public static final int HELLO_CLIENT = 0xf0;
    /** Type of the node's hello. */
    public static final int HELLO_NODE = 0xf1;
    /** The most keys, entries or other parts in one message. */
    public static final int MAX_PARTS = 1 << 18;
    /** Bytes before the body. */
    public static final int HEADER_BYTES = 9;
    /** In a byte that says how something goes on: a number follows under which it is made once. */
    static final int NUMBERED = 0x80;

    /** Of a health report that has the figures of a replicated pool, in the byte that says how far the node has started. */
    static final int REPLICATED = 0x80;

    private FrameEncoder() {}

    /** Appends a command. */
    public static void encode(Command command, int request, ByteBuf out) {
        int start = begin(out, command.opcode().code(), request);
        writeCommand(command, out);
        end(out, start);
    }

    /** Appends a reply. */
    public static void encode(Reply reply, int request, ByteBuf out) {
        int start = begin(out, reply.kind().code(), request);
        writeReply(reply, out);
        end(out, start);
    }

    /** Appends a pushed message. */
    public static void encode(Push push, ByteBuf out) {
        int start = begin(out, push.kind().code(), 0);
        writePush(push, out);
        end(out, start);
    }

    /** Appends a client's hello. */
    public static void encode(Hello.Client hello, ByteBuf out) {
        int start = begin(out, HELLO_CLIENT, 0);
        out.writeInt(Hello.MAGIC);
        writeVarint(out, hello.minVersion());
        writeVarint(out, hello.maxVersion());
        out.writeLong(hello.capabilities());
        writeText(out, hello.client());
        writeText(out, hello.token().reveal());
        writeVarint(out, hello.healthMillis());
        if (!hello.user().isEmpty()) {
            writeText(out, hello.user());
        }
        end(out, start);
    }

    /** Appends a node's hello. */
    public static void encode(Hello.Node hello, ByteBuf out) {
        int start = begin(out, HELLO_NODE, 0);
        writeVarint(out, hello.version());
        out.writeLong(hello.capabilities());
        writeText(out, hello.node());
        out.writeLong(hello.incarnation());
        writeVarint(out, hello.maxFrameBytes());
        writeVarint(out, hello.maxInFlight());
        writeVarlong(out, hello.maxLeaseMillis());
        end(out, start);
    }

    private static int begin(ByteBuf out, int type, int request) {
        int start = out.writerIndex();
        out.writeInt(0);
        out.writeByte(type);
        out.writeInt(request);
        return start;
    }

    private static void end(ByteBuf out, int start) {
        out.setInt(start, out.writerIndex() - start - 4);
    }

    private static void writeCommand(Command command, ByteBuf out) {
        switch (command.opcode()) {
            case GET -> {
                Command.Get c = (Command.Get) command;
                writeVarint(out, c.cache());
                writeBytes(out, c.key());
            }
            case CONTAINS -> {
                Command.Contains c = (Command.Contains) command;
                writeVarint(out, c.cache());
                writeBytes(out, c.key());
            }
            case PUT -> {
                Command.Put c = (Command.Put) command;
                writeVarint(out, c.cache());
                writeCondition(out, c.condition());
                writeVarlong(out, c.ttlMillis());
                out.writeBoolean(c.returnOld());
                writeBytes(out, c.key());
                writeBytes(out, c.value());
            }
            case REMOVE -> {
                Command.Remove c = (Command.Remove) command;
                writeVarint(out, c.cache());
                writeCondition(out, c.condition());
                out.writeBoolean(c.returnOld());
                writeBytes(out, c.key());
            }
            case LEASE -> {
                Command.Lease c = (Command.Lease) command;
                writeVarint(out, c.cache());
                out.writeBoolean(c.onMiss());
                writeVarlong(out, c.leaseMillis());
                writeBytes(out, c.key());
            }
            case LEASE_MANY -> {
                Command.LeaseMany c = (Command.LeaseMany) command;
                writeVarint(out, c.cache());
                out.writeBoolean(c.onMiss());
                writeVarlong(out, c.leaseMillis());
                writeKeys(out, c.keys());
            }
            case SETTLE -> {
                Command.Settle c = (Command.Settle) command;
                writeVarint(out, c.cache());
                writeVarint(out, c.settlements().size());
                c.settlements().forEach(s -> writeSettlement(out, s));
            }
            case TOUCH_ALL -> {
                Command.TouchAll c = (Command.TouchAll) command;
                writeVarint(out, c.cache());
                writeVarint(out, c.touches().size());
                for (Command.Touch t : c.touches()) {
                    writeBytes(out, t.key());
                    out.writeLong(t.version());
                    writeVarlong(out, t.ttlMillis());
                }
            }
            case GET_ALL -> {
                Command.GetAll c = (Command.GetAll) command;
                writeVarint(out, c.cache());
                writeKeys(out, c.keys());
            }
            case PUT_ALL -> {
                Command.PutAll c = (Command.PutAll) command;
                writeVarint(out, c.cache());
                out.writeBoolean(c.onlyIfAbsent());
                writeVarlong(out, c.ttlMillis());
                writeVarint(out, c.pairs().size());
                for (Command.Pair p : c.pairs()) {
                    writeBytes(out, p.key());
                    writeBytes(out, p.value());
                }
            }
            case REMOVE_ALL -> {
                Command.RemoveAll c = (Command.RemoveAll) command;
                writeVarint(out, c.cache());
                writeKeys(out, c.keys());
            }
            case CLEAR -> writeVarint(out, ((Command.Clear) command).cache());
            case REMOVE_EVERY -> writeVarint(out, ((Command.RemoveEvery) command).cache());
            case SIZE -> writeVarint(out, ((Command.Size) command).cache());
            case SCAN -> {
                Command.Scan c = (Command.Scan) command;
                writeVarint(out, c.cache());
                out.writeLong(c.cursor());
                writeVarint(out, c.maxEntries());
                out.writeBoolean(c.keysOnly());
                writeBytes(out, c.match());
            }
            case ADD -> {
                Command.Add c = (Command.Add) command;
                writeVarint(out, c.cache());
                writeVarlong(out, c.ttlMillis());
                writeBytes(out, c.key());
                writeBytes(out, c.diff());
                writeBytes(out, c.initial());
            }
            case APPEND -> {
                Command.Append c = (Command.Append) command;
                writeVarint(out, c.cache());
                out.writeBoolean(c.front());
                writeBytes(out, c.key());
                writeBytes(out, c.piece());
            }
            case EXPIRE -> {
                Command.Expire c = (Command.Expire) command;
                writeVarint(out, c.cache());
                writeVarlong(out, c.ttlMillis());
                out.writeByte(c.when().ordinal());
                writeBytes(out, c.key());
            }
            case TTL_OF -> {
                Command.TtlOf c = (Command.TtlOf) command;
                writeVarint(out, c.cache());
                writeBytes(out, c.key());
            }
            case ONCE -> {
                Command.Once c = (Command.Once) command;
                writeNumber(out, c.as());
                out.writeByte(c.change().opcode().code());
                writeCommand(c.change(), out);
            }
            case OF_GROUP -> {
                Command.OfGroup c = (Command.OfGroup) command;
                writeVarint(out, c.group());
                Command.OnceNumber as = c.as();
                out.writeByte(c.whole().opcode().code() | (as == null ? 0 : NUMBERED));
                if (as != null) {
                    writeNumber(out, as);
                }
                writeCommand(c.whole(), out);
            }
            case STALE -> {
                Command.OnCache read = ((Command.Stale) command).read();
                out.writeByte(read.opcode().code());
                writeCommand(read, out);
            }
            case OPEN_CACHE -> {
                Command.OpenCache c = (Command.OpenCache) command;
                writeVarint(out, c.cache());
                out.writeBoolean(c.create());
                writeDefinition(out, c.definition());
            }
            case CLOSE_CACHE -> writeVarint(out, ((Command.CloseCache) command).cache());
            case DESTROY_CACHE -> {
                Command.DestroyCache c = (Command.DestroyCache) command;
                writeText(out, c.namespace());
                writeText(out, c.name());
            }
            case LIST_CACHES -> writeText(out, ((Command.ListCaches) command).namespace());
            case CACHE_INFO -> writeVarint(out, ((Command.CacheInfo) command).cache());
            case SUBSCRIBE -> {
                Command.Subscribe c = (Command.Subscribe) command;
                writeVarint(out, c.cache());
                out.writeByte(c.kinds());
                out.writeByte(c.syncKinds());
                out.writeBoolean(c.oldValues());
            }
            case ACK -> out.writeLong(((Command.Ack) command).ackId());
            case PING, SNAPSHOT, RESUME, BACKUP, RELOAD -> {}
            case REPLICATE -> {
                Command.Replicate c = (Command.Replicate) command;
                writeRoutes(out, c.pool());
                writeVarint(out, c.self());
                writeVarint(out, c.founder() + 1);
                writeBytes(out, c.secret());
            }
            case READ_BACKUP -> {
                Command.ReadBackup c = (Command.ReadBackup) command;
                writeVarint(out, c.file());
                writeVarlong(out, c.offset());
            }
            case POOL -> {
                Command.Pool c = (Command.Pool) command;
                writeText(out, c.self());
                writeMembership(out, c.membership());
            }
            case AWAY -> {
                writeTexts(out, ((Command.Away) command).names());
            }
            case HANDED_OVER, ROUTES, GROUPS -> {}
            case STANDING -> {
                Command.Standing c = (Command.Standing) command;
                writeDeparted(out, c.departed());
                writeTexts(out, c.settled());
                writeTexts(out, c.waitsFor());
            }
            case INVALIDATE -> {
                Command.Invalidate c = (Command.Invalidate) command;
                writeText(out, c.namespace());
                writeText(out, c.name());
                out.writeBoolean(c.everything());
                writeKeys(out, c.keys());
            }
        }
    }

    private static void writeTexts(ByteBuf out, List<String> texts) {
        writeVarint(out, texts.size());
        texts.forEach(text -> writeText(out, text));
    }

    private static void writeDeparted(ByteBuf out, List<Witness.Departed> departed) {
        writeVarint(out, departed.size());
        for (Witness.Departed one : departed) {
            writeText(out, one.name());
            out.writeBoolean(one.known());
            writeTexts(out, one.owesNothing());
        }
    }

    private static void writeKeys(ByteBuf out, List<Bytes> keys) {
        writeVarint(out, keys.size());
        for (Bytes key : keys) {
            writeBytes(out, key);
        }
    }

    private static void writeCondition(ByteBuf out, Condition condition) {
        out.writeByte(condition.kind().ordinal());
        switch (condition.kind()) {
            case ALWAYS, ABSENT, PRESENT -> {}
            case VALUE_IS -> writeOptional(out, condition.value());
            case VERSION_IS -> out.writeLong(condition.version());
        }
    }

    private static void writeSettlement(ByteBuf out, Command.Settlement settlement) {
        writeBytes(out, settlement.key());
        out.writeLong(settlement.token());
        writeVarint(out, settlement.changes().size());
        for (EntryChange change : settlement.changes()) {
            if (change instanceof EntryChange.Put put) {
                out.writeByte(0);
                writeVarlong(out, put.ttlMillis());
                writeBytes(out, put.value());
            } else if (change instanceof EntryChange.Touch touch) {
                out.writeByte(1);
                writeVarlong(out, touch.ttlMillis());
            } else {
                out.writeByte(2);
            }
        }
        Command.Share share = settlement.share();
        Command.OnceNumber as = settlement.as();
        int numbered = as == null ? 0 : NUMBERED;
        if (share == null) {
            out.writeByte(numbered);
        } else if (share instanceof Command.Share.Failed failed) {
            out.writeByte(2 | numbered);
            writeBytes(out, failed.error());
        } else {
            out.writeByte((share instanceof Command.Share.Keep ? 3 : 1) | numbered);
        }
        if (as != null) {
            writeNumber(out, as);
        }
    }

    private static void writeNumber(ByteBuf out, Command.OnceNumber number) {
        out.writeLong(number.client());
        writeVarlong(out, number.number());
        writeVarlong(out, number.firstOpen());
        writeVarint(out, number.keepMillis());
    }

    private static void writeMembership(ByteBuf out, Membership membership) {
        writeVarlong(out, membership.epoch());
        writeVarint(out, membership.members().size());
        for (PoolMember member : membership.members()) {
            writeText(out, member.name());
            writeText(out, member.address());
            writeVarint(out, member.weight());
        }
    }

    private static void writeRoutes(ByteBuf out, Routes routes) {
        out.writeLong(routes.pool());
        writeVarint(out, routes.nodes().size());
        for (Routes.Node node : routes.nodes()) {
            writeText(out, node.name());
            writeText(out, node.host());
            writeVarint(out, node.port());
        }
        writeVarint(out, routes.groups());
        for (Routes.Leader leader : routes.leaders()) {
            writeVarint(out, leader.term());
            writeVarint(out, leader.node() + 1);
        }
    }

    static void writeDefinition(ByteBuf out, CacheDefinition d) {
        writeText(out, d.namespace());
        writeText(out, d.name());
        writeVarlong(out, d.expiry().creationMillis());
        writeVarlong(out, d.expiry().updateMillis());
        writeVarlong(out, d.expiry().accessMillis());
        out.writeBoolean(d.expiry().byClient());
        writeVarlong(out, d.maxEntries());
        writeVarlong(out, d.maxBytes());
        out.writeByte(d.whenFull().ordinal());
        out.writeByte(d.durability().ordinal());
        writeVarint(out, d.attributes().size());
        for (Map.Entry<String, String> attribute : new TreeMap<>(d.attributes()).entrySet()) {
            writeText(out, attribute.getKey());
            writeText(out, attribute.getValue());
        }
    }

    private static void writeReply(Reply reply, ByteBuf out) {
        switch (reply.kind()) {
            case OK, MISS -> {}
            case FAILURE -> {
                Reply.Failure r = (Reply.Failure) reply;
                Status status = r.status();
                out.writeByte(status.code());
                writeText(out, r.message());
            }
            case VALUE -> {
                Reply.Value r = (Reply.Value) reply;
                out.writeLong(r.version());
                writeBytes(out, r.value());
            }
            case CHANGED -> {
                Reply.Changed r = (Reply.Changed) reply;
                out.writeByte((r.existed() ? 1 : 0) | (r.applied() ? 2 : 0));
                out.writeLong(r.version());
                writeOptional(out, r.old());
            }
            case LEASED -> {
                Reply.Leased r = (Reply.Leased) reply;
                out.writeLong(r.token());
                out.writeLong(r.version());
                writeOptional(out, r.value());
            }
            case LOAD_FAILED -> writeBytes(out, ((Reply.LoadFailed) reply).error());
            case MANY -> {
                Reply.Many r = (Reply.Many) reply;
                writeVarint(out, r.replies().size());
                for (Reply part : r.replies()) {
                    out.writeByte(part.kind().code());
                    writeReply(part, out);
                }
            }
            case STALE -> {
                Reply answer = ((Reply.Stale) reply).answer();
                out.writeByte(answer.kind().code());
                writeReply(answer, out);
            }
            case AFFECTED -> {
                Reply.Affected r = (Reply.Affected) reply;
                writeVarint(out, r.applied());
                writeVarint(out, r.existed());
            }
            case PAGE -> {
                Reply.Page r = (Reply.Page) reply;
                out.writeLong(r.cursor());
                writeVarint(out, r.items().size());
                for (Reply.Item item : r.items()) {
                    writeBytes(out, item.key());
                    out.writeLong(item.version());
                    writeOptional(out, item.value());
                }
            }
            case COUNT -> writeVarlong(out, ((Reply.Count) reply).value());
            case OPENED -> {
                Reply.Opened r = (Reply.Opened) reply;
                out.writeBoolean(r.created());
                writeDefinition(out, r.definition());
            }
            case CACHES -> {
                Reply.Caches r = (Reply.Caches) reply;
                writeVarint(out, r.definitions().size());
                r.definitions().forEach(d -> writeDefinition(out, d));
            }
            case INFO -> {
                Reply.Info r = (Reply.Info) reply;
                writeVarlong(out, r.entries());
                writeVarlong(out, r.bytes());
                writeVarlong(out, r.evictions());
                writeVarlong(out, r.expirations());
            }
            case FILES -> {
                Reply.Files r = (Reply.Files) reply;
                writeVarint(out, r.files().size());
                for (Reply.NodeFile file : r.files()) {
                    writeText(out, file.path());
                    writeVarlong(out, file.bytes());
                }
            }
            case CHUNK -> writeBytes(out, ((Reply.Chunk) reply).bytes());
            case MEMBERS -> writeMembership(out, ((Reply.Members) reply).membership());
            case GROUPS -> {
                List<Reply.Group> groups = ((Reply.Groups) reply).groups();
                writeVarint(out, groups.size());
                for (Reply.Group group : groups) {
                    writeVarint(out, group.term());
                    writeVarint(out, group.leader() + 1);
                    writeVarlong(out, group.last());
                    writeVarint(out, group.behind().size());
                    for (long behind : group.behind()) {
                        writeVarlong(out, behind);
                    }
                }
            }
            case ROUTES -> writeRoutes(out, ((Reply.Routes) reply).routes());
            case RELOADED -> {
                Reply.Reloaded r = (Reply.Reloaded) reply;
                writeText(out, r.certificate());
                writeVarlong(out, r.expiresMillis());
                out.writeBoolean(r.isNewCertificate());
                writeVarint(out, r.users() + 1);
            }
            case STANDING -> {
                Reply.Standing r = (Reply.Standing) reply;
                out.writeBoolean(r.fresh());
                writeTexts(out, r.unsure());
                out.writeBoolean(r.inUse());
                writeVarint(out, r.waitMillis());
                writeDeparted(out, r.departed());
            }
            case HINTS -> {
                Reply.Hints r = (Reply.Hints) reply;
                writeVarint(out, r.hints().size());
                for (Reply.Hint hint : r.hints()) {
                    writeText(out, hint.owner());
                    writeText(out, hint.namespace());
                    writeText(out, hint.cache());
                    out.writeBoolean(hint.everything());
                    writeKeys(out, hint.keys());
                }
            }
        }
    }

    private static void writePush(Push push, ByteBuf out) {
        switch (push.kind()) {
            case EVENT -> {
                Push.Event p = (Push.Event) push;
                writeVarint(out, p.cache());
                out.writeByte(p.event().ordinal());
                writeBytes(out, p.key());
                writeOptional(out, p.value());
                writeOptional(out, p.oldValue());
                out.writeLong(p.version());
                out.writeLong(p.ackId());
                out.writeInt(p.cause());
            }
            case QUEUED -> {
                Push.Queued p = (Push.Queued) push;
                out.writeInt(p.request());
                writeVarlong(out, p.waitMillis());
            }
            case HEALTH -> {
                HealthReport h = ((Push.Health) push).report();
                out.writeByte(h.state().ordinal());
                writeText(out, h.cause());
                out.writeByte(h.progressPercent() | (h.isOfReplicatedPool() ? REPLICATED : 0));
                writeText(out, h.node());
                out.writeLong(h.incarnation());
                for (HealthReport.Figure figure : HealthReport.Figure.values()) {
                    if (figure.isOfReplicatedPool() && !h.isOfReplicatedPool()) {
                        break;
                    }
                    if (figure == HealthReport.Figure.HITS) {
                        writeText(out, h.version());
                    } else if (figure == HealthReport.Figure.BUFFERED_BYTES) {
                        writeText(out, h.notReady());
                    }
                    if (figure.isCount()) {
                        writeVarint(out, (int) h.figure(figure));
                    } else {
                        writeVarlong(out, h.figure(figure));
                    }
                }
            }
            case DESTROYED -> writeVarint(out, ((Push.Destroyed) push).cache());
            case MEMBERS -> writeMembership(out, ((Push.Members) push).membership());
            case ROUTES -> writeRoutes(out, ((Push.Routes) push).routes());
        }
    }
}
