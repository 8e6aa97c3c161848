package io.distcache.benchmarks;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.distcache.benchmarks.Result.Metric;
import io.distcache.benchmarks.Result.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The report with every round, for programs to compare runs by. */
final class JsonReport {

    private JsonReport() {}

    static void write(Path file, Report report, List<Result> results) throws IOException {
        try (JsonGenerator json = new JsonFactory().createGenerator(file.toFile(), JsonEncoding.UTF8)) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            texts(json, "machine", report.machine());
            texts(json, "peers", report.versions());
            texts(json, "leftOut", report.leftOut());
            json.writeObjectFieldStart("plan");
            json.writeBooleanField("quick", report.plan().quick());
            json.writeNumberField("rounds", report.plan().rounds());
            json.writeNumberField(
                    "firstWarmUpMillis", report.plan().firstWarmUp().toMillis());
            json.writeNumberField("warmUpMillis", report.plan().warmUp().toMillis());
            json.writeNumberField("sliceMillis", report.plan().slice().toMillis());
            json.writeEndObject();
            json.writeArrayFieldStart("scenarios");
            for (Result result : results) {
                scenario(json, result);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    private static void texts(JsonGenerator json, String name, Map<String, String> texts) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, String> text : texts.entrySet()) {
            json.writeStringField(text.getKey(), text.getValue());
        }
        json.writeEndObject();
    }

    private static void scenario(JsonGenerator json, Result result) throws IOException {
        json.writeStartObject();
        json.writeStringField("title", result.title());
        json.writeArrayFieldStart("peers");
        for (Outcome outcome : result.outcomes()) {
            peer(json, result, outcome);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void peer(JsonGenerator json, Result result, Outcome outcome) throws IOException {
        json.writeStartObject();
        json.writeStringField("peer", outcome.peer());
        json.writeObjectFieldStart("medians");
        for (Metric metric : result.metrics()) {
            var median = outcome.median(metric);
            if (median.isPresent()) {
                json.writeNumberField(metric.key(), median.get());
            }
        }
        json.writeEndObject();
        json.writeObjectFieldStart("of");
        for (String base : result.bases()) {
            var ratio = result.ratio(outcome, base);
            if (ratio.isPresent()) {
                json.writeNumberField(base, ratio.get());
            }
        }
        json.writeEndObject();
        json.writeArrayFieldStart("rounds");
        for (Map<String, Double> round : outcome.rounds()) {
            json.writeStartObject();
            for (Map.Entry<String, Double> metric : round.entrySet()) {
                json.writeNumberField(metric.getKey(), metric.getValue());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("remarks");
        for (String remark : outcome.remarks()) {
            json.writeString(remark);
        }
        json.writeEndArray();
        if (outcome.failure().isPresent()) {
            json.writeStringField("failure", outcome.failure().get());
        }
        json.writeEndObject();
    }
}
