package io.distcache.server.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import java.io.IOException;
import java.io.PrintWriter;

/** JSON for programs: one object per line. Stateless. */
public final class Json {
    private static final JsonFactory FACTORY = JsonFactory.builder().build();

    private Json() {}

    /** A generator that leaves the writer open, and puts each object on a line of its own. */
    public static JsonGenerator lines(PrintWriter out) throws IOException {
        return FACTORY.createGenerator(out)
                .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                .disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM)
                .setPrettyPrinter(new MinimalPrettyPrinter("\n"));
    }

    /** A time, left out if it is not known. */
    public static void time(JsonGenerator json, String name, long millis) throws IOException {
        if (millis != 0) {
            json.writeStringField(name, Table.time(millis));
        }
    }
}
