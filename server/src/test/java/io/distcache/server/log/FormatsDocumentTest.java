package io.distcache.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.FormatsDocument;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A data directory, a segment and a record are drawn in docs/formats.md as they are written. */
class FormatsDocumentTest {

    @Test
    void the_directory() throws IOException {
        assertThat(FormatsDocument.prose("## A data directory"))
                .contains(
                        "Format version **" + FormatFile.VERSION + "**",
                        '"' + FormatFile.text().strip() + '"');
    }

    @Test
    void a_segment() throws IOException {
        Map<String, Integer> drawn = FormatsDocument.offsets("### A log segment");
        ByteBuffer header = ByteBuffer.wrap(new Segment(Path.of("x"), 4711, Segment.By.shards(64, 42)).header());

        assertThat(drawn).containsEntry("records", Segment.HEADER_BYTES).containsEntry("magic", 0);
        assertThat(FormatsDocument.prose("### A log segment"))
                .contains('"' + new String(header.array(), 0, Long.BYTES, StandardCharsets.US_ASCII) + '"')
                .contains("of the format: " + Segment.VERSION);
        assertThat(header.getShort(drawn.get("version"))).isEqualTo((short) Segment.VERSION);
        assertThat(header.getShort(drawn.get("shards"))).isEqualTo((short) 64);
        assertThat(header.getLong(drawn.get("position"))).isEqualTo(4711);
        assertThat(header.getLong(drawn.get("incarnation"))).isEqualTo(42);
    }

    @Test
    void the_logs_end() throws IOException {
        Map<String, Integer> drawn = FormatsDocument.offsets("### The log's end");

        assertThat(drawn).containsEntry("magic", 0).containsEntry("crc32c", LogEnd.BYTES - Integer.BYTES);
        assertThat(FormatsDocument.prose("### The log's end"))
                .contains(LogEnd.NAME, "of the format: " + LogEnd.VERSION, "\"DISTLEND\"");
    }

    @Test
    void a_record() throws IOException {
        assertThat(FormatsDocument.offsets("### A record of the log"))
                .containsEntry("crc32c", 0)
                .containsEntry("length", LogRecord.LENGTH_OFFSET)
                .containsEntry("shard", LogRecord.SHARD_OFFSET)
                .containsEntry("payload", LogRecord.HEADER_BYTES);
        assertThat(FormatsDocument.prose("### A record of the log"))
                .contains("0x" + Integer.toHexString(LogRecord.MARK))
                .contains(LogRecord.MIN_LENGTH + " to 2^30");
        assertThat(LogRecord.MAX_LENGTH).isEqualTo(1 << 30);
    }

    @Test
    void a_mark() throws IOException {
        Map<String, Integer> drawn = FormatsDocument.offsets(
                "A **mark** is a record of the log's own, before records that are written together:");
        byte[] mark = new byte[LogRecord.MARK_BYTES];
        new LogRecord().writeMark(mark, 0, 17, 4711, 0);

        assertThat(ByteBuffer.wrap(mark).getLong(drawn.get("millis"))).isEqualTo(17);
        assertThat(ByteBuffer.wrap(mark).getLong(drawn.get("synced"))).isEqualTo(4711);
        assertThat(drawn).containsEntry("end", LogRecord.MARK_BYTES);
    }
}
