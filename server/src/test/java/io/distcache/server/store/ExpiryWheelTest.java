package io.distcache.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExpiryWheelTest {
    private static final KeyHasher HASHER = KeyHasher.ofProcess();

    private static final long START = 1_735_689_600_000L;
    private static final long DAY = 86_400_000L;
    private static final int UNBOUNDED = Integer.MAX_VALUE;

    private final EntryMap map = new EntryMap();
    private final ExpiryWheel wheel = new ExpiryWheel(map, START);

    @Test
    void finds_what_a_look_at_every_deadline_finds() {
        for (Hashing hashing : Hashing.values()) {
            Seeds.forEach(40, random -> new Model(random, hashing).run());
        }
    }

    @Test
    void making_timers_anew_delays_nothing_that_is_due() {
        new Model(new Random(8373273511921704022L), Hashing.FOUR_LOW).run();
    }

    @Test
    void an_entry_expires_within_a_tick_of_its_deadline() {
        for (long ttl : new long[] {1, 127, 128, 129, 8_192, 524_288, 600_000, DAY, 40 * DAY, 3_000 * DAY}) {
            EntryMap entries = new EntryMap();
            ExpiryWheel expiry = new ExpiryWheel(entries, START);
            write(entries, expiry, key(1), START + ttl, Hashing.MIXED);
            for (long step = ttl; step > 200; step /= 2) {
                advance(expiry, entries, START + ttl - step);
                assertThat(entries.size()).isEqualTo(1);
            }
            advance(expiry, entries, START + ttl - 1);
            assertThat(entries.size()).isEqualTo(1);
            advance(expiry, entries, START + ttl + ExpiryWheel.TICK_MILLIS);
            assertThat(entries.size()).as("ttl %d", ttl).isZero();
        }
    }

    @Test
    void a_call_looks_at_no_more_timers_than_allowed_and_says_that_more_are_due() {
        for (int i = 0; i < 1_000; i++) {
            write(map, wheel, key(i), START + 500, Hashing.MIXED);
        }
        int calls = 0;
        boolean more = true;
        while (more) {
            int before = map.size();
            more = wheel.advance(START + 10_000, 10, ExpiryWheelTest.this::remove);
            assertThat(before - map.size()).isLessThanOrEqualTo(10);
            calls++;
        }
        assertThat(map.size()).isZero();
        assertThat(calls).isBetween(100, 101);
    }

    @Test
    void an_entry_that_the_callback_leaves_is_handed_over_again() {
        write(map, wheel, key(1), START + 500, Hashing.MIXED);
        int[] calls = new int[1];
        for (long now = START + 1_000; now < START + 2_000; now += 200) {
            wheel.advance(now, UNBOUNDED, (record, hash) -> calls[0]++);
        }
        assertThat(calls[0]).isEqualTo(5);
    }

    @Test
    void a_clock_set_back_neither_loses_an_entry_nor_expires_it_early() {
        write(map, wheel, key(1), START + 5_000, Hashing.MIXED);
        advance(wheel, map, START + 4_000);
        advance(wheel, map, START - 30 * DAY);
        write(map, wheel, key(2), START - 30 * DAY + 1_000, Hashing.MIXED);
        advance(wheel, map, START - 30 * DAY + 1_200);
        assertThat(map.size()).isEqualTo(1);
        for (long now = START - 30 * DAY; now <= START + 4_900; now += DAY / 7) {
            advance(wheel, map, now);
            assertThat(map.size()).isEqualTo(1);
        }
        advance(wheel, map, START + 5_200);
        assertThat(map.size()).isZero();
    }

    @Test
    void overwriting_the_same_keys_a_million_times_keeps_the_timers_few() {
        Random random = new Random(5);
        long most = 0;
        for (int i = 0; i < 1_000_000; i++) {
            write(map, wheel, key(random.nextInt(1_000)), START + 1_000 + random.nextInt(1_000_000), Hashing.MIXED);
            most = Math.max(most, wheel.bytes());
            assertThat(wheel.size()).isLessThanOrEqualTo(2 * (2 * 1_000 + 1_024));
        }
        System.out.println("timers of 1000 keys: at most " + most + " bytes");
        assertThat(most).isLessThan(64 * 1_024);
    }

    @Test
    void adding_and_removing_keys_a_million_times_keeps_the_timers_few() {
        for (int i = 0; i < 1_000_000; i++) {
            write(map, wheel, key(i), START + DAY, Hashing.MIXED);
            if (i >= 100) {
                Bytes gone = key(i - 100);
                map.remove(gone, HASHER.hash(gone));
            }
        }
        assertThat(wheel.size()).isLessThan(3_000);
    }

    @Test
    void timers_go_when_their_entries_have_gone() {
        for (int i = 0; i < 100_000; i++) {
            write(map, wheel, key(i), START + DAY, Hashing.MIXED);
        }
        System.out.println("bytes per timer: " + wheel.bytes() / 100_000.0);
        map.clear();
        for (int i = 0; i < 1_000; i++) {
            wheel.advance(START + i, 100, this::remove);
        }
        assertThat(wheel.size()).isZero();
    }

    @Test
    void a_deadline_moved_away_needs_no_timer_and_one_moved_nearer_does() {
        write(map, wheel, key(1), START + 10_000, Hashing.MIXED);
        write(map, wheel, key(1), START + 20_000, Hashing.MIXED);
        assertThat(wheel.size()).isEqualTo(1);
        advance(wheel, map, START + 11_000);
        assertThat(map.size()).isEqualTo(1);
        write(map, wheel, key(1), START + 12_000, Hashing.MIXED);
        advance(wheel, map, START + 12_200);
        assertThat(map.size()).isZero();
        write(map, wheel, key(1), EntryRecord.NO_DEADLINE, Hashing.MIXED);
        advance(wheel, map, START + 100 * DAY);
        assertThat(map.size()).isEqualTo(1);
    }

    private static void write(EntryMap map, ExpiryWheel wheel, Bytes key, long deadlineMillis, Hashing hashing) {
        int hash = hashing.of(key);
        byte[] replaced = map.put(EntryRecord.create(key, Bytes.EMPTY, 1, deadlineMillis), hash);
        long from = replaced == null ? EntryRecord.NO_DEADLINE : EntryRecord.deadlineMillis(replaced);
        wheel.deadlineMoved(hash, from, deadlineMillis);
    }

    private static void advance(ExpiryWheel wheel, EntryMap map, long nowMillis) {
        wheel.advance(nowMillis, UNBOUNDED, (record, hash) -> {
            assertThat(EntryRecord.deadlineMillis(record)).isLessThanOrEqualTo(nowMillis);
            map.remove(EntryRecord.key(record), hash);
        });
    }

    private void remove(byte[] record, int hash) {
        map.remove(EntryRecord.key(record), hash);
    }

    private static Bytes key(int number) {
        return Bytes.ofUtf8("key-" + number);
    }

    /** Deadlines by key, all looked at whenever time moves. */
    private static final class Model {

        private final Random random;
        private final Hashing hashing;
        private final EntryMap map = new EntryMap();
        private final ExpiryWheel wheel;
        private final Map<Bytes, Long> deadlines = new HashMap<>();
        private long now = START;
        private long latest = START;

        Model(Random random, Hashing hashing) {
            this.random = random;
            this.hashing = hashing;
            wheel = new ExpiryWheel(map, START, random.nextInt(200));
        }

        void run() {
            int keys = 1 + random.nextInt(120);
            for (int step = 0; step < 3_000; step++) {
                Bytes key = key(random.nextInt(keys));
                int action = random.nextInt(10);
                if (action < 5) {
                    write(key);
                } else if (action < 6) {
                    map.remove(key, hashing.of(key));
                    deadlines.remove(key);
                } else if (action < 8) {
                    touch(key);
                } else {
                    moveTime();
                }
            }
            now = latest + 5_000 * DAY;
            advanceFully();
            assertThat(map.expirable()).isZero();
        }

        private void write(Bytes key) {
            long deadline = random.nextInt(5) == 0 ? EntryRecord.NO_DEADLINE : now + span();
            ExpiryWheelTest.write(map, wheel, key, deadline, hashing);
            deadlines.put(key, deadline);
        }

        private void touch(Bytes key) {
            byte[] record = map.get(key, hashing.of(key));
            if (record != null && EntryRecord.hasDeadline(record)) {
                long from = EntryRecord.deadlineMillis(record);
                long to = now + span();
                EntryRecord.withDeadline(record, to);
                wheel.deadlineMoved(hashing.of(key), from, to);
                deadlines.put(key, to);
            }
        }

        private void moveTime() {
            now += random.nextInt(8) == 0 ? -span() : span() / 4;
            latest = Math.max(latest, now);
            if (random.nextBoolean()) {
                wheel.advance(now, random.nextInt(5), this::expire);
            } else {
                advanceFully();
                now += 64 * ExpiryWheel.TICK_MILLIS;
                long due = now;
                advanceFully();
                deadlines.forEach((key, deadline) -> assertThat(deadline).isGreaterThan(due - ExpiryWheel.TICK_MILLIS));
            }
            assertThat(map.size()).isEqualTo(deadlines.size());
        }

        private void advanceFully() {
            while (wheel.advance(now, 50, this::expire)) {}
        }

        private void expire(byte[] record, int hash) {
            Bytes key = EntryRecord.key(record);
            assertThat(deadlines.remove(key)).isNotNull().isLessThanOrEqualTo(now);
            map.remove(key, hash);
        }

        /** From nothing to years, short ones as likely as long ones. */
        private long span() {
            return random.nextLong() >>> 1 >>> (25 + random.nextInt(38));
        }
    }
}
