package io.distcache.server.pool;

import static io.distcache.server.shard.TestShards.HANDLE;
import static io.distcache.server.shard.TestShards.text;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Returns;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.Witness;
import io.distcache.protocol.ring.HashRing;
import io.distcache.server.shard.InMemoryCommitLog;
import io.distcache.server.shard.RecordingSession;
import io.distcache.server.shard.TestShards;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Nodes of a pool as they are, without sockets, threads and time, and clients that take the steps of the client's PoolMonitor with the
 * same rules ({@link Returns}). What must be read is kept beside it. Confined to one thread.
 */
final class SimulatedPool {
    private static final int SHARDS = 2;
    private static final long SECOND = 1_000_000_000L;

    /** In memory only, or with a log that outlives the process. */
    private final boolean[] keepsData;

    private final long maxHints;
    private final Membership membership;
    private final HashRing ring;
    private final List<String> names;
    private final @Nullable TestShards[] nodes;
    private final @Nullable TestShards[] killed;
    private final boolean[] cut;
    private long nowNanos = 1;
    private int values;

    final Map<String, String> current = new TreeMap<>();
    final List<String> events = new ArrayList<>();

    SimulatedPool(boolean[] keepsData, long maxHints) {
        this.keepsData = keepsData;
        this.maxHints = maxHints;
        int count = keepsData.length;
        this.names = IntStream.range(0, count).mapToObj(i -> "n" + i).toList();
        this.membership = new Membership(
                1,
                names.stream().map(name -> new PoolMember(name, name + ":1", 1)).toList());
        this.ring = new HashRing(membership);
        this.nodes = new TestShards[count];
        this.killed = new TestShards[count];
        this.cut = new boolean[count];
        for (int i = 0; i < count; i++) {
            nodes[i] = TestShards.startedWith(new InMemoryCommitLog(), SHARDS, maxHints);
        }
    }

    int size() {
        return nodes.length;
    }

    boolean isUp(int node) {
        return nodes[node] != null;
    }

    void kill(int node) {
        events.add("kill " + node);
        killed[node] = nodes[node];
        nodes[node] = null;
    }

    void start(int node) {
        events.add("start " + node);
        TestShards before = killed[node];
        if (keepsData[node] && before != null) {
            TestShards started = TestShards.startedWith(before.log, SHARDS, maxHints);
            List<byte[]> kept = before.kept;
            started.kept.addAll(kept);
            started.pool.restore(kept.isEmpty() ? null : PoolFile.decode(kept.get(kept.size() - 1)));
            nodes[node] = started;
        } else {
            nodes[node] = TestShards.startedWith(new InMemoryCommitLog(), SHARDS, maxHints);
        }
    }

    /** Nobody reaches the node, which goes on. */
    void cut(int node, boolean isCut) {
        events.add((isCut ? "cut " : "heal ") + node);
        cut[node] = isCut;
    }

    boolean isCut(int node) {
        return cut[node];
    }

    void passes(long seconds) {
        events.add(seconds + " s pass");
        nowNanos += seconds * SECOND;
    }

    String notReady(int node) {
        TestShards up = nodes[node];
        return up == null ? "down" : up.pool.notReady();
    }

    long hints(int node) {
        TestShards up = nodes[node];
        return up == null ? 0 : up.hints.count();
    }

    String ownerOf(String key) {
        return names.get(ring.ownerOf(text(key)));
    }

    /** What no node may give out: a value that is not the current one. */
    static final class Violation extends AssertionError {
        private static final long serialVersionUID = 1;

        Violation(String message) {
            super(message);
        }
    }

    private static final class Again extends Exception {
        private static final long serialVersionUID = 1;
    }

    /** A client, which sees at once whether a node is there. */
    final class Client {
        private final String name;
        private final Returns returns = new Returns();
        private final Map<Integer, RecordingSession> sessions = new TreeMap<>();
        private final Map<Integer, TestShards> linkedTo = new HashMap<>();
        private final Map<Integer, Integer> links = new HashMap<>();
        private final Map<Integer, Integer> admitted = new HashMap<>();
        private final Map<Integer, Set<String>> away = new HashMap<>();
        private final Map<Integer, Set<String>> settled = new HashMap<>();
        private final Map<Integer, Map<String, Witness.Departed>> departed = new HashMap<>();
        private int lastLink;

        Client(String name) {
            this.name = name;
        }

