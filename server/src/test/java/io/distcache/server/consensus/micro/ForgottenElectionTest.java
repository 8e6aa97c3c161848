package io.distcache.server.consensus.micro;

import static org.assertj.core.api.Assertions.assertThat;

import io.microraft.RaftConfig;
import io.microraft.RaftEndpoint;
import io.microraft.RaftNode;
import io.microraft.executor.RaftNodeExecutor;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.model.message.PreVoteRequest;
import io.microraft.model.message.RaftMessage;
import io.microraft.statemachine.StateMachine;
import io.microraft.transport.Transport;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A follower that asked for votes before its leader's first word came, on the engine as it is. */
class ForgottenElectionTest {
    private static final RaftEndpoint SELF = new Endpoint(0);
    private static final RaftEndpoint LEADER = new Endpoint(1);
    private static final int TERM = 1;
    private static final long SECOND = 1000;

    /** Runs what is due when time passes, on this thread. */
    private static final class ManualTime extends Clock implements RaftNodeExecutor {
        private record Timer(long at, Runnable task) {}

        private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
        private final PriorityQueue<Timer> timers = new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));
        private long now = 1_000_000;

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        @Override
        public void submit(Runnable task) {
            tasks.add(task);
        }

        @Override
        public void schedule(Runnable task, long delay, TimeUnit unit) {
            timers.add(new Timer(now + unit.toMillis(delay), task));
        }

        void run() {
            while (!tasks.isEmpty()) {
                tasks.remove().run();
            }
        }

        void pass(long millis) {
            long until = now + millis;
            run();
            while (!timers.isEmpty() && timers.element().at <= until) {
                Timer due = timers.remove();
                now = Math.max(now, due.at);
                due.task.run();
                run();
            }
            now = until;
        }

        @Override
        public long millis() {
            return now;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(now);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private static final class Nothing implements StateMachine {
        @Override
        public Object runOperation(long index, Object operation) {
            return operation;
        }

        @Override
        public void takeSnapshot(long index, Consumer<Object> chunks) {}

        @Override
        public void installSnapshot(long index, List<Object> chunks) {}

        @Override
        public Object getNewTermOperation() {
            return "";
        }
    }

    private final ManualTime time = new ManualTime();
    private final List<RaftMessage> sent = new ArrayList<>();
    private RaftNode engine;

    @BeforeEach
    void askForVotesAndHearTheLeader() {
        engine = RaftNode.newBuilder()
                .setGroupId(0)
                .setLocalEndpoint(SELF)
                .setInitialGroupMembers(List.of(SELF, LEADER, new Endpoint(2)))
                .setConfig(RaftConfig.newBuilder()
                        .setLeaderHeartbeatPeriodSecs(1)
                        .setLeaderHeartbeatTimeoutSecs(10)
                        .setLeaderElectionTimeoutMillis(3000)
                        .build())
                .setClock(time)
                .setExecutor(time)
                .setStateMachine(new Nothing())
                .setTransport(new Transport() {
                    @Override
                    public void send(RaftEndpoint target, RaftMessage message) {
                        sent.add(message);
                    }

                    @Override
                    public boolean isReachable(RaftEndpoint endpoint) {
                        return true;
                    }
                })
                .build();
        engine.start();
        time.run();
        engine.handle(ModelCodec.MODEL
                .createVoteRequestBuilder()
                .setGroupId(0)
                .setSender(LEADER)
                .setTerm(TERM)
                .setLastLogTerm(0)
                .setLastLogIndex(0)
                .setSticky(false)
                .build());
        time.pass(2 * SECOND);
        hear();
        assertThat(engine.getTerm().getLeaderEndpoint()).isEqualTo(LEADER);
        assertThat(((RaftNodeImpl) engine).state().preCandidateState()).isNotNull();
        time.pass(5 * SECOND);
        hear();
        sent.clear();
    }

    private void hear() {
        engine.handle(ModelCodec.MODEL
                .createAppendEntriesRequestBuilder()
                .setGroupId(0)
                .setSender(LEADER)
                .setTerm(TERM)
                .setPreviousLogTerm(0)
                .setPreviousLogIndex(0)
                .setCommitIndex(0)
                .setLogEntries(List.of())
                .setQuerySequenceNumber(0)
                .setFlowControlSequenceNumber(0)
                .build());
        time.run();
    }

    /** If this fails, the engine has been mended, and {@link ForgottenElection} can go. */
    @Test
    void the_engine_believes_in_its_leader_for_ever() {
        time.pass(3600 * SECOND);
        assertThat(engine.getTerm().getLeaderEndpoint()).isEqualTo(LEADER);
        assertThat(sent).noneMatch(PreVoteRequest.class::isInstance);
    }

    @Test
    void a_leader_that_speaks_is_left_alone() {
        time.pass(9 * SECOND);
        ForgottenElection.look(engine);
        assertThat(engine.getTerm().getLeaderEndpoint()).isEqualTo(LEADER);
    }

    @Test
    void when_the_leader_is_silent_for_too_long_votes_are_asked_for_again_and_again() {
        time.pass(11 * SECOND);
        ForgottenElection.look(engine);
        assertThat(engine.getTerm().getLeaderEndpoint()).isNull();
        assertThat(sent).filteredOn(PreVoteRequest.class::isInstance).hasSize(2);
        time.pass(10 * SECOND);
        assertThat(sent).filteredOn(PreVoteRequest.class::isInstance).hasSizeGreaterThan(4);
    }
}
