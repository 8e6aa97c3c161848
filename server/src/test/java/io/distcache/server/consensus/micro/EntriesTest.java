package io.distcache.server.consensus.micro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.Role;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A member that cannot apply what was agreed on has something else than the others, so it goes on with nothing. */
class EntriesTest {
    private static final class Unable implements Applier {
        @Override
        public void apply(int group, long index, long epoch, byte[] entry) {
            throw new OutOfMemoryError("simulated");
        }

        @Override
        public void role(int group, Role role, int term, long epoch) {}

        @Override
        public void snapshot(int group, long index, Consumer<Supplier<byte[]>> pieces) {}

        @Override
        public void install(int group, long index, Iterable<byte[]> pieces) {}

        @Override
        public void failed(IOException cause) {}
    }

    @Test
    void an_entry_that_cannot_be_applied_ends_the_members_part() {
        Journal journal = new Journal(new MemoryStore(), true);
        Entries entries = new Entries(3, new Unable(), journal, true, () -> 1, epoch -> {}, index -> {}, epoch -> {});
        entries.runOperation(1, EntryCodec.marker(1));
        assertThat(journal.failure()).isNull();
        assertThatThrownBy(() -> entries.runOperation(2, EntryCodec.entry(1, new byte[1])))
                .hasMessageContaining("entry 2 of group 3");
        assertThat(journal.failure())
                .hasMessageContaining("could not be applied")
                .hasMessageContaining("simulated");
    }
}
