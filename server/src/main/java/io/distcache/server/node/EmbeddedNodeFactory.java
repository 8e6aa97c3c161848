package io.distcache.server.node;

import io.distcache.protocol.Command;
import io.distcache.protocol.EmbeddedNode;
import io.distcache.protocol.Hello;
import io.distcache.protocol.NodeLink;
import io.distcache.protocol.OneLine;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.config.ConfigReader;
import io.distcache.server.log.FileFailure;
import io.distcache.server.memory.Account;
import io.distcache.server.session.ClientSession;
import io.distcache.server.session.Connection;
import io.distcache.server.session.PoolRules;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts nodes inside an application's process; found by {@link java.util.ServiceLoader}. Stateless. */
public final class EmbeddedNodeFactory implements EmbeddedNode.Factory {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedNodeFactory.class);

    @Override
    public EmbeddedNode start(Map<String, String> settings) {
        ConfigReader reader = new ConfigReader();
        settings.forEach((key, value) -> reader.set(key, value, "embedded node"));
        Node node = new Node(reader.read(), NodeClock.system());
        try {
            node.load(percent -> {});
        } catch (IOException e) {
            node.close();
            throw new StartException(FileFailure.text(e), e);
        }
        return new Embedded(node);
    }

    private static final class Embedded implements EmbeddedNode {
        private final Node node;
        private final Set<Link> links = ConcurrentHashMap.newKeySet();

        Embedded(Node node) {
            this.node = node;
        }

        @Override
        public NodeLink connect(String client, Consumer<Push> pushes) {
            Link link = new Link(this, client, pushes);
            links.add(link);
            return link;
        }

        @Override
        public void close() {
            links.forEach(Link::close);
            node.close();
            String unkept = node.unkept();
            if (unkept != null) {
                LOG.error("{}", unkept);
            }
        }
    }

    /** A client without a socket: commands run on the caller's thread. */
    private static final class Link implements Connection, NodeLink {
        private final Embedded owner;
        private final String client;
        private final Consumer<Push> pushes;
        private final ClientSession session = new ClientSession(this, Account.UNBOUNDED, PoolRules.EXEMPT);

        Link(Embedded owner, String client, Consumer<Push> pushes) {
            this.owner = owner;
            this.client = OneLine.of(client);
            this.pushes = pushes;
        }

        @Override
        public Hello.Node node() {
            return owner.node.hello();
        }

        @Override
        public String name() {
            return client;
        }

        @Override
        public void send(int request, Command command, Consumer<Reply> reply) {
            Reply now = owner.node.dispatcher().execute(command, session, request, reply);
            owner.node.flush();
            if (now != null) {
                reply.accept(now);
            }
        }

        @Override
        public void push(Push push) {
            pushes.accept(push);
        }

        @Override
        public void disconnect() {
            close();
        }

        @Override
        public void dismiss(String why) {
            throw new IllegalStateException("a client in the node's own process needs no leave: " + why);
        }

        @Override
        public void close() {
            owner.links.remove(this);
            session.close();
            owner.node.flush();
        }
    }
}
