package io.distcache.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The drawings in docs/formats.md, for tests that compare them with the code. */
public final class FormatsDocument {
    private static final Pattern DRAWN =
            Pattern.compile("^ +(\\d+) +(\\d+|n|\\.) {2}(\\w+(?: \\w+)?)", Pattern.MULTILINE);
    private static final Pattern ROW = Pattern.compile("^\\| (\\d+)(?: \\| | )([A-Za-z]+) \\|", Pattern.MULTILINE);

    private FormatsDocument() {}

    /** From a heading, or any line, to the next heading. */
    public static String section(String heading) throws IOException {
        String text = Files.readString(Path.of("..", "docs", "formats.md"));
        int from = text.indexOf("\n" + heading + "\n");
        assertThat(from).as(heading).isNotNegative();
        int to = text.indexOf("\n#", from + heading.length());
        return to < 0 ? text.substring(from) : text.substring(from, to);
    }

    /** The same as words, however they are broken into lines. */
    public static String prose(String heading) throws IOException {
        return section(heading).replaceAll("\\s+", " ");
    }

    /** Where each field of the first drawing after a line begins; that no byte is left out or drawn twice is checked. */
    public static Map<String, Integer> offsets(String line) throws IOException {
        Map<String, Integer> offsets = new LinkedHashMap<>();
        int expected = -1;
        String section = section(line);
        int drawing = section.indexOf("    offset  bytes  field");
        int end = section.indexOf("\n\n", drawing);
        for (Matcher field = DRAWN.matcher(section.substring(drawing, end < 0 ? section.length() : end));
                field.find(); ) {
            int offset = Integer.parseInt(field.group(1));
            assertThat(expected)
                    .as("the end of what is before %s", field.group(3))
                    .isIn(-1, offset);
            offsets.put(field.group(3), offset);
            expected = field.group(2).matches("\\d+") ? offset + Integer.parseInt(field.group(2)) : -1;
        }
        offsets.put("end", expected);
        return offsets;
    }

    /** The numbered rows of the tables in a section. */
    public static Map<Integer, String> rows(String heading) throws IOException {
        Map<Integer, String> rows = new LinkedHashMap<>();
        for (Matcher row = ROW.matcher(section(heading)); row.find(); ) {
            rows.put(Integer.valueOf(row.group(1)), row.group(2));
        }
        return rows;
    }
}
