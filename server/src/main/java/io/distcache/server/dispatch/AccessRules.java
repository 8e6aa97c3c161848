package io.distcache.server.dispatch;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Effect;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Opcode;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.access.AccessControl;
import io.distcache.server.access.Principal;
import io.distcache.server.pool.Ownership;
import io.distcache.server.pool.PoolView;
import io.distcache.server.session.ClientSession;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Whether a client's user may have a command's effect on what the command is about. Where everybody may do everything it only finds that out.
 * Thread-safe.
 */
final class AccessRules {
    private static final Reply.Failure STRANGER =
            new Reply.Failure(Status.UNAUTHORIZED, "this connection has not said who it is");
    private static final Reply.Failure DISMISSED = new Reply.Failure(
            Status.DRAINING, "what this connection came in with is no longer good; it may come in again with another");

    private final AccessControl access;
    private final boolean open;
    private final Caches caches;
    private final Ownership ownership;

    AccessRules(AccessControl access, Caches caches, Ownership ownership) {
        this.access = access;
        this.open = access.isOpen();
        this.caches = caches;
        this.ownership = ownership;
    }

    /** Why a client may not have an effect on a cache, or on the node; null if it may, and then it is on record if need be. */
    Reply.@Nullable Failure refusal(Effect effect, ClientSession session, CacheDefinition cache, String what) {
        Reply.Failure refusal = refusalAhead(effect, session, cache, what);
        Principal who = session.principal();
        if (refusal != null || who == null) {
            return refusal;
        }
        switch (effect) {
            case CACHE -> access.done(who, effect, cache, what);
            case POOL, OPERATOR -> access.done(who, effect, null, what);
            case READ, WRITE, CONTROL -> {}
        }
        return null;
    }

    /** Like the other, of what is not to be done now. */
    Reply.@Nullable Failure refusalAhead(Effect effect, ClientSession session, CacheDefinition cache, String what) {
        if (open || session.isEmbedded() || effect == Effect.CONTROL) {
            return null;
        }
        Principal who = session.principal();
        if (who == null || who.isVoid()) {
            return STRANGER;
        }
        return switch (effect) {
            case READ, WRITE, CACHE -> who.may(effect, cache) ? null : forbidden(who, effect, cache, what);
            case POOL, OPERATOR -> who.may(effect) ? null : forbidden(who, effect, null, what);
            case CONTROL -> null;
        };
    }

    /** Why a client may not send a command; null if it may. */
    Reply.@Nullable Failure refusal(Command command, ClientSession session) {
        if (open || session.isEmbedded()) {
            return null;
        }
        Effect effect = command.effect();
        if (effect == Effect.CONTROL) {
            return null;
        }
        Principal who = session.principal();
        if (who == null) {
            return STRANGER;
        }
        if (who.isVoid()) {
            // The connection ends in a moment; until then it takes what others wait for.
            return command.opcode() == Opcode.SETTLE ? null : DISMISSED;
        }
        // One that opens a cache is about a handle that has none yet.
        if (command instanceof Command.OnCache onCache && command.opcode() != Opcode.OPEN_CACHE) {
            Cache cache = session.cache(onCache.cache());
            // What is open under no handle the command will not find.
            return cache == null || who.may(effect, cache.definition())
                    ? null
                    : forbidden(who, effect, cache.definition(), what(command));
        }
        return switch (effect) {
            case POOL -> onlyAsks(command) || isKnownPool(command) ? null : ofNode(who, effect, command.opcode());
            case OPERATOR -> ofNode(who, effect, command.opcode());
            case READ, WRITE, CACHE, CONTROL -> ofCaches(who, command);
        };
    }

    private Reply.@Nullable Failure ofCaches(Principal who, Command command) {
        String what = what(command);
        if (command instanceof Command.OpenCache open) {
            CacheDefinition wanted = open.definition();
            boolean makes = open.create() && caches.find(wanted.namespace(), wanted.name()) == null;
            return makes
                    ? audited(who, Effect.CACHE, wanted, what, who.may(Effect.CACHE, wanted))
                    : who.mayKnow(wanted) ? null : forbidden(who, Effect.READ, wanted, what);
        }
        if (command instanceof Command.DestroyCache destroy) {
            CacheDefinition going = CacheDefinition.of(destroy.namespace(), destroy.name());
            return audited(who, Effect.CACHE, going, what, who.may(Effect.CACHE, going));
        }
        // Of the caches it lists, a client is told those that it may know of.
        boolean may = command.opcode() == Opcode.LIST_CACHES || who.mayAnywhere(command.effect());
        return may ? null : forbidden(who, command.effect(), null, what);
    }

    private Reply.@Nullable Failure ofNode(Principal who, Effect effect, Opcode opcode) {
        // These come again and again while a pool is in use or a backup is read; what begins that is known.
        boolean isRoutine = switch (opcode) {
            case STANDING, HANDED_OVER, INVALIDATE, READ_BACKUP -> true;
            default -> false;
        };
        return isRoutine && who.may(effect) ? null : audited(who, effect, null, what(opcode), who.may(effect));
    }

    private static boolean onlyAsks(Command command) {
        return command instanceof Command.Pool pool
                ? !pool.membership().isDefined()
                : command.opcode() == Opcode.ROUTES
                        || command.opcode() == Opcode.GROUPS
                        || command.equals(Command.Standing.QUESTION);
    }

    /** Whether a client says of the pool what the node knows, so that nothing changes. */
    private boolean isKnownPool(Command command) {
        PoolView known = ownership.view();
        if (known == null || !(command instanceof Command.Pool pool)) {
            return false;
        }
        Membership said = pool.membership();
        return said.equals(known.membership())
                ? pool.self().equals(known.self())
                : !said.isNewerThan(known.membership());
    }

    private Reply.@Nullable Failure audited(
            Principal who, Effect effect, @Nullable CacheDefinition cache, String what, boolean may) {
        if (!may) {
            return forbidden(who, effect, cache, what);
        }
        access.done(who, effect, cache, what);
        return null;
    }

    private Reply.Failure forbidden(Principal who, Effect effect, @Nullable CacheDefinition cache, String what) {
        access.refused(who, effect, cache, what);
        String name = effect.name().toLowerCase(Locale.ROOT);
        return new Reply.Failure(
                Status.FORBIDDEN,
                "user " + who.name() + " may not " + what
                        + (cache == null ? "" : " cache " + cache.name() + " in namespace " + cache.namespace())
                        + "; a rule of the access file has to allow it " + name);
    }

    private static String what(Command command) {
        return what(
                command instanceof Command.OfGroup part
                        ? part.whole().opcode()
                        : command instanceof Command.Stale stale ? stale.read().opcode() : command.opcode());
    }

    private static String what(Opcode opcode) {
        return opcode.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
