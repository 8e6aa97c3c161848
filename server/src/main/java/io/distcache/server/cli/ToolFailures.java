package io.distcache.server.cli;

import io.distcache.protocol.OneLine;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.FileFailure;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Failures of commands as one line and an exit code: 1 failed, 2 wrong argument, 3 damaged. Stateless. */
public final class ToolFailures implements IExecutionExceptionHandler {
    /** Exit code where data is damaged. */
    public static final int DAMAGED = 3;

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) throws Exception {
        if (!(failure instanceof IOException known)) {
            throw failure;
        }
        command.getErr().println("distcache: " + OneLine.of(message(known)));
        command.getErr().flush();
        if (failure instanceof WrongArgumentException) {
            return CommandLine.ExitCode.USAGE;
        }
        return failure instanceof DamagedException || failure instanceof BadBackupException
                ? DAMAGED
                : CommandLine.ExitCode.SOFTWARE;
    }

    private static String message(IOException failure) {
        if (failure instanceof NoSuchFileException missing) {
            return missing.getFile()
                    + ": there is no such file; if a node is running on this directory, it has removed it since";
        }
        return FileFailure.text(failure);
    }
}
