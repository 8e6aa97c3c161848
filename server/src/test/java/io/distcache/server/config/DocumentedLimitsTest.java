package io.distcache.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.frame.FrameEncoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Where a document names a setting together with its default, that is the reference file's. */
class DocumentedLimitsTest {
    private static final Pattern SETTING =
            Pattern.compile("`([a-z]+\\.[a-z-]+)` \\((?:default )?(\\d+)(?: (MiB|MB|s|ms|h|%))?[;,) ]");
    private static final Properties REFERENCE = ConfigReader.reference();

    @Test
    void of_settings() throws IOException {
        int found = 0;
        for (String document : List.of("README.md", "docs/operating.md", "docs/formats.md", "docs/architecture.md")) {
            for (Matcher setting = SETTING.matcher(text(document)); setting.find(); found++) {
                String unit = setting.group(3) == null ? "" : setting.group(3).replaceFirst("Mi?B", "mb");
                assertThat(setting.group(2) + unit)
                        .as("%s: default of %s", document, setting.group(1))
                        .isEqualTo(REFERENCE.getProperty(setting.group(1)));
            }
        }
        assertThat(found).isGreaterThan(3);
    }

    @Test
    void of_frames() throws IOException {
        long most = new ConfigReader().read().server().maxFrameBytes() >> 20;

        assertThat(text("docs/formats.md"))
                .contains("`server.max-frame-bytes` (default " + most + " MiB; the node's hello says it)")
                .contains(String.format("a count is at most %,d.", FrameEncoder.MAX_PARTS))
                .contains("At most 10,000 caches are open on a connection at once");
        assertThat(text("README.md")).contains("An entry must fit into one frame: " + most + " MiB by default");
    }

    /** As words, however they are broken into lines. */
    private static String text(String document) throws IOException {
        return Files.readString(Path.of("..").resolve(document)).replaceAll("\\s+", " ");
    }
}
