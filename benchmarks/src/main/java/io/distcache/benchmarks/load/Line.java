package io.distcache.benchmarks.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One line between the harness and a client process: a verb and named values, as in {@code run millis=500}. Values are
 * URL-encoded, so that a space always separates. Immutable.
 */
public record Line(String verb, Map<String, String> fields) {

    public static Line of(String verb) {
        return new Line(verb, Map.of());
    }

    public static Line parse(String text) {
        String[] parts = text.trim().split(" ", -1);
        Map<String, String> fields = new LinkedHashMap<>();
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            fields.put(parts[i].substring(0, equals), URLDecoder.decode(parts[i].substring(equals + 1), UTF_8));
        }
        return new Line(parts[0], fields);
    }

    public Line with(String name, Object value) {
        Map<String, String> more = new LinkedHashMap<>(fields);
        more.put(name, value.toString());
        return new Line(verb, more);
    }

    public Line withAll(Map<String, String> others) {
        Map<String, String> more = new LinkedHashMap<>(fields);
        more.putAll(others);
        return new Line(verb, more);
    }

    public String text(String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("'" + format() + "' has no " + name);
        }
        return value;
    }

    public int integer(String name) {
        return Integer.parseInt(text(name));
    }

    public long number(String name) {
        return Long.parseLong(text(name));
    }

    public String format() {
        return fields.entrySet().stream()
                .map(field -> " " + field.getKey() + "=" + URLEncoder.encode(field.getValue(), UTF_8))
                .collect(Collectors.joining("", verb, ""));
    }
}
