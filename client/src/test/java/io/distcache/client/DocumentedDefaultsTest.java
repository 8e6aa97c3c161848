package io.distcache.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The defaults of a client that its javadoc and docs/formats.md tell are those it has. */
class DocumentedDefaultsTest {
    private static final ClientConfig DEFAULTS = ClientConfig.builder().build();
    private static final Pattern PARAMETER =
            Pattern.compile("\\* @param (\\w+)(.*?)(?=\\* @param|\\*/)", Pattern.DOTALL);
    private static final Pattern DEFAULT = Pattern.compile("default (\\d+(?:\\.\\d+)?)(?: (ms|s|MiB))?");

    @Test
    void in_the_javadoc() throws Exception {
        String source =
                Files.readString(Path.of("src", "main", "java", "io", "distcache", "client", "ClientConfig.java"));
        Map<String, Object> documented = new TreeMap<>();
        for (Matcher parameter = PARAMETER.matcher(source); parameter.find(); ) {
            Matcher value = DEFAULT.matcher(parameter.group(2).replaceAll("\\s+\\*?\\s*", " "));
            if (value.find()) {
                documented.put(parameter.group(1), value(value.group(1), value.group(2)));
            }
        }

        Map<String, Object> real = new TreeMap<>();
        for (RecordComponent component : ClientConfig.class.getRecordComponents()) {
            if (component.getType() == Duration.class || component.getType() == int.class) {
                real.put(component.getName(), component.getAccessor().invoke(DEFAULTS));
            }
        }
        assertThat(documented).isEqualTo(real);
    }

    private static Object value(String number, String unit) {
        if (unit == null) {
            return Integer.valueOf(number);
        }
        return switch (unit) {
            case "MiB" -> Integer.parseInt(number) << 20;
            case "s" -> Duration.ofMillis((long) (Double.parseDouble(number) * 1000));
            default -> Duration.ofMillis(Long.parseLong(number));
        };
    }

    @Test
    void the_longest_frame_in_the_description_of_formats() throws Exception {
        String formats = Files.readString(Path.of("..", "docs", "formats.md")).replaceAll("\\s+", " ");

        assertThat(formats)
                .contains("`ClientConfig.maxReplyBytes`, default " + (DEFAULTS.maxReplyBytes() >> 20) + " MiB");
    }
}
