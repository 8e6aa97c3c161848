package io.distcache.server.access;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Effect;
import io.distcache.protocol.OneLine;
import io.distcache.protocol.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may come in, and who has: it knows the users as the access file has them now, lets in who proves to be one of them, and tells those that
 * are in when the file has changed. Without a file and without a token everybody may do everything. Thread-safe.
 */
public final class AccessControl implements AutoCloseable {
    /** Everybody may do everything. */
    public static final AccessControl OPEN = new AccessControl(Users.NONE, Secret.NONE, null);

    /** The user that is meant by whoever says a password and no name, and that the node's one token stands for. */
    public static final String DEFAULT_USER = "default";

    private static final Logger LOG = LoggerFactory.getLogger(AccessControl.class);

    private final Secret sharedToken;
    private final @Nullable Path path;
    private final @Nullable WatchedFile file;
    private final boolean open;
    private volatile Users users;
    private final Set<Principal> principals = ConcurrentHashMap.newKeySet();
    private final PasswordCheck passwords = new PasswordCheck();
    private final Throttle throttle = new Throttle(System::nanoTime);
    private final AuditLog audit = new AuditLog(System::nanoTime);
    /** What is wrong with what the file says; guarded by this. */
    private String unusable = "";
    /** What was logged last; guarded by this. */
    private String complaint = "";

    private AccessControl(Users users, Secret sharedToken, @Nullable Path path) {
        this.sharedToken = sharedToken;
        this.path = path;
        this.file = path == null ? null : new WatchedFile(path);
        this.users = users;
        this.open = path == null && sharedToken.isEmpty();
    }

    /**
     * As the settings say.
     *
     * @param sharedToken lets everybody who says it do everything; {@link Secret#NONE} for nobody
     * @throws IOException if the access file cannot be read, or makes no sense
     */
    public static AccessControl of(AccessConfig config, Secret sharedToken) throws IOException {
        if (config.file().isEmpty() && sharedToken.isEmpty()) {
            return OPEN;
        }
        AccessControl control =
                new AccessControl(Users.NONE, sharedToken, config.file().isEmpty() ? null : Path.of(config.file()));
        control.read();
        if (!control.unusable.isEmpty()) {
            throw new AccessFileException(control.unusable);
        }
        return control;
    }

    /** Takes what the file says now, if it has changed; a file that makes no sense is not looked at again before it changes. */
    private void read() throws IOException {
        List<String> lines = file == null ? List.of() : file.changed();
        if (lines == null) {
            return;
        }
        unusable = "";
        try {
            Users read = AccessFile.parse(lines, String.valueOf(path));
            users = sharedToken.isEmpty() ? read : read.with(DEFAULT_USER, sharedToken);
        } catch (AccessFileException | IllegalArgumentException e) {
            unusable = String.valueOf(e.getMessage());
        }
    }

    /** Whether everybody may do everything. */
    public boolean isOpen() {
        return open;
    }

    /** The users as they are now. */
    public Users users() {
        return users;
    }

    /** Logins that failed since the start. */
    public long failedLogins() {
        return audit.failures();
    }

    /** Commands refused since the start, as the rules do not allow them. */
    public long forbiddenCommands() {
        return audit.refusals();
    }

    // --- the file ---

    /**
     * Looks whether the access file has changed; to be called often. A file that makes no sense changes nothing.
     *
     * @return what is wrong with the file; empty if nothing is
     */
    public synchronized String look() {
        if (file == null) {
            return "";
        }
        Users before = users;
        String now;
        try {
            read();
            now = unusable;
        } catch (IOException | RuntimeException e) {
            now = String.valueOf(e instanceof AccessFileException ? e.getMessage() : e);
        }
        if (!now.isEmpty() && !now.equals(complaint)) {
            LOG.error("the access file cannot be used, so the users and rules stay as they were: {}", OneLine.of(now));
        }
        complaint = now;
        if (users != before) {
            List<PasswordHash> hashes = new ArrayList<>();
            for (User user : users.all()) {
                if (user.password() != null) {
                    hashes.add(user.password());
                }
            }
            passwords.keep(hashes);
            principals.forEach(principal -> principal.review(users.named(principal.name())));
            LOG.info(
                    "the access file has changed: there are {} users now",
                    users.all().size());
        }
        return now;
    }

    /** Whether the users stand in a file. */
    public boolean hasFile() {
        return path != null;
    }

