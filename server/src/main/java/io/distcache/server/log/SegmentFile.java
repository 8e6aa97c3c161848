package io.distcache.server.log;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A segment being written to: what the log wants of a disk, and tests let fail. */
interface SegmentFile extends Closeable {

    /** Appends to the file. */
    void write(byte[] array, int offset, int length) throws IOException;

    /** Brings to disk what was written. After a failure nothing of it may be taken for being there. */
    void sync() throws IOException;

    /** Where segments are. Thread-safe. */
    interface Storage {
        /** Files on disk. */
        Storage DISK = new Disk();

        /** An empty file, whatever was there. */
        SegmentFile create(Path path) throws IOException;

        /** Brings to disk what an earlier process wrote to a file. */
        void sync(Path path) throws IOException;

        /** Brings a directory's names to disk. */
        void syncNames(Path directory) throws IOException;
    }

    /** The file system. */
    final class Disk implements Storage {
        @Override
        public SegmentFile create(Path path) throws IOException {
            RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
            try {
                file.setLength(0);
            } catch (IOException e) {
                file.close();
                throw e;
            }
            return new DiskFile(file, path);
        }

        @Override
        public void sync(Path path) throws IOException {
            try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
                file.force(false);
            }
        }

        @Override
        public void syncNames(Path directory) throws IOException {
            DataDirectory.sync(directory);
        }
    }

    /** A file on disk. */
    final class DiskFile implements SegmentFile {
        private final RandomAccessFile file;
        private final Path path;

        DiskFile(RandomAccessFile file, Path path) {
            this.file = file;
            this.path = path;
        }

        @Override
        public void write(byte[] array, int offset, int length) throws IOException {
            // Not through the channel: an interrupt of the calling thread would close it.
            file.write(array, offset, length);
        }

        @Override
        public void sync() throws IOException {
            file.getChannel().force(false);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }

        @Override
        public String toString() {
            return path.toString();
        }
    }
}
