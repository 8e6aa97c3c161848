package io.distcache.server.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.FormatsDocument;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot is drawn in docs/formats.md as it is written. */
class FormatsDocumentTest {

    @TempDir
    private Path directory;

    @Test
    void header_and_blocks() throws IOException {
        Map<String, Integer> header = FormatsDocument.offsets("### A snapshot");
        Map<String, Integer> block = FormatsDocument.offsets("A block:");
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(written()));

        assertThat(FormatsDocument.prose("### A snapshot"))
                .contains('"' + new String(file.array(), 0, Long.BYTES, StandardCharsets.US_ASCII) + '"')
                .contains("of the format: " + SnapshotWriter.VERSION);
        assertThat(header).containsEntry("blocks", SnapshotWriter.HEADER_BYTES);
        assertThat(block).containsEntry("payload", SnapshotWriter.BLOCK_HEADER_BYTES);
        assertThat(file.getShort(header.get("version"))).isEqualTo((short) SnapshotWriter.VERSION);
        assertThat(file.getShort(header.get("shards"))).isEqualTo((short) 4);
        assertThat(file.getLong(header.get("incarnation"))).isEqualTo(11);
        assertThat(file.getLong(header.get("position"))).isEqualTo(12);
        assertThat(file.getLong(header.get("created"))).isEqualTo(13);
        assertThat(file.getLong(header.get("last version"))).isEqualTo(14);
        assertThat(file.getLong(header.get("last cache"))).isEqualTo(15);
        int first = header.get("blocks");
        assertThat(file.getInt(first + block.get("length"))).isEqualTo(3);
        assertThat(file.get(first + block.get("kind"))).isEqualTo((byte) SnapshotWriter.CACHE);
        assertThat(file.getLong(first + block.get("cache"))).isEqualTo(7);
    }

    private Path written() throws IOException {
        try (SnapshotWriter writer = new SnapshotWriter(directory, new SnapshotHeader(4, 11, 12, 13, 14, 15))) {
            writer.cache(7, new byte[] {1, 2, 3});
            return writer.commit(12, 16);
        }
    }

    @Test
    void kinds_of_blocks() throws IOException {
        assertThat(FormatsDocument.rows("### A snapshot"))
                .isEqualTo(Map.of(
                        SnapshotWriter.CACHE, "cache", SnapshotWriter.ENTRIES, "entries", SnapshotWriter.END, "end"));
    }
}
