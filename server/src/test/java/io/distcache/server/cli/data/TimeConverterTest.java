package io.distcache.server.cli.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class TimeConverterTest {
    private final TimeConverter converter =
            new TimeConverter(InstantSource.fixed(Instant.parse("2026-01-31T12:00:00Z")), ZoneId.of("Europe/Berlin"));

    @ParameterizedTest
    @CsvSource({
        "2026-01-31T12:00:00Z, 2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00.123Z, 2026-01-31T12:00:00.123Z",
        "2026-01-31T12:00, 2026-01-31T11:00:00Z",
        "2026-07-31 12:00:30, 2026-07-31T10:00:30Z",
        "-10m, 2026-01-31T11:50:00Z",
        "-500ms, 2026-01-31T11:59:59.500Z",
        "-30s, 2026-01-31T11:59:30Z",
        "-2h, 2026-01-31T10:00:00Z",
        "-1d, 2026-01-30T12:00:00Z"
    })
    void a_time_is_an_instant_a_local_time_or_so_long_ago(String text, Instant meant) {
        assertThat(converter.convert(text)).isEqualTo(meant);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "yesterday", "10m", "-10", "-10y", "2026-01-31", "12:00", "-99999999999d"})
    void anything_else_is_refused(String text) {
        assertThatThrownBy(() -> converter.convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'" + text + "' is no time");
    }
}
