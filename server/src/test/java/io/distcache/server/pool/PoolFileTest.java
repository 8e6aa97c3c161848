package io.distcache.server.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.server.FormatsDocument;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class PoolFileTest {
    private static final PoolFile FILE = new PoolFile(
            new Membership(
                    1L << 40, List.of(new PoolMember("a", "host:1", 100), new PoolMember("näme", "[::1]:2050", 1))),
            "näme");

    @Test
    void what_is_encoded_is_decoded() {
        assertThat(PoolFile.decode(FILE.encode())).isEqualTo(FILE);
    }

    @Test
    void a_file_that_is_cut_or_longer_is_refused() {
        byte[] whole = FILE.encode();
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> PoolFile.decode(cut)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> PoolFile.decode(Arrays.copyOf(whole, whole.length + 1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_file_whose_epoch_there_is_not_is_refused() {
        byte[] whole = FILE.encode();
        for (long epoch : new long[] {0, -1, Membership.LAST_EPOCH + 1, Long.MAX_VALUE}) {
            ByteBuffer file = ByteBuffer.wrap(whole.clone()).putLong(10, epoch);
            CRC32C crc = new CRC32C();
            crc.update(file.array(), 0, whole.length - Integer.BYTES);
            file.putInt(whole.length - Integer.BYTES, (int) crc.getValue());
            assertThatThrownBy(() -> PoolFile.decode(file.array()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("in epoch " + epoch);
        }
    }

    @Test
    void fields_are_where_the_document_draws_them() throws Exception {
        Map<String, Integer> drawn = FormatsDocument.offsets("### The pool");
        ByteBuffer file = ByteBuffer.wrap(FILE.encode());
        assertThat(drawn.get("magic")).isZero();
        assertThat(file.getShort(drawn.get("version"))).isEqualTo((short) PoolFile.VERSION);
        assertThat(file.getLong(drawn.get("epoch"))).isEqualTo(1L << 40);
        assertThat(file.getShort(drawn.get("self"))).isEqualTo((short) 5);
    }
}
