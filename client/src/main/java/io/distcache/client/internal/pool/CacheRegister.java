package io.distcache.client.internal.pool;

import io.distcache.client.DefinitionDiffersException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.NoSuchCacheException;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.CacheState;
import io.distcache.client.internal.link.Calls;
import io.distcache.client.internal.link.NodeSession;
import io.distcache.client.internal.link.Retry;
import io.distcache.client.internal.link.SocketSession;
import io.distcache.client.spi.RemoteCache;
import io.distcache.client.spi.RemoteCaches;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The caches that a client has open, on all nodes under the same handles. Thread-safe. */
public final class CacheRegister implements RemoteCaches {
    private static final Logger LOG = LoggerFactory.getLogger(CacheRegister.class);

    private final Router router;
    private final Map<Integer, CacheState> caches;
    private final boolean lazy;
    private final AtomicInteger lastHandle = new AtomicInteger();

    /**
     * Over the nodes that a router knows.
     *
     * @param caches what their sessions open again
     * @param lazy whether caches can be opened without a node
     */
    public CacheRegister(Router router, Map<Integer, CacheState> caches, boolean lazy) {
        this.router = router;
        this.caches = caches;
        this.lazy = lazy;
    }

    /** Over one node. */
    public CacheRegister(NodeSession only, Map<Integer, CacheState> caches) {
        this(new Router(only), caches, false);
    }

    /** Any node that serves, if one does. */
    public NodeSession any() {
        return router.any();
    }

    @Override
    public RemoteCache open(CacheDefinition definition) {
        Objects.requireNonNull(definition, "definition");
        try {
            return patiently("opening cache " + definition.name(), retry -> {
                int handle = newHandle();
                NodeSession home = home(definition);
                Reply.Opened opened = home.caches().open(handle, definition, true, retry);
                return openElsewhere(handle, home, opened.created());
            });
        } catch (UnreachableException e) {
            if (!lazy) {
                throw e;
            }
            LOG.info(
                    "cache {}/{} is opened when a node is there: {}",
                    definition.namespace(),
                    definition.name(),
                    e.getMessage());
            return declare(definition);
        }
    }

    private RemoteCache declare(CacheDefinition definition) {
        CacheState state = CacheState.declared(newHandle(), definition);
        caches.put(state.handle(), state);
        for (SocketSession session : router.view().sessions()) {
            // One that has just come back.
            CompletableFuture<?> unused = session.openRegistered(state);
        }
        return new RoutedCache(router, caches, state);
    }

    /** Opens a cache on all nodes if any of them has it. */
    @Override
    public Optional<RemoteCache> attach(String namespace, String name) {
        CacheDefinition named = CacheDefinition.of(namespace, name);
        return patiently("looking for cache " + name, retry -> {
            int handle = newHandle();
            for (NodeSession session : serving(home(named))) {
                try {
                    Reply.Opened unused = session.caches().open(handle, named, false, retry);
                    return Optional.of(openElsewhere(handle, session, false));
                } catch (NoSuchCacheException e) {
                    // Perhaps another one has it, of those that were not always there.
                }
            }
            return Optional.empty();
        });
    }

    /**
     * A handle that no node has seen for two thousand million others: a late event, or a command of somebody who still uses a cache that
     * is closed, cannot be taken for one of another cache.
     */
    private int newHandle() {
        int handle;
        do {
            handle = lastHandle.updateAndGet(last -> last == Integer.MAX_VALUE ? 1 : last + 1);
        } while (caches.containsKey(handle));
        return handle;
    }

    /**
     * What a node that stops or goes refuses is asked of the next, while there is time; of a node that is alone again, as it may be back, or have
     * others beside it by now. One that is down is not waited for.
     */
    private <T> T patiently(String what, Function<Retry, T> action) {
        Retry retry = new Retry(router.some().calls());
        return withMembers(
                what,
                () -> retry.waiting(
                        e -> e instanceof UnreachableException && mayComeToServe(), () -> action.apply(retry)));
    }

    private boolean mayComeToServe() {
        NodeSession only = router.only();
        return only == null || only.isUsable();
    }

    /** If members of a replicated pool cannot do something, it is said how each of them is. */
    private <T> T withMembers(String what, Supplier<T> action) {
        try {
            return action.get();
        } catch (UnreachableException e) {
            Leaders leaders = router.leaders();
            throw leaders == null ? e : leaders.notAgreed(what + " was not done", e);
        } catch (IndeterminateException e) {
            Leaders leaders = router.leaders();
            throw leaders == null
                    ? e
                    : new IndeterminateException(
                            leaders.notAgreed("it is not known whether " + what + " was done, or will be", null)
                                            .getMessage()
                                    + ". Repeat it then",
                            e);
        }
    }

    /** One node says what a cache is, so that of two clients that create one at a time with different definitions one is refused. */
    private NodeSession home(CacheDefinition definition) {
        NodeSession only = router.only();
        if (only != null) {
            return only;
        }
        if (router.leaders() != null) {
            return router.anyOfAll();
        }
        NodeSession first = router.elsewhere(Bytes.ofUtf8(definition.namespace() + "/" + definition.name()));
        if (first == null) {
            throw new UnreachableException("no node of the pool can be reached: "
                    + router.view().sessions().stream()
                            .map(session -> session.where() + ": " + session.trouble())
                            .toList());
        }
        return first;
    }

