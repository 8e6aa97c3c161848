package io.distcache.server.node;

import io.distcache.protocol.Routes;
import io.distcache.server.consensus.Consensus;
import io.distcache.server.consensus.GroupView;
import io.distcache.server.consensus.Loop;
import io.distcache.server.consensus.Peers;
import io.distcache.server.replication.PoolPlan;
import io.distcache.server.replication.Replication;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Which of the groups a node should lead: each has a member that is to lead it, and gets to when it has been in reach for a while; a node that
 * stops hands all over first. Who hands over takes no more commands of the group, waits until what it has begun is committed, and then asks the
 * other to take over: so no call fails. Thread-safe; what is not said otherwise is confined to the consensus loop.
 */
final class Leaderships {
    private static final Duration LOOK = Duration.ofMillis(500);
    /** For how many looks a member has to be in reach. */
    private static final int PATIENCE = 20;

    /** How many entries who is to lead may lack. */
    private static final int MOST_BEHIND = 1000;

    private static final Duration WAIT = Duration.ofMillis(5);
    private static final int MOST_WAITS = 100;
    private static final int STOP_SECONDS = 5;

    private final PoolPlan plan;
    private final Replication replication;
    private final Peers peers;
    private final Loop loop;
    private final int[] inReach;
    private boolean busy;
    private volatile boolean begun;
    private volatile boolean stopping;

    Leaderships(PoolPlan plan, Replication replication, Peers peers, Loop loop) {
        this.plan = plan;
        this.replication = replication;
        this.peers = peers;
        this.loop = loop;
        this.inReach = new int[plan.members()];
    }

    /** Looks after them from now on. Called by any thread. */
    void begin() {
        begun = true;
        loop.schedule(this::look, LOOK.toNanos());
    }

    private void look() {
        if (stopping) {
            return;
        }
        for (int member = 0; member < inReach.length; member++) {
            inReach[member] = peers.isConnected(member) ? inReach[member] + 1 : 0;
        }
        for (int group = 0; group <= plan.routes().groups() && !busy; group++) {
            int wanted = group % plan.members();
            if (wanted != plan.self() && inReach[wanted] > PATIENCE && replication.leadsGroup(group)) {
                busy = true;
                handOverIfNear(group, wanted).whenComplete((done, failure) -> {
                    busy = false;
                    if (failure != null) {
                        inReach[wanted] = 0;
                    }
                });
            }
        }
        loop.schedule(this::look, LOOK.toNanos());
    }

    /** To one that lacks much it would fail, or take long, and meanwhile nobody leads. */
    private CompletionStage<Void> handOverIfNear(int group, int to) {
        return replication.consensus().progress(group).thenCompose(progress -> {
            boolean near = !progress.behind().isEmpty() && progress.behind().get(to) <= MOST_BEHIND;
            return near
                    ? handOver(group, to)
                    : CompletableFuture.failedFuture(new IllegalStateException("member " + to + " lacks too much"));
        });
    }

    private CompletableFuture<Void> handOver(int group, int to) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        replication.pause(group);
        whenIdle(
                group,
                MOST_WAITS,
                () -> replication.consensus().transfer(group, to).whenComplete((ok, failure) -> {
                    if (failure == null) {
                        done.complete(null);
                    } else {
                        done.completeExceptionally(failure);
                    }
                }));
        return done;
    }

    private void whenIdle(int group, int waits, Runnable then) {
        if (waits == 0 || replication.isIdle(group)) {
            then.run();
        } else {
            loop.schedule(() -> whenIdle(group, waits - 1, then), WAIT.toNanos());
        }
    }

    /** Hands over all groups, each to who lacks least of those in reach; returns when that is done, or after {@value #STOP_SECONDS} s. Not on the loop. */
    void handOver() {
        stopping = true;
        if (!begun) {
            return;
        }
        CompletableFuture<Void> all = new CompletableFuture<>();
        loop.execute(() -> {
            CompletableFuture<?>[] each = new CompletableFuture<?>[plan.routes().groups() + 1];
            for (int group = 0; group < each.length; group++) {
                each[group] = replication.leadsGroup(group)
                        ? handOverToNearest(group).toCompletableFuture()
                        : CompletableFuture.completedFuture(null);
            }
            CompletableFuture.allOf(each).whenComplete((done, failure) -> all.complete(null));
        });
        try {
            all.get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // Those that it still leads find another leader by an election.
        }
    }

    /** Of those in reach to the one that lacks least. */
    private CompletionStage<Void> handOverToNearest(int group) {
        return replication.consensus().progress(group).thenCompose(progress -> {
            int to = Routes.NOBODY;
            for (int i = 0; i < progress.behind().size(); i++) {
                int member = (group + i) % plan.members();
                boolean isNearer = to == Routes.NOBODY
                        || progress.behind().get(member) < progress.behind().get(to);
                if (member != plan.self() && peers.isConnected(member) && isNearer) {
                    to = member;
                }
            }
            return to == Routes.NOBODY ? CompletableFuture.completedFuture(null) : handOver(group, to);
        });
    }

    /** Why it is not safe yet to stop the next node of the pool; empty if it is. Called by any thread. */
    String notReady() {
        if (!begun) {
            return "this node is starting";
        }
        Consensus consensus = replication.consensus();
        int without = 0;
        for (int group = 0; group <= plan.routes().groups(); group++) {
            without += consensus.view(group).leader() == GroupView.NOBODY ? 1 : 0;
        }
        if (without > 0) {
            return without + " of " + (plan.routes().groups() + 1) + " groups have no leader that this node knows";
        }
        StringBuilder missing = new StringBuilder();
        for (int member = 0; member < plan.members(); member++) {
            if (member != plan.self() && !peers.isConnected(member)) {
                missing.append(missing.isEmpty() ? "" : ", ").append(plan.nameOf(member));
            }
        }
        return missing.isEmpty() ? "" : "this node does not reach " + missing;
    }
}
