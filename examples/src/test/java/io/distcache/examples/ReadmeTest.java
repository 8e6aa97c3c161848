package io.distcache.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What README.md shows is what the build runs. */
class ReadmeTest {
    private static final Path README = Path.of("..", "README.md");
    private static final Path EXAMPLE = Path.of("src/main/java/io/distcache/examples/TenLines.java");

    @Test
    void the_java_block_is_the_marked_region_of_ten_lines() throws IOException {
        String shown = first(Pattern.compile("```java\n(.*?)```", Pattern.DOTALL), Files.readString(README));
        String run = first(
                Pattern.compile("// README begins\n(.*?)\\s*// README ends", Pattern.DOTALL),
                Files.readString(EXAMPLE));
        assertThat(shown.stripTrailing()).isEqualTo(run.stripIndent().stripTrailing());
    }

    @Test
    void the_annotated_bean_is_the_marked_region_of_the_example() throws IOException {
        String shown =
                first(Pattern.compile("## Annotations.*?```java\n(.*?)```", Pattern.DOTALL), Files.readString(README));
        String run = first(
                Pattern.compile("// README begins cdi\n(.*?)\\s*// README ends cdi", Pattern.DOTALL),
                Files.readString(Path.of("src/main/java/io/distcache/examples/cdi/Reports.java")));
        assertThat(shown.stripTrailing()).isEqualTo(run.stripTrailing());
    }

    @Test
    void the_entries_are_the_marked_region_of_the_example() throws IOException {
        String shown =
                first(Pattern.compile("## Entries.*?```java\n(.*?)```", Pattern.DOTALL), Files.readString(README));
        String run = first(
                Pattern.compile("// README begins entries\n(.*?)\\s*// README ends entries", Pattern.DOTALL),
                Files.readString(Path.of("src/main/java/io/distcache/examples/entries/Entries.java")));
        assertThat(shown.stripTrailing()).isEqualTo(run.stripIndent().stripTrailing());
    }

    @Test
    void every_file_it_links_to_is_there() throws IOException {
        Matcher links = Pattern.compile("]\\(([^):#]+)\\)").matcher(Files.readString(README));
        assertThat(links.results().map(link -> link.group(1)).collect(Collectors.toSet()))
                .isNotEmpty()
                .allSatisfy(link -> assertThat(README.resolveSibling(link)).exists());
    }

    private static String first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertThat(matcher.find()).as(pattern.pattern()).isTrue();
        return matcher.group(1);
    }
}
