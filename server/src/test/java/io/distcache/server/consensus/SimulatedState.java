package io.distcache.server.consensus;

import io.distcache.fixtures.Operation;
import io.distcache.server.consensus.ConsensusException.Meaning;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;

/** What a process on a simulated node executes commands on. Confined to the simulation's thread. */
interface SimulatedState {
    /** What a command gave: a result, or why there is none. */
    record Answer(long result, Meaning failure) {}

    /** Begins, with what the node's disk has. */
    void start() throws IOException;

    boolean leads(int group);

    /** Whether it was elected, and perhaps does not lead yet, as the marker of its leadership is not committed. */
    boolean isElected(int group);

    /** What a group holds here: values by key. */
    Map<Integer, Long> map(int group);

    /** Whether the node has forgotten what it told others in some group, and has not caught up yet. */
    boolean isSilent();

    /** Whether anybody may lead all groups, as far as the node knows. */
    boolean isOpen();

    void transfer(int group, int member);

    /** Executes a command on a worker. */
    void execute(int group, int key, Operation command, Consumer<Answer> answer);

    /** What is not as it must be when all is quiet; empty if all is. */
    default String wrong() {
        return "";
    }

    /** What must be equal on all nodes besides; to be called when all is quiet. */
    default String digest() {
        return "";
    }
}
