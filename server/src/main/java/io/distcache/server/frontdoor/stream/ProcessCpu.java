package io.distcache.server.frontdoor.stream;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Processor time that this process has used.
 *
 * @param userMicros in its own code
 * @param systemMicros in the system's; 0 where the system does not tell the two apart
 */
public record ProcessCpu(long userMicros, long systemMicros) {
    private static final Path STAT = Path.of("/proc/self/stat");
    /** Linux tells these times in hundredths of a second to every program (proc(5), sysconf(_SC_CLK_TCK)). */
    private static final long TICK_MICROS = 10_000;
    /** Fields after the process's name, which is in parentheses: utime is field 14 of the line, stime 15. */
    private static final int USER_FIELD = 11;

    /** Until now. */
    public static ProcessCpu now() {
        try {
            String line = Files.readString(STAT);
            String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
            return new ProcessCpu(
                    Long.parseLong(fields[USER_FIELD]) * TICK_MICROS,
                    Long.parseLong(fields[USER_FIELD + 1]) * TICK_MICROS);
        } catch (IOException | RuntimeException noLinux) {
            long all = ProcessHandle.current()
                    .info()
                    .totalCpuDuration()
                    .map(used -> used.toNanos() / 1000)
                    .orElse(0L);
            return new ProcessCpu(all, 0);
        }
    }

    /** A time as seconds with six decimals. */
    public static String seconds(long micros) {
        return String.format(Locale.ROOT, "%d.%06d", micros / 1_000_000, micros % 1_000_000);
    }
}
