package io.distcache.server.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BuffersTest {
    private static final long BOUND = 1 << 20;

    private final Buffers buffers = new Buffers(BOUND, 1, bytes -> bytes, () -> 0);

    /** A connection that ends at once when it is told to. */
    private final class Client implements Account.Holder {
        final Account account = buffers.open(this);
        String ended = "";

        @Override
        public void cutOff(String why) {
            ended = why;
            account.close();
        }
    }

    @Test
    void whoever_holds_the_most_is_cut_off_and_nobody_else() {
        Client small = new Client();
        Client large = new Client();
        Client middle = new Client();
        small.account.add(10_000);
        large.account.add(600_000);
        middle.account.add(400_000);
        small.account.add(100_000);
        assertThat(large.ended).contains("600000", "server.max-buffered-bytes");
        assertThat(small.ended).isEmpty();
        assertThat(middle.ended).isEmpty();
        assertThat(buffers.bytes()).isEqualTo(510_000);
        assertThat(buffers.refusals()).isEqualTo(1);
    }

    @Test
    void one_that_would_hold_the_most_itself_is_refused() {
        Client one = new Client();
        Client other = new Client();
        one.account.add(500_000);
        other.account.add(400_000);
        assertThat(other.account.take(200_000)).isFalse();
        assertThat(one.ended).isEmpty();
        assertThat(other.ended).isEmpty();
        assertThat(other.account.take(100_000)).isTrue();
    }

    @Test
    void those_who_stand_still_go_before_those_who_go_on() {
        Client still = new Client();
        Client moving = new Client();
        still.account.add(300_000);
        moving.account.add(600_000);
        for (int tick = 0; tick <= Buffers.QUIET_TICKS; tick++) {
            moving.account.moved(1);
            buffers.tick();
        }
        moving.account.add(200_000);
        assertThat(still.ended).isNotEmpty();
        assertThat(moving.ended).isEmpty();
    }

    @Test
    void an_array_counts_once_however_many_hold_it() {
        byte[] array = new byte[700_000];
        List<Client> readers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Client reader = new Client();
            reader.account.refer(array);
            reader.account.refer(array);
            readers.add(reader);
        }
        assertThat(buffers.bytes()).isEqualTo(700_000);
        readers.forEach(reader -> assertThat(reader.ended).isEmpty());
        readers.subList(0, 10).forEach(reader -> reader.account.close());
        readers.subList(10, 20).forEach(reader -> reader.account.forget(array));
        assertThat(buffers.bytes()).isEqualTo(700_000);
        readers.subList(10, 20).forEach(reader -> reader.account.forget(array));
        assertThat(buffers.bytes()).isZero();
    }

    @Test
    void large_requests_have_their_turns_the_smallest_first() {
        List<String> order = new ArrayList<>();
        Client first = new Client();
        assertThat(first.account.reserve(900_000, 60_000, there -> {})).isTrue();
        assertThat(new Client().account.reserve(800_000, 60_000, there -> order.add("large")))
                .isFalse();
        assertThat(new Client().account.reserve(500_000, 60_000, there -> order.add("small")))
                .isFalse();
        assertThat(new Client().account.reserve(20_000, 60_000, there -> {})).isTrue();
        first.account.giveTurn(900_000);
        assertThat(order).containsExactly("small");
        assertThat(buffers.bytes()).isEqualTo(520_000);
    }

    @Test
    void a_turn_is_waited_for_no_longer_than_is_said() {
        List<Boolean> answers = new ArrayList<>();
        Client first = new Client();
        assertThat(first.account.reserve(900_000, 60_000, there -> {})).isTrue();
        assertThat(new Client().account.reserve(800_000, 0, answers::add)).isFalse();
        buffers.tick();
        assertThat(answers).containsExactly(false);
        assertThat(buffers.bytes()).isEqualTo(900_000);
    }

    @Test
    void more_than_half_of_the_bound_may_not_wait_but_a_little_of_everybody_may() {
        Client many = new Client();
        Client few = new Client();
        int waiting = 0;
        while (many.account.takeWaiting(50_000)) {
            waiting++;
        }
        assertThat(waiting).isEqualTo(10);
        assertThat(new Client().account.takeWaiting(20_000)).isTrue();
        assertThat(few.account.takeWaiting(10_000)).isTrue();
        assertThat(few.account.takeWaiting(10_000)).isFalse();
        many.account.close();
        assertThat(few.account.takeWaiting(50_000)).isTrue();
    }

    @Test
    void everything_is_given_back_in_whatever_order() {
        long seed = Long.getLong("distcache.testing.seed", 11);
        Random random = new Random(seed);
        byte[][] arrays = new byte[5][70_000];
        for (int round = 0; round < 200; round++) {
            Client client = new Client();
            for (int step = 0; step < 50; step++) {
                long bytes = random.nextInt(60_000);
                byte[] array = arrays[random.nextInt(arrays.length)];
                switch (random.nextInt(5)) {
                    case 0 -> client.account.add(bytes);
                    case 1 -> client.account.refer(array);
                    case 2 -> {
                        if (client.account.takeWaiting(bytes) && random.nextBoolean()) {
                            client.account.giveWaiting(bytes);
                        }
                    }
                    case 3 -> {
                        if (client.account.reserve(bytes, 1000, there -> {}) && random.nextBoolean()) {
                            client.account.giveTurn(bytes);
                        }
                    }
                    default -> {
                        if (client.account.take(bytes) && random.nextBoolean()) {
                            client.account.add(-bytes);
                        }
                    }
                }
            }
            client.account.close();
            assertThat(buffers.bytes()).as("seed %s, round %s", seed, round).isZero();
        }
    }
}