    // --- who comes ---

    /**
     * Finds out whether somebody may come in.
     *
     * @param then is told, here and now if that can be found out fast; else on another thread, where it must not block
     */
    public void login(Caller caller, Credentials said, Consumer<Login> then) {
        Users now = users;
        if (said.secret().isEmpty()) {
            then.accept(refused(caller, said, wanted() + "none"));
            return;
        }
        TokenHash token = TokenHash.of(said.secret());
        User owner = now.withToken(token);
        if (owner != null && !said.user().isEmpty() && !said.user().equals(owner.name())) {
            owner = null;
        }
        long seconds = throttle.waitSeconds(caller.address(), said.user());
        // Others' failures from the same address do not keep out who has a token that cannot be guessed.
        if (seconds > 0 && (owner == null || !TokenHash.isUnguessable(said.secret()))) {
            String why = "too many logins from " + caller.address() + " have failed; try again in " + seconds + " s";
            audit.loginFailed(said.user(), caller, "throttled");
            then.accept(Login.throttled(why));
            return;
        }
        if (owner != null) {
            then.accept(in(owner, caller, user -> user.tokens().containsValue(token)));
            return;
        }
        User user = now.named(said.user().isEmpty() ? DEFAULT_USER : said.user());
        PasswordHash password = user == null ? null : user.password();
        PasswordHash compared = password == null ? now.somePassword() : password;
        if (compared == null || (password == null && said.user().isEmpty())) {
            // Tokens need no slow comparison, nor is one needed where nobody has a password.
            throttle.failed(caller.address(), said.user());
            then.accept(refused(caller, said, wanted() + "another"));
        } else if (user != null && password != null && passwords.isKnown(password, said.secret())) {
            then.accept(in(user, caller, still -> password.equals(still.password())));
        } else {
            // Where there is no such user another's password is compared, so that the time does not tell that.
            boolean begun = passwords.begin(compared, said.secret(), is -> {
                if (is && user != null && password != null) {
                    then.accept(in(user, caller, still -> password.equals(still.password())));
                } else {
                    throttle.failed(caller.address(), said.user());
                    then.accept(refused(caller, said, wanted() + "another"));
                }
            });
            if (!begun) {
                then.accept(Login.throttled("too many passwords are being checked already; try again"));
            }
        }
    }

    /** The user that a certificate names; null if there is none. What the certificate is worth the caller has made sure of. */
    public @Nullable Principal certified(Caller caller, String name) {
        User user = users.named(name);
        return user == null ? null : in(user, caller, still -> true).principal();
    }

    /** As {@link #certified}, for a client that has nothing to show but its certificate. */
    public Login certifiedOnly(Caller caller, String name) {
        User user = users.named(name);
        return user == null
                ? refused(caller, new Credentials(name, Secret.NONE), "no user has the certificate's name")
                : in(user, caller, still -> true);
    }

    private String wanted() {
        return path == null
                ? "the node wants its token (server.auth-token); the client sent "
                : "the node wants a user with its password, or a token (access.file); the client sent ";
    }

    private Login in(User user, Caller caller, Predicate<User> proof) {
        Principal principal = new Principal(user, caller, proof, principals::remove);
        principals.add(principal);
        // The file may have changed since the user was looked up.
        principal.review(users.named(user.name()));
        throttle.succeeded(caller.address(), user.name());
        audit.login(principal);
        return Login.as(principal);
    }

    private Login refused(Caller caller, Credentials said, String why) {
        audit.loginFailed(said.user(), caller, said.secret().isEmpty() ? "nothing was said" : "wrong");
        return Login.refused(why);
    }

    // --- what those do who are in ---

    /** Somebody was refused an effect. */
    public void refused(Principal who, Effect effect, @Nullable CacheDefinition cache, String what) {
        audit.refused(who, effect.name(), shown(what, cache));
    }

    /** Somebody is let do something that is to be known later. */
    public void done(Principal who, Effect effect, @Nullable CacheDefinition cache, String what) {
        audit.done(who, effect.name(), shown(what, cache));
    }

    private static String shown(String what, @Nullable CacheDefinition cache) {
        return cache == null ? what : what + " " + cache.namespace() + "/" + cache.name();
    }

    @Override
    public void close() {
        if (this != OPEN) {
            passwords.close();
        }
    }
}