        /** The connection to a node breaks, and nothing else happens. */
        void loses(int node) {
            events.add(name + " loses " + node);
            unlink(node);
        }

        void leaves() {
            sessions.values().forEach(RecordingSession::close);
        }

        private void unlink(int node) {
            RecordingSession session = sessions.remove(node);
            if (session != null) {
                session.close();
            }
            linkedTo.remove(node);
            links.remove(node);
            away.remove(node);
            settled.remove(node);
            departed.remove(node);
        }

        /** Takes the steps until they are done, or nodes are kept waiting. */
        void looks() {
            for (int tries = 0; tries < 100; tries++) {
                try {
                    steps();
                    return;
                } catch (Again e) {
                    // As the monitor does.
                }
            }
            throw new AssertionError(name + " comes to no end: " + events);
        }

        private void steps() throws Again {
            for (int i = 0; i < nodes.length; i++) {
                TestShards node = cut[i] ? null : nodes[i];
                if (linkedTo.get(i) != node) {
                    unlink(i);
                }
                if (node != null && !sessions.containsKey(i)) {
                    RecordingSession session = node.opened(name);
                    sessions.put(i, session);
                    linkedTo.put(i, node);
                    links.put(i, ++lastLink);
                    session.ask(new Command.Pool(names.get(i), membership));
                }
            }
            Set<String> absent = new TreeSet<>(names);
            sessions.keySet().forEach(i -> absent.remove(names.get(i)));
            Set<String> lost = new TreeSet<>();
            admitted.entrySet().removeIf(entry -> {
                boolean isLost = !entry.getValue().equals(links.get(entry.getKey()));
                if (isLost) {
                    lost.add(names.get(entry.getKey()));
                }
                return isLost;
            });
            returns.lost(lost, names);
            List<Integer> back = sessions.keySet().stream().filter(this::isNew).toList();
            Map<String, Reply.Standing> said = new HashMap<>();
            if (tell(returns.departed(names, absent), !back.isEmpty(), said)) {
                tell(returns.forgotten(said), true, said);
            }
            Set<Integer> held = new TreeSet<>();
            for (int i : back) {
                String member = names.get(i);
                Set<String> blockers = returns.blockers(member, absent, said);
                switch (returns.verdict(member, links.get(i), blockers, absent, false, said, nowNanos)) {
                    case FREE -> {}
                    case WAIT -> held.add(i);
                    case DROP -> ask(i, new Command.Invalidate("", "*", true, List.of()));
                }
            }
            Set<String> notUsed = new TreeSet<>(absent);
            held.forEach(i -> notUsed.add(names.get(i)));
            boolean isAnyNew = back.stream().anyMatch(i -> !held.contains(i));
            for (int i : sessions.keySet()) {
                if (isAnyNew || !notUsed.equals(away.get(i))) {
                    declare(i, notUsed);
                }
            }
            Set<String> used = new TreeSet<>(names);
            used.removeAll(notUsed);
            for (int i : sessions.keySet()) {
                if (!used.isEmpty() && (isAnyNew || !used.equals(settled.get(i)))) {
                    ask(i, new Command.Standing(List.of(), List.copyOf(used), List.of()));
                    settled.put(i, used);
                    departed.getOrDefault(i, new HashMap<>()).keySet().removeAll(used);
                }
            }
            returns.settled(used, names);
            for (int i : sessions.keySet()) {
                if (!held.contains(i)) {
                    admitted.put(i, links.get(i));
                }
            }
        }

        private boolean isNew(int node) {
            return !links.get(node).equals(admitted.get(node));
        }

        private boolean tell(List<Witness.Departed> all, boolean asks, Map<String, Reply.Standing> said) throws Again {
            boolean hasForgotten = false;
            for (int i : sessions.keySet()) {
                Map<String, Witness.Departed> was = departed.computeIfAbsent(i, n -> new HashMap<>());
                List<Witness.Departed> news = all.stream()
                        .filter(one -> !one.equals(was.get(one.name())))
                        .toList();
                if (asks || !news.isEmpty()) {
                    Reply.Standing standing = (Reply.Standing) ask(i, new Command.Standing(news, List.of(), List.of()));
                    Returns.note(names.get(i), standing, said);
                    news.forEach(one -> was.put(one.name(), one));
                    hasForgotten |= !standing.unsure().isEmpty();
                }
            }
            return hasForgotten;
        }

