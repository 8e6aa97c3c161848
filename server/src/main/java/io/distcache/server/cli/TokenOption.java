package io.distcache.server.cli;

import io.distcache.protocol.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who the tool is to nodes: a token, or a user with its password. Confined to one thread. */
public final class TokenOption {
    private static final int MAX_BYTES = 4096;
    private static final String PASSWORD = "DISTCACHE_PASSWORD";
    private static final String PASSWORD_FILE = "DISTCACHE_PASSWORD_FILE";

    @Option(
            names = "--user",
            paramLabel = "NAME",
            defaultValue = "${env:DISTCACHE_USER}",
            description = "A user of the node's access.file; without it, what the environment says as DISTCACHE_USER.")
    private @Nullable String user;

    @Option(names = "--token", paramLabel = "T", description = "A token, or the user's password.")
    private @Nullable String token;

    @Option(
            names = {"--token-file", "--password-file"},
            paramLabel = "FILE",
            description = {
                "A file with that on one line; wins over it. Without both, what the environment says as DISTCACHE_TOKEN_FILE,",
                "DISTCACHE_TOKEN, DISTCACHE_PASSWORD_FILE or DISTCACHE_PASSWORD."
            })
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
        if (file != null) {
            return read(file);
        }
        return token != null ? Secret.of(token) : ofEnvironment(System::getenv);
    }

    /**
     * What the environment says.
     *
     * @throws WrongArgumentException if it says several things
     */
    static Secret ofEnvironment(Function<String, @Nullable String> environment) throws WrongArgumentException {
        List<String> said = Stream.of("DISTCACHE_TOKEN_FILE", "DISTCACHE_TOKEN", PASSWORD_FILE, PASSWORD)
                .filter(name -> !text(environment, name).isEmpty())
                .toList();
        if (said.size() > 1) {
            throw new WrongArgumentException("the environment has " + String.join(" and ", said)
                    + "; keep one, or name a file with --token-file");
        }
        if (said.isEmpty()) {
            return Secret.NONE;
        }
        String value = text(environment, said.get(0));
        return said.get(0).endsWith("_FILE") ? read(Path.of(value)) : Secret.of(value);
    }

    private static String text(Function<String, @Nullable String> environment, String name) {
        String value = environment.apply(name);
        return value == null ? "" : value.strip();
    }

    private static Secret read(Path file) throws WrongArgumentException {
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
