package io.distcache.server.consensus;

import io.distcache.server.consensus.SimulationOptions.Feature;
import io.distcache.server.consensus.micro.UnguardedConsensus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * A machine and the processes that run on it one after another: its clocks, its loop, its workers, its disk. The loop waits for its flushes;
 * workers, which execute commands, do not. Confined to the simulation's thread.
 */
final class SimulatedNode implements Time, Loop, Peers {
    private final Simulation simulation;
    private final int number;
    private final SimulatedDisk disk;
    private final boolean syncEntries;
    /** How fast its clock runs. */
    private final double rate;

    private final long originNanos;

    private int life;
    private boolean up;
    private long pausedUntil;
    private long busyUntil;
    private long frozenMicros;
    private long wallAheadMicros;
    private boolean isInLoop;
    private Receiver receiver = (peer, connection, frame) -> {};
    private SimulatedState state;
    /** By how much later what a worker executed is proposed. */
    long workersSlowUntil;

    SimulatedNode(Simulation simulation, int number, boolean syncEntries) {
        this.simulation = simulation;
        this.number = number;
        this.syncEntries = syncEntries;
        Path files = simulation.options().files();
        this.disk = files == null
                ? new SimulatedDisk(simulation, this)
                : new SimulatedFiles(simulation, this, files, syncEntries);
        this.rate = 0.97 + simulation.below(600) / 10_000.0;
        this.originNanos = simulation.below(1L << 40);
    }

    void boot() {
        life++;
        up = true;
        pausedUntil = 0;
        busyUntil = 0;
        SimulationOptions options = simulation.options();
        boolean real = options.real();
        Founding founding = founding();
        ConsensusConfig config = new ConsensusConfig(
                number,
                IntStream.range(0, options.nodes()).boxed().toList(),
                options.groups() + (real ? 1 : 0),
                Duration.ofMillis(100),
                Duration.ofMillis(1000),
                // All alike, as members are: a follower's log has room for what a leader can have had committed.
                options.founded() ? FounderState.SNAPSHOT_ENTRIES : options.has(Feature.SNAPSHOTS_HARMED) ? 10 : 100,
                20,
                30,
                founding,
                syncEntries || founding == Founding.HERE);
        Random chance = new Random(simulation.below(Long.MAX_VALUE));
        BiFunction<Applier, Peers, Consensus> engine = (applier, peers) ->
                UnguardedConsensus.without(options.guards(), config, applier, this, this, peers, disk, chance);
        state = founding == Founding.HERE
                ? new FounderState(simulation, this, options.groups(), engine)
                : real
                        ? new RealShards(simulation, this, options.groups(), engine)
                        : new MapState(simulation, this, options.groups(), engine);
        simulation.note("n" + number + " starts");
        try {
            isInLoop = true;
            state.start();
        } catch (IOException e) {
            simulation.note("n" + number + " cannot start: " + e.getMessage());
            simulation.restart(this, 100_000);
        } finally {
            isInLoop = false;
        }
    }

    private Founding founding() {
        SimulationOptions options = simulation.options();
        if (!options.founded()) {
            return Founding.EMPTY;
        }
        return number != 0 ? Founding.AWAITED : simulation.founding().isDecided() ? Founding.BEGUN : Founding.HERE;
    }

    /** What it has of a pool that never came to be goes. */
    void forget() {
        kill();
        disk.wipe();
    }

    void kill() {
        if (up) {
            simulation.note("n" + number + " ends");
            up = false;
            life++;
            disk.crash();
            simulation.network().nodeEnded(number);
            if (state instanceof FounderState && !simulation.founding().isDecided()) {
                simulation.foundAgain();
            }
        }
    }

    /** As {@link #kill}, and what was not flushed to disk is lost. */
    void losePower() {
        if (up) {
            simulation.note("n" + number + " loses power");
            kill();
            // As a founder it forgets nothing that it told others.
            disk.losePower(!(state instanceof FounderState));
        }
    }

    void pause(long micros) {
        simulation.note("n" + number + " stands still for " + micros / 1000 + " ms");
        pausedUntil = Math.max(pausedUntil, simulation.now() + micros);
    }

    /** As {@link #pause}, and the time that passes does not. */
    void suspend(long micros) {
        if (up && pausedUntil <= simulation.now()) {
            simulation.note("n" + number + " is suspended");
            pause(micros);
            frozenMicros += micros;
            if (busyUntil > simulation.now()) {
                // So does what it is at: its time would go back else.
                busyUntil += micros;
            }
        }
    }

    void setClock(long aheadMicros) {
        wallAheadMicros = aheadMicros;
    }

    // Events

    /** When this node's loop is where it is, which may be in the future while it flushes. */
    long time() {
        return Math.max(simulation.now(), busyUntil);
    }

    void busy(long micros) {
        busyUntil = time() + micros;
    }

    /** Until when an event has to wait. */
    long readyAt(boolean ofLoop) {
        return Math.max(pausedUntil, ofLoop ? busyUntil : 0);
    }

    int life() {
        return life;
    }

    boolean isUp() {
        return up;
    }

    int number() {
        return number;
    }

    SimulatedState state() {
        return state;
    }

    SimulatedDisk disk() {
        return disk;
    }

    // Time

    @Override
    public long nanos() {
        // A suspension that has begun counts as over: nothing runs within it, and nothing ends it early.
        return originNanos + (long) ((time() - frozenMicros) * 1000 * rate);
    }

    @Override
    public long wallMillis() {
        return 1_700_000_000_000L + (time() + wallAheadMicros) / 1000;
    }

    // Loop

    @Override
    public boolean isHere() {
        return isInLoop;
    }

    @Override
    public void execute(Runnable task) {
        inLoop(time() + 1, task);
    }

    @Override
    public void schedule(Runnable task, long delayNanos) {
        inLoop(time() + Math.max(1, (long) (delayNanos / 1000.0 / rate)), task);
    }

    private void inLoop(long at, Runnable task) {
        simulation.at(at, this, true, () -> {
            isInLoop = true;
            try {
                task.run();
            } finally {
                isInLoop = false;
            }
        });
    }

    // Peers

    @Override
    public void send(int peer, byte[] frame) {
        if (time() == simulation.now()) {
            simulation.network().send(number, peer, frame);
        } else {
            simulation.at(time(), this, false, () -> simulation.network().send(number, peer, frame));
        }
    }

    @Override
    public void flush() {}

    @Override
    public boolean isConnected(int peer) {
        return simulation.network().isConnected(number, peer);
    }

    @Override
    public void receiver(Receiver to) {
        receiver = to;
    }

    void receive(int from, long connection, byte[] frame) {
        inLoop(simulation.now(), () -> receiver.received(from, connection, frame));
    }
}
