package io.distcache.jcache.internal.management;

import io.distcache.client.DistCacheClient;
import io.distcache.client.Member;
import io.distcache.client.NodeListener;
import io.distcache.client.NodeStatus;
import io.distcache.client.PoolStatus;
import io.distcache.jcache.PoolMXBean;
import io.distcache.jcache.internal.user.Closing;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The MXBeans of a manager's pool: one for the pool, one for each of its nodes as they come and go. They do not keep the client, which
 * holds what the application gave it: beans live on if nobody closes the manager. Thread-safe.
 */
public final class PoolBeans implements NodeListener, AutoCloseable {
    private final WeakReference<DistCacheClient> client;
    private final String uri;
    private final MBeanRegistration pool;
    private final Map<String, MBeanRegistration> nodes = new HashMap<>();
    private boolean closed;

    /** Registers the beans of a client's pool. */
    public PoolBeans(DistCacheClient client, String uri) {
        this.client = new WeakReference<>(client);
        this.uri = uri;
        this.pool = MBeanRegistration.ofPool(new PoolBean(this.client), uri);
        try {
            pool.set(true);
            client.addListener(this);
            follow();
        } catch (Throwable e) {
            new Closing().then(this::close).endBecauseOf(e);
            throw e;
        }
    }

    @Override
    public void membersChanged(long epoch, List<Member> members) {
        follow();
    }

    private synchronized void follow() {
        if (closed) {
            return;
        }
        Map<String, NodeStatus> members = new HashMap<>();
        status(client).nodes().forEach(node -> members.put(node.member().name(), node));
        nodes.entrySet().removeIf(entry -> {
            boolean gone = !members.containsKey(entry.getKey());
            if (gone) {
                entry.getValue().close();
            }
            return gone;
        });
        members.forEach((name, status) -> nodes.computeIfAbsent(name, n -> {
            MBeanRegistration node = MBeanRegistration.ofNode(now(client, n, status), uri, n);
            node.set(true);
            return node;
        }));
    }

    private static NodeBean now(WeakReference<DistCacheClient> client, String name, NodeStatus otherwise) {
        return new NodeBean(() -> status(client).nodes().stream()
                .filter(node -> node.member().name().equals(name))
                .findFirst()
                .orElse(otherwise));
    }

    private static PoolStatus status(WeakReference<DistCacheClient> client) {
        DistCacheClient present = client.get();
        return present == null ? new PoolStatus(0, List.of(), 0, 0, 0, 0, 0, 0) : present.pool();
    }

    @Override
    public synchronized void close() {
        closed = true;
        DistCacheClient present = client.get();
        if (present != null) {
            present.removeListener(this);
        }
        Closing closing = new Closing().then(pool::close);
        nodes.values().forEach(node -> closing.then(node::close));
        nodes.clear();
        closing.end();
    }

    private record PoolBean(WeakReference<DistCacheClient> client) implements PoolMXBean {
        private PoolStatus status() {
            return PoolBeans.status(client);
        }

        private String[] named(NodeListener.State state) {
            return status().nodes().stream()
                    .filter(node -> node.state() == state)
                    .map(node -> node.member().name())
                    .toArray(String[]::new);
        }

        @Override
        public long getEpoch() {
            return status().epoch();
        }

        @Override
        public String[] getMembers() {
            return status().members().stream().map(Member::toString).toArray(String[]::new);
        }

        @Override
        public String[] getHealthy() {
            return named(NodeListener.State.HEALTHY);
        }

        @Override
        public String[] getSuspect() {
            return named(NodeListener.State.SUSPECT);
        }

        @Override
        public String[] getDown() {
            return named(NodeListener.State.DOWN);
        }

        @Override
        public long getServedElsewhere() {
            return status().servedElsewhere();
        }

        @Override
        public long getMissedReads() {
            return status().missedReads();
        }

        @Override
        public long getDroppedWrites() {
            return status().droppedWrites();
        }

        @Override
        public long getRepeatedChanges() {
            return status().repeatedChanges();
        }

        @Override
        public long getStaleReads() {
            return status().staleReads();
        }

        @Override
        public int getGroups() {
            return status().groups();
        }

        @Override
        public int getGroupsWithoutLeader() {
            return status().groupsWithoutLeader();
        }
    }
}
