package io.distcache.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.frame.FrameEncoder;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The codes in docs/formats.md are those of the code, all of them and no others. */
class FormatsDocumentTest {
    private static final Pattern ROW =
            Pattern.compile("^\\| (0x\\p{XDigit}{2}|\\d+) \\| ([A-Z][A-Z0-9_]+) \\|", Pattern.MULTILINE);

    @Test
    void commands() throws IOException {
        assertThat(rows("## Commands")).isEqualTo(codes(Opcode.values(), Opcode::code));
    }

    @Test
    void replies() throws IOException {
        assertThat(rows("## Replies")).isEqualTo(codes(Reply.Kind.values(), Reply.Kind::code));
    }

    @Test
    void statuses() throws IOException {
        assertThat(rows("### Statuses")).isEqualTo(codes(Status.values(), Status::code));
    }

    @Test
    void pushes() throws IOException {
        assertThat(rows("## Pushes")).isEqualTo(codes(Push.Kind.values(), Push.Kind::code));
    }

    @Test
    void conditions() throws IOException {
        assertThat(rows("### condition")).isEqualTo(codes(Condition.Kind.values(), Enum::ordinal));
    }

    @Test
    void value_tags() throws IOException {
        Map<Integer, String> tags = Arrays.stream(ValueTag.class.getDeclaredFields())
                .collect(Collectors.toMap(FormatsDocumentTest::constant, Field::getName));
        assertThat(rows("## Values")).isEqualTo(tags);
    }

    @Test
    void the_handshake() throws IOException {
        assertThat(section("## Handshake").replaceAll("\\s+", " "))
                .contains(
                        "type 0x" + Integer.toHexString(FrameEncoder.HELLO_CLIENT),
                        "type 0x" + Integer.toHexString(FrameEncoder.HELLO_NODE),
                        "0x" + Integer.toHexString(Hello.MAGIC));
        assertThat(document()).contains("Version **" + Hello.VERSION + "**");
    }

    private static <E extends Enum<E>> Map<Integer, String> codes(E[] all, ToIntFunction<E> code) {
        return Arrays.stream(all).collect(Collectors.toMap(code::applyAsInt, Enum::name));
    }

    private static int constant(Field field) {
        try {
            return field.getByte(null);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<Integer, String> rows(String heading) throws IOException {
        Function<Matcher, Integer> code = row -> Integer.decode(row.group(1));
        Map<Integer, String> found = new TreeMap<>();
        for (Matcher row = ROW.matcher(section(heading)); row.find(); ) {
            assertThat(found.put(code.apply(row), row.group(2)))
                    .as("%s twice", row.group(1))
                    .isNull();
        }
        return found;
    }

    /** From a heading to the next one of any depth. */
    private static String section(String heading) throws IOException {
        String text = document();
        int from = text.indexOf("\n" + heading + "\n");
        assertThat(from).as(heading).isNotNegative();
        int to = text.indexOf("\n#", from + heading.length());
        return to < 0 ? text.substring(from) : text.substring(from, to);
    }

    private static String document() throws IOException {
        return Files.readString(Path.of("..", "docs", "formats.md"));
    }
}
