package io.distcache.jcache.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchIllegalArgumentException;

import io.distcache.client.ClientConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** README.md and docs/operating.md list the options of URIs, all of them and no others. */
class OptionsDocumentTest {
    private static final Pattern TABLE =
            Pattern.compile("\\| option \\| default \\| meaning \\|\n(.*?)\n\n", Pattern.DOTALL);
    private static final Pattern ROW = Pattern.compile("^\\| `([^`]+)` \\|", Pattern.MULTILINE);

    @Test
    void readme() throws IOException {
        assertThat(documented("README.md")).isEqualTo(known());
    }

    @Test
    void operating() throws IOException {
        assertThat(documented("docs/operating.md")).isEqualTo(known());
    }

    @Test
    void the_defaults_in_the_tables_are_those_of_the_code() throws IOException {
        ClientConfig defaults = ManagerSettings.of(URI.create("distcache://h1/shop"), new Properties())
                .client();
        for (String document : List.of("README.md", "docs/operating.md")) {
            assertThat(table(document))
                    .as(document)
                    .contains(
                            row("timeout", defaults.callTimeout()),
                            row("connect-timeout", defaults.connectTimeout()),
                            row("lease-limit", defaults.leaseLimit()),
                            row("health-interval", defaults.healthInterval()),
                            "| `max-in-flight` | `" + defaults.maxInFlight() + "` |");
        }
    }

    private static String row(String option, Duration value) {
        return "| `" + option + "` | `" + value.toSeconds() + "s` |";
    }

    /** As the message about an unknown option names them. */
    private static Set<String> known() {
        String message = catchIllegalArgumentException(
                        () -> ManagerSettings.of(URI.create("distcache://localhost/test?no-such=1"), new Properties()))
                .getMessage();
        Matcher list = Pattern.compile("known are \\[(.*?)]").matcher(message);
        assertThat(list.find()).as(message).isTrue();
        return Set.of(list.group(1).split(", ", -1));
    }

    private static Set<String> documented(String document) throws IOException {
        return ROW.matcher(table(document))
                .results()
                .map((MatchResult row) -> row.group(1))
                .collect(Collectors.toSet());
    }

    private static String table(String document) throws IOException {
        Matcher table = TABLE.matcher(Files.readString(Path.of("..").resolve(document)));
        assertThat(table.find()).as("a table of options in %s", document).isTrue();
        return table.group(1);
    }
}
