package io.distcache.server.inspect;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Rows under a heading, as wide as they need; what begins with a digit stands to the right. Confined to one thread. */
final class Table {
    private final List<String[]> rows = new ArrayList<>();

    Table(String... heading) {
        rows.add(heading);
    }

    void row(Object... cells) {
        String[] row = new String[rows.get(0).length];
        for (int i = 0; i < row.length; i++) {
            row[i] = String.valueOf(cells[i]);
        }
        rows.add(row);
    }

    void print(PrintWriter out) {
        int columns = rows.get(0).length;
        int[] widths = new int[columns];
        boolean[] numbers = new boolean[columns];
        for (int column = 0; column < columns; column++) {
            numbers[column] = rows.size() > 1;
            for (int i = 0; i < rows.size(); i++) {
                String cell = rows.get(i)[column];
                widths[column] = Math.max(widths[column], cell.length());
                numbers[column] &= i == 0 || cell.matches("-?\\d*");
            }
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
}
