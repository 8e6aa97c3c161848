package io.distcache.server.frontdoor.resp;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class LongDoubleTest {

    private static LongDouble parse(String text) {
        LongDouble number = LongDouble.parse(bytes(text));
        assertThat(number).as(text).isNotNull();
        return number;
    }

    private static Bytes bytes(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return Bytes.of(bytes, 0, bytes.length);
    }

    private static String sum(String one, String other) {
        return LongDouble.sum(parse(one), parse(other)).print();
    }

    @Test
    void numbers_have_the_64_bits_of_a_long_double() {
        assertThat(parse("0.1").print()).isEqualTo("0.1");
        assertThat(parse("3.0e3").print()).isEqualTo("3000");
        assertThat(sum("0.1", "0.2")).isEqualTo("0.3");
        // 2^64 + 1 lies between two of them, and goes to the even one.
        assertThat(parse("18446744073709551617").print()).isEqualTo("18446744073709551616");
        assertThat(parse("18446744073709551615").print()).isEqualTo("18446744073709551615");
        assertThat(parse("-1e-18").print()).isEqualTo("0");
        assertThat(parse("5e-17").print()).isEqualTo("0.00000000000000005");
    }

    /** All as a redis-server 7.0.15 answered. */
    @Test
    void sums_are_those_of_redis() {
        assertThat(sum("18446744073709551616", "1")).isEqualTo("18446744073709551616");
        assertThat(sum("18446744073709551616", "2")).isEqualTo("18446744073709551618");
        assertThat(sum("18446744073709551616", "3")).isEqualTo("18446744073709551620");
        assertThat(sum("36893488147419103232", "-1")).isEqualTo("36893488147419103232");
        assertThat(sum("0.1", "1e-17")).isEqualTo("0.10000000000000001");
        assertThat(sum("0.1", "5e-18")).isEqualTo("0.10000000000000001");
        assertThat(sum("0.000000000000000015", "0")).isEqualTo("0.00000000000000002");
        assertThat(sum("0.000000000000000005", "-0")).isEqualTo("0");
        assertThat(sum("1e4932", "-1e4932")).isEqualTo("0");
        assertThat(sum("1e4932", "-1"))
                .startsWith("100000000000000000000601894938796389132383")
                .hasSize(4933);
        assertThat(sum("1e-4950", "1")).isEqualTo("1");
        assertThat(sum("0x1.8p1", "0X1P+4")).isEqualTo("19");
        assertThat(sum("1e000000000000001", "0e99999999999")).isEqualTo("10");
        assertThat(LongDouble.sum(parse("1e4932"), parse("1e4932")).isInfinite())
                .isTrue();
        assertThat(LongDouble.sum(parse("inf"), parse("-Infinity")).isInfinite())
                .isTrue();
    }

    @Test
    void what_redis_refuses_is_none() {
        for (String text : List.of(
                "",
                ".",
                "x",
                "nan",
                "1e",
                "1e+",
                "0x",
                "0x.",
                "0x1p",
                "0xg",
                " 5",
                "5 ",
                "1_0",
                "1d",
                "1e5f",
                "--1",
                "1\0",
                "2e4932",
                "1.18973149535723176506e4932",
                "1e4933",
                "1e99999999999",
                "0x1p16384",
                "1e-4951",
                "1.8e-4951",
                "1e-5000",
                "1e-99999999999",
                "0x1p-16446",
                "1".repeat(5120))) {
            assertThat(LongDouble.parse(bytes(text))).as(text).isNull();
        }
        assertThat(parse("1.18973149535723176503e4932").print()).startsWith("1189731495357231765021263853030970");
        assertThat(parse("1.9e-4951")).isEqualTo(parse("3.6451995318824746025e-4951"));
        assertThat(parse("0".repeat(5118) + "1").print()).isEqualTo("1");
    }

    @Test
    void the_largest_and_smallest_numbers_take_under_a_millisecond() {
        // Far more than it takes; what is compared with is 700 calls at a millisecond each.
        Assertions.assertTimeout(Duration.ofSeconds(5), () -> {
            for (String text : List.of(
                    "1e4931", "9e4931", "1e-4900", "1e-4000", "-3e-4951", "0x1p-16400", "." + "3".repeat(5000))) {
                for (int i = 0; i < 100; i++) {
                    LongDouble number = LongDouble.parse(bytes(text));
                    if (number != null) {
                        assertThat(LongDouble.sum(number, LongDouble.ZERO).print())
                                .isNotEmpty();
                    }
                }
            }
        });
    }
}
