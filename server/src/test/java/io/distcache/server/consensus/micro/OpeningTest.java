package io.distcache.server.consensus.micro;

import static io.distcache.server.consensus.micro.ModelCodec.MODEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.consensus.Founding;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.PreVoteRequest;
import io.microraft.model.message.VoteRequest;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OpeningTest {
    private static final long RANDOM = 0x1234_5678_9abc_def1L;

    private static AppendEntriesRequest entries(byte[]... operations) {
        List<io.microraft.model.log.LogEntry> entries = Arrays.stream(operations)
                .map(operation -> MODEL.createLogEntryBuilder()
                        .setIndex(7)
                        .setTerm(2)
                        .setOperation(operation)
                        .build())
                .toList();
        return MODEL.createAppendEntriesRequestBuilder()
                .setGroupId(0)
                .setSender(new Endpoint(0))
                .setTerm(2)
                .setPreviousLogTerm(2)
                .setPreviousLogIndex(6)
                .setCommitIndex(0)
                .setLogEntries(List.copyOf(entries))
                .setQuerySequenceNumber(0)
                .setFlowControlSequenceNumber(0)
                .build();
    }

    private static VoteRequest vote() {
        return MODEL.createVoteRequestBuilder()
                .setGroupId(0)
                .setSender(new Endpoint(1))
                .setTerm(3)
                .setLastLogTerm(2)
                .setLastLogIndex(9)
                .setSticky(true)
                .build();
    }

    private static PreVoteRequest preVote() {
        return MODEL.createPreVoteRequestBuilder()
                .setGroupId(0)
                .setSender(new Endpoint(1))
                .setTerm(3)
                .setLastLogTerm(2)
                .setLastLogIndex(9)
                .build();
    }

    @Test
    void who_waits_for_the_founder_asks_for_no_votes_until_a_marker_says_that_it_may() {
        Opening founder = new Opening(Founding.HERE, true);
        Opening other = new Opening(Founding.AWAITED, true);
        long founding = founder.epoch(RANDOM);
        assertThat(other.keepsBack(vote())).isTrue();
        assertThat(other.keepsBack(preVote())).isTrue();
        assertThat(other.keepsBack(entries())).isFalse();

        other.received(entries(EntryCodec.marker(founding), EntryCodec.entry(founding, new byte[] {1})));
        other.saw(founding);
        assertThat(other.isOpen()).isFalse();

        founder.open();
        long opened = founder.epoch(RANDOM);
        // Not yet committed: the founder may ask this one to take over before it hears of that.
        other.received(entries(EntryCodec.entry(founding, new byte[] {2}), EntryCodec.marker(opened)));
        assertThat(other.isOpen()).isTrue();
        assertThat(other.keepsBack(vote())).isFalse();
        assertThat(other.keepsBack(preVote())).isFalse();
    }

    /** An entry of an open epoch without its marker cannot be there; what looks like one says nothing. */
    @Test
    void only_markers_and_snapshots_say_so() {
        Opening other = new Opening(Founding.AWAITED, true);
        other.received(entries(EntryCodec.entry(RANDOM | 1, new byte[] {1})));
        assertThat(other.isOpen()).isFalse();
        other.saw(RANDOM | 1);
        assertThat(other.isOpen()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void epochs_of_all_but_a_founder_are_open(Founding founding) {
        long epoch = new Opening(founding, true).epoch(RANDOM);
        assertThat(Opening.isOpenIn(epoch)).isEqualTo(founding != Founding.HERE);
    }
}
