package io.distcache.server.replication.files;

import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.LogEnd;
import io.distcache.server.log.Segment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * What was on disk when power was lost, kept in {@code forgotten/<start of the operating system>} until the other members have brought this one
 * everything: if they lost power as well, it may be all there is. Files to which nothing is written any more are linked where that can be done, not copied. Stateless.
 */
public final class ForgottenFiles {
    private static final String NAME = "forgotten";

    private ForgottenFiles() {}

    /** Where they are. */
    public static Path of(Path dataDirectory) {
        return dataDirectory.resolve(NAME);
    }

    /** Keeps the segments and the pieces, if that is not done yet; when this returns it is on disk. */
    static void keep(DataDirectory directory, Path groups, String boot) throws IOException {
        Path all = of(directory.path());
        Path kept = all.resolve(boot);
        if (Files.exists(kept)) {
            return;
        }
        Path begun = all.resolve(boot + ".tmp");
        delete(begun);
        Path log = Files.createDirectories(DataDirectory.log(begun));
        List<Path> segments = Segment.list(directory.log());
        for (Path segment : segments) {
            Path there = log.resolve(segment.getFileName());
            if (segment.equals(segments.get(segments.size() - 1))) {
                // One that is empty is written to by the next start.
                Files.copy(segment, there);
            } else {
                link(segment, there);
            }
        }
        for (String name : List.of(LogEnd.NAME, BootFile.NAME)) {
            Path small = directory.path().resolve(name);
            if (Files.exists(small)) {
                Files.copy(small, begun.resolve(name));
            }
        }
        for (Path file : filesIn(groups)) {
            Path link = begun.resolve(groups.getFileName()).resolve(groups.relativize(file));
            Files.createDirectories(link.getParent());
            link(file, link);
        }
        DataDirectory.sync(log);
        Files.move(begun, kept);
        DataDirectory.sync(all);
        DataDirectory.sync(directory.path());
    }

    private static List<Path> filesIn(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private static void link(Path file, Path link) throws IOException {
        try {
            Files.createLink(link, file);
        } catch (UnsupportedOperationException | java.nio.file.FileSystemException e) {
            Files.copy(file, link);
        }
    }

    /** Nothing needs it any more. */
    public static void remove(Path dataDirectory) throws IOException {
        delete(of(dataDirectory));
    }

    private static void delete(Path directory) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(directory)) {
            all.sorted(Comparator.reverseOrder()).forEach(files::add);
        } catch (NoSuchFileException e) {
            return;
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }
}
