package io.distcache.server.cli;

import io.distcache.protocol.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who the tool is to nodes: a token, or a user with its password. Confined to one thread. */
public final class TokenOption {
    private static final int MAX_BYTES = 4096;

    @Option(
            names = "--user",
            paramLabel = "NAME",
            defaultValue = "${env:DISTCACHE_USER}",
            description = "A user of the node's access.file; without it, what the environment says as DISTCACHE_USER.")
    private @Nullable String user;

    @Option(
            names = "--token",
            paramLabel = "T",
            defaultValue = "${env:DISTCACHE_TOKEN}",
            description = "A token, or the user's password; without it, what the environment says as DISTCACHE_TOKEN.")
    private @Nullable String token;

    @Option(
            names = {"--token-file", "--password-file"},
            paramLabel = "FILE",
            defaultValue = "${env:DISTCACHE_TOKEN_FILE}",
            description = "A file with that on one line; wins over it.")
    private @Nullable Path file;

    /**
     * Who that is.
     *
     * @throws WrongArgumentException if the file cannot be read, or holds no secret
     */
    public Who who() throws WrongArgumentException {
        return new Who(user == null ? "" : user, secret());
    }

    private Secret secret() throws WrongArgumentException {
        if (file == null) {
            return Secret.of(token == null ? "" : token);
        }
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new WrongArgumentException(file + " has over " + MAX_BYTES + " bytes, and is no secret");
            }
            String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
            if (text.isEmpty() || text.indexOf('\n') >= 0) {
                throw new WrongArgumentException(file + " is not one line with a token or password");
            }
            return Secret.of(text);
        } catch (WrongArgumentException e) {
            throw e;
        } catch (IOException e) {
            throw new WrongArgumentException(
                    file + " cannot be read: " + e.getClass().getSimpleName());
        }
    }
}
