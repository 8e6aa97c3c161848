package io.distcache.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HeapRegionTest {
    private static final long REGION = 1 << 20;

    @Test
    void an_array_of_half_a_region_or_more_takes_whole_regions() {
        assertThat(HeapRegion.taken(REGION / 2 - 8, REGION)).isEqualTo(REGION / 2 - 8);
        assertThat(HeapRegion.taken(REGION / 2, REGION)).isEqualTo(REGION);
        assertThat(HeapRegion.taken(REGION, REGION)).isEqualTo(REGION);
        assertThat(HeapRegion.taken(REGION + 8, REGION)).isEqualTo(2 * REGION);
    }

    @Test
    void other_collectors_pack_large_arrays_as_they_are() {
        assertThat(HeapRegion.taken(10 * REGION + 8, 0)).isEqualTo(10 * REGION + 8);
    }

    @Test
    void the_region_size_of_this_jvm_is_a_power_of_two_or_none() {
        assertThat(Long.bitCount(HeapRegion.BYTES)).isLessThanOrEqualTo(1);
    }
}
