package io.distcache.server.log;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * Real files, and beside them what of them would survive a loss of power: what was synced, under names that were synced. Writes and
 * syncs can be told to fail. Thread-safe.
 */
final class FakeDisk implements SegmentFile.Storage {
    private static final int SECTOR_BYTES = 512;

    private final Map<String, Long> syncedBytes = new HashMap<>();
    private final Map<String, Boolean> syncedNames = new HashMap<>();
    private long writableBytes = Long.MAX_VALUE;
    private int failingSyncs;
    private int syncs;

    /** From now on so many more bytes can be written, and no more. */
    synchronized void fullAfter(long bytes) {
        writableBytes = bytes;
    }

    /** The next syncs of files fail, and those after them succeed. */
    synchronized void failSyncs(int count) {
        failingSyncs = count;
    }

    /** Syncs of files asked for so far. */
    synchronized int syncs() {
        return syncs;
    }

    @Override
    public synchronized SegmentFile create(Path path) throws IOException {
        SegmentFile file = SegmentFile.Storage.DISK.create(path);
        String name = String.valueOf(path.getFileName());
        // A file that is made anew may come back with anything of what it was.
        syncedBytes.put(name, 0L);
        syncedNames.putIfAbsent(name, false);
        return new Fake(file, name);
    }

    @Override
    public synchronized void sync(Path path) throws IOException {
        syncedBytes.put(String.valueOf(path.getFileName()), Files.size(path));
    }

    @Override
    public synchronized void syncNames(Path directory) {
        syncedNames.replaceAll((name, synced) -> true);
    }

    /** The files as another process finds them after this one was killed, and a disk that knows what of them is synced. */
    synchronized FakeDisk killed(Path from, Path to) throws IOException {
        FakeDisk disk = new FakeDisk();
        disk.syncedBytes.putAll(syncedBytes);
        disk.syncedNames.putAll(syncedNames);
        Files.createDirectories(to);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(from)) {
            for (Path file : files) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return disk;
    }

    /** The files as a loss of power can leave them: what was not synced is there, garbled, in part, or not at all. */
    synchronized FakeDisk withoutPower(Path from, Path to, Random random) throws IOException {
        FakeDisk disk = new FakeDisk();
        Files.createDirectories(to);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(from)) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                if (syncedNames.getOrDefault(name, true) || random.nextBoolean()) {
                    byte[] left =
                            left(Files.readAllBytes(file), syncedBytes.getOrDefault(name, Long.MAX_VALUE), random);
                    Files.write(to.resolve(name), left);
                    disk.syncedBytes.put(name, (long) left.length);
                    disk.syncedNames.put(name, true);
                }
            }
        }
        return disk;
    }

    private static byte[] left(byte[] bytes, long synced, Random random) {
        if (synced >= bytes.length) {
            return bytes;
        }
        int safe = (int) synced;
        int length = switch (random.nextInt(4)) {
            case 0 -> safe;
            case 1 -> safe + random.nextInt(bytes.length - safe + 1);
            default -> bytes.length;
        };
        byte[] left = Arrays.copyOf(bytes, length);
        if (random.nextInt(3) > 0) {
            for (int sector = safe / SECTOR_BYTES; sector * SECTOR_BYTES < length; sector++) {
                int from = Math.max(safe, sector * SECTOR_BYTES);
                int to = Math.min(length, (sector + 1) * SECTOR_BYTES);
                switch (random.nextInt(4)) {
                    case 0 -> Arrays.fill(left, from, to, (byte) 0);
                    case 1 -> {
                        byte[] noise = new byte[to - from];
                        random.nextBytes(noise);
                        System.arraycopy(noise, 0, left, from, noise.length);
                    }
                    default -> {
                        // This one had reached the disk.
                    }
                }
            }
        }
        return left;
    }

    private final class Fake implements SegmentFile {
        private final SegmentFile file;
        private final String name;
        private long bytes;

        Fake(SegmentFile file, String name) {
            this.file = file;
            this.name = name;
        }

        @Override
        public void write(byte[] array, int offset, int length) throws IOException {
            synchronized (FakeDisk.this) {
                int fitting = (int) Math.min(length, writableBytes);
                file.write(array, offset, fitting);
                bytes += fitting;
                writableBytes -= fitting;
                if (fitting < length) {
                    throw new IOException("No space left on device");
                }
            }
        }

        @Override
        public void sync() throws IOException {
            synchronized (FakeDisk.this) {
                syncs++;
                if (failingSyncs > 0) {
                    failingSyncs--;
                    throw new IOException("Input/output error");
                }
                syncedBytes.put(name, bytes);
            }
        }

        @Override
        public void check() throws IOException {
            file.check();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }

        @Override
        public String toString() {
            return file.toString();
        }
    }
}
