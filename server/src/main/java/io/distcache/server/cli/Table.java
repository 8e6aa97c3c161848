package io.distcache.server.cli;

import io.distcache.protocol.OneLine;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Rows under a heading, as wide as they need; whole numbers stand to the right, and columns of which it is said. Confined to one thread. */
public final class Table {
    private final List<String[]> rows = new ArrayList<>();

    private final Set<Integer> right = new HashSet<>();

    public Table(String... heading) {
        rows.add(heading);
    }

    public void alignRight(int column) {
        right.add(column);
    }

    public void row(Object... cells) {
        String[] row = new String[rows.get(0).length];
        for (int i = 0; i < row.length; i++) {
            row[i] = OneLine.of(String.valueOf(cells[i]));
        }
        rows.add(row);
    }

    public void print(PrintWriter out) {
        int columns = rows.get(0).length;
        int[] widths = new int[columns];
        boolean[] numbers = new boolean[columns];
        for (int column = 0; column < columns; column++) {
            boolean isNumbers = rows.size() > 1;
            for (int i = 0; i < rows.size(); i++) {
                String cell = rows.get(i)[column];
                widths[column] = Math.max(widths[column], cell.length());
                isNumbers &= i == 0 || cell.matches("-?\\d*");
            }
            numbers[column] = isNumbers || right.contains(column);
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < columns; column++) {
                String padding = " ".repeat(widths[column] - row[column].length());
                line.append(column == 0 ? "" : "  ")
                        .append(numbers[column] ? padding : "")
                        .append(row[column])
                        .append(numbers[column] ? "" : padding);
            }
            out.println(line.toString().stripTrailing());
        }
    }

    /** Milliseconds since the epoch for people; 0 is not known. */
    public static String time(long millis) {
        return millis == 0 ? "-" : Instant.ofEpochMilli(millis).toString();
    }
}