        private void declare(int node, Set<String> notUsed) throws Again {
            Reply reply = ask(node, new Command.Away(List.copyOf(notUsed)));
            while (reply instanceof Reply.Hints hints && !hints.hints().isEmpty()) {
                for (Reply.Hint hint : hints.hints()) {
                    ask(
                            names.indexOf(hint.owner()),
                            new Command.Invalidate(hint.namespace(), hint.cache(), hint.everything(), hint.keys()));
                }
                reply = ask(node, new Command.HandedOver());
            }
            away.put(node, new TreeSet<>(notUsed));
        }

        private Reply ask(int node, Command command) throws Again {
            Reply reply = sessions.get(node).ask(command);
            if (reply instanceof Reply.Failure failure) {
                if (failure.status() != Status.NOT_OWNER) {
                    throw new AssertionError(command + " at " + node + ": " + failure);
                }
                sessions.get(node).ask(new Command.Pool(names.get(node), membership));
                away.remove(node);
                settled.remove(node);
                throw new Again();
            }
            return reply;
        }

        boolean uses(int node) {
            return admitted.containsKey(node);
        }

        private int serving(Bytes key) {
            return ring.firstOf(key, admitted::containsKey);
        }

        @Nullable
        String get(String key) {
            int node = serving(text(key));
            if (node < 0) {
                return null;
            }
            Reply reply = sessions.get(node).ask(new Command.Get(HANDLE, text(key)));
            return reply instanceof Reply.Value value ? value.value().toUtf8().substring(1) : null;
        }

        /** Reads it, and says if that is not what was last written. */
        boolean reads(String key) {
            String value = get(key);
            if (value != null && !value.equals(current.get(key))) {
                throw new Violation(name + " reads " + key + " = " + value + " at " + serving(text(key)) + " where "
                        + current.get(key) + " was written last; " + events);
            }
            return value != null;
        }

        void put(String key) {
            String value = "v" + ++values;
            if (changes(new Command.Put(HANDLE, text(key), text(value), Condition.ALWAYS, Ttl.DEFINED, false), key)) {
                current.put(key, value);
            }
        }

        /** As the native API does: by number. */
        void putOnce(String key) {
            String value = "v" + ++values;
            Command.OnEntry put = new Command.Put(HANDLE, text(key), text(value), Condition.ALWAYS, Ttl.DEFINED, false);
            if (changes(new Command.Once(name.hashCode(), ++values, values, 60_000, put), key)) {
                current.put(key, value);
            }
        }

        void remove(String key) {
            if (changes(new Command.Remove(HANDLE, text(key), Condition.ALWAYS, false), key)) {
                current.remove(key);
            }
        }

        /** What a cache with the policy "miss" makes of a write whose owner is away: it is dropped, and what was there goes. */
        void drops(String key) {
            if (ring.ownerOf(text(key)) == serving(text(key))) {
                put(key);
            } else {
                remove(key);
            }
        }

        private boolean changes(Command command, String key) {
            for (int tries = 0; tries < 10; tries++) {
                int node = serving(text(key));
                if (node < 0) {
                    return false;
                }
                try {
                    Reply unused = ask(node, command);
                    return true;
                } catch (Again e) {
                    looks();
                }
            }
            throw new AssertionError(command + " finds no node: " + events);
        }

        void putAll(List<String> keys) {
            Map<Integer, List<Command.Pair>> pairs = new LinkedHashMap<>();
            for (String key : keys) {
                int node = serving(text(key));
                if (node >= 0) {
                    String value = "v" + ++values;
                    pairs.computeIfAbsent(node, n -> new ArrayList<>()).add(new Command.Pair(text(key), text(value)));
                }
            }
            pairs.forEach((node, of) -> {
                try {
                    Reply unused = ask(node, new Command.PutAll(HANDLE, of, false, Ttl.DEFINED));
                    of.forEach(pair -> current.put(
                            pair.key().toUtf8().substring(1),
                            pair.value().toUtf8().substring(1)));
                } catch (Again e) {
                    looks();
                }
            });
        }

        void clear() {
            if (admitted.isEmpty()) {
                return;
            }
            events.add(name + " clears");
            for (int node : List.copyOf(admitted.keySet())) {
                try {
                    Reply unused = ask(node, new Command.Clear(HANDLE));
                } catch (Again e) {
                    throw new AssertionError("clear was refused: " + events);
                }
            }
            current.clear();
        }
    }
}
