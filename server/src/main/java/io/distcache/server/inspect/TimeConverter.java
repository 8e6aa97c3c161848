package io.distcache.server.inspect;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A moment on the command line: {@code 2026-01-31T12:00:00Z}, {@code 2026-01-31T12:00} of this machine's zone, or {@code -10m} from now. */
final class TimeConverter implements ITypeConverter<Instant> {
    /** For descriptions of options. */
    static final String FORMS = "as 2026-01-31T12:00:00Z, 2026-01-31T12:00 (local), or -10m (also s, h, d) from now";

    private static final Pattern RELATIVE = Pattern.compile("-(\\d{1,9})(ms|s|m|h|d)");

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
        Matcher relative = RELATIVE.matcher(text);
        if (relative.matches()) {
            return clock.instant().minus(duration(Long.parseLong(relative.group(1)), relative.group(2)));
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

    private static Duration duration(long count, String unit) {
        return switch (unit) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }
}
