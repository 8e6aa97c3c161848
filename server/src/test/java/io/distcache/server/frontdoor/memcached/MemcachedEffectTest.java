package io.distcache.server.frontdoor.memcached;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Effect;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What a line of memcached's does to a node; of mg its flags decide. */
class MemcachedEffectTest {

    private static Effect effect(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.US_ASCII);
        Words words = new Words();
        words.split(bytes, 0, bytes.length);
        MemcachedCommand command = MemcachedCommand.of(words.text(0));
        assertThat(command).as(line).isNotNull();
        return command.effect(words);
    }

    @Test
    void mg_reads_unless_a_flag_has_it_write() {
        assertThat(effect("mg k")).isEqualTo(Effect.READ);
        assertThat(effect("mg k v f c t s k q h l O7")).isEqualTo(Effect.READ);
        for (String flag : new String[] {"N30", "R30", "T0", "E7"}) {
            assertThat(effect("mg k " + flag)).as(flag).isEqualTo(Effect.WRITE);
            assertThat(effect("mg k v " + flag + " c")).as(flag).isEqualTo(Effect.WRITE);
        }
    }

    @Test
    void a_key_of_mg_is_no_flag() {
        assertThat(effect("mg N")).isEqualTo(Effect.READ);
        assertThat(effect("mg Tea v")).isEqualTo(Effect.READ);
    }

    @Test
    void a_read_that_sets_a_time_is_a_write() {
        assertThat(effect("gat 10 k")).isEqualTo(Effect.WRITE);
        assertThat(effect("touch k 10")).isEqualTo(Effect.WRITE);
        assertThat(effect("get k")).isEqualTo(Effect.READ);
    }

    @Test
    void stats_tell_of_the_whole_node_and_are_for_operators() {
        assertThat(effect("stats")).isEqualTo(Effect.OPERATOR);
    }
}
