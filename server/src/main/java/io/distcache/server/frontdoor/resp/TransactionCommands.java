package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Effect;
import io.distcache.protocol.Reply;
import io.distcache.server.dispatch.Gate;
import io.distcache.server.dispatch.MultiKeyStep;
import io.distcache.server.dispatch.NamedCache;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** MULTI and what belongs to it. What is queued runs as one step to everybody on this node, also to clients of other doors. Stateless. */
final class TransactionCommands {
    private static final int ANSWER_BYTES_OF_WORK = 128;

    private TransactionCommands() {}

    static void bind(RespActions actions) {
        actions.control("multi", TransactionCommands::multi);
        actions.control("exec", TransactionCommands::exec);
        actions.control("discard", TransactionCommands::discard);
        actions.read("watch", TransactionCommands::watch);
        actions.control("unwatch", (c, r) -> {
            c.watches().end();
            c.ok();
        });
    }

    private static void multi(RespClient c, Request r) {
        if (c.multi().isOpen()) {
            c.error("ERR MULTI calls can not be nested");
            return;
        }
        c.multi().begin(c.keyspace());
        c.ok();
    }

    /** Why a command cannot be said in a transaction, for want of rights or of a node that is ready; null if it can. */
    static @Nullable String refusal(RespClient c, RespCommand command, Request request) {
        NamedCache keyspace = c.multi().keyspace();
        Gate gate = c.node().dispatcher().gate();
        Reply.Failure refusal = gate.refusalAhead(command.effect(), c.session(), keyspace, command.name());
        if (refusal != null) {
            c.note(refusal);
            return Failures.text(refusal, command);
        }
        for (NamedCache other : others(c, command, request, keyspace)) {
            refusal = gate.refusalAhead(Effect.WRITE, c.session(), other, command.name());
            if (refusal != null) {
                c.note(refusal);
                return command.firstKey() == 0 ? Failures.text(refusal, command) : Failures.text(refusal);
            }
        }
        return null;
    }

    /** The databases that a command changes besides that in which it runs. */
    private static List<NamedCache> others(RespClient c, RespCommand command, Request request, NamedCache keyspace) {
        return switch (command.name()) {
            case "copy" -> List.of(TransferCommands.copyTarget(c, request, keyspace));
            case "move" -> List.of(TransferCommands.moveTarget(c, request, keyspace));
            case "flushall" ->
                IntStream.range(0, RespNode.DATABASES)
                        .mapToObj(c.node()::database)
                        .toList();
            default -> List.of();
        };
    }

    /** A command has been queued; what comes after SELECT is about another database. */
    static void queued(RespClient c, RespCommand command, Request request) {
        if (command.name().equals("select")) {
            c.multi().select(selected(c, request, c.multi().keyspace()));
        }
    }

    /** The database that a SELECT leads to, from another one. */
    private static NamedCache selected(RespClient c, Request request, NamedCache from) {
        return request.isInteger(1) && request.number() >= 0 && request.number() < RespNode.DATABASES
                ? c.node().database((int) request.number())
                : from;
    }

    private static void discard(RespClient c, Request r) {
        if (!c.multi().isOpen()) {
            c.error("ERR DISCARD without MULTI");
            return;
        }
        c.endMulti();
        c.ok();
    }

    private static void watch(RespClient c, Request r) {
        if (c.multi().isOpen()) {
            c.error("ERR WATCH inside MULTI is not allowed");
            return;
        }
        Request own = r.copy();
        NamedCache keyspace = c.keyspace();
        Step.atomically(c, c.current(), own, () -> {
            for (int i = 1; i < own.count(); i++) {
                Look look = new Look(c, own.tagged(i));
                if (c.isRefused(c.part(keyspace, look))) {
                    return;
                }
                if (!c.watches().add(c.keyspace(), look.key())) {
                    c.error("ERR too many keys are watched (resp.max-queued)");
                    return;
                }
            }
            c.ok();
        });
    }

    private static void exec(RespClient c, Request r) {
        if (!c.multi().isOpen()) {
            c.error("ERR EXEC without MULTI");
            return;
        }
        if (c.multi().hasFailed()) {
            c.endMulti();
            c.error("EXECABORT Transaction discarded because of previous errors.");
            return;
        }
        List<Multi.Queued> queued = c.multi().queued();
        List<Watches.Watched> watched = c.watches().all();
        MultiKeyStep together = c.node().dispatcher().multiKeyStep();
        name(c, together, queued);
        watched.forEach(entry -> together.needs(entry.keyspace(), entry.key(), false));
        together.keeps(c.multi().bytes());
        c.multi().end();
        Step.run(c, together, () -> {
            // One that has expired meanwhile has gone with this look.
            watched.forEach(entry -> c.part(entry.keyspace(), new Look(c, entry.key())));
            boolean untouched =
                    watched.stream().noneMatch(entry -> entry.watch().isTouched());
            c.watches().end();
            if (!untouched) {
                Replies.nilArray(c.out(), c.protocol());
                return;
            }
            Replies.array(c.out(), queued.size());
            runAll(c, queued);
        });
    }

    /** Runs the commands within their step, each if there is work left for it. */
    private static void runAll(RespClient c, List<Multi.Queued> queued) {
        Work left = c.work();
        for (Multi.Queued one : queued) {
            if (left == null || !left.take(one.command().work(one.request().count()))) {
                c.error(Work.TOO_MUCH);
                continue;
            }
            int before = c.out().writerIndex();
            c.runQueued(one);
            if (!left.take((c.out().writerIndex() - before) / ANSWER_BYTES_OF_WORK)) {
                left.takeAll();
            }
        }
    }

    /** Names all keys, following what SELECT in between says. */
    private static void name(RespClient c, MultiKeyStep together, List<Multi.Queued> queued) {
        NamedCache keyspace = c.keyspace();
        for (Multi.Queued one : queued) {
            RespCommand command = one.command();
            Request request = one.request();
            switch (command.name()) {
                case "select" -> keyspace = selected(c, request, keyspace);
                case "copy" ->
                    TransferCommands.nameCopied(
                            together, request, keyspace, TransferCommands.copyTarget(c, request, keyspace));
                case "move" -> TransferCommands.nameMoved(together, c, request, keyspace);
                case "keys", "scan", "randomkey", "flushdb", "flushall" -> together.needsAll();
                default -> Step.nameKeys(together, command, request, keyspace);
            }
        }
    }
}