    /** The nodes that serve, this one first. */
    private List<NodeSession> serving(NodeSession first) {
        List<NodeSession> all = new ArrayList<>();
        all.add(first);
        if (router.only() == null) {
            router.view().sessions().stream()
                    .filter(session -> session != first && session.isUsable())
                    .forEach(all::add);
        }
        return all;
    }

    private RemoteCache openElsewhere(int handle, NodeSession home, boolean created) {
        CacheState state = caches.get(handle);
        if (state == null) {
            throw new UnreachableException("the cache was closed while it was opened");
        }
        boolean isNew = created;
        if (router.only() == null) {
            Map<SocketSession, CompletableFuture<@Nullable Reply>> asked = new LinkedHashMap<>();
            for (SocketSession session : router.view().sessions()) {
                if (session != home) {
                    asked.put(session, session.openRegistered(state));
                }
            }
            for (Map.Entry<SocketSession, CompletableFuture<@Nullable Reply>> entry : asked.entrySet()) {
                Reply reply = await(entry.getValue(), entry.getKey().calls().callNanos());
                if (reply instanceof Reply.Failure failure && failure.status() == Status.DEFINITION_DIFFERS) {
                    new RoutedCache(router, caches, state).close();
                    throw new DefinitionDiffersException(
                            "the cache is another one at node " + entry.getKey().where() + ": " + failure.message());
                }
                // The members of a replicated pool agree: one of them made it, for all.
                isNew &= router.leaders() != null || !(reply instanceof Reply.Opened opened) || opened.created();
            }
        }
        return new RoutedCache(router, caches, isNew == state.created() ? state : renewed(state, isNew));
    }

    private CacheState renewed(CacheState state, boolean created) {
        CacheState other = new CacheState(state.handle(), state.definition(), created);
        caches.put(state.handle(), other);
        return other;
    }

    /** What a node says; null if it cannot be asked now: it opens the cache when it is back. */
    private static @Nullable Reply await(CompletableFuture<@Nullable Reply> asked, long nanos) {
        try {
            return asked.get(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (ExecutionException | TimeoutException e) {
            return null;
        }
    }

    @Override
    public boolean destroy(String namespace, String name) {
        Retry retry = new Retry(router.some().calls());
        Destruction destruction = new Destruction(namespace, name);
        boolean unused = withMembers(
                "destroying cache " + name,
                () -> retry.waiting(
                        e -> e instanceof UnreachableException && (router.only() != null || router.isAnyUsable()),
                        () -> destruction.everywhere(retry)));
        // Nodes spare the connection that asked, so no push tells.
        for (CacheState cache : caches.values()) {
            if (cache.definition().namespace().equals(namespace)
                    && cache.definition().name().equals(name)) {
                cache.markDestroyed();
            }
        }
        return destruction.found;
    }

    /** How far a cache has been removed. Confined to one thread. */
    private final class Destruction {
        private final String namespace;
        private final String name;
        private final Set<NodeSession> done = new HashSet<>();
        private boolean found;

        Destruction(String namespace, String name) {
            this.namespace = namespace;
            this.name = name;
        }

        /** Removes it at all nodes where that is still to do, once each knows who is away; whether it was anywhere. */
        boolean everywhere(Retry retry) {
            if (router.only() == null
                    && router.leaders() == null
                    && !router.view().sessions().stream()
                            .allMatch(session -> session.isUsable() || router.isDeclaredAway(session))) {
                throw Router.unsettled();
            }
            if (router.leaders() != null) {
                // The members agree on it.
                at(router.anyOfAll(), retry);
                return found;
            }
            UnreachableException last = null;
            for (NodeSession session : serving(home(CacheDefinition.of(namespace, name)))) {
                if (!done.contains(session)) {
                    try {
                        at(session, retry);
                    } catch (UnreachableException e) {
                        last = e;
                    }
                }
            }
            if (last != null) {
                throw last;
            }
            return found;
        }

        private void at(NodeSession session, Retry retry) {
            Command command = new Command.DestroyCache(namespace, name);
            try {
                Reply reply = session.calls().ask(command, retry.leftNanos(), null);
                if (Calls.isElsewhere(reply)) {
                    throw router.refused(session, command, (Reply.Failure) reply);
                }
                found = true;
            } catch (NoSuchCacheException e) {
                // It is not there, which is what was wanted.
            }
            done.add(session);
        }
    }

    @Override
    public List<CacheDefinition> list(String namespace) {
        Command command = new Command.ListCaches(namespace);
        return patiently(command.opcode().toString(), retry -> {
            Map<String, CacheDefinition> found = new LinkedHashMap<>();
            UnreachableException last = null;
            boolean answered = false;
            // All members of a replicated pool know the same.
            for (NodeSession session : router.leaders() == null ? serving(any()) : List.of(router.anyOfAll())) {
                try {
                    Reply reply = session.calls().ask(command, retry.leftNanos(), null);
                    if (Calls.isElsewhere(reply)) {
                        throw router.refused(session, command, (Reply.Failure) reply);
                    }
                    answered = true;
                    ((Reply.Caches) reply)
                            .definitions()
                            .forEach(definition -> found.putIfAbsent(definition.name(), definition));
                } catch (UnreachableException e) {
                    last = e;
                }
            }
            if (!answered && last != null) {
                throw last;
            }
            return sorted(found.values());
        });
    }

    private static List<CacheDefinition> sorted(Collection<CacheDefinition> found) {
        return found.stream()
                .sorted(Comparator.comparing(CacheDefinition::name))
                .toList();
    }
}
