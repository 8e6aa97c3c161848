package io.distcache.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import javax.management.JMException;
import javax.management.ObjectName;

/** How many objects of DistCache's classes are alive in a process, class by class, after a collection. Immutable. */
record LiveObjects(Map<String, Long> byClass) {

    static LiveObjects here() {
        try {
            return parse((String) ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "gcClassHistogram",
                            new Object[] {new String[0]},
                            new String[] {String[].class.getName()}));
        } catch (JMException e) {
            throw new IllegalStateException("this JVM tells nothing of its objects", e);
        }
    }

    static LiveObjects in(NodeProcess node) {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        try {
            Process process = new ProcessBuilder(
                            jcmd.toString(), Long.toString(node.process().pid()), "GC.class_histogram")
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            LiveObjects objects = parse(said);
            if (objects.byClass.isEmpty()) {
                throw new IllegalStateException("jcmd told nothing of the node's objects: " + said);
            }
            return objects;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run " + jcmd, e);
        }
    }

    /** Lines of rank, instances, bytes and class. */
    private static LiveObjects parse(String histogram) {
        Map<String, Long> byClass = new TreeMap<>();
        histogram.lines().map(line -> line.strip().split("\\s+")).forEach(words -> {
            if (words.length >= 4 && words[3].startsWith("io.distcache.")) {
                byClass.merge(words[3], Long.parseLong(words[1]), Long::sum);
            }
        });
        return new LiveObjects(byClass);
    }

    /** The classes of which there are so many more than before, with how many more. */
    Map<String, Long> moreThan(LiveObjects before, long most) {
        Map<String, Long> more = new TreeMap<>();
        byClass.forEach((name, count) -> {
            long grown = count - before.byClass.getOrDefault(name, 0L);
            if (grown > most) {
                more.put(name, grown);
            }
        });
        return more;
    }
}
