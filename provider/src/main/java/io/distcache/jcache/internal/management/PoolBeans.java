package io.distcache.jcache.internal.management;

import io.distcache.client.DistCacheClient;
import io.distcache.client.NodeListener;
import io.distcache.client.NodeStatus;
import io.distcache.client.PoolStatus;
import io.distcache.jcache.PoolMXBean;
import io.distcache.jcache.internal.user.Closing;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The MXBeans of a manager's pool: one for the pool, one for each of its nodes as they come and go. Thread-safe. */
public final class PoolBeans implements NodeListener, AutoCloseable {
    private final DistCacheClient client;
    private final String uri;
    private final MBeanRegistration pool;
    private final Map<String, MBeanRegistration> nodes = new HashMap<>();
    private boolean closed;

    /** Registers the beans of a client's pool. */
    public PoolBeans(DistCacheClient client, String uri) {
        this.client = client;
        this.uri = uri;
        this.pool = MBeanRegistration.ofPool(new PoolBean(client), uri);
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
    public void membersChanged(Membership membership) {
        follow();
    }

    private synchronized void follow() {
        if (closed) {
            return;
        }
        Map<String, NodeStatus> members = new HashMap<>();
        client.pool().nodes().forEach(node -> members.put(node.member().name(), node));
        nodes.entrySet().removeIf(entry -> {
            boolean gone = !members.containsKey(entry.getKey());
            if (gone) {
                entry.getValue().close();
            }
            return gone;
        });
        members.forEach((name, status) -> nodes.computeIfAbsent(name, n -> {
            MBeanRegistration node = MBeanRegistration.ofNode(new NodeBean(() -> now(n).orElse(status)), uri, n);
            node.set(true);
            return node;
        }));
    }

    private Optional<NodeStatus> now(String name) {
        return client.pool().nodes().stream()
                .filter(node -> node.member().name().equals(name))
                .findFirst();
    }

    @Override
    public synchronized void close() {
        closed = true;
        client.removeListener(this);
        Closing closing = new Closing().then(pool::close);
        nodes.values().forEach(node -> closing.then(node::close));
        nodes.clear();
        closing.end();
    }

    private record PoolBean(DistCacheClient client) implements PoolMXBean {
        private PoolStatus status() {
            return client.pool();
        }

        private String[] named(NodeListener.State state) {
            return status().nodes().stream()
                    .filter(node -> node.state() == state)
                    .map(node -> node.member().name())
                    .toArray(String[]::new);
        }

        @Override
        public long getEpoch() {
            return status().membership().epoch();
        }

        @Override
        public String[] getMembers() {
            return status().nodes().stream()
                    .map(NodeStatus::member)
                    .map(PoolMember::toString)
                    .toArray(String[]::new);
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
    }
}
