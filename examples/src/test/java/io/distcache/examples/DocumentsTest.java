package io.distcache.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documents can be read in a terminal, and a change of one shows what it changes. */
class DocumentsTest {
    private static final Path PROJECT = Path.of("..");
    private static final int MAX_LINE = 120;

    @Test
    void no_line_of_a_document_is_longer_than_120_characters_but_rows_of_tables_and_code() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path document : documents()) {
            boolean isCode = false;
            int number = 0;
            for (String line : Files.readAllLines(document)) {
                number++;
                if (line.strip().startsWith("```")) {
                    isCode = !isCode;
                }
                if (line.length() > MAX_LINE && !isCode && !line.strip().startsWith("|")) {
                    tooLong.add(document + ":" + number);
                }
            }
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void every_link_within_the_project_leads_somewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path document : documents()) {
            Matcher links = Pattern.compile("]\\(([^):#\\s]+)(#[^)\\s]*)?\\)").matcher(Files.readString(document));
            while (links.find()) {
                if (!Files.exists(document.resolveSibling(links.group(1)))) {
                    broken.add(document + " -> " + links.group(1));
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    /** Records and enums are immutable, and exceptions are as they are everywhere. */
    @Test
    void every_class_says_which_threads_may_use_it() throws IOException {
        Pattern threads =
                Pattern.compile("(?i)thread|confined|immutable|stateless|guarded|event loop|under the .*lock");
        List<String> silent = new ArrayList<>();
        for (String module : List.of("protocol", "client", "server", "provider")) {
            try (Stream<Path> files = Files.walk(PROJECT.resolve(module).resolve("src/main/java"))) {
                for (Path file :
                        files.filter(f -> f.toString().endsWith(".java")).toList()) {
                    String name = file.getFileName().toString().replace(".java", "");
                    String source = Files.readString(file);
                    Matcher declared = Pattern.compile(
                                    "^(?:public |abstract |final |sealed |non-sealed )*(?:class|interface) " + name
                                            + "\\b",
                                    Pattern.MULTILINE)
                            .matcher(source);
                    if (!name.endsWith("Exception") && declared.find()) {
                        String before = source.substring(0, declared.start());
                        String comment = before.substring(Math.max(0, before.lastIndexOf("/**")))
                                .replaceAll("[\\s*]+", " ");
                        if (!threads.matcher(comment).find()) {
                            silent.add(file.toString());
                        }
                    }
                }
            }
        }
        assertThat(silent).isEmpty();
    }

    private static List<Path> documents() throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path directory : List.of(PROJECT, PROJECT.resolve("docs"), PROJECT.resolve("docs/decisions"))) {
            try (Stream<Path> files = Files.list(directory)) {
                files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(found::add);
            }
        }
        assertThat(found).hasSizeGreaterThan(5);
        return found;
    }
}
