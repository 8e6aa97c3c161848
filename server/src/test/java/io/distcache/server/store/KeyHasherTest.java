package io.distcache.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyHasherTest {

    private static final long SEED = 0x1234_5678_9abc_def1L;
    private static final long SECRET = 0x2d35_8dcc_aa6c_78a5L;
    private static final KeyHasher HASHER = KeyHasher.of(SEED, SECRET);

    @Test
    void equal_bytes_hash_alike_wherever_they_lie() {
        Random random = new Random(3);
        for (int length = 0; length < 100; length++) {
            byte[] key = new byte[length];
            random.nextBytes(key);
            byte[] frame = new byte[length + 20];
            random.nextBytes(frame);
            System.arraycopy(key, 0, frame, 7, length);
            assertThat(HASHER.hash(Bytes.of(frame, 7, length))).isEqualTo(HASHER.hash(Bytes.of(key)));
        }
    }

    @Test
    void every_bit_of_the_key_turns_about_half_of_the_hash() {
        Random random = new Random(4);
        for (int length = 1; length < 70; length++) {
            for (int bit = 0; bit < 8 * length; bit++) {
                int turned = 0;
                for (int sample = 0; sample < 20; sample++) {
                    byte[] key = new byte[length];
                    random.nextBytes(key);
                    int before = HASHER.hash(Bytes.of(key));
                    key[bit / 8] ^= (byte) (1 << bit % 8);
                    turned += Integer.bitCount(before ^ HASHER.hash(Bytes.of(key)));
                }
                assertThat(turned).as("length %d bit %d", length, bit).isBetween(20 * 10, 20 * 22);
            }
        }
    }

    @Test
    void keys_in_sequence_spread_evenly_over_the_high_bits() {
        int[] homes = new int[1 << 10];
        for (int i = 0; i < homes.length * 100; i++) {
            homes[HASHER.hash(Bytes.ofUtf8("user:" + i)) >>> 22]++;
        }
        assertThat(Arrays.stream(homes).min().orElseThrow()).isGreaterThan(50);
        assertThat(Arrays.stream(homes).max().orElseThrow()).isLessThan(150);
    }

    @Test
    void lengths_of_zeros_differ() {
        Set<Integer> hashes = new HashSet<>();
        for (int length = 0; length < 200; length++) {
            hashes.add(HASHER.hash(Bytes.of(new byte[length])));
        }
        assertThat(hashes).hasSize(200);
    }

    @Test
    void another_seed_or_secret_gives_other_hashes() {
        Bytes key = Bytes.ofUtf8("user:1");
        assertThat(HASHER.hash(key))
                .isNotEqualTo(KeyHasher.of(SEED + 1, SECRET).hash(key))
                .isNotEqualTo(KeyHasher.of(SEED, SECRET + 2).hash(key));
    }
}
