package io.distcache.server.access;

import io.distcache.protocol.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Changes an access file, line by line, so that comments and order stay. A file that makes no sense is neither changed nor written: what is
 * written is there at once and whole. Confined to one thread.
 */
public final class AccessEdit {
    private static final String ONLY_OWNER = "rw-------";

    private final Path file;
    private final List<String> lines;

    private AccessEdit(Path file, List<String> lines) {
        this.file = file;
        this.lines = lines;
    }

    /**
     * Begins with what is there; a file that is not there is made by {@link #save}.
     *
     * @throws AccessFileException if it makes no sense
     * @throws IOException if it cannot be read
     */
    public static AccessEdit open(Path file) throws IOException {
        List<String> lines = Files.exists(file) ? AccessFile.lines(file) : List.of();
        AccessEdit edit = new AccessEdit(file, new ArrayList<>(lines));
        edit.check();
        return edit;
    }

    private Users check() throws AccessFileException {
        return AccessFile.parse(lines, file.toString());
    }

    /**
     * Adds a user.
     *
     * @param rules such as {@code allow read x}
     */
    public void add(String name, List<String> rules) throws AccessFileException {
        try {
            AccessFile.checkUserName(name);
        } catch (IllegalArgumentException e) {
            throw new AccessFileException(String.valueOf(e.getMessage()));
        }
        if (check().named(name) != null) {
            throw new AccessFileException(file + " has a user " + name + " already");
        }
        if (!lines.isEmpty() && !lines.get(lines.size() - 1).isBlank()) {
            lines.add("");
        }
        lines.add("user " + name);
        rules.forEach(rule -> lines.add("  " + rule));
    }

    /** Removes a user with all that it has. */
    public void remove(String name) throws AccessFileException {
        int from = lineOf(name);
        lines.subList(from, endOf(from)).clear();
    }

    /** Gives a user this password instead of the one that it has, if any. */
    public void password(String name, PasswordHash password) throws AccessFileException {
        int user = lineOf(name);
        for (int i = endOf(user) - 1; i > user; i--) {
            if (isAbout(i, "password")) {
                lines.remove(i);
            }
        }
        lines.add(user + 1, "  password " + password);
    }

    /** Gives a user one more token, of this name; it is nowhere but in what is returned. */
    public Secret token(String name, String token) throws AccessFileException {
        int user = lineOf(name);
        try {
            AccessFile.checkTokenName(token);
        } catch (IllegalArgumentException e) {
            throw new AccessFileException(String.valueOf(e.getMessage()));
        }
        if (tokenLine(user, token) >= 0) {
            throw new AccessFileException("user " + name + " has a token " + token
                    + " already; remove that first, or name the new one otherwise");
        }
        Secret made = TokenHash.random();
        lines.add(user + 1, "  token " + token + " " + TokenHash.of(made));
        return made;
    }

    /** Takes a token back from a user. */
    public void removeToken(String name, String token) throws AccessFileException {
        int line = tokenLine(lineOf(name), token);
        if (line < 0) {
            throw new AccessFileException("user " + name + " has no token of that name");
        }
        lines.remove(line);
    }

    private int lineOf(String name) throws AccessFileException {
        for (int i = 0; i < lines.size(); i++) {
            String[] words = AccessFile.words(lines.get(i));
            if (words.length == 2 && words[0].equals("user") && words[1].equals(name)) {
                return i;
            }
        }
        throw new AccessFileException(
                file + " has no user of that name; list them with: bin/distcache user list " + file);
    }

    /** The line after the last of a user's; comments right before the next user are that one's. */
    private int endOf(int user) {
        int end = user + 1;
        for (int i = user + 1; i < lines.size() && !isAbout(i, "user"); i++) {
            if (AccessFile.words(lines.get(i)).length > 0) {
                end = i + 1;
            }
        }
        return end;
    }

    private int tokenLine(int user, String token) {
        for (int i = user + 1; i < endOf(user); i++) {
            if (isAbout(i, "token") && AccessFile.words(lines.get(i))[1].equals(token)) {
                return i;
            }
        }
        return -1;
    }

    private boolean isAbout(int line, String what) {
        String[] words = AccessFile.words(lines.get(line));
        return words.length > 0 && words[0].equals(what);
    }

    /**
     * Writes it: to another file first, which then takes this one's name. A new file may be read by its owner only.
     *
     * @throws AccessFileException if it would make no sense
     */
    public void save() throws IOException {
        Users unused = check();
        Path to = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        Path next = to.resolveSibling(to.getFileName() + ".new");
        byte[] text = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
        Files.deleteIfExists(next);
        if (isPosix(to)) {
            Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(ONLY_OWNER)));
            if (Files.exists(to)) {
                Files.setPosixFilePermissions(next, Files.getPosixFilePermissions(to));
            }
        } else {
            Files.createFile(next);
        }
        try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(next, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static boolean isPosix(Path file) throws IOException {
        Path parent = file.getParent();
        return parent != null && Files.getFileStore(parent).supportsFileAttributeView(PosixFileAttributeView.class);
    }

    /** A user as it is shown: whether it has a password, the names of its tokens, its rules. */
    public static String shown(User user) {
        Map<String, TokenHash> tokens = user.tokens();
        @Nullable PasswordHash password = user.password();
        return user.name()
                + (password == null ? "  no password" : "  password")
                + (tokens.isEmpty()
                        ? ""
                        : "  tokens "
                                + String.join(
                                        ", ", tokens.keySet().stream().sorted().toList()))
                + (user.rules().isEmpty() ? "  no rules" : "  " + String.join("; ", user.ruleTexts()));
    }
}
