package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.Consensus;
import io.microraft.RaftNode;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.state.FollowerState;
import io.microraft.impl.state.LeaderState;
import io.microraft.impl.state.RaftState;
import java.util.ArrayList;
import java.util.List;

/** How far a group has come, as the engine knows it. Stateless; called on the consensus loop. */
final class GroupProgress {
    private GroupProgress() {}

    static Consensus.Progress of(RaftNode engine, List<Integer> members) {
        RaftState state = ((RaftNodeImpl) engine).state();
        long last = state.log().lastLogOrSnapshotIndex();
        LeaderState leading = state.leaderState();
        List<Long> behind = new ArrayList<>();
        for (int member : leading == null ? List.<Integer>of() : members) {
            FollowerState follower = leading.getFollowerStateOrNull(new Endpoint(member));
            behind.add(follower == null ? 0 : Math.max(0, last - follower.matchIndex()));
        }
        return new Consensus.Progress(last, behind);
    }
}
