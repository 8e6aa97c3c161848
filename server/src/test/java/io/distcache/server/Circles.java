package io.distcache.server;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Circles of references between the files of a package: strongly connected components (Tarjan, 1972). Confined to one thread. */
final class Circles {
    private final Map<String, Set<String>> references;
    private final Map<String, Integer> indexes = new HashMap<>();
    private final Map<String, Integer> lowest = new HashMap<>();
    private final Deque<String> path = new ArrayDeque<>();
    private final List<Set<String>> found = new ArrayList<>();

    private Circles(Map<String, Set<String>> references) {
        this.references = references;
    }

    /** The circles of more than so many files, each as the sorted names of its files. */
    static List<Set<String>> largerThan(int files, JavaClasses classes) {
        Map<String, Set<String>> references = new TreeMap<>();
        for (JavaClass type : classes) {
            String from = file(type);
            references.computeIfAbsent(from, f -> new TreeSet<>());
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass();
                if (target.getPackageName().equals(type.getPackageName())
                        && !file(target).equals(from)) {
                    references.get(from).add(file(target));
                }
            }
        }
        Circles circles = new Circles(references);
        references.keySet().forEach(file -> {
            if (!circles.indexes.containsKey(file)) {
                circles.visit(file);
            }
        });
        return circles.found.stream().filter(circle -> circle.size() > files).toList();
    }

    private static String file(JavaClass type) {
        String name = type.getName();
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }

    private void visit(String file) {
        int index = indexes.size();
        indexes.put(file, index);
        lowest.put(file, index);
        path.push(file);
        for (String target : references.getOrDefault(file, Set.of())) {
            if (!indexes.containsKey(target)) {
                visit(target);
                lowest.merge(file, lowest.get(target), Math::min);
            } else if (path.contains(target)) {
                lowest.merge(file, indexes.get(target), Math::min);
            }
        }
        if (lowest.get(file) == index) {
            Set<String> circle = new TreeSet<>();
            String one;
            do {
                one = path.pop();
                circle.add(one);
            } while (!one.equals(file));
            found.add(circle);
        }
    }
}
