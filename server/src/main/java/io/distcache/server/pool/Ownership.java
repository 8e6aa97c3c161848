package io.distcache.server.pool;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Session;
import io.distcache.server.shard.WriteGate;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may change what on this node, as a member of a pool. Without a pool it costs commands one read of a field. Thread-safe.
 *
 * <p>A command is checked twice. At the door, so that most are refused before anything is done. And under the lock of the shard,
 * since one that passed the door before a new membership was published may come to its shard after the shard was swept: {@link
 * #publish} comes before the sweep, and the sweep takes every shard's lock, so whoever has the lock after the sweep sees the new view,
 * and whoever had it before left what the sweep saw. Reads are not checked again: after the sweep they find what is owned before and
 * after, or nothing.
 *
 * <p>The same holds for a session's members that are away: they are taken from it first, then each shard's lock is taken once, and
 * from then on no change on their behalf is under way that has not left its hint.
 */
public final class Ownership implements WriteGate {
    private static final int[] NOBODY = {};

    private final Hints hints;
    private volatile @Nullable PoolView view;

    /** Of a node in no pool. */
    public Ownership(Hints hints) {
        this.hints = hints;
    }

    /** The pool as the node knows it; null if it is in none. */
    public @Nullable PoolView view() {
        return view;
    }

    /** What is kept for members that are away. */
    public Hints hints() {
        return hints;
    }

    /** From now on this counts, and no session knows it yet. */
    public void publish(PoolView newest) {
        view = newest;
    }

    /** Why a session's commands on entries are refused; null if they are not. */
    public Reply.@Nullable Failure refusal(Session session) {
        PoolView known = view;
        return known == null ? null : refusal(known, client(session));
    }

    /** Every client of a node is one of a pool, too, if the node is in one. */
    private static PoolClient client(Session session) {
        return (PoolClient) session;
    }

    private static Reply.@Nullable Failure refusal(PoolView view, PoolClient session) {
        PoolView named = session.poolView();
        if (named == view) {
            return null;
        }
        if (!session.isPoolAware() && (!session.speaksPool() || isAlone(view))) {
            return null;
        }
        long epoch = view.membership().epoch();
        String difference = named == null
                ? "and this connection has not named it; say POOL first"
                : "and this connection named epoch " + named.membership().epoch()
                        + (named.membership().epoch() == epoch ? " with other members" : "") + "; say POOL anew";
        return notOwner("this node is one of a pool, which it knows in epoch " + epoch + ", " + difference
                + ". Nothing was applied");
    }

    private static boolean isAlone(PoolView view) {
        return view.membership().members().size() == 1 && view.isMember();
    }

    /** Whether the pool's rules hold for a session: not for clients of a version that could not say who is in it. */
    private static boolean holdsFor(PoolClient session) {
        return session.poolView() != null || session.isPoolAware() || session.speaksPool() || session.isOfOneNode();
    }

    /** Why a session may not change a key now; null if it may. */
    public Reply.@Nullable Failure refusal(Session session, Bytes key) {
        return passage(session, key, false).refusal();
    }

    @Override
    public Passage passage(Session session, Bytes key, boolean wholeCache) {
        PoolView known = view;
        if (known == null) {
            return OPEN;
        }
        PoolClient client = client(session);
        int[] before = before(known, client, key);
        Reply.Failure refusal = refusal(known, client, wholeCache ? NOBODY : before);
        return refusal == null && before.length == 0 ? OPEN : new Passage(refusal, known.names(before));
    }

    @Override
    public WriteGate.CacheHints hints(String member, Cache cache) {
        return hints.of(member, cache);
    }

    /** Who would have to be away for a session to change a key here; nobody if the key is this node's, or the session exempt. */
    private static int[] before(PoolView view, PoolClient session, Bytes key) {
        return holdsFor(session) ? view.before(key) : NOBODY;
    }

    /** Why a session may not change a key that these members of the view serve before this node; null if it may. */
    private static Reply.@Nullable Failure refusal(PoolView view, PoolClient session, int[] before) {
        Reply.Failure refusal = refusal(view, session);
        if (refusal != null || before.length == 0) {
            return refusal;
        }
        if (!view.isMember()) {
            return notOwner("this node, " + view.self() + ", is no longer in the pool, which it knows in epoch "
                    + view.membership().epoch() + ". Nothing was applied");
        }
        if (session.isOfOneNode()) {
            return notOwner("the key is one of node " + view.name(before[0])
                    + " of the pool, and this protocol reaches the keys of node " + view.self()
                    + " only; ask that node. Nothing was applied");
        }
        Set<String> away = session.away();
        for (int member : before) {
            if (!away.contains(view.name(member))) {
                return notOwner("the entry belongs to " + view.name(before[0]) + ", and "
                        + (before.length == 1 ? "it" : view.name(member))
                        + " is not away for all this connection has said; send it there, or say AWAY. Nothing was"
                        + " applied");
            }
        }
        return null;
    }

    /** A refusal that the client can mend. */
    public static Reply.Failure notOwner(String message) {
        return new Reply.Failure(Status.NOT_OWNER, message);
    }
}
