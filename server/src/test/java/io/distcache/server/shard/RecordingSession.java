package io.distcache.server.shard;

import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.server.dispatch.Dispatcher;
import io.distcache.server.memory.Account;
import io.distcache.server.session.ClientSession;
import io.distcache.server.session.Connection;
import io.distcache.server.session.PoolRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A client that notes what it gets, and complains if a command is answered twice. Thread-safe. */
public final class RecordingSession implements Connection {
    private final String name;
    private final Dispatcher dispatcher;
    private final ClientSession session;
    private final AtomicInteger lastRequest = new AtomicInteger();
    private final List<Push> pushes = new ArrayList<>();
    private final Map<Integer, Reply> replies = new HashMap<>();
    private final List<String> complaints = new ArrayList<>();

    public RecordingSession(String name, Dispatcher dispatcher) {
        this(name, dispatcher, PoolRules.EXEMPT);
    }

    /** A client that can say who is in the pool, or cannot. */
    public RecordingSession(String name, Dispatcher dispatcher, boolean speaksPool) {
        this(name, dispatcher, speaksPool ? PoolRules.MUST_TELL : PoolRules.EXEMPT);
    }

    /** A client of a protocol that knows no pools. */
    public static RecordingSession ofOneNode(String name, Dispatcher dispatcher) {
        return new RecordingSession(name, dispatcher, PoolRules.OWN_KEYS_ONLY);
    }

    private RecordingSession(String name, Dispatcher dispatcher, PoolRules rules) {
        this.name = name;
        this.dispatcher = dispatcher;
        this.session = new ClientSession(this, Account.UNBOUNDED, rules);
    }

    /** What the node knows of the client. */
    public ClientSession session() {
        return session;
    }

    /** The client is gone. */
    public void close() {
        session.close();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void dismiss(String why) {
        disconnect();
    }

    @Override
    public void disconnect() {
        session.close();
    }

    @Override
    public synchronized void push(Push push) {
        pushes.add(push);
        notifyAll();
    }

    /** Sends a command and returns its request id. */
    public int send(Command command) {
        int request = lastRequest.incrementAndGet();
        Reply now = dispatcher.execute(command, session, request, late -> replied(request, late));
        dispatcher.flush();
        if (now != null) {
            replied(request, now);
        }
        return request;
    }

    /** Sends a command that is answered at once. */
    public Reply ask(Command command) {
        int request = send(command);
        Reply reply = reply(request);
        if (reply == null) {
            throw new AssertionError(command + " was not answered at once");
        }
        return reply;
    }

    /** Sends a command and waits for its reply. */
    public Reply await(Command command) throws InterruptedException {
        int request = send(command);
        long deadline = System.nanoTime() + 30_000_000_000L;
        synchronized (this) {
            while (!replies.containsKey(request)) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new AssertionError(command + " was not answered within 30 s");
                }
                wait(left);
            }
            return replies.remove(request);
        }
    }

    /** The reply to a request; null if there is none yet. */
    public synchronized @Nullable Reply reply(int request) {
        return replies.get(request);
    }

    /** What was pushed since the last call. */
    public synchronized List<Push> takePushes() {
        List<Push> taken = List.copyOf(pushes);
        pushes.clear();
        return taken;
    }

    /** The events pushed since the last call. */
    public List<Push.Event> takeEvents() {
        return takePushes().stream()
                .filter(Push.Event.class::isInstance)
                .map(Push.Event.class::cast)
                .toList();
    }

    /** What must never happen and did. */
    public synchronized List<String> complaints() {
        return List.copyOf(complaints);
    }

    private synchronized void replied(int request, Reply reply) {
        if (replies.put(request, reply) != null) {
            complaints.add("request " + request + " was answered again, with " + reply);
        }
        notifyAll();
    }
}
