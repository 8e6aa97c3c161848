package io.distcache.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/** A bar on a terminal; elsewhere a line per tenth of the way. Goes to standard error. Confined to the harness's thread. */
final class Progress {
    private static final int WIDTH = 24;

    private final PrintStream out;
    private final boolean terminal;
    private final int total;
    private final long start = System.nanoTime();
    private int steps;

    Progress(PrintStream out, boolean terminal, int total) {
        this.out = out;
        this.terminal = terminal;
        this.total = total;
    }

    /** Asks Linux, since {@code System.console()} also wants standard output, which is the report, to be a terminal. */
    static boolean errorsGoToTerminal() {
        try {
            String device = Path.of("/proc/self/fd/2").toRealPath().toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }

    /** The step that begins now. */
    void step(String what) {
        int percent = 100 * steps / total;
        String text = String.format(Locale.ROOT, "%3d %% %s  %s", percent, left(), what);
        if (terminal) {
            int filled = WIDTH * steps / total;
            String bar = "#".repeat(filled) + "-".repeat(WIDTH - filled);
            out.print("\r\033[K[" + bar + "] " + text);
            out.flush();
        } else if (steps == 0 || percent / 10 != 100 * (steps - 1) / total / 10) {
            out.println(text);
        }
        steps++;
    }

    void end() {
        if (terminal) {
            out.print("\r\033[K");
            out.flush();
        }
    }

    private String left() {
        if (steps == 0) {
            return "--:-- left";
        }
        Duration left = Duration.ofNanos((System.nanoTime() - start) / steps * (total - steps));
        return String.format(Locale.ROOT, "%02d:%02d left", left.toMinutes(), left.toSecondsPart());
    }
}
