package io.distcache.server.cli.data;

import io.distcache.server.cli.WrongArgumentException;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.FormatFile;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a backup: a zip file of a data directory, aside, and gives it its name when it is complete and on disk.
 *
 * <pre>
 *  entry                               contents
 *  format                              "distcache 1\n", as in a data directory; the first entry
 *  snapshots/{20 digits}.snapshot      a snapshot
 *  log/{20 digits}.log                 a segment
 * </pre>
 *
 * <p>Nothing else is in it. Only the file's owner may read it. Confined to one thread.
 */
final class BackupWriter implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 18;

    private final Path file;
    private final boolean overwrite;
    private final Path temporary;
    private final FileOutputStream out;
    private final ZipOutputStream zip;
    private boolean complete;

    /**
     * Begins a backup.
     *
     * @throws WrongArgumentException if the file is there, and not to be overwritten
     */
    BackupWriter(Path file, boolean overwrite) throws IOException {
        Path parent = file.toAbsolutePath().normalize().getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new WrongArgumentException(
                    "there is no directory " + parent + " to put " + file.getFileName() + " in");
        }
        if (Files.isDirectory(file)) {
            throw new WrongArgumentException(file + " is a directory; name a file for the backup");
        }
        refuseExisting(file, overwrite);
        this.file = file;
        this.overwrite = overwrite;
        this.temporary = Files.createTempFile(parent, file.getFileName() + ".", ".tmp");
        this.out = new FileOutputStream(temporary.toFile());
        this.zip = new ZipOutputStream(new BufferedOutputStream(out, BUFFER_BYTES));
        // The data is fresh from the disk: more effort would take longer than reading it.
        zip.setLevel(Deflater.BEST_SPEED);
        try {
            begin("format").write(FormatFile.text().getBytes(StandardCharsets.UTF_8));
            end();
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private static void refuseExisting(Path file, boolean overwrite) throws WrongArgumentException {
        if (!overwrite && Files.exists(file)) {
            throw new WrongArgumentException(file + " is there already; overwrite it with --force, or name another");
        }
    }

    /** The next file; to be ended before another is begun. */
    OutputStream begin(String path) throws IOException {
        zip.putNextEntry(new ZipEntry(path));
        return zip;
    }

    void end() throws IOException {
        zip.closeEntry();
    }

    /** On disk when this returns, under its name. */
    long commit() throws IOException {
        zip.finish();
        zip.flush();
        out.getFD().sync();
        zip.close();
        refuseExisting(file, overwrite);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        complete = true;
        DataDirectory.sync(file.toAbsolutePath().normalize().getParent());
        return Files.size(file);
    }

    /** Gives up, if it is not complete. */
    @Override
    public void close() throws IOException {
        if (!complete) {
            // Not through the zip, which would want to end what is not.
            out.close();
            Files.deleteIfExists(temporary);
        }
    }
}
