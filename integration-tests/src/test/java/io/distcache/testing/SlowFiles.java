package io.distcache.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Has the files of a process be slow while another file is there, as those of a disk that has too much to do: each write and sync of a file
 * takes {@value #MOST_MILLIS} ms at most, by chance. It is done by a small library before that of C, which gcc compiles; where there is
 * none the test says so, and no disk is slow. Immutable.
 */
final class SlowFiles {
    private static final int MOST_MILLIS = 120;
    private static final String CODE = """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <stdlib.h>
            #include <sys/stat.h>
            #include <sys/uio.h>
            #include <unistd.h>

            static void slow(int file) {
                const char *name = getenv("SLOW_WHILE");
                struct stat what;
                if (name && access(name, F_OK) == 0 && fstat(file, &what) == 0 && S_ISREG(what.st_mode)) {
                    usleep(1000 * (random() %% %d));
                }
            }

            #define SLOW(type, name, parameters, arguments)             \\
                type name parameters {                                  \\
                    static type (*next) parameters;                     \\
                    if (!next) {                                        \\
                        next = (type (*) parameters) dlsym(RTLD_NEXT, #name); \\
                    }                                                   \\
                    slow(file);                                         \\
                    return next arguments;                              \\
                }

            SLOW(ssize_t, write, (int file, const void *from, size_t bytes), (file, from, bytes))
            SLOW(ssize_t, pwrite64, (int file, const void *from, size_t bytes, off64_t at), (file, from, bytes, at))
            SLOW(ssize_t, writev, (int file, const struct iovec *from, int count), (file, from, count))
            SLOW(int, fsync, (int file), (file))
            SLOW(int, fdatasync, (int file), (file))
            """.formatted(MOST_MILLIS);

    private final Path library;
    private final boolean isPossible;

    private SlowFiles(Path library, boolean isPossible) {
        this.library = library;
        this.isPossible = isPossible;
    }

    /** Compiles it, if that can be done. */
    static SlowFiles compiledIn(Path directory) {
        Path code = directory.resolve("slow.c");
        Path library = directory.resolve("slow.so");
        try {
            Files.writeString(code, CODE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String failure =
                SystemCommand.run("gcc", "-shared", "-fPIC", "-O1", "-o", library.toString(), code.toString(), "-ldl");
        if (!failure.isEmpty()) {
            System.out.println("LEFT OUT, slow disks are not tested here: " + failure);
        }
        return new SlowFiles(library, failure.isEmpty());
    }

    boolean isPossible() {
        return isPossible;
    }

    /** How a command begins whose files are slow while {@code is} is there. */
    String[] command(Path is) {
        return isPossible ? new String[] {"env", "LD_PRELOAD=" + library, "SLOW_WHILE=" + is} : new String[0];
    }
}
