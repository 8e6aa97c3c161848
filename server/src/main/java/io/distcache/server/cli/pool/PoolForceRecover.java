package io.distcache.server.cli.pool;

import io.distcache.server.cli.Table;
import io.distcache.server.cli.Tool;
import io.distcache.server.cli.WrongArgumentException;
import io.distcache.server.consensus.Founding;
import io.distcache.server.consensus.StoredGroup;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.replication.PoolPlan;
import io.distcache.server.replication.files.ForgottenFiles;
import io.distcache.server.replication.recovery.ForcedRecovery;
import io.distcache.server.replication.recovery.StoppedMember;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;

/** {@code distcache pool force-recover}. Confined to one thread. */
@Command(
        name = "force-recover",
        description = {
            "Makes of what one member of a replicated pool has the data of a node on its own, when most members are lost for good.",
            "The node must be stopped. What only others had is lost, and the other members cannot come back: clear their",
            "directories. With --show nothing is changed: of several members recover the one that has most.",
            "What the member had is kept in DIR/before-recovery."
        })
final class PoolForceRecover extends Tool {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            required = true,
            description = "The data directory of the member (its --data-dir).")
    private Path directory = Path.of("");

    @Option(names = "--show", description = "Only show what the member has.")
    private boolean show;

    @Option(
            names = "--lose-unconfirmed",
            description = "Needed: what other members had and this one had not is lost, though it was acknowledged.")
    private boolean lose;

    @Option(
            names = "--yes",
            paramLabel = "POOL",
            description = "The pool's number, as --show tells it. Without it you are asked to type it.")
    private @Nullable String yes;

    @Option(
            names = "--forgotten",
            paramLabel = "NAME",
            description = "Take what the member had before a loss of power, from DIR/forgotten/NAME.")
    private @Nullable String forgotten;

    @Override
    public Integer call() throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new WrongArgumentException("there is no directory " + directory);
        }
        String owner = "distcache pool force-recover, process "
                + ProcessHandle.current().pid();
        try (DataDirectory taken = DataDirectory.open(directory, owner)) {
            if (!show && ForcedRecovery.isLeft(directory)) {
                ForcedRecovery.finish(directory);
                out().println("an earlier run was ended before it had moved everything; that is done now");
                printStart();
                return ExitCode.OK;
            }
            PoolPlan plan = PoolPlan.read(directory);
            if (plan == null) {
                throw new WrongArgumentException(directory
                        + " is not that of a member of a replicated pool: there is no " + PoolPlan.NAME + " in it");
            }
            return recover(taken, plan);
        }
    }

    private int recover(DataDirectory taken, PoolPlan plan) throws IOException {
        StoppedMember member = StoppedMember.read(source(), plan.routes().groups());
        String pool = HexFormat.of().toHexDigits(plan.routes().pool());
        print(plan, pool, member);
        if (show) {
            return ExitCode.OK;
        }
        if (!lose) {
            throw new WrongArgumentException(
                    "changes that others had and this member had not are lost by this; say so with"
                            + " --lose-unconfirmed. Nothing was changed");
        }
        if (forgotten == null && member.groups().stream().anyMatch(StoredGroup::isSilent)) {
            refuseIfMoreIsKept();
        }
        if (member.groups().stream().allMatch(group -> group.index() == 0)) {
            throw new IOException(
                    "the member has nothing in any group: it has not begun, or has lost what it had. If the pool"
                            + " was to begin with what a node had before, that is in the directory before-pool of that node."
                            + " Nothing was changed");
        }
        String typed = yes == null ? asked(pool) : yes;
        if (!typed.strip().equals(pool)) {
            throw new WrongArgumentException(
                    "the pool is " + pool + ", and '" + typed.strip() + "' was given. Nothing was changed");
        }
        new ForcedRecovery(taken, plan, member).run();
        out().println();
        out().println("recovered " + member.entries() + " entries of " + member.caches()
                + " caches; what the member had is" + " in " + directory.resolve("before-recovery"));
        printStart();
        return ExitCode.OK;
    }

    private Path source() throws WrongArgumentException {
        if (forgotten == null) {
            return directory;
        }
        Path source = ForgottenFiles.of(directory).resolve(forgotten);
        if (!Files.isDirectory(source)) {
            throw new WrongArgumentException("there is no directory " + source);
        }
        return source;
    }

    /** What it has now may be next to nothing, and what it had is there. */
    private void refuseIfMoreIsKept() throws IOException {
        Path kept = ForgottenFiles.of(directory);
        if (!Files.isDirectory(kept)) {
            return;
        }
        List<String> names;
        try (Stream<Path> all = Files.list(kept)) {
            names = all.map(path -> String.valueOf(path.getFileName()))
                    .filter(name -> !name.endsWith(".tmp"))
                    .sorted()
                    .toList();
        }
        if (!names.isEmpty()) {
            throw new WrongArgumentException(
                    "the member began anew after a loss of power and has not got everything back;"
                            + " what it had before is in " + kept
                            + ". Look at it and take it with --forgotten NAME, NAME being one of: "
                            + String.join(", ", names) + ". To take what it has now, remove " + kept
                            + ". Nothing was changed");
        }
    }

    @SuppressWarnings("SystemConsoleNull") // since JDK 22 it reads what is piped in, and gives null at its end
    private String asked(String pool) throws WrongArgumentException {
        out().flush();
        Console console = System.console();
        String typed = console == null ? null : console.readLine("%nType the pool's number to go on (%s): ", pool);
        if (typed == null) {
            throw new WrongArgumentException(
                    "there is nobody to ask; confirm with --yes " + pool + ". Nothing was changed");
        }
        return typed;
    }

    private void print(PoolPlan plan, String pool, StoppedMember member) {
        out().println(directory + ": member " + plan.nameOf(plan.self()) + " of replicated pool " + pool
                + ", which has " + plan.members() + " members and "
                + plan.routes().groups() + " groups");
        out().println();
        Table table = new Table("group", "term", "index", "");
        for (StoredGroup group : member.groups()) {
            table.row(
                    group.group() == 0 ? "caches" : String.valueOf(group.group() - 1),
                    String.valueOf(group.term()),
                    String.valueOf(group.index()),
                    group.isSilent() ? "forgot, and has not got it back" : "");
        }
        table.print(out());
        out().println();
        out().println(member.entries() + " entries of " + member.caches() + " caches; the newest change is of about "
                + Table.time(member.newestMillis()));
        out().println();
        out().println(
                        "Of two members, the one with the higher term has more of a group; with the same term, the one with the"
                                + " higher index.");
        out().println(
                        "May be lost: changes that most members had, and so were acknowledged, and this one had not got yet.");
        out().println(
                        "  How many cannot be seen from here: compare with the other members that are left (--show), and recover"
                                + " the one that has most.");
        if (plan.founding() == Founding.AWAITED) {
            out().println(
                            "This member has not heard that its pool was made: the node with whose entries it was to begin has all of"
                                    + " them, and here there may be fewer.");
        }
        out().println("May be there: changes that were under way, and of which nobody was told that they were made.");
        if (member.lostPower()) {
            out().println(
                            "The machine went down while the node was running, and log.sync was not always: what was not on disk"
                                    + " is lost, too.");
        }
        long forgot = member.groups().stream().filter(StoredGroup::isSilent).count();
        if (forgot > 0) {
            out().println(
                            "Of " + forgot + " of its " + member.groups().size()
                                    + " groups this member has lost what it had, with its log or with the power, and the others had not brought it back:"
                                    + " what it has of them may be old, a part of what there was, or nothing. Recover another member if one is left.");
        }
        out().flush();
    }

    private void printStart() {
        out().println("start a node from it with: bin/distcache server --data-dir " + directory);
        out().println(
                        "The other members are of the old pool and no part of this one: clear their directories, and do not start"
                                + " them with these.");
        out().println(
                        "To have a replicated pool again, make one of that node and empty ones: bin/distcache pool create");
        out().flush();
    }
}
