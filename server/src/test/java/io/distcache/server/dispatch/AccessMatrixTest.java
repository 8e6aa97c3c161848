package io.distcache.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Effect;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Opcode;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Secret;
import io.distcache.protocol.Status;
import io.distcache.server.access.AccessConfig;
import io.distcache.server.access.AccessControl;
import io.distcache.server.access.Caller;
import io.distcache.server.access.Credentials;
import io.distcache.server.access.EffectUsers;
import io.distcache.server.access.Principal;
import io.distcache.server.memory.Account;
import io.distcache.server.session.ClientSession;
import io.distcache.server.session.PoolRules;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.RecordingSession;
import io.distcache.server.shard.TestShards;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every opcode there is, against users with no, each one and all effects: it is allowed exactly where the rules say. */
class AccessMatrixTest {
    private static final Bytes KEY = Bytes.ofUtf8("k");
    private static final CacheDefinition MINE = CacheDefinition.of("shop", "mine");
    private static final CacheDefinition OTHERS = CacheDefinition.of("shop", "others");
    private static final int MINE_HANDLE = 1;
    private static final int OTHERS_HANDLE = 2;

    private final TestShards node = new TestShards();
    private final Map<Set<Effect>, ClientSession> sessions = new java.util.LinkedHashMap<>();
    private AccessControl access = AccessControl.OPEN;
    private AccessRules rules = new AccessRules(access, node.caches, node.ownership);

    @BeforeEach
    void users(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("access.conf");
        EffectUsers users = EffectUsers.write(file, "shop/mine");
        access = AccessControl.of(new AccessConfig(file.toString()), Secret.NONE);
        rules = new AccessRules(access, node.caches, node.ownership);
        Cache mine = node.caches.openOrCreate(MINE).cache();
        Cache others = node.caches.openOrCreate(OTHERS).cache();
        users.tokens().forEach((effects, token) -> {
            ClientSession session = session();
            access.login(new Caller("test", "here"), new Credentials("", token), login -> {
                Principal who = login.principal();
                assertThat(who).as(login.refusal()).isNotNull();
                if (who != null) {
                    session.principal(who);
                }
            });
            assertThat(session.open(MINE_HANDLE, mine)).isTrue();
            assertThat(session.open(OTHERS_HANDLE, others)).isTrue();
            sessions.put(effects, session);
        });
    }

    @AfterEach
    void end() {
        access.close();
    }

    private ClientSession session() {
        return new ClientSession(
                new RecordingSession("client", node.dispatcher), Account.UNBOUNDED, PoolRules.MUST_TELL);
    }

    /** A command of each opcode, on a cache under a handle. That a new opcode has none does not compile. */
    private static Command command(Opcode opcode, int handle) {
        Command.Put put = new Command.Put(handle, KEY, KEY, Condition.ALWAYS, 0, false);
        String name = handle == MINE_HANDLE ? "mine" : "others";
        return switch (opcode) {
            case OPEN_CACHE -> new Command.OpenCache(9, CacheDefinition.of("shop", name + "-new"), true);
            case CLOSE_CACHE -> new Command.CloseCache(handle);
            case DESTROY_CACHE -> new Command.DestroyCache("shop", name);
            case LIST_CACHES -> new Command.ListCaches("shop");
            case CACHE_INFO -> new Command.CacheInfo(handle);
            case SUBSCRIBE -> new Command.Subscribe(handle, 1, 0, false);
            case ACK -> new Command.Ack(1);
            case PING -> new Command.Ping();
            case SNAPSHOT -> new Command.Snapshot();
            case RESUME -> new Command.Resume();
            case RELOAD -> new Command.Reload();
            case REPLICATE ->
                new Command.Replicate(
                        Routes.of(42, 16, List.of(new Routes.Node("n1", "10.0.0.1", 2050))),
                        0,
                        -1,
                        Bytes.of(new byte[16]));
            case BACKUP -> new Command.Backup();
            case READ_BACKUP -> new Command.ReadBackup(1, 0);
            case GET -> new Command.Get(handle, KEY);
            case CONTAINS -> new Command.Contains(handle, KEY);
            case PUT -> put;
            case REMOVE -> new Command.Remove(handle, KEY, Condition.ALWAYS, false);
            case TOUCH_ALL -> new Command.TouchAll(handle, List.of());
            case GET_ALL -> new Command.GetAll(handle, List.of(KEY));
            case PUT_ALL -> new Command.PutAll(handle, List.of(), false, 0);
            case REMOVE_ALL -> new Command.RemoveAll(handle, List.of(KEY));
            case CLEAR -> new Command.Clear(handle);
            case REMOVE_EVERY -> new Command.RemoveEvery(handle);
            case SIZE -> new Command.Size(handle);
            case SCAN -> new Command.Scan(handle, 0, 1, true, Bytes.EMPTY);
            case ADD -> new Command.Add(handle, KEY, KEY, KEY, 0);
            case APPEND -> new Command.Append(handle, KEY, KEY, false);
            case EXPIRE -> new Command.Expire(handle, KEY, 1, Command.DeadlineIs.values()[0]);
            case TTL_OF -> new Command.TtlOf(handle, KEY);
            case LEASE -> new Command.Lease(handle, KEY, false, 1);
            case LEASE_MANY -> new Command.LeaseMany(handle, List.of(KEY), false, 1);
            case SETTLE -> new Command.Settle(handle, List.of());
            case ONCE -> new Command.Once(1, 1, 1, 1, put);
            case OF_GROUP -> new Command.OfGroup(0, new Command.Clear(handle));
            case STALE -> new Command.Stale(new Command.Get(handle, KEY));
            case POOL -> new Command.Pool("a", new Membership(1, List.of(PoolMember.parse("a=h:1"))));
            case AWAY -> new Command.Away(List.of());
            case HANDED_OVER -> new Command.HandedOver();
            case INVALIDATE -> new Command.Invalidate("shop", name, true, List.of());
            case STANDING -> new Command.Standing(List.of(), List.of("a"), List.of());
            case ROUTES -> new Command.Routes();
            case GROUPS -> new Command.Groups();
        };
    }

