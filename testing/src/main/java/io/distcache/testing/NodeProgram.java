package io.distcache.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The program that {@code bin/distcache} runs. It comes as one jar inside the jar of this module, so that nothing of it is on the
 * class path of a test; where this module has not been packaged, as in an IDE, it is run from there instead. Thread-safe.
 */
final class NodeProgram {
    private static final String MAIN = "io.distcache.server.Main";
    private static final String JAR = "node.jar";
    /** Another jar, for the build of this module. */
    private static final String ANOTHER = System.getProperty("distcache.testing.node-jar", "");
    /** Classes of that jar that JVMs share, with which they start in half the time; it need not be there. */
    private static final String ARCHIVE = System.getProperty("distcache.testing.node-archive", "");

    private NodeProgram() {}

    /** Starts it with these arguments, by a command that {@link JavaProcess#startBy} describes. */
    static JavaProcess start(List<String> command, Path javaHome, List<String> jvmFlags, List<String> arguments) {
        List<String> flags = new ArrayList<>();
        if (!ARCHIVE.isEmpty() && javaHome.equals(Path.of(System.getProperty("java.home")))) {
            flags.add("-XX:SharedArchiveFile=" + ARCHIVE);
        }
        flags.addAll(jvmFlags);
        return JavaProcess.start(command, javaHome, flags, ClassPath.OF_THE_NODE, MAIN, arguments, false);
    }

    private static final class ClassPath {
        static final String OF_THE_NODE = !ANOTHER.isEmpty()
                ? ANOTHER
                : isOnOurs()
                        ? System.getProperty("java.class.path")
                        : unpacked().toString();

        private static boolean isOnOurs() {
            return NodeProgram.class.getClassLoader().getResource(MAIN.replace('.', '/') + ".class") != null;
        }

        private static Path unpacked() {
            try (InputStream jar = NodeProgram.class.getResourceAsStream(JAR)) {
                if (jar == null) {
                    throw new IllegalStateException("there is no node to run: neither " + JAR + " beside "
                            + NodeProgram.class.getName() + " nor " + MAIN
                            + " on the class path; package distcache-testing, or put distcache-server on the"
                            + " class path");
                }
                Path copy = Files.createTempFile("distcache-node-", ".jar");
                copy.toFile().deleteOnExit();
                Files.copy(jar, copy, StandardCopyOption.REPLACE_EXISTING);
                return copy;
            } catch (IOException e) {
                throw new UncheckedIOException("cannot unpack the node's jar", e);
            }
        }
    }
}
