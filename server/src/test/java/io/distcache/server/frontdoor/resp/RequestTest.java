package io.distcache.server.frontdoor.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTest {
    private final byte[] buffer =
            "*3\r\n$3\r\nDEL\r\n$1\r\na\r\n$6\r\nsecret\r\n".getBytes(StandardCharsets.ISO_8859_1);
    private final Request request = shortAfterLong();

    /** A request of one word, in arrays that have held the positions of three. */
    private Request shortAfterLong() {
        RequestReader reader = new RequestReader(1000);
        assertThat(read(reader, buffer.length).count()).isEqualTo(3);
        byte[] one = "*1\r\n$4\r\nPING\r\n".getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(one, 0, buffer, 0, one.length);
        return read(reader, one.length);
    }

    private Request read(RequestReader reader, int to) {
        try {
            Request read = reader.read(buffer, 0, to, true);
            if (read == null) {
                throw new AssertionError("not complete");
            }
            return read;
        } catch (RequestReader.Malformed e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1, 2, 7, 8, 1_000_000, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void an_argument_that_a_request_does_not_have_cannot_be_read(int index) {
        assertThat(request.count()).isOne();
        assertThatThrownBy(() -> request.text(index)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> request.tagged(index)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> request.copied(index)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> request.length(index)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> request.is(index, "secret")).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> request.isInteger(index)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> request.hash(index)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> request.write(index, Unpooled.buffer())).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Replies.bulk(Unpooled.buffer(), request, index))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void an_argument_ends_where_the_bytes_that_have_come_end() {
        Request other = new Request(buffer);
        assertThatThrownBy(() -> other.add(5, 10, 14)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> other.add(-1, 3, 14)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> other.add(5, -1, 14)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(other.count()).isZero();
    }
}
