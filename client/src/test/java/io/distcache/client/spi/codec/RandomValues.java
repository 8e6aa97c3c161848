package io.distcache.client.spi.codec;

import io.distcache.client.spi.codec.Samples.Color;
import io.distcache.client.spi.codec.Samples.Money;
import io.distcache.client.spi.codec.Samples.Pair;
import io.distcache.client.spi.codec.Samples.Person;
import io.distcache.client.spi.codec.Samples.Point;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

/** Nested values that have a useful equals; the same seed gives the same value. */
@SuppressWarnings("JdkObsolete") // Applications still hold a LinkedList.
final class RandomValues {
    private final Random random;

    RandomValues(long seed) {
        this.random = new Random(seed);
    }

    Object next() {
        return container(4);
    }

    private Object any(int depth) {
        return depth == 0 || random.nextInt(3) == 0 ? scalar() : container(depth - 1);
    }

    private Object container(int depth) {
        return switch (random.nextInt(12)) {
            case 0 -> fill(new ArrayList<>(), depth);
            case 1 -> fill(new LinkedList<>(), depth);
            case 2 -> List.copyOf(fill(new ArrayList<>(), depth));
            case 3 -> Arrays.asList(any(depth), null);
            case 4 -> fill(new HashSet<>(), depth);
            case 5 -> fill(new LinkedHashSet<>(), depth);
            case 6 -> fill(new HashMap<>(), depth);
            case 7 -> Map.copyOf(fill(new LinkedHashMap<>(), depth));
            case 8 -> new TreeMap<>(Map.of(1, any(depth), random.nextInt(-9, 0), any(depth)));
            case 9 -> new Pair<>(any(depth), any(depth));
            case 10 -> Optional.of(any(depth));
            default -> new Person(text(), random.nextInt(), random.nextBoolean(), random.nextLong(), List.of(text()));
        };
    }

    private <C extends Collection<Object>> C fill(C target, int depth) {
        for (int i = random.nextInt(4); i > 0; i--) {
            target.add(any(depth));
        }
        return target;
    }

    private <M extends Map<Object, Object>> M fill(M target, int depth) {
        for (int i = random.nextInt(4); i > 0; i--) {
            target.put(any(depth), any(depth));
        }
        return target;
    }

    private Object scalar() {
        return switch (random.nextInt(17)) {
            case 0 -> random.nextInt();
            case 1 -> random.nextLong();
            case 2 -> (short) random.nextInt();
            case 3 -> (byte) random.nextInt();
            case 4 -> (char) random.nextInt();
            case 5 -> random.nextFloat();
            case 6 -> random.nextDouble();
            case 7 -> random.nextBoolean();
            case 8 -> new BigInteger(random.nextInt(200), random);
            case 9 -> new BigDecimal(new BigInteger(random.nextInt(99), random), random.nextInt(20) - 10);
            case 10 -> new UUID(random.nextLong(), random.nextLong());
            case 11 -> Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000));
            case 12 -> LocalDate.ofEpochDay(random.nextInt(100_000));
            case 13 -> random.nextBoolean() ? Color.RED : Color.GREEN;
            case 14 -> new Point(random.nextInt(), random.nextInt());
            case 15 -> new Money(random.nextLong());
            default -> text();
        };
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            text.append((char) (random.nextInt(20) == 0 ? random.nextInt(0x10000) : 'a' + random.nextInt(26)));
        }
        return text.toString();
    }
}
