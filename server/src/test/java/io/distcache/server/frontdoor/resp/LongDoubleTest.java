package io.distcache.server.frontdoor.resp;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class LongDoubleTest {

    private static BigDecimal parse(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        BigDecimal number = LongDouble.parse(Bytes.of(bytes, 0, bytes.length));
        assertThat(number).as(text).isNotNull();
        return number;
    }

    @Test
    void numbers_have_the_64_bits_of_a_long_double() {
        assertThat(LongDouble.print(parse("0.1"))).isEqualTo("0.1");
        assertThat(LongDouble.print(parse("3.0e3"))).isEqualTo("3000");
        assertThat(LongDouble.print(LongDouble.sum(parse("0.1"), parse("0.2")))).isEqualTo("0.3");
        // 2^64 + 1 lies between two of them, and goes to the even one.
        assertThat(LongDouble.print(parse("18446744073709551617"))).isEqualTo("18446744073709551616");
        assertThat(LongDouble.print(parse("18446744073709551615"))).isEqualTo("18446744073709551615");
        assertThat(LongDouble.print(parse("-1e-18"))).isEqualTo("0");
        assertThat(LongDouble.print(parse("5e-17"))).isEqualTo("0.00000000000000005");
        assertThat(parse("0.5")).isEqualByComparingTo("0.5");
        assertThat(parse("-1e300")).isNegative();
    }

    @Test
    void the_largest_and_smallest_numbers_take_a_moment() {
        Assertions.assertTimeout(Duration.ofSeconds(3), () -> {
            for (String text : List.of("1e4900", "9e4931", "1e-4900", "1".repeat(4900), "0." + "1".repeat(5000))) {
                BigDecimal number = parse(text);
                for (int i = 0; i < 5; i++) {
                    assertThat(LongDouble.print(LongDouble.sum(number, number))).isNotEmpty();
                }
            }
        });
    }
}
