package io.distcache.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Secret;
import io.distcache.server.replication.recovery.LoneMember;
import org.junit.jupiter.api.Test;

class ScanOrderHashTest {
    private static final Bytes KEY = Bytes.ofUtf8("user:1");

    private static int hash(int self, String secret) {
        PoolPlan plan = LoneMember.PLAN;
        return new PoolPlan(plan.routes(), self, Secret.of(secret), plan.founding())
                .hasher()
                .hash(KEY);
    }

    @Test
    void members_of_a_pool_hash_alike_and_those_of_another_one_do_not() {
        assertThat(hash(0, "00ff"))
                .isEqualTo(hash(2, "00ff"))
                .isNotEqualTo(hash(0, "00fe"))
                .isNotEqualTo(0);
    }

    /** While a pool is brought to another version its members are of both. */
    @Test
    void the_next_version_hashes_alike() {
        assertThat(hash(0, "00ff00ff00ff00ff")).isEqualTo(-207_468_527);
    }
}
