package io.distcache.client.internal.link;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.EntryChange;
import java.util.stream.IntStream;

/** What can be told of a command before it is encoded. Stateless. */
final class FrameSize {
    private FrameSize() {}

    /** A lower bound of the frame's bytes, from the bulk of it; exact enough to keep giants away from the event loop. */
    static long atLeast(Command command) {
        if (command instanceof Command.OnEntry entry) {
            return entry.key().length() + entry.valueBytes();
        }
        if (command instanceof Command.PutAll all) {
            return all.pairs().stream()
                    .mapToLong(pair -> pair.key().length() + (long) pair.value().length())
                    .sum();
        }
        if (command instanceof Command.OnEntries entries) {
            return IntStream.range(0, entries.count())
                    .mapToLong(i -> entries.key(i).length())
                    .sum();
        }
        if (command instanceof Command.TouchAll all) {
            return all.touches().stream()
                    .mapToLong(touch -> touch.key().length())
                    .sum();
        }
        if (command instanceof Command.Settle settle) {
            return settle.settlements().stream().mapToLong(FrameSize::of).sum();
        }
        if (command instanceof Command.Stale stale) {
            return atLeast(stale.read());
        }
        return command instanceof Command.Invalidate invalidate
                ? invalidate.keys().stream().mapToLong(Bytes::length).sum()
                : 0;
    }

    private static long of(Command.Settlement settlement) {
        long bytes = settlement.key().length();
        for (EntryChange change : settlement.changes()) {
            bytes += change instanceof EntryChange.Put put ? put.value().length() : 0;
        }
        return bytes;
    }
}
