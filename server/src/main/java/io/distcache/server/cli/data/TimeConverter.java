package io.distcache.server.cli.data;

import io.distcache.protocol.DurationText;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A moment on the command line: {@code 2026-01-31T12:00:00Z}, {@code 2026-01-31T12:00} of this machine's zone, or
 * {@code -10m} from now. Immutable.
 */
final class TimeConverter implements ITypeConverter<Instant> {
    /** For descriptions of options. */
    static final String FORMS = "as 2026-01-31T12:00:00Z, 2026-01-31T12:00 (local), or -10m (also s, h, d) from now";

    private final InstantSource clock;
    private final ZoneId zone;

    /** For picocli. */
    TimeConverter() {
        this(InstantSource.system(), ZoneId.systemDefault());
    }

    TimeConverter(InstantSource clock, ZoneId zone) {
        this.clock = clock;
        this.zone = zone;
    }

    @Override
    public Instant convert(String text) {
        Instant relative = text.startsWith("-") ? ago(text.substring(1)) : null;
        if (relative != null) {
            return relative;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeException noInstant) {
            try {
                return LocalDateTime.parse(text.replace(' ', 'T')).atZone(zone).toInstant();
            } catch (DateTimeException noLocalTime) {
                throw new TypeConversionException("'" + text + "' is no time; write it " + FORMS);
            }
        }
    }

    /** So long before now; null if it is no duration, or there was no such moment. */
    private @Nullable Instant ago(String text) {
        try {
            Duration duration = DurationText.parse(text);
            Instant moment = duration == null ? Instant.MIN : clock.instant().minus(duration);
            return moment.isBefore(Instant.EPOCH) ? null : moment;
        } catch (ArithmeticException | DateTimeException tooLong) {
            return null;
        }
    }
}
