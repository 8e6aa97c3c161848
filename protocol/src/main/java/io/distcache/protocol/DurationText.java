package io.distcache.protocol;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Durations as people write them in settings, options and on command lines: {@code 500ms}, {@code 2s}, {@code 5m}, {@code 1h}, {@code 7d}. Stateless. */
public final class DurationText {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,18})\\s*(ms|s|m|min|h|d)");

    private DurationText() {}

    /**
     * What a text says.
     *
     * @return null if it is no duration
     * @throws ArithmeticException if it has more milliseconds than a {@code long}
     */
    public static @Nullable Duration parse(String text) {
        Matcher matcher = TEXT.matcher(text.toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            return null;
        }
        long amount = Long.parseLong(matcher.group(1));
        Duration duration = switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m", "min" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
        // Throws if the milliseconds, as which every user takes it, are no long.
        long unused = duration.toMillis();
        return duration;
    }
}
