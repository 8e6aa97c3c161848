package io.distcache.server.cli.pool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantityTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1023, 1023",
        "1024, 1.0K",
        "1536, 1.5K",
        "10189, 10K",
        "1048575, 1.0M",
        "241172480, 230M",
        "3792489660, 3.5G",
        "9223372036854775807, 8.0E",
    })
    void bytes_are_multiples_of_1024(long bytes, String shown) {
        assertThat(Quantity.bytes(bytes)).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "9999, 9999", "10000, 10k", "999499, 999k", "999500, 1.0m", "12345678, 12m"})
    void counts_are_multiples_of_1000(long count, String shown) {
        assertThat(Quantity.count(count)).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0%", "0, 7, 0%", "1, 1000, 1%", "999, 1000, 99%", "7, 7, 100%", "1, 3, 33%"})
    void a_part_is_neither_all_nor_nothing_unless_it_is(long part, long whole, String shown) {
        assertThat(Quantity.percent(part, whole)).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "999, 999us", "1000, 1.0ms", "25000, 25ms", "999400, 999ms", "999600, 1.0s", "61000000, 61s"})
    void short_times_have_their_unit(long micros, String shown) {
        assertThat(Quantity.micros(micros)).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0s",
        "59999, 59s",
        "60000, 1m",
        "3599999, 59m",
        "11520000, 3h12m",
        "442800000, 5d3h",
        "864000000, 10d"
    })
    void ages_have_at_most_two_units(long millis, String shown) {
        assertThat(Quantity.age(millis)).isEqualTo(shown);
    }
}
