package io.distcache.server.cli.user;

import io.distcache.protocol.Effect;
import io.distcache.protocol.Secret;
import io.distcache.server.access.AccessEdit;
import io.distcache.server.access.AccessFile;
import io.distcache.server.access.PasswordHash;
import io.distcache.server.access.User;
import io.distcache.server.access.Users;
import io.distcache.server.cli.Tool;
import io.distcache.server.cli.WrongArgumentException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code distcache user}: makes and changes the file in which users stand. Confined to one thread. */
@Command(
        name = "user",
        description = {
            "Makes and changes an access file, in which the users of nodes stand (setting access.file).",
            "A node that runs with it sees the change within a second."
        },
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            UserCommand.Add.class,
            UserCommand.Passwd.class,
            UserCommand.Token.class,
            UserCommand.ListUsers.class,
            UserCommand.Remove.class,
            UserCommand.Check.class
        })
public final class UserCommand extends Tool {

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec own = CommandLine.Model.CommandSpec.create();

    @Override
    public Integer call() {
        own.commandLine().usage(out());
        return CommandLine.ExitCode.USAGE;
    }

    /** The file, and whom of it a command is about. Confined to one thread. */
    static final class Whom {
        @Parameters(index = "0", paramLabel = "FILE", description = "The access file.")
        private Path file = Path.of("");

        @Parameters(index = "1", paramLabel = "NAME", description = "The user.")
        private String name = "";

        AccessEdit open() throws IOException {
            return AccessEdit.open(file);
        }
    }

    /** {@code user add}. */
    @Command(
            name = "add",
            description = {
                "Adds a user; the file is made if it is not there. Give it a password or a token next.",
                "  distcache user add access.conf app --rule 'allow read,write session:*' --rule 'allow cache session:*'"
            })
    static final class Add extends Tool {
        @Mixin
        private Whom whom = new Whom();

        @Option(
                names = "--rule",
                paramLabel = "RULE",
                description =
                        "What it may do: allow read,write,cache NAMESPACE/CACHE, allow pool, allow operator, allow all;"
                                + " or deny. * and ? are wildcards; without a slash the namespace is default. May be given many"
                                + " times; what one rule denies no other allows.")
        private List<String> rules = List.of();

        @Override
        public Integer call() throws IOException {
            AccessEdit edit = whom.open();
            edit.add(whom.name, rules);
            edit.save();
            note("user " + whom.name + " added; next: bin/distcache user passwd or token " + whom.file + " "
                    + whom.name);
            return CommandLine.ExitCode.OK;
        }
    }

    /** {@code user passwd}. */
    @Command(name = "passwd", description = "Gives a user a password, which is asked for, or read from a file.")
    static final class Passwd extends Tool {
        @Mixin
        private Whom whom = new Whom();

        @Option(names = "--password-file", paramLabel = "FILE", description = "A file with the password on one line.")
        private @Nullable Path passwordFile;

        @Override
        public Integer call() throws IOException {
            AccessEdit edit = whom.open();
            Secret password = NewPassword.from(passwordFile);
            edit.password(whom.name, PasswordHash.of(password, PasswordHash.ITERATIONS));
            edit.save();
            return CommandLine.ExitCode.OK;
        }
    }

    /** {@code user token}. */
    @Command(
            name = "token",
            description = {
                "Gives a user one more token, and prints it: it is kept nowhere else. To rotate tokens, give a new one,",
                "have the clients use it, and remove the old one."
            })
    static final class Token extends Tool {
        @Mixin
        private Whom whom = new Whom();

        @Option(
                names = "--name",
                paramLabel = "T",
                defaultValue = "1",
                description = "What the token is called; default 1.")
        private String token = "1";

        @Option(names = "--remove", description = "Take this token back instead.")
        private boolean remove;

        @Override
        public Integer call() throws IOException {
            AccessEdit edit = whom.open();
            if (remove) {
                edit.removeToken(whom.name, token);
                edit.save();
                return CommandLine.ExitCode.OK;
            }
            Secret made = edit.token(whom.name, token);
            edit.save();
            out().println(NewPassword.shownOnce(made));
            out().flush();
            return CommandLine.ExitCode.OK;
        }
    }

    /** {@code user list}. */
    @Command(name = "list", description = "Shows the users, what they have to prove themselves, and their rules.")
    static final class ListUsers extends Tool {
        @Parameters(index = "0", paramLabel = "FILE", description = "The access file.")
        private Path file = Path.of("");

        @Override
        public Integer call() throws IOException {
            AccessFile.read(file).all().forEach(user -> out().println(AccessEdit.shown(user)));
            out().flush();
            return CommandLine.ExitCode.OK;
        }
    }

    /** {@code user remove}. */
    @Command(name = "remove", description = "Removes a user; its connections end within a second.")
    static final class Remove extends Tool {
        @Mixin
        private Whom whom = new Whom();

        @Override
        public Integer call() throws IOException {
            AccessEdit edit = whom.open();
            edit.remove(whom.name);
            edit.save();
            return CommandLine.ExitCode.OK;
        }
    }

    /** {@code user check}. */
    @Command(
            name = "check",
            description = {
                "Says whether the file makes sense and, if a user is named, whether it may do something, and which rule says so.",
                "  distcache user check access.conf app write catalog/prices",
                "Exit code 0 if it may, 1 if it may not."
            })
    static final class Check extends Tool {
        @Parameters(index = "0", paramLabel = "FILE", description = "The access file.")
        private Path file = Path.of("");

        @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "The user.")
        private @Nullable String name;

        @Parameters(
                index = "2",
                arity = "0..1",
                paramLabel = "EFFECT",
                description = "read, write, cache, pool or operator; default read.")
        private String effect = "read";

        @Parameters(
                index = "3",
                arity = "0..1",
                paramLabel = "CACHE",
                description = "NAMESPACE/CACHE, or a cache of namespace default.")
        private String cache = "";

        @Override
        public Integer call() throws IOException {
            Users users = AccessFile.read(file);
            if (name == null) {
                out().println(file + " makes sense: " + users.all().size() + " users");
                out().flush();
                return CommandLine.ExitCode.OK;
            }
            User user = users.named(name);
            if (user == null) {
                throw new WrongArgumentException(file + " has no user of that name");
            }
            Effect asked = effect();
            int slash = cache.indexOf('/');
            String namespace = slash < 0 ? "default" : cache.substring(0, slash);
            String of = cache.substring(slash + 1);
            boolean may = user.may(asked, namespace, of);
            out().println((may ? "allowed: " : "not allowed: ") + user.why(asked, namespace, of));
            out().flush();
            return may ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        }

        private Effect effect() throws WrongArgumentException {
            for (Effect one : Effect.values()) {
                if (one.name().toLowerCase(Locale.ROOT).equals(effect)) {
                    return one;
                }
            }
            throw new WrongArgumentException("EFFECT is none of read, write, cache, pool, operator");
        }
    }
}
