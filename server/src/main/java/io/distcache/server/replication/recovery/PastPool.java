package io.distcache.server.replication.recovery;

import io.distcache.server.replication.PoolPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What a replicated pool had at a moment, by what one member of it knows. Immutable.
 *
 * @param pool its number
 * @param member how people call the member
 */
public record PastPool(String pool, String member, StoppedMember data) {
    /** The file that says that a directory is that of a member. */
    public static final String PLAN = PoolPlan.NAME;

    /**
     * Reads the directory of a member, which may run.
     *
     * @return null if it does not say of which pool it is
     * @throws IOException as {@link StoppedMember#at}
     */
    public static @Nullable PastPool read(Path directory, Instant until) throws IOException {
        PoolPlan plan = PoolPlan.read(directory);
        return plan == null
                ? null
                : new PastPool(
                        HexFormat.of().toHexDigits(plan.routes().pool()),
                        plan.nameOf(plan.self()),
                        StoppedMember.at(directory, plan.routes().groups(), until));
    }

    /** Whether nothing had been agreed on by then. */
    public boolean isEmpty() {
        return data.past().stream().allMatch(group -> group.index() == 0);
    }

    /** Of how many groups nothing says whether the pool agreed on the newest entry that the member has. */
    public long openGroups() {
        return data.past().stream().filter(group -> !group.isAgreed()).count();
    }
}
