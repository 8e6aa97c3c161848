package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.Consensus;
import io.distcache.server.consensus.GroupView;
import io.microraft.RaftEndpoint;
import io.microraft.RaftNode;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.state.FollowerState;
import io.microraft.impl.state.LeaderState;
import io.microraft.impl.state.RaftState;
import io.microraft.report.RaftGroupMembers;
import io.microraft.report.RaftTerm;
import java.util.ArrayList;
import java.util.List;

/** How a group is, as the engine knows it. Stateless. */
final class GroupProgress {
    private GroupProgress() {}

    /** Who leads. Called by any thread. */
    static GroupView view(RaftNode engine) {
        RaftTerm term = engine.getTerm();
        RaftGroupMembers members = engine.getCommittedMembers();
        List<Integer> voting =
                members.getVotingMembers().stream().map(Endpoint::of).sorted().toList();
        RaftEndpoint leader = term.getLeaderEndpoint();
        return new GroupView(term.getTerm(), leader == null ? GroupView.NOBODY : Endpoint.of(leader), voting);
    }

    /** Up to where it is applied. On the consensus loop. */
    static long applied(RaftNode engine) {
        return ((RaftNodeImpl) engine).state().lastApplied();
    }

    /** How many entries are not committed. On the consensus loop. */
    static long underWay(RaftNode engine) {
        RaftState state = ((RaftNodeImpl) engine).state();
        return state.log().lastLogOrSnapshotIndex() - state.commitIndex();
    }

    /** How far it has come. On the consensus loop. */
    static Consensus.Progress of(RaftNode engine, List<Integer> members) {
        RaftState state = ((RaftNodeImpl) engine).state();
        long last = state.log().lastLogOrSnapshotIndex();
        LeaderState leading = state.leaderState();
        List<Long> behind = new ArrayList<>();
        for (int member : leading == null ? List.<Integer>of() : members) {
            FollowerState follower = leading.getFollowerStateOrNull(new Endpoint(member));
            behind.add(follower == null ? 0 : Math.max(0, last - follower.matchIndex()));
        }
        return new Consensus.Progress(last, state.commitIndex(), state.lastApplied(), behind);
    }
}
