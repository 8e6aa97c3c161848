package io.distcache.server.cli.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.ValueTag;
import io.distcache.server.cli.Table;
import io.distcache.server.mutation.Mutation;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What tools show of names, keys and values that somebody stored does nothing to the terminal. */
class TerminalTest {
    private static final String HOSTILE = "a\n\u001b[2J\u009b2J\u202eb";

    @Test
    void a_table_keeps_its_rows() {
        StringWriter printed = new StringWriter();
        Table table = new Table("node", "state");
        table.row("n1", HOSTILE);

        table.print(new PrintWriter(printed, true));

        assertThat(printed.toString().lines())
                .hasSize(2)
                .allMatch(line -> line.chars().noneMatch(Character::isISOControl));
        assertThat(printed.toString()).contains("a\\n\\u001b[2J\\u009b2J\\u202eb");
    }

    @Test
    void a_line_of_a_log_is_one() throws IOException {
        StringWriter printed = new StringWriter();
        try (Lines lines = new Lines.OfText(new PrintWriter(printed, true))) {
            lines.mutation(1, 0, 0, HOSTILE, new Mutation.Create(1, CacheDefinition.of(HOSTILE, HOSTILE)));
            lines.definition(HOSTILE, CacheDefinition.of(HOSTILE, HOSTILE));
        }

        assertThat(printed.toString().lines())
                .hasSize(2)
                .allMatch(line -> line.chars().noneMatch(Character::isISOControl));
    }

    @ParameterizedTest
    @ValueSource(bytes = {ValueTag.TEXT, ValueTag.SERIALIZED, ValueTag.PORTABLE, ValueTag.BYTES})
    void a_value_is_one_line(byte tag) {
        byte[] bytes = ("\u0000\u0005sr\u0000\u0000\u0000\u000c" + HOSTILE).getBytes(StandardCharsets.UTF_8);
        byte[] tagged = new byte[bytes.length + 1];
        tagged[0] = tag;
        System.arraycopy(bytes, 0, tagged, 1, bytes.length);

        assertThat(ValueText.of(Bytes.of(tagged)).shown(200).chars())
                .noneMatch(c -> Character.isISOControl(c) || c == '\u202e');
    }
}
