package io.distcache.server.log;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/** A segment being written to: what the log wants of a disk, and tests let fail. Used by one thread at a time. */
interface SegmentFile extends Closeable {

    /** Appends to the file. */
    void write(byte[] array, int offset, int length) throws IOException;

    /** Brings to disk what was written. After a failure nothing of it may be taken for being there. */
    void sync() throws IOException;

    /**
     * Whether what was written is still to be found under the file's name. Any thread.
     *
     * @throws IOException if not; the message says what has become of it
     */
    void check() throws IOException;

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
                return new DiskFile(file, path, FileKey.of(path));
            } catch (IOException e) {
                file.close();
                throw e;
            }
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
        private static final int SEEN_BYTES = 64;

        private final RandomAccessFile file;
        private final Path path;
        private final Object key;
        /** Written by one thread at a time. */
        private final AtomicLong bytes = new AtomicLong();
        /** The first bytes of the file, which never change. */
        private volatile ByteBuffer head = ByteBuffer.allocate(0);
        /** The last bytes before the end as it was at the last check. Guarded by this. */
        private ByteBuffer seen = ByteBuffer.allocate(0);

        private long seenTo;

        DiskFile(RandomAccessFile file, Path path, Object key) {
            this.file = file;
            this.path = path;
            this.key = key;
        }

        @Override
        public void write(byte[] array, int offset, int length) throws IOException {
            // Not through the channel: an interrupt of the calling thread would close it.
            file.write(array, offset, length);
            if (bytes.getPlain() == 0) {
                head = ByteBuffer.wrap(Arrays.copyOfRange(array, offset, offset + Math.min(SEEN_BYTES, length)));
            }
            bytes.lazySet(bytes.getPlain() + length);
        }

        @Override
        public synchronized void check() throws IOException {
            long written = bytes.get();
            BasicFileAttributes found;
            try {
                found = Files.readAttributes(path, BasicFileAttributes.class);
            } catch (NoSuchFileException e) {
                throw new IOException(path + " is gone: somebody has removed it under the running node", e);
            } catch (IOException e) {
                throw FileFailure.wrapped("the log's segment cannot be looked at", e);
            }
            if (!key.equals(FileKey.of(found))) {
                throw new IOException(
                        path + " is another file than the one that the node writes: somebody has replaced it");
            }
            if (found.size() < written) {
                throw new IOException(path + " has " + found.size() + " bytes, and the node has written " + written
                        + ": somebody has cut it off");
            }
            // Written on after it was emptied or cut off, it has its length again, and a gap.
            ByteBuffer begin = head;
            if (!begin.equals(read(begin.remaining(), begin.remaining()))
                    || !seen.equals(read(seenTo, seen.remaining()))) {
                throw new IOException(path + " has other bytes before byte " + Math.max(seenTo, begin.remaining())
                        + " than the node has written: somebody has cut it off or overwritten it");
            }
            seenTo = written;
            seen = read(written, (int) Math.min(SEEN_BYTES, written));
        }

        private ByteBuffer read(long end, int count) throws IOException {
            ByteBuffer found = ByteBuffer.allocate(count);
            int read = 0;
            while (found.hasRemaining() && read >= 0) {
                read = file.getChannel().read(found, end - count + found.position());
            }
            return found.flip();
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
