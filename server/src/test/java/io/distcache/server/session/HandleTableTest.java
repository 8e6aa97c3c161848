package io.distcache.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HandleTableTest {

    @Test
    void it_is_a_map_of_whatever_numbers() {
        long seed = 12;
        Random random = new Random(seed);
        Map<Integer, String> model = new HashMap<>();
        HandleTable<String> table = HandleTable.empty();
        for (int i = 0; i < 20_000; i++) {
            int handle = random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(60);
            if (model.containsKey(handle)) {
                table = table.without(handle);
                model.remove(handle);
            } else if (model.size() < 50) {
                String cache = "cache " + i;
                table = table.with(handle, cache);
                model.put(handle, cache);
            }
            assertThat(table.size()).as("seed %s step %s", seed, i).isEqualTo(model.size());
            assertThat(table.get(handle)).as("seed %s step %s", seed, i).isSameAs(model.get(handle));
        }
        for (int handle : table.handles()) {
            assertThat(table.get(handle)).isSameAs(model.remove(handle));
        }
        assertThat(model).isEmpty();
    }
}
