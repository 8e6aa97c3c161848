package io.distcache.server.cli.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.server.cli.WrongArgumentException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Into how many groups {@code pool create} divides the keys. Confined to one thread. */
class PoolCreateTest {

    @Test
    void there_are_two_groups_for_each_node_unless_another_number_is_wanted() throws WrongArgumentException {
        assertThat(PoolCreate.groups(3, null)).isEqualTo(6);
        assertThat(PoolCreate.groups(5, null)).isEqualTo(10);
        assertThat(PoolCreate.groups(3, 1)).isEqualTo(1);
        assertThat(PoolCreate.groups(5, 64)).isEqualTo(64);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 65})
    void a_number_that_cannot_be_is_refused(int wanted) {
        assertThatThrownBy(() -> PoolCreate.groups(3, wanted))
                .isInstanceOf(WrongArgumentException.class)
                .hasMessage("--groups is " + wanted + "; 1 to 64 are allowed");
    }
}
