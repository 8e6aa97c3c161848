package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.Consensus;
import io.distcache.server.consensus.ConsensusException;
import io.distcache.server.consensus.ConsensusException.Meaning;
import io.distcache.server.consensus.GroupView;
import io.distcache.server.consensus.StoredGroup;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Groups that are only read: nothing is agreed on, and nobody leads. Confined to one thread. */
public abstract class UnledGroups implements Consensus {
    private static final GroupView NOBODY = new GroupView(0, GroupView.NOBODY, List.of());

    UnledGroups() {}

    /** After {@link #start}: how far each group has come. */
    public abstract List<StoredGroup> groups();

    /** The entries of a group, to be applied. */
    static Entries entries(int group, Applier applier, Journal journal) {
        return new Entries(
                group, applier, journal, true, UnledGroups::noTerm, marker -> {}, snapshot -> {}, epoch -> {});
    }

    private static long noTerm() {
        throw new IllegalStateException("nobody leads a group that is only read");
    }

    private static <T> CompletionStage<T> refused() {
        return CompletableFuture.failedFuture(
                new ConsensusException(Meaning.NOT_LEADER, "the groups of a stopped member are only read"));
    }

    @Override
    public CompletionStage<Long> propose(int group, long epoch, byte[] entry) {
        return refused();
    }

    @Override
    public long leaseLeftNanos(int group) {
        return 0;
    }

    @Override
    public boolean leaseValid(int group) {
        return false;
    }

    @Override
    public CompletionStage<Void> confirm(int group) {
        return refused();
    }

    @Override
    public CompletionStage<Void> transfer(int group, int member) {
        return refused();
    }

    @Override
    public CompletionStage<Void> open(int group) {
        return refused();
    }

    @Override
    public boolean isOpen(int group) {
        return true;
    }

    @Override
    public CompletionStage<Void> snapshot(int group) {
        return refused();
    }

    @Override
    public GroupView view(int group) {
        return NOBODY;
    }

    @Override
    public boolean isSilent(int group) {
        return groups().get(group).isSilent();
    }

    @Override
    public boolean hasCaughtUp(int group) {
        return false;
    }

    @Override
    public CompletionStage<Long> applied(int group) {
        return CompletableFuture.completedFuture(groups().get(group).index());
    }

    @Override
    public CompletionStage<Progress> progress(int group) {
        long index = groups().get(group).index();
        return CompletableFuture.completedFuture(new Progress(index, index, index, List.of()));
    }

    @Override
    public void close() {}
}
