package io.distcache.server.cli.user;

import io.distcache.protocol.Secret;
import io.distcache.server.cli.WrongArgumentException;
import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Secrets that people give to the tool, or take from it; never on a command line, which others see. Stateless. */
final class NewPassword {
    private static final int MAX_BYTES = 1024;
    private static final int LEAST_CHARACTERS = 8;

    private NewPassword() {}

    /** From a file, or asked for twice. */
    static Secret from(@Nullable Path file) throws IOException {
        String text = file == null ? asked() : read(file);
        if (text.length() < LEAST_CHARACTERS || text.indexOf('\n') >= 0) {
            throw new WrongArgumentException("a password is one line of at least " + LEAST_CHARACTERS + " characters");
        }
        return Secret.of(text);
    }

    private static String read(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new WrongArgumentException(file + " has over " + MAX_BYTES + " bytes, and is no password");
        }
        return Files.readString(file, StandardCharsets.UTF_8).strip();
    }

    @SuppressWarnings("SystemConsoleNull") // since JDK 22 it reads what is piped in, and gives null at its end
    private static String asked() throws WrongArgumentException {
        Console console = System.console();
        char[] first = console == null ? null : console.readPassword("new password: ");
        char[] second = console == null ? null : console.readPassword("again: ");
        if (first == null || second == null) {
            throw new WrongArgumentException(
                    "there is nobody to ask for the password; name a file with --password-file");
        }
        if (!Arrays.equals(first, second)) {
            throw new WrongArgumentException("these were two different passwords; nothing is changed");
        }
        return new String(first);
    }

    /** A token that was just made, for the only time that it is shown. */
    static String shownOnce(Secret made) {
        return made.reveal();
    }
}
