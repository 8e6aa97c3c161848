package io.distcache.server.cli.data;

import io.distcache.server.cli.BadBackupException;
import io.distcache.server.cli.Progress;
import io.distcache.server.cli.WrongArgumentException;
import io.distcache.server.log.FileFailure;
import io.distcache.server.log.FormatFile;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** Reads a backup, the format of which is drawn at {@link BackupWriter}. Confined to one thread. */
final class BackupReader implements AutoCloseable {
    private static final String FORMAT = "format";
    private static final Pattern NAME = Pattern.compile("log/\\d{20}\\.log|snapshots/\\d{20}\\.snapshot");
    private static final int MAX_FORMAT_BYTES = 1000;
    /** Deflating makes nothing smaller than by this factor. */
    private static final int MOST_DEFLATED = 1032;

    private final Path file;
    private final ZipFile zip;
    private final List<? extends ZipEntry> entries;

    /**
     * Opens a backup and checks what is in it by name and size.
     *
     * @throws BadBackupException if it is none
     * @throws io.distcache.server.log.NewerFormatException if a later version wrote it
     */
    BackupReader(Path file) throws IOException {
        this.file = file;
        if (!Files.isRegularFile(file)) {
            throw new WrongArgumentException(Files.exists(file) ? file + " is no file" : "there is no file " + file);
        }
        try {
            this.zip = new ZipFile(file.toFile());
        } catch (ZipException | EOFException e) {
            throw new BadBackupException(file, FileFailure.text(e), e);
        }
        try {
            this.entries = Collections.list(zip.entries());
            check();
        } catch (IOException e) {
            zip.close();
            throw e;
        }
    }

    /** Whether a file of a backup, other than its format, can have this name: none that leaves the directory can. */
    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    private void check() throws IOException {
        Set<String> seen = new HashSet<>();
        for (ZipEntry entry : entries) {
            String name = entry.getName();
            if (!name.equals(FORMAT) && !isName(name)) {
                throw new BadBackupException(file, "it has '" + name + "', which is no file of a data directory", null);
            }
            if (entry.getSize() < 0 || entry.getSize() / MOST_DEFLATED > entry.getCompressedSize()) {
                // Before it fills the disk.
                throw new BadBackupException(
                        file, name + " is to have " + entry.getSize() + " bytes, which cannot be", null);
            }
            if (!seen.add(name)) {
                throw new BadBackupException(file, "it has " + name + " twice", null);
            }
        }
        ZipEntry format = zip.getEntry(FORMAT);
        if (format == null) {
            throw new BadBackupException(file, "it has no file format", null);
        }
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        read(format, in -> text.write(in.readNBytes(MAX_FORMAT_BYTES)));
        FormatFile.refuseNewer(file, text.toString(StandardCharsets.UTF_8).strip(), "restore --help");
    }

    /** Bytes of all files. */
    long bytes() {
        return entries.stream().mapToLong(ZipEntry::getSize).sum();
    }

    /**
     * Puts all files but the format into a directory.
     *
     * @return how many
     * @throws BadBackupException if one has another size or checksum than it should
     */
    int copyTo(NewDirectory target, Progress progress) throws IOException {
        int copied = 0;
        for (ZipEntry entry : entries) {
            if (!entry.getName().equals(FORMAT)) {
                read(entry, in -> target.add(entry.getName(), in, entry.getSize(), progress));
                copied++;
            }
        }
        return copied;
    }

    /** What is done with the contents of an entry. */
    private interface Use {
        void of(InputStream contents) throws IOException;
    }

    private void read(ZipEntry entry, Use use) throws IOException {
        CRC32 crc = new CRC32();
        try (InputStream in = new CheckedInputStream(zip.getInputStream(entry), crc)) {
            use.of(in);
            if (in.read() >= 0) {
                throw new BadBackupException(
                        file,
                        entry.getName() + " has more than the " + entry.getSize() + " bytes that the zip says",
                        null);
            }
        } catch (ZipException | EOFException e) {
            throw new BadBackupException(file, entry.getName() + " cannot be read: " + FileFailure.text(e), e);
        }
        if (crc.getValue() != entry.getCrc()) {
            throw new BadBackupException(
                    file,
                    String.format("%s has crc %08x, expected %08x", entry.getName(), crc.getValue(), entry.getCrc()),
                    null);
        }
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
