package io.distcache.server.consensus;

import java.util.zip.CRC32;

/**
 * The connections between simulated nodes, one for each direction. What is sent on one arrives in order, late or not at all; where something
 * was lost the connection ends, and another with a greater number takes its place. What the old one still had may arrive after that. Confined
 * to the simulation's thread.
 */
final class SimulatedNetwork {
    private static final class Link {
        private boolean isUp = true;
        private boolean isCut;
        private long number = 1;
        private long stalledUntil;
        private long lastArrival;
        private boolean oldOnesArrive;
    }

    private final Simulation simulation;
    private final Link[][] links;
    double loss;
    double slow;

    SimulatedNetwork(Simulation simulation, int nodes) {
        this.simulation = simulation;
        this.links = new Link[nodes][nodes];
        for (Link[] from : links) {
            for (int to = 0; to < nodes; to++) {
                from[to] = new Link();
            }
        }
    }

    boolean isConnected(int from, int to) {
        return links[from][to].isUp;
    }

    void send(int from, int to, byte[] frame) {
        Link link = links[from][to];
        if (!link.isUp) {
            return;
        }
        if (link.isCut || simulation.chance(loss)) {
            disconnect(from, to);
            return;
        }
        long arrival = simulation.now() + 100 + simulation.below(400);
        if (simulation.chance(slow)) {
            arrival += simulation.below(400_000);
        }
        if (simulation.now() < link.stalledUntil) {
            arrival = Math.max(arrival, link.stalledUntil + simulation.below(200));
        }
        arrival = Math.max(arrival, link.lastArrival + 1);
        link.lastArrival = arrival;
        long number = link.number;
        int life = simulation.node(to).life();
        simulation.at(arrival, () -> arrive(from, to, number, life, frame));
    }

    private void arrive(int from, int to, long number, int life, byte[] frame) {
        Link link = links[from][to];
        if (link.isCut) {
            disconnect(from, to);
            return;
        }
        if (number < link.number && !link.oldOnesArrive || simulation.node(to).life() != life) {
            return;
        }
        if (simulation.isTraced()) {
            CRC32 crc = new CRC32();
            crc.update(frame);
            simulation.trace("n" + from + ">n" + to + "#" + number + " " + frame.length + " " + crc.getValue());
        }
        simulation.node(to).receive(from, number, frame);
    }

    private void disconnect(int from, int to) {
        Link link = links[from][to];
        if (link.isUp) {
            link.isUp = false;
            link.number++;
            link.oldOnesArrive = simulation.chance(0.5);
            simulation.at(simulation.now() + 5_000 + simulation.below(45_000), () -> reconnect(from, to));
        }
    }

    private void reconnect(int from, int to) {
        Link link = links[from][to];
        if (link.isCut || !simulation.node(to).isUp() || !simulation.node(from).isUp()) {
            simulation.at(simulation.now() + 20_000 + simulation.below(60_000), () -> reconnect(from, to));
            return;
        }
        link.isUp = true;
        link.lastArrival = 0;
    }

    void nodeEnded(int node) {
        for (int other = 0; other < links.length; other++) {
            disconnect(node, other);
            disconnect(other, node);
        }
    }

    void cut(int from, int to) {
        links[from][to].isCut = true;
    }

    void stall(int from, int to, long micros) {
        Link link = links[from][to];
        link.stalledUntil = Math.max(link.stalledUntil, simulation.now() + micros);
    }

    void mendCuts() {
        for (Link[] from : links) {
            for (Link link : from) {
                link.isCut = false;
            }
        }
    }

    void mend() {
        mendCuts();
        loss = 0;
        slow = 0;
    }
}
