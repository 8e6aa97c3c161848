package io.distcache.server.cli.pool;

import com.fasterxml.jackson.core.JsonGenerator;
import io.distcache.protocol.HealthReport;
import io.distcache.server.cli.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;

/**
 * How the nodes of a pool are, for programs, one object per node and line, the report's parts named as on {@code
 * /health}. Stateless.
 */
final class HealthJson {
    private HealthJson() {}

    static void print(PoolSight pool, PrintWriter out, long nowMillis) throws IOException {
        try (JsonGenerator json = Json.lines(out)) {
            for (PoolSight.Node node : pool.nodes()) {
                json.writeStartObject();
                Json.time(json, "time", nowMillis);
                member(json, node);
                replica(json, pool, node);
                HealthReport report = node.sight().report();
                if (report == null) {
                    json.writeStringField("error", node.sight().error());
                } else {
                    report(json, report);
                }
                json.writeEndObject();
            }
        }
        out.println();
    }

    /** Which node it is, and whether it can be reached. */
    static void member(JsonGenerator json, PoolSight.Node node) throws IOException {
        json.writeStringField("name", node.name());
        json.writeStringField("address", node.sight().address());
        json.writeNumberField("weight", node.weight());
        json.writeBooleanField("reachable", node.sight().isReachable());
    }

    /** What a node is to a replicated pool, and what is wrong with all of that; nothing if it is in none. */
    static void replica(JsonGenerator json, PoolSight pool, PoolSight.Node node) throws IOException {
        PoolPicture replicated = pool.replicated();
        int member = pool.numberOf(node);
        if (replicated != null && member >= 0) {
            json.writeStringField("replicatedPool", String.format("%016x", replicated.pool()));
            json.writeNumberField("leads", replicated.leads(member));
            json.writeNumberField("behind", replicated.behind(member));
            json.writeArrayFieldStart("problems");
            for (String problem : replicated.problems()) {
                json.writeString(problem);
            }
            json.writeEndArray();
        }
    }

    private static void report(JsonGenerator json, HealthReport report) throws IOException {
        for (Map.Entry<String, Object> part : report.parts().entrySet()) {
            Object value = part.getValue();
            json.writeFieldName(part.getKey());
            if (value instanceof Number number) {
                json.writeNumber(number.longValue());
            } else {
                String text = String.valueOf(value);
                json.writeString(
                        value instanceof HealthReport.State
                                ? text.toLowerCase(Locale.ROOT).replace('_', '-')
                                : text);
            }
        }
    }
}
