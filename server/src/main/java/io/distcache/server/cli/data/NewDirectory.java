package io.distcache.server.cli.data;

import io.distcache.server.cli.Progress;
import io.distcache.server.cli.WrongArgumentException;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.FormatFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * A data directory in the making. Until {@link #commit} its {@code format} is one that every node refuses, so that a command that was
 * killed leaves nothing that could be taken for data; one that fails leaves nothing at all. Confined to one thread.
 */
final class NewDirectory implements AutoCloseable {
    private static final int COPY_BYTES = 1 << 18;

    private final Path path;
    private final boolean made;
    private boolean committed;

    private NewDirectory(Path path, boolean made) {
        this.path = path;
        this.made = made;
    }

    /**
     * Begins a directory.
     *
     * @param by the command, for whoever finds what it left
     * @throws WrongArgumentException if there is something already
     */
    static NewDirectory begin(Path path, String by) throws IOException {
        if (!DataFiles.isFree(path)) {
            throw new WrongArgumentException(path + (Files.isDirectory(path) ? " is not empty" : " is a file")
                    + "; name a new or empty directory");
        }
        Path parent = path.toAbsolutePath().normalize().getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new WrongArgumentException(
                    "there is no directory " + parent + " to put " + path.getFileName() + " in");
        }
        boolean made = Files.notExists(path);
        if (made) {
            Files.createDirectory(path);
        }
        NewDirectory directory = new NewDirectory(path, made);
        try {
            directory.write(
                    path.resolve("format"),
                    "incomplete: " + by + " has not ended, or was killed; remove this directory\n");
            Files.createDirectory(DataDirectory.log(path));
            Files.createDirectory(DataDirectory.snapshots(path));
            return directory;
        } catch (IOException e) {
            directory.close();
            throw e;
        }
    }

    Path path() {
        return path;
    }

    /**
     * Puts a file into it, on disk when this returns.
     *
     * @param name relative to the directory
     * @param most no more bytes than that
     * @return how many there were
     */
    long add(String name, InputStream in, long most, Progress progress) throws IOException {
        long copied = 0;
        try (FileChannel file =
                        FileChannel.open(path.resolve(name), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                OutputStream out = Channels.newOutputStream(file)) {
            byte[] bytes = new byte[COPY_BYTES];
            while (copied < most) {
                int read = in.read(bytes, 0, (int) Math.min(bytes.length, most - copied));
                if (read < 0) {
                    break;
                }
                out.write(bytes, 0, read);
                copied += read;
                progress.advance(read);
            }
            file.force(true);
        }
        return copied;
    }

    /** From now on it is a data directory. */
    void commit() throws IOException {
        DataDirectory.sync(DataDirectory.log(path));
        DataDirectory.sync(DataDirectory.snapshots(path));
        // Data without one looks as if somebody had removed that of a running node.
        Files.createFile(path.resolve("lock"));
        Path format = path.resolve("format.tmp");
        write(format, FormatFile.text());
        Files.move(format, path.resolve("format"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        DataDirectory.sync(path);
        DataDirectory.sync(path.toAbsolutePath().normalize().getParent());
        committed = true;
    }

    /** Removes everything again if it is not complete. */
    @Override
    public void close() throws IOException {
        if (committed) {
            return;
        }
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failed) throws IOException {
                if (made || !directory.equals(path)) {
                    Files.delete(directory);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private void write(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardCharsets.UTF_8);
        try (FileChannel written = FileChannel.open(file, StandardOpenOption.WRITE)) {
            written.force(true);
        }
    }
}
