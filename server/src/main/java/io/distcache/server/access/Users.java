package io.distcache.server.access;

import io.distcache.protocol.Secret;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All users, as one version of an access file has them. Immutable. */
public final class Users {
    /** Nobody. */
    public static final Users NONE = new Users(List.of());

    private final Map<String, User> byName = new LinkedHashMap<>();
    private final Map<TokenHash, User> byToken = new LinkedHashMap<>();
    private final @Nullable PasswordHash somePassword;

    /**
     * These users.
     *
     * @throws IllegalArgumentException if two have the same name or token
     */
    Users(List<User> users) {
        PasswordHash some = null;
        for (User user : users) {
            if (byName.put(user.name(), user) != null) {
                throw new IllegalArgumentException("there are two users " + user.name());
            }
            some = some == null ? user.password() : some;
            for (TokenHash token : user.tokens().values()) {
                User other = byToken.put(token, user);
                if (other != null) {
                    throw new IllegalArgumentException(
                            "a token of user " + user.name() + " is one of user " + other.name() + " too");
                }
            }
        }
        this.somePassword = some;
    }

    /**
     * These, and one that may do everything with one token.
     *
     * @throws IllegalArgumentException if there is one of this name
     */
    public Users with(String name, Secret token) {
        if (byName.containsKey(name)) {
            throw new IllegalArgumentException("server.auth-token is set, which is user " + name
                    + " with everything, but access.file has a user " + name
                    + " too; leave the setting out, or name the user otherwise");
        }
        List<User> all = new ArrayList<>(byName.values());
        List<Rule> everything = List.of(Rule.parse(new String[] {"allow", "all"}, 0));
        all.add(new User(name, null, Map.of("server.auth-token", TokenHash.of(token)), everything));
        return new Users(all);
    }

    /** The user of a name, or null. */
    public @Nullable User named(String name) {
        return byName.get(name);
    }

    /** Whose token it is, or null. */
    @Nullable
    User withToken(TokenHash token) {
        return byToken.get(token);
    }

    /** The password of one of them; null if none has one. */
    @Nullable
    PasswordHash somePassword() {
        return somePassword;
    }

    /** All of them, in the order of the file. */
    public Collection<User> all() {
        return List.copyOf(byName.values());
    }
}
