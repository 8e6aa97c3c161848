package io.distcache.client.spi;

import io.distcache.protocol.Command;
import java.util.ArrayList;
import java.util.List;

/** Cuts what goes into one command to a size that keeps a node answering others in between. Stateless. */
public final class Batches {
    /** The most keys or entries of one command. */
    public static final int MAX_ENTRIES = 1000;

    private static final int MAX_BYTES = 4 << 20;

    private Batches() {}

    /** Runs of pairs, each of a bounded number of entries and bytes (or of a single larger pair), in order. */
    public static List<List<Command.Pair>> ofPairs(List<Command.Pair> pairs) {
        List<List<Command.Pair>> batches = new ArrayList<>();
        int from = 0;
        long bytes = 0;
        for (int i = 0; i < pairs.size(); i++) {
            long size =
                    (long) pairs.get(i).key().length() + pairs.get(i).value().length();
            if (i > from && (i - from == MAX_ENTRIES || bytes + size > MAX_BYTES)) {
                batches.add(pairs.subList(from, i));
                from = i;
                bytes = 0;
            }
            bytes += size;
        }
        if (from < pairs.size()) {
            batches.add(pairs.subList(from, pairs.size()));
        }
        return batches;
    }
}
