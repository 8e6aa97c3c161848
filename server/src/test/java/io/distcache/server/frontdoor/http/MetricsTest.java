package io.distcache.server.frontdoor.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.HealthReport;
import io.distcache.protocol.HealthReport.Figure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A health report as Prometheus reads it. */
class MetricsTest {
    private static final Pattern SAMPLE =
            Pattern.compile("(distcache_[a-z_]+)(?:\\{([a-z]+=\"[^\"]*\",?)+})? (-?[0-9.]+(?:E-?[0-9]+)?)");
    private static final Pattern ABOUT = Pattern.compile("# (HELP|TYPE) (distcache_[a-z_]+) (.+)");
    private static final int INFO_AND_READY = 2;

    @Test
    void every_line_is_a_sample_or_about_one_and_every_sample_has_a_type_and_a_help_text() {
        Map<String, String> types = new HashMap<>();
        Map<String, String> helps = new HashMap<>();
        Map<String, Double> samples = new LinkedHashMap<>();
        for (String line : text(full()).lines().toList()) {
            Matcher about = ABOUT.matcher(line);
            Matcher sample = SAMPLE.matcher(line);
            if (about.matches()) {
                (about.group(1).equals("HELP") ? helps : types).put(about.group(2), about.group(3));
            } else {
                assertThat(line).matches(SAMPLE);
                assertThat(sample.matches()).isTrue();
                assertThat(samples.put(sample.group(1), Double.valueOf(sample.group(3))))
                        .as(line)
                        .isNull();
            }
        }
        assertThat(samples).hasSize(Figure.values().length + INFO_AND_READY);
        assertThat(types.keySet()).isEqualTo(samples.keySet());
        assertThat(helps.keySet()).isEqualTo(samples.keySet());
        assertThat(helps.values()).doesNotHaveDuplicates().allMatch(help -> help.endsWith("."));
        types.forEach(
                (name, type) -> assertThat(type).as(name).isEqualTo(name.endsWith("_total") ? "counter" : "gauge"));
        for (Figure figure : Figure.values()) {
            if (figure.name().endsWith("BYTES")) {
                assertThat(samples)
                        .as("%s as bytes", figure)
                        .anySatisfy((name, value) -> assertThat(
                                        name.endsWith("_bytes") && value == 1000.0 + figure.ordinal())
                                .isTrue());
            }
        }
    }

    @Test
    void times_are_in_seconds() {
        HealthReport report = HealthReport.in(HealthReport.State.SERVING)
                .with(Figure.UPTIME_MILLIS, 90_061_001)
                .with(Figure.SYNC_MICROS, 1_250)
                .with(Figure.LAG_MICROS, 30)
                .with(Figure.SNAPSHOT_MILLIS, 1_500)
                .with(Figure.CERTIFICATE_DAYS, 2)
                .with(Figure.GATE_WAIT_MICROS, 2_500_001)
                .with(Figure.LEASE_MILLIS, 750)
                .build();
        assertThat(samples(report))
                .containsEntry("distcache_uptime_seconds", 90_061.001)
                .containsEntry("distcache_log_sync_seconds", 0.00125)
                .containsEntry("distcache_event_loop_lag_seconds", 0.00003)
                .containsEntry("distcache_snapshot_age_seconds", 1.5)
                .containsEntry("distcache_certificate_remaining_seconds", 172_800.0)
                .containsEntry("distcache_gate_wait_seconds_total", 2.500001)
                .containsEntry("distcache_lease_remaining_seconds", 0.75);
    }

    @Test
    void what_does_not_exist_has_no_value() {
        HealthReport without = HealthReport.in(HealthReport.State.SERVING)
                .with(Figure.SNAPSHOT_MILLIS, -1)
                .with(Figure.LEASE_MILLIS, -1)
                .with(Figure.PINNING_GROUP, Figure.NOTHING_PINS)
                .build();
        assertThat(samples(without))
                .doesNotContainKeys(
                        "distcache_snapshot_age_seconds",
                        "distcache_certificate_remaining_seconds",
                        "distcache_lease_remaining_seconds",
                        "distcache_group_log_pinned_by")
                .hasSize(Figure.values().length + INFO_AND_READY - 4);
        HealthReport expired = HealthReport.in(HealthReport.State.SERVING)
                .with(Figure.CERTIFICATE_DAYS, -1)
                .build();
        assertThat(samples(expired))
                .containsEntry("distcache_certificate_remaining_seconds", -86_400.0)
                .containsEntry("distcache_snapshot_age_seconds", 0.0);
    }

    @Test
    void a_node_is_labelled_and_is_ready_or_not() {
        HealthReport report = HealthReport.in(HealthReport.State.SERVING)
                .node("n\"1\\")
                .version("0.1.0")
                .build();
        assertThat(Metrics.of(report, "read-only", null).text().toString())
                .contains("distcache_node_info{node=\"n\\\"1\\\\\",state=\"read-only\",version=\"0.1.0\"} 1\n")
                .contains("distcache_ready 1.0\n");
        HealthReport waits = HealthReport.in(HealthReport.State.SERVING)
                .notReady("it waits for n2")
                .build();
        assertThat(samples(waits)).containsEntry("distcache_ready", 0.0);
    }

    @Test
    void who_asks_for_OpenMetrics_gets_it_and_all_others_the_text_format() {
        Metrics plain =
                Metrics.of(full(), "serving", "application/vnd.google.protobuf, text/plain;version=0.0.4;q=0.5");
        assertThat(plain.contentType()).startsWith("text/plain; version=0.0.4");
        Metrics open = Metrics.of(full(), "serving", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
        assertThat(open.contentType()).startsWith("application/openmetrics-text; version=1.0.0");
        assertThat(open.text().toString())
                .contains("# UNIT distcache_uptime_seconds seconds\n", "# TYPE distcache_hits counter\n")
                .endsWith("# EOF\n");
    }

    @Test
    void the_manual_lists_them_all_and_no_others() throws IOException {
        String manual = Files.readString(Path.of("..", "docs", "operating.md"));
        TreeSet<String> listed = new TreeSet<>();
        Matcher row = Pattern.compile("(?m)^\\| `(distcache_[a-z_]+)").matcher(manual);
        while (row.find()) {
            listed.add(row.group(1));
        }
        assertThat(listed).isEqualTo(new TreeSet<>(samples(full()).keySet()));
    }

    /** With a different value for each figure. */
    private static HealthReport full() {
        HealthReport.Builder report =
                HealthReport.in(HealthReport.State.SERVING).node("n1").version("0.1.0");
        Arrays.stream(Figure.values()).forEach(figure -> report.with(figure, 1000 + figure.ordinal()));
        return report.build();
    }

    private static Map<String, Double> samples(HealthReport report) {
        Map<String, Double> samples = new HashMap<>();
        Matcher sample = Pattern.compile("(?m)^" + SAMPLE.pattern() + "$").matcher(text(report));
        while (sample.find()) {
            samples.put(sample.group(1), Double.valueOf(sample.group(3)));
        }
        return samples;
    }

    private static String text(HealthReport report) {
        return Metrics.of(report, "serving", null).text().toString();
    }
}
