package io.distcache.client.spi.codec;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Date;

/** Dates and times, as the numbers they are made of. Stateless. */
final class TimeForms {
    /** Regions and offsets alike: {@link ZoneId#of} tells them apart by their id. */
    static final Form ZONE = (out, value) -> {
        out.tag(PortableTag.ZONE_ID);
        out.generator().writeString(((ZoneId) value).getId());
    };

    private TimeForms() {}

    static boolean isZone(Class<?> type) {
        return ZoneId.class.isAssignableFrom(type);
    }

    static void register(FormTable forms) {
        registerLocal(forms);
        registerZoned(forms);
        registerAmounts(forms);
        registerDates(forms);
    }

    private static void registerLocal(FormTable forms) {
        forms.form(
                LocalDate.class,
                PortableTag.LOCAL_DATE,
                (out, value) -> out.generator().writeNumber(value.toEpochDay()),
                in -> LocalDate.ofEpochDay(in.longValue()));
        forms.form(
                LocalTime.class,
                PortableTag.LOCAL_TIME,
                (out, value) -> out.generator().writeNumber(value.toNanoOfDay()),
                in -> LocalTime.ofNanoOfDay(in.longValue()));
        longs(
                forms,
                LocalDateTime.class,
                PortableTag.LOCAL_DATE_TIME,
                2,
                value -> new long[] {
                    value.toLocalDate().toEpochDay(), value.toLocalTime().toNanoOfDay()
                },
                n -> local(n[0], n[1]));
        longs(
                forms,
                Instant.class,
                PortableTag.INSTANT,
                2,
                value -> new long[] {value.getEpochSecond(), value.getNano()},
                n -> Instant.ofEpochSecond(n[0], n[1]));
    }

    private static void registerZoned(FormTable forms) {
        longs(
                forms,
                OffsetTime.class,
                PortableTag.OFFSET_TIME,
                2,
                value -> new long[] {
                    value.toLocalTime().toNanoOfDay(), value.getOffset().getTotalSeconds()
                },
                n -> OffsetTime.of(LocalTime.ofNanoOfDay(n[0]), offset(n[1])));
        longs(
                forms,
                OffsetDateTime.class,
                PortableTag.OFFSET_DATE_TIME,
                3,
                value -> new long[] {
                    value.toLocalDate().toEpochDay(),
                    value.toLocalTime().toNanoOfDay(),
                    value.getOffset().getTotalSeconds()
                },
                n -> OffsetDateTime.of(local(n[0], n[1]), offset(n[2])));
        forms.form(ZonedDateTime.class, PortableTag.ZONED_DATE_TIME, TimeForms::writeZoned, TimeForms::readZoned);
        forms.read(PortableTag.ZONE_ID, in -> ZoneId.of(in.text()));
    }

    private static void registerAmounts(FormTable forms) {
        longs(
                forms,
                Duration.class,
                PortableTag.DURATION,
                2,
                value -> new long[] {value.getSeconds(), value.getNano()},
                n -> Duration.ofSeconds(n[0], n[1]));
        longs(
                forms,
                Period.class,
                PortableTag.PERIOD,
                3,
                value -> new long[] {value.getYears(), value.getMonths(), value.getDays()},
                n -> Period.of(Math.toIntExact(n[0]), Math.toIntExact(n[1]), Math.toIntExact(n[2])));
        forms.form(
                Year.class,
                PortableTag.YEAR,
                (out, value) -> out.generator().writeNumber(value.getValue()),
                in -> Year.of(in.intValue()));
        longs(
                forms,
                YearMonth.class,
                PortableTag.YEAR_MONTH,
                2,
                value -> new long[] {value.getYear(), value.getMonthValue()},
                n -> YearMonth.of(Math.toIntExact(n[0]), Math.toIntExact(n[1])));
        longs(
                forms,
                MonthDay.class,
                PortableTag.MONTH_DAY,
                2,
                value -> new long[] {value.getMonthValue(), value.getDayOfMonth()},
                n -> MonthDay.of(Math.toIntExact(n[0]), Math.toIntExact(n[1])));
    }

    @SuppressWarnings("JavaUtilDate") // Applications still hold them.
    private static void registerDates(FormTable forms) {
        forms.form(
                Date.class,
                PortableTag.DATE,
                (out, value) -> out.generator().writeNumber(value.getTime()),
                in -> new Date(in.longValue()));
        if (ModuleLayer.boot().findModule("java.sql").isPresent()) {
            Sql.register(forms);
        }
    }

    /** Loaded only where the module java.sql is there. */
    private static final class Sql {
        @SuppressWarnings("JavaUtilDate")
        static void register(FormTable forms) {
            forms.form(
                    java.sql.Date.class,
                    PortableTag.SQL_DATE,
                    (out, value) -> out.generator().writeNumber(value.getTime()),
                    in -> new java.sql.Date(in.longValue()));
            forms.form(
                    java.sql.Time.class,
                    PortableTag.SQL_TIME,
                    (out, value) -> out.generator().writeNumber(value.getTime()),
                    in -> new java.sql.Time(in.longValue()));
            longs(
                    forms,
                    java.sql.Timestamp.class,
                    PortableTag.SQL_TIMESTAMP,
                    2,
                    value -> new long[] {value.getTime(), value.getNanos()},
                    n -> {
                        java.sql.Timestamp value = new java.sql.Timestamp(n[0]);
                        value.setNanos(Math.toIntExact(n[1]));
                        return value;
                    });
        }
    }

    private static <T> void longs(
            FormTable forms, Class<T> type, int tag, int count, ToLongs<T> split, FromLongs<T> join) {
        forms.form(type, (out, value) -> out.longs(tag, split.apply(type.cast(value))));
        forms.read(tag, in -> join.apply(in.longs(count)));
    }

    @FunctionalInterface
    private interface ToLongs<T> {
        long[] apply(T value);
    }

    @FunctionalInterface
    private interface FromLongs<T> {
        T apply(long[] numbers);
    }

    private static void writeZoned(PortableWriter out, ZonedDateTime value) throws IOException {
        out.generator().writeStartArray(value, 4);
        out.generator().writeNumber(value.toLocalDate().toEpochDay());
        out.generator().writeNumber(value.toLocalTime().toNanoOfDay());
        out.generator().writeNumber(value.getOffset().getTotalSeconds());
        out.generator().writeString(value.getZone().getId());
        out.generator().writeEndArray();
    }

    /** The moment stands where a newer time zone table disagrees with the local time. */
    private static ZonedDateTime readZoned(PortableReader in) throws IOException {
        in.startArray();
        LocalDateTime local = local(in.nextLong(), in.nextLong());
        ZoneOffset offset = offset(in.nextLong());
        ZoneId zone = ZoneId.of(in.nextText());
        in.endArray();
        return ZonedDateTime.ofInstant(local, offset, zone);
    }

    private static LocalDateTime local(long days, long nanos) {
        return LocalDateTime.of(LocalDate.ofEpochDay(days), LocalTime.ofNanoOfDay(nanos));
    }

    private static ZoneOffset offset(long seconds) {
        return ZoneOffset.ofTotalSeconds(Math.toIntExact(seconds));
    }
}
