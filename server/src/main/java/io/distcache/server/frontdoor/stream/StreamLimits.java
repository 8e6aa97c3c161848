package io.distcache.server.frontdoor.stream;

import java.time.Duration;

/**
 * What clients of a front door may take from the node.
 *
 * @param maxRequestBytes the longest request, and so the largest entry
 * @param maxInFlight how many requests of one connection may be executed and not answered, before no more are read
 * @param outputLimitBytes how much a client that does not read may leave unsent before it is disconnected
 * @param maxConnections how many clients the node has at once, by all its doors
 * @param peerTimeout how long a client that has vanished without a word keeps its connection; zero for what the system says
 * @param loginTimeout how long a client may take to say who it is, if it has to
 */
public record StreamLimits(
        int maxRequestBytes,
        int maxInFlight,
        int outputLimitBytes,
        int maxConnections,
        Duration peerTimeout,
        Duration loginTimeout) {}
