package io.distcache.server.log;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/**
 * What failed with a file, for people. The messages of the JDK's exceptions are often the path alone, or nothing; every place that
 * shows a failure of a file to somebody asks here. Stateless.
 */
public final class FileFailure {

    private FileFailure() {}

    /** One line: which file, and what is the matter with it. */
    public static String text(Throwable failure) {
        String reason = reason(failure);
        if (reason == null || !(failure instanceof FileSystemException file)) {
            return reason == null ? message(failure) : reason;
        }
        String other = file.getOtherFile() == null ? "" : " -> " + file.getOtherFile();
        return file.getFile() == null ? reason : file.getFile() + other + ": " + reason;
    }

    /** What was to be done with it, and {@link #text}; the cause is kept. */
    public static IOException wrapped(String what, IOException failure) {
        return new IOException(what + ": " + text(failure), failure);
    }

    private static @Nullable String reason(Throwable failure) {
        if (failure instanceof NoSuchFileException) {
            return "there is no such file or directory";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return "there is a file of this name already";
        }
        if (failure instanceof AccessDeniedException) {
            return "access denied: the user that this process runs as may not do that";
        }
        if (failure instanceof DirectoryNotEmptyException) {
            return "the directory is not empty";
        }
        if (failure instanceof NotDirectoryException) {
            return "it is no directory";
        }
        if (failure instanceof FileSystemLoopException) {
            return "its symbolic links lead in a circle";
        }
        if (failure instanceof FileSystemException file) {
            return file.getReason() == null ? "the system did not say why" : file.getReason();
        }
        if (failure instanceof EOFException) {
            return "the file ends too early";
        }
        if (failure instanceof ClosedByInterruptException) {
            return "the thread was interrupted, which closed the file";
        }
        if (failure instanceof ClosedChannelException) {
            return "the file is closed already";
        }
        return null;
    }

    private static String message(Throwable failure) {
        String message = failure.getMessage();
        if (message == null || message.isBlank() || !(failure instanceof IOException)) {
            return failure.toString();
        }
        return message;
    }
}
