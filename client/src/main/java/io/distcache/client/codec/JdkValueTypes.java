package io.distcache.client.codec;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The JDK classes that every cache may hold: values without behaviour, and the standard collections. An explicit list,
 * since a package is too wide: {@code java.net.URL} asks DNS from its hashCode, and {@code java.rmi} opens sockets.
 * Immutable.
 */
final class JdkValueTypes {
    /** Binary names. */
    static final Set<String> NAMES = collect(List.of(
            group(
                    "java.lang.",
                    "Object Number Comparable CharSequence Iterable Boolean Byte Character Short Integer Long Float Double"
                            + " String Enum Record"),
            group("java.io.", "Serializable"),
            group("java.math.", "BigInteger BigDecimal MathContext RoundingMode"),
            group("java.net.", "URI"),
            group("java.sql.", "Date Time Timestamp"),
            group(
                    "java.time.",
                    "Ser Clock DayOfWeek Duration Instant LocalDate LocalDateTime LocalTime Month MonthDay OffsetDateTime"
                            + " OffsetTime Period Year YearMonth ZoneId ZoneOffset ZoneRegion ZonedDateTime"
                            + " temporal.ChronoUnit temporal.ChronoField chrono.IsoChronology chrono.IsoEra chrono.Ser"),
            group(
                    "java.util.",
                    "Collection List Set SortedSet NavigableSet Map SortedMap NavigableMap Map$Entry Queue Deque"
                            + " RandomAccess Comparator"
                            + " AbstractCollection AbstractList AbstractMap AbstractQueue AbstractSequentialList"
                            + " AbstractSet AbstractMap$SimpleEntry AbstractMap$SimpleImmutableEntry KeyValueHolder"
                            + " ArrayDeque ArrayList Arrays$ArrayList BitSet CollSer EnumMap EnumSet"
                            + " EnumSet$SerializationProxy RegularEnumSet JumboEnumSet HashMap HashSet Hashtable"
                            + " IdentityHashMap LinkedHashMap LinkedHashSet LinkedList PriorityQueue Properties Stack"
                            + " TreeMap TreeSet Vector Dictionary"
                            + " ImmutableCollections$List12 ImmutableCollections$ListN"
                            + " ImmutableCollections$Set12 ImmutableCollections$SetN"
                            + " ImmutableCollections$Map1 ImmutableCollections$MapN"
                            + " Calendar Currency Date GregorianCalendar Locale SimpleTimeZone TimeZone UUID"
                            + " Optional OptionalDouble OptionalInt OptionalLong"
                            + " Comparators$NaturalOrderComparator concurrent.TimeUnit"),
            group(
                    "java.util.Collections$",
                    "CopiesList EmptyList EmptyMap EmptySet ReverseComparator ReverseComparator2 SetFromMap"
                            + " SingletonList SingletonMap SingletonSet"
                            + " SynchronizedCollection SynchronizedList SynchronizedMap SynchronizedNavigableMap"
                            + " SynchronizedNavigableSet SynchronizedRandomAccessList SynchronizedSet"
                            + " SynchronizedSortedMap SynchronizedSortedSet"
                            + " UnmodifiableCollection UnmodifiableList UnmodifiableMap UnmodifiableRandomAccessList"
                            + " UnmodifiableMap$UnmodifiableEntrySet UnmodifiableNavigableMap"
                            + " UnmodifiableNavigableMap$EmptyNavigableMap UnmodifiableNavigableSet"
                            + " UnmodifiableNavigableSet$EmptyNavigableSet UnmodifiableSequencedCollection"
                            + " UnmodifiableSequencedMap UnmodifiableSequencedSet UnmodifiableSet UnmodifiableSortedMap"
                            + " UnmodifiableSortedSet"),
            group(
                    "java.util.concurrent.",
                    "ConcurrentHashMap ConcurrentHashMap$Segment ConcurrentLinkedDeque ConcurrentLinkedQueue"
                            + " ConcurrentMap ConcurrentSkipListMap ConcurrentSkipListSet CopyOnWriteArrayList"
                            + " CopyOnWriteArraySet atomic.AtomicBoolean atomic.AtomicInteger atomic.AtomicLong"
                            + " atomic.AtomicReference locks.ReentrantLock locks.ReentrantLock$NonfairSync"
                            + " locks.ReentrantLock$Sync locks.AbstractQueuedSynchronizer"
                            + " locks.AbstractOwnableSynchronizer"),
            Set.of("java.lang.String$CaseInsensitiveComparator", "sun.util.calendar.ZoneInfo")));

    private JdkValueTypes() {}

    /** Whether {@code type} belongs to the JDK itself: its fields and constructors are not ours to use. */
    static boolean isPlatform(Class<?> type) {
        return isPlatform(type.getClassLoader());
    }

    private static boolean isPlatform(@Nullable ClassLoader loader) {
        return loader == null || loader == ClassLoader.getPlatformClassLoader();
    }

    private static Set<String> group(String prefix, String names) {
        Set<String> full = new HashSet<>();
        for (String name : names.split(" ", -1)) {
            full.add(prefix + name);
        }
        return full;
    }

    private static Set<String> collect(List<Set<String>> groups) {
        Set<String> all = new HashSet<>();
        groups.forEach(all::addAll);
        return Set.copyOf(all);
    }
}