    /** Commands that are about a cache by their place in the protocol, and not by their effect alone. */
    private static boolean isAllowed(Opcode opcode, Set<Effect> has, boolean isMine) {
        return switch (opcode) {
            // It tells of those caches only that the user may know.
            case LIST_CACHES -> true;
            // It only asks, and whoever calls for keys has to know.
            case ROUTES, GROUPS -> true;
            // It is about the client, and wants the right to write anywhere.
            case AWAY -> has.contains(Effect.WRITE);
            // A cache of this name is not in the user's rules.
            case OPEN_CACHE -> false;
            default ->
                switch (opcode.effect()) {
                    case CONTROL -> true;
                    case POOL, OPERATOR -> has.contains(opcode.effect());
                    case READ, WRITE, CACHE -> isMine && has.contains(opcode.effect());
                };
        };
    }

    @Test
    void every_opcode_is_allowed_exactly_where_the_rules_say() {
        Map<String, String> wrong = new TreeMap<>();
        for (Opcode opcode : Opcode.values()) {
            sessions.forEach((has, session) -> {
                for (int handle : new int[] {MINE_HANDLE, OTHERS_HANDLE}) {
                    Reply.Failure refusal = rules.refusal(command(opcode, handle), session);
                    boolean wanted = isAllowed(opcode, has, handle == MINE_HANDLE);
                    if ((refusal == null) != wanted || (refusal != null && refusal.status() != Status.FORBIDDEN)) {
                        wrong.put(opcode + " with " + has + " on " + handle, String.valueOf(refusal));
                    }
                }
            });
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void who_has_not_said_who_it_is_may_only_what_is_about_the_connection() {
        ClientSession stranger = session();
        for (Opcode opcode : Opcode.values()) {
            Reply.Failure refusal = rules.refusal(command(opcode, MINE_HANDLE), stranger);
            if (opcode.effect() == Effect.CONTROL) {
                assertThat(refusal).as(opcode.name()).isNull();
            } else {
                assertThat(refusal).as(opcode.name()).isNotNull();
                assertThat(String.valueOf(refusal)).contains("UNAUTHORIZED");
            }
        }
    }

    @Test
    void a_cache_that_is_there_is_opened_by_whoever_has_any_right_on_it_and_made_by_who_may_make_it() {
        Command.OpenCache mine = new Command.OpenCache(9, MINE, true);
        Command.OpenCache others = new Command.OpenCache(9, OTHERS, true);
        sessions.forEach((has, session) -> {
            boolean onCaches = has.contains(Effect.READ) || has.contains(Effect.WRITE) || has.contains(Effect.CACHE);
            assertThat(rules.refusal(mine, session) == null).as("%s", has).isEqualTo(onCaches);
            assertThat(rules.refusal(others, session)).as("%s", has).isNotNull();
        });
        assertThat(node.caches.remove("shop", "mine")).isNotNull();
        sessions.forEach((has, session) ->
                assertThat(rules.refusal(mine, session) == null).as("%s", has).isEqualTo(has.contains(Effect.CACHE)));
    }

    @Test
    void to_ask_for_the_pool_or_to_repeat_what_the_node_knows_is_no_change_of_it() {
        ClientSession nobody = sessions.get(EnumSet.noneOf(Effect.class));
        assertThat(nobody).isNotNull();
        if (nobody == null) {
            return;
        }
        assertThat(rules.refusal(new Command.Pool("", Membership.NONE), nobody)).isNull();
        assertThat(rules.refusal(Command.Standing.QUESTION, nobody)).isNull();
        Command.Pool pool = (Command.Pool) command(Opcode.POOL, MINE_HANDLE);
        assertThat(rules.refusal(pool, nobody)).isNotNull();
        RecordingSession admin = new RecordingSession("admin", node.dispatcher, true);
        assertThat(admin.ask(pool)).isInstanceOf(Reply.Members.class);
        assertThat(rules.refusal(pool, nobody)).isNull();
        assertThat(rules.refusal(new Command.Pool("b", pool.membership()), nobody))
                .isNotNull();
    }
}
