package io.distcache.server.cli.secure;

import io.distcache.protocol.Secret;
import io.distcache.server.access.AccessEdit;
import io.distcache.server.cli.WrongArgumentException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The files that a node and its clients need to trust one another. Confined to one thread. */
final class SecureDirectory {
    /** Who works at nodes. */
    static final String OPERATOR = "operator";

    /** Who uses the caches. */
    static final String APPLICATION = "app";

    private static final String AUTHORITY = "ca";
    private static final String NODE = "node";
    private static final int AUTHORITY_DAYS = 3650;
    private static final List<String> OPERATOR_RULES = List.of("allow operator", "allow pool");
    private static final List<String> APPLICATION_RULES = List.of("allow read,write,cache */*", "allow pool");

    private final Path directory;
    /** Those that have been begun, by their names. */
    private final Set<String> files = new LinkedHashSet<>();

    private SecureDirectory(Path directory) {
        this.directory = directory;
    }

    /**
     * Makes the files; if that fails, none is left.
     *
     * @param names of the node as keytool writes alternative names
     * @throws WrongArgumentException if there is something already
     */
    static SecureDirectory make(Path directory, List<String> names, int days) throws IOException {
        boolean made = claim(directory);
        SecureDirectory secure = new SecureDirectory(directory.toRealPath());
        try {
            secure.fill(names, days);
            return secure;
        } catch (IOException | RuntimeException e) {
            for (String file : secure.files) {
                Files.deleteIfExists(secure.path(file));
            }
            if (made) {
                Files.deleteIfExists(secure.directory);
            }
            throw e;
        }
    }

    /** Whether the directory was not there before. */
    private static boolean claim(Path directory) throws IOException {
        try {
            Files.createDirectory(directory, only(directory, "rwx------"));
            return true;
        } catch (FileAlreadyExistsException e) {
            try (Stream<Path> inside = Files.list(directory)) {
                if (inside.findAny().isPresent()) {
                    throw new WrongArgumentException(directory
                            + " is not empty, and nothing there is overwritten; name a new or empty directory");
                }
                return false;
            } catch (NotDirectoryException file) {
                throw new WrongArgumentException(directory + " is a file; name a new or empty directory");
            }
        } catch (NoSuchFileException e) {
            throw new WrongArgumentException("there is no directory "
                    + directory.toAbsolutePath().getParent() + " to put " + directory.getFileName() + " in");
        }
    }

    private void fill(List<String> names, int days) throws IOException {
        try (Keytool keytool = new Keytool(directory)) {
            keytool.make(
                    AUTHORITY,
                    "CN=DistCache authority",
                    "",
                    Math.max(AUTHORITY_DAYS, days),
                    List.of("bc:c=ca:true,pathlen:0", "ku:c=keyCertSign,cRLSign"));
            // A node is a client of other nodes, too.
            keytool.make(
                    NODE,
                    "CN=" + NODE,
                    AUTHORITY,
                    days,
                    List.of("ku:c=digitalSignature", "eku=serverAuth,clientAuth", "san=" + String.join(",", names)));
            keytool.make(
                    APPLICATION,
                    "CN=" + APPLICATION,
                    AUTHORITY,
                    days,
                    List.of("ku:c=digitalSignature", "eku=clientAuth"));
            for (String name : new String[] {AUTHORITY, NODE, APPLICATION}) {
                write(name + ".pem", keytool.certificate(name), "rw-r--r--");
                write(name + ".key", keytool.key(name), "rw-------");
            }
        }
        AccessEdit users = AccessEdit.open(path("access.conf"));
        users.add(OPERATOR, OPERATOR_RULES);
        users.add(APPLICATION, APPLICATION_RULES);
        for (String user : new String[] {OPERATOR, APPLICATION}) {
            Secret token = users.token(user, "first");
            write(user + ".token", token.reveal() + "\n", "rw-------");
        }
        files.add("access.conf");
        users.save();
        write("node.properties", settings(), "rw-------");
    }

    private String settings() {
        return "# bin/distcache server --config FILE. What each setting means: distcache-reference.properties\n"
                + setting("server.tls", "on")
                + setting("server.tls.certificate", shown("node.pem"))
                + setting("server.tls.key", shown("node.key"))
                + "# Who shows a certificate of this authority is the user of its name.\n"
                + setting("server.tls.client-auth", "want")
                + setting("server.tls.trust", shown("ca.pem"))
                + setting("access.file", shown("access.conf"));
    }

    /** A backslash begins something else in such a file. */
    private static String setting(String key, String value) {
        return key + " = " + value.replace("\\", "\\\\") + "\n";
    }

    private void write(String name, String text, String permissions) throws IOException {
        files.add(name);
        Path file = path(name);
        Files.createFile(file, only(directory, permissions));
        Files.writeString(file, text, StandardCharsets.UTF_8, StandardOpenOption.WRITE);
    }

    private static FileAttribute<?>[] only(Path near, String permissions) {
        return near.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    private Path path(String name) {
        return directory.resolve(name);
    }

    /** The whole path of one of the files. */
    String shown(String name) {
        return path(name).toString();
    }

    /** The names of the files. */
    List<String> names() {
        return List.copyOf(files);
    }
}
