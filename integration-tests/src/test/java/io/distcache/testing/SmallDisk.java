package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system of its own, small, and more than half full if nothing else is wanted. Mounting one needs root; without, the test is left out and says so. */
final class SmallDisk implements AutoCloseable {
    private static final int BYTES = 10 << 20;
    private static final int BALLAST_BYTES = 6 << 20;
    private static final int CRUMB_BYTES = 64 << 10;

    private final Path root;
    private final Thread unmount = new Thread(this::unmount);

    private SmallDisk(Path root) {
        this.root = root;
    }

    /** Mounts it on a new directory. */
    static SmallDisk mount(Path on) {
        SmallDisk disk = mount(on, BYTES);
        try {
            Files.write(disk.ballast(), new byte[BALLAST_BYTES]);
            Files.write(disk.crumb(), new byte[CRUMB_BYTES]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return disk;
    }

    /** Mounts one of so many bytes, which is empty. */
    static SmallDisk mount(Path on, int bytes) {
        try {
            Files.createDirectory(on);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String failure =
                SystemCommand.run("mount", "-t", "tmpfs", "-o", "size=" + bytes + ",mode=0700", "tmpfs", on.toString());
        if (!failure.isEmpty()) {
            String message =
                    "LEFT OUT, a full disk is not tested here: a tmpfs cannot be mounted, which needs root: " + failure;
            System.out.println(message);
            abort(message);
        }
        SmallDisk disk = new SmallDisk(on);
        Runtime.getRuntime().addShutdownHook(disk.unmount);
        return disk;
    }

    private Path ballast() {
        return root.resolve("ballast");
    }

    private Path crumb() {
        return root.resolve("crumb");
    }

    /** A directory on it for a node. */
    Path directory() {
        return root.resolve("data");
    }

    /** Takes all the space that is left, until {@link #empty}. */
    void fill() {
        try (OutputStream to = Files.newOutputStream(root.resolve("filler"))) {
            byte[] some = new byte[CRUMB_BYTES];
            while (true) {
                to.write(some);
            }
        } catch (IOException e) {
            // It is full.
        }
    }

    /** Gives back what {@link #fill} took. */
    void empty() {
        delete(root.resolve("filler"));
    }

    /** Gives space back: more than half of the disk. */
    void returnSpace() {
        delete(ballast());
    }

    /** Gives back hardly any. */
    void returnCrumb() {
        delete(crumb());
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Unmounts it, also if a process still has files open on it. */
    @Override
    public void close() {
        boolean unused = Runtime.getRuntime().removeShutdownHook(unmount);
        unmount();
    }

    private void unmount() {
        assertThat(SystemCommand.run("umount", "--lazy", root.toString())).isEmpty();
    }
}
