package io.distcache.protocol.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.ValueTag;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HashRingTest {
    private static final int KEYS = 1_000_000;
    private static final Bytes[] KEY = keys();

    private static Bytes[] keys() {
        Bytes[] keys = new Bytes[KEYS];
        for (int i = 0; i < KEYS; i++) {
            byte[] text = ("user:" + i).getBytes(StandardCharsets.UTF_8);
            byte[] tagged = new byte[text.length + 1];
            tagged[0] = ValueTag.TEXT;
            System.arraycopy(text, 0, tagged, 1, text.length);
            keys[i] = Bytes.of(tagged);
        }
        return keys;
    }

    private static PoolMember member(int i, int weight) {
        String address = "10.0." + i / 200 + "." + i % 200 + ":2050";
        return new PoolMember(address, address, weight);
    }

    private static HashRing ring(int count) {
        return ring(IntStream.range(0, count).mapToObj(i -> member(i, 1)).toList());
    }

    private static HashRing ring(List<PoolMember> members) {
        return new HashRing(new Membership(1, members));
    }

    private static int[] counts(HashRing ring) {
        int[] counts = new int[ring.members().size()];
        for (Bytes key : KEY) {
            counts[ring.ownerOf(key)]++;
        }
        return counts;
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5, 7, 10, 16, 23, 32, 40, 50})
    void no_member_is_off_its_fair_share_by_over_ten_percent(int count) {
        int[] counts = counts(ring(count));
        double fair = (double) KEYS / count;
        for (int of : counts) {
            assertThat(of).isCloseTo((int) fair, within((int) (fair / 10)));
        }
        double most = Arrays.stream(counts)
                .mapToDouble(c -> Math.abs(c - fair) / fair)
                .max()
                .orElseThrow();
        System.out.printf("ring of %d: the largest deviation from the fair share is %.1f %%%n", count, 100 * most);
    }

    @Test
    void weights_give_proportional_shares() {
        HashRing ring = ring(List.of(member(0, 1), member(1, 2), member(2, 4), member(3, 1)));
        int[] counts = counts(ring);
        for (int i = 0; i < 4; i++) {
            double fair = KEYS * ring.members().get(i).weight() / 8.0;
            assertThat(counts[i]).isCloseTo((int) fair, within((int) (fair / 10)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 5, 10, 25, 50})
    void one_member_more_or_less_moves_its_share_and_no_other_key(int count) {
        HashRing fewer = ring(count - 1);
        HashRing more = ring(count);
        PoolMember last = member(count - 1, 1);
        int moved = 0;
        for (Bytes key : KEY) {
            PoolMember before = fewer.members().get(fewer.ownerOf(key));
            PoolMember after = more.members().get(more.ownerOf(key));
            if (!before.equals(after)) {
                moved++;
                assertThat(after).isEqualTo(last);
            }
        }
        assertThat(moved).isBetween(1, (int) (1.25 / count * KEYS));
    }

    @Test
    void the_order_in_which_members_are_named_does_not_matter() {
        List<PoolMember> members = new ArrayList<>(
                IntStream.range(0, 20).mapToObj(i -> member(i, 1 + i % 3)).toList());
        HashRing ring = ring(members);
        Random random = new Random(42);
        for (int round = 0; round < 5; round++) {
            Collections.shuffle(members, random);
            HashRing other = ring(members);
            for (int i = 0; i < 10_000; i++) {
                assertThat(other.members().get(other.ownerOf(KEY[i])))
                        .isEqualTo(ring.members().get(ring.ownerOf(KEY[i])));
            }
        }
    }

    /** Written down once, so that a change of the function does not go unnoticed: it would move keys of running pools. */
    @Test
    void owners_are_those_of_every_other_release() {
        HashRing ring = ring(List.of(
                new PoolMember("a", "h1:2050", 1),
                new PoolMember("b", "h2:2050", 1),
                new PoolMember("c", "h3:2050", 2)));
        StringBuilder owners = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            owners.append(ring.members().get(ring.ownerOf(KEY[i])).name());
        }
        assertThat(HashRing.position("foobar".getBytes(StandardCharsets.UTF_8), 0, 6))
                .isEqualTo(fmix64(0x85944171f73967e8L));
        assertThat(owners.toString()).isEqualTo(GOLDEN);
    }

    private static final String GOLDEN = "abccccbcccbcbccbcbbabacbccbaccccabccccaa";

    /** MurmurHash3's, from its source; FNV-1a of "foobar" is in the test vectors of the FNV draft. */
    private static long fmix64(long k) {
        long mixed = k;
        mixed ^= mixed >>> 33;
        mixed *= 0xff51afd7ed558ccdL;
        mixed ^= mixed >>> 33;
        mixed *= 0xc4ceb9fe1a85ec53L;
        mixed ^= mixed >>> 33;
        return mixed;
    }

    @Test
    void keys_with_one_tag_have_one_owner() {
        HashRing ring = ring(50);
        byte[] one = "\u0002{user7}.name".getBytes(StandardCharsets.UTF_8);
        byte[] other = "\u0002cart.{user7}".getBytes(StandardCharsets.UTF_8);
        assertThat(ring.ownerOf(Bytes.of(one))).isEqualTo(ring.ownerOf(Bytes.of(other)));
    }

    @Test
    void the_next_accepted_member_serves_and_the_share_of_one_that_is_away_goes_to_all_others() {
        HashRing ring = ring(5);
        int[] served = new int[5];
        int away = 0;
        for (int i = 0; i < 100_000; i++) {
            int first = ring.firstOf(KEY[i], m -> m != 2);
            if (ring.ownerOf(KEY[i]) == 2) {
                served[first]++;
                away++;
            } else {
                assertThat(first).isEqualTo(ring.ownerOf(KEY[i]));
            }
        }
        assertThat(served[2]).isZero();
        for (int i : new int[] {0, 1, 3, 4}) {
            assertThat(served[i]).isGreaterThan(away / 8);
        }
        assertThat(ring.firstOf(KEY[0], m -> false)).isEqualTo(-1);
        assertThat(ring.firstOf(KEY[0], m -> m == 4)).isEqualTo(4);
    }

    @Test
    void wrong_members_are_refused_with_what_is_wrong() {
        // What stands behind the white space may be anything, a secret too, and is not shown.
        assertThatThrownBy(() -> new PoolMember("a b", "h:1", 1)).hasMessageContaining("'a <hidden>'");
        assertThatThrownBy(() -> new PoolMember("a", "h", 1)).hasMessageContaining("host:port");
        assertThatThrownBy(() -> new PoolMember("a", "h:1", 0)).hasMessageContaining("weight");
        assertThatThrownBy(() -> ring(List.of(new PoolMember("a", "h:1", 1), new PoolMember("a", "h:2", 1))))
                .hasMessageContaining("named a");
        assertThatThrownBy(() -> ring(List.of())).hasMessageContaining("at least one");
        assertThatThrownBy(() -> ring(
                        IntStream.range(0, 11).mapToObj(i -> member(i, 100)).toList()))
                .hasMessageContaining("add up to 1100");
    }

    @Test
    void before_a_member_come_those_that_would_have_to_be_refused_for_it_to_serve_a_key() {
        HashRing ring = ring(7);
        for (int k = 0; k < 1000; k++) {
            for (int member = 0; member < 7; member++) {
                int of = member;
                int[] before = ring.before(KEY[k], member);
                assertThat(before).doesNotContain(member).doesNotHaveDuplicates();
                for (int i = 0; i < before.length; i++) {
                    List<Integer> refused =
                            Arrays.stream(before).limit(i).boxed().toList();
                    assertThat(ring.firstOf(KEY[k], m -> !refused.contains(m))).isEqualTo(before[i]);
                }
                assertThat(ring.firstOf(KEY[k], m -> Arrays.stream(before).noneMatch(b -> b == m)))
                        .isEqualTo(of);
            }
            assertThat(ring.before(KEY[k], -1)).hasSize(7);
            assertThat(ring.before(KEY[k], ring.ownerOf(KEY[k]))).isEmpty();
        }
    }
}
