package io.distcache.server.cli;

import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * How far long work is: a bar on standard error if that is a terminal, else nothing. Whether it is only the shell can tell for every
 * JDK: {@code bin/distcache} says so in two system properties. Confined to one thread.
 */
public final class Progress implements AutoCloseable {
    /** Whether standard error is a terminal. */
    public static final String ERR_PROPERTY = "distcache.terminal.err";
    /** Whether standard output is one, where a bar would stand between lines. */
    public static final String OUT_PROPERTY = "distcache.terminal.out";

    private static final int WIDTH = 79;
    private static final int UPDATE_MILLIS = 200;
    private static final int MEGABYTE = 1 << 20;

    private final @Nullable ProgressBar bar;

    private Progress(@Nullable ProgressBar bar) {
        this.bar = bar;
    }

    /** Of work that prints only when it has ended. */
    public static Progress of(String task) {
        return new Progress(Boolean.getBoolean(ERR_PROPERTY) ? bar(task, System.err) : null);
    }

    /** Of work that prints all the time. */
    public static Progress whilePrinting(String task) {
        return Boolean.getBoolean(OUT_PROPERTY) ? none() : of(task);
    }

    public static Progress none() {
        return new Progress(null);
    }

    private static ProgressBar bar(String task, PrintStream to) {
        return new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(-1)
                .setUnit(" MB", MEGABYTE)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                .setConsumer(new ConsoleProgressBarConsumer(to, WIDTH))
                .clearDisplayOnFinish()
                .build();
    }

    /** So many bytes more will be gone through. */
    public void expect(long bytes) {
        if (bar != null) {
            bar.maxHint(Math.max(0, bar.getMax()) + bytes);
        }
    }

    /** So many more are. */
    public void advance(long bytes) {
        if (bar != null) {
            bar.stepBy(bytes);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
