package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.ConsensusConfig;
import io.distcache.server.consensus.Founding;
import io.distcache.server.consensus.GroupPiece;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupStore;
import io.distcache.server.consensus.Loop;
import io.distcache.server.consensus.Peers;
import io.distcache.server.consensus.Role;
import io.distcache.server.consensus.Time;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Three members of one group, on one thread and a clock that jumps to what comes next; nothing fails but what a test cuts. */
final class TestPool {
    static final int MEMBERS = 3;
    private static final long MILLI = 1_000_000;
    private static final long MICRO = 1000;

    static {
        // The engine logs each election.
        System.setProperty("org.slf4j.simpleLogger.log.io.microraft", "error");
    }

    private record Event(long at, long order, Runnable task) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final List<Member> members = new ArrayList<>();
    private long now = MILLI;
    private long order;

    TestPool() {
        for (int i = 0; i < MEMBERS; i++) {
            members.add(new Member(i));
        }
    }

    /** All have started, and one leads. */
    static TestPool started() throws IOException {
        TestPool pool = new TestPool();
        for (Member member : pool.members) {
            member.start();
        }
        pool.pass(3_000);
        return pool;
    }

    void propose(Member leader, int count) {
        for (int i = 0; i < count; i++) {
            leader.consensus.propose(0, leader.epoch, new byte[10]);
            if (i % 50 == 49) {
                pass(10);
            }
        }
        pass(300);
    }

    Member member(int number) {
        return members.get(number);
    }

    /** The member that leads; null if none says so. */
    Member leader() {
        return members.stream()
                .filter(member -> member.epoch != 0 && member.inReach)
                .findFirst()
                .orElse(null);
    }

    void pass(long millis) {
        long end = now + millis * MILLI;
        while (!events.isEmpty() && events.element().at <= end) {
            Event next = events.remove();
            now = Math.max(now, next.at);
            next.task.run();
        }
        now = end;
    }

    private void at(long nanos, Runnable task) {
        events.add(new Event(nanos, order++, task));
    }

    /** A snapshot that a member has made. */
    static final class Snapshot implements GroupStore.Keeping {
        private final List<GroupPiece> all;
        private final CompletableFuture<List<GroupPiece>> places = new CompletableFuture<>();
        boolean isWaitedFor;

        Snapshot(List<GroupPiece> all) {
            this.all = all;
        }

        void isWritten() {
            places.complete(all);
        }

        @Override
        public CompletionStage<List<GroupPiece>> places() {
            return places;
        }

        @Override
        public List<GroupPiece> await() {
            isWaitedFor = true;
            isWritten();
            return all;
        }
    }

    /** One of them: its machine, its disk, and the process that runs there now. */
    final class Member implements Time, Loop, Peers, GroupStore, Applier {
        final int number;
        final List<GroupRecord> records = new ArrayList<>();
        final List<byte[]> received = new ArrayList<>();
        final List<Snapshot> snapshots = new ArrayList<>();
        boolean inReach = true;
        /** What it sends takes so long. */
        long wayMicros = 100;

        boolean forgot;
        int applied;
        long epoch;
        MicroConsensus consensus;
        private long life;
        private Receiver receiver = (peer, connection, frame) -> {};

        Member(int number) {
            this.number = number;
        }

        void start() throws IOException {
            life++;
            epoch = 0;
            applied = 0;
            ConsensusConfig config = new ConsensusConfig(
                    number,
                    IntStream.range(0, MEMBERS).boxed().toList(),
                    1,
                    Duration.ofMillis(100),
                    Duration.ofSeconds(1),
                    20_000,
                    64,
                    256,
                    Founding.EMPTY,
                    false);
            consensus = new MicroConsensus(config, this, this, this, this, this, new Random(number + 100 * life));
            consensus.start();
        }

        /** The process ends; what it has written is there. */
        void kill() {
            life++;
            epoch = 0;
        }

        @Override
        public long nanos() {
            return now;
        }

        @Override
        public long wallMillis() {
            return now / MILLI;
        }

        @Override
        public boolean isHere() {
            return true;
        }

        @Override
        public void execute(Runnable task) {
            schedule(task, 1);
        }

        @Override
        public void schedule(Runnable task, long delayNanos) {
            long of = life;
            at(now + delayNanos, () -> {
                if (of == life) {
                    task.run();
                }
            });
        }

        @Override
        public void send(int peer, byte[] frame) {
            Member to = members.get(peer);
            if (inReach && to.inReach) {
                long connection = life;
                to.schedule(
                        () -> {
                            to.received.add(frame);
                            to.receiver.received(number, connection, frame);
                        },
                        wayMicros * MICRO);
            }
        }

        @Override
        public void flush() {}

        @Override
        public boolean isConnected(int peer) {
            return inReach && members.get(peer).inReach;
        }

        @Override
        public void receiver(Receiver to) {
            receiver = to;
        }

        @Override
        public void read(Consumer<GroupRecord> to) {
            records.forEach(to);
        }

        @Override
        public boolean mayHaveForgotten() {
            return forgot;
        }

        @Override
        public void append(GroupRecord record) {
            records.add(record);
        }

        @Override
        public GroupPiece keep(int group, long index, byte[] bytes) {
            throw new UnsupportedOperationException("no snapshots");
        }

        /** Nothing is written before a test says so. */
        @Override
        public Keeping keepAll(int group, long index, List<Supplier<byte[]>> pieces) {
            Snapshot made = new Snapshot(pieces.stream()
                    .map(piece -> new GroupPiece(group, index, 0, piece.get().length))
                    .toList());
            snapshots.add(made);
            return made;
        }

        @Override
        public byte[] bytes(GroupPiece piece) {
            throw new UnsupportedOperationException("no snapshots");
        }

        @Override
        public void flush(boolean toDisk) {
            forgot &= !toDisk;
        }

        @Override
        public void apply(int group, long index, long ofEpoch, byte[] entry) {
            applied++;
        }

        @Override
        public void role(int group, Role role, int term, long ofEpoch) {
            epoch = ofEpoch;
        }

        @Override
        public void snapshot(int group, long index, Consumer<Supplier<byte[]>> pieces) {}

        @Override
        public void install(int group, long index, Iterable<byte[]> pieces) {}

        @Override
        public void failed(IOException cause) {
            throw new AssertionError(cause);
        }
    }
}
