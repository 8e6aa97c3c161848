package io.distcache.server.cli;

import io.distcache.server.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Runs commands as the shell would, in this process, and looks at files. */
final class Tools {

    /** What a command left. */
    record Ended(int code, String out, String err) {}

    private Tools() {}

    static Ended run(Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] words = Arrays.stream(arguments).map(String::valueOf).toArray(String[]::new);
        int code = Main.commandLine(words)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(words);
        return new Ended(code, out.toString(), err.toString());
    }

    /** Every file's name, time of its last change, and contents. */
    static Map<String, String> state(Path directory) {
        Map<String, String> state = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String contents =
                        Files.isDirectory(file) ? "" : Integer.toString(Arrays.hashCode(Files.readAllBytes(file)));
                state.put(directory.relativize(file).toString(), Files.getLastModifiedTime(file) + " " + contents);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return state;
    }

    /** Removes a directory with all that is in it. */
    static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Changes one byte. */
    static void damage(Path file, long offset) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) offset] ^= 0x55;
        Files.write(file, bytes);
    }
}
