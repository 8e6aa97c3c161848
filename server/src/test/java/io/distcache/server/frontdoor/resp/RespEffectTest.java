package io.distcache.server.frontdoor.resp;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Effect;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What each command of Redis does to a node, against what Redis itself tells of it. */
class RespEffectTest {
    private final RespActions actions = CommandFamilies.actions();
    private final CommandTable commands = new CommandTable(actions::effect);

    private List<RespCommand> thatDo(String flag) {
        return commands.indexed().stream()
                .filter(command -> actions.effect(command.name()) != null
                        && command.flags().contains(flag))
                .toList();
    }

    @Test
    void what_redis_calls_a_write_is_one_to_the_gate() {
        assertThat(thatDo("write"))
                .hasSizeGreaterThan(25)
                .allSatisfy(command ->
                        assertThat(command.effect()).as(command.name()).isEqualTo(Effect.WRITE));
    }

    @Test
    void what_redis_calls_a_read_is_one_to_the_gate() {
        assertThat(thatDo("readonly"))
                .hasSizeGreaterThan(20)
                .allSatisfy(command ->
                        assertThat(command.effect()).as(command.name()).isEqualTo(Effect.READ));
    }

    @Test
    void what_redis_calls_administration_is_for_operators() {
        assertThat(thatDo("admin"))
                .hasSizeGreaterThan(5)
                .allSatisfy(command ->
                        assertThat(command.effect()).as(command.name()).isEqualTo(Effect.OPERATOR));
    }

    @Test
    void info_tells_of_the_whole_node_and_is_for_operators() {
        RespCommand info = commands.named("info");
        assertThat(info).isNotNull();
        assertThat(info.effect()).isEqualTo(Effect.OPERATOR);
    }
}
