package io.distcache.client.spi;

import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One object for each class loader, which lives as long as the loader, also if it refers to it, as nearly everything of an application
 * does: in a {@link WeakHashMap} such a value would keep its own key. So it is the loader that holds the object: a class is defined in
 * it, and the object hangs on that class. From here it is only weakly reachable. Thread-safe.
 */
public final class PerLoader<T> {
    private final Map<ClassLoader, WeakReference<T>> known = new WeakHashMap<>();
    private final ClassValue<AtomicReference<@Nullable T>> held = new ClassValue<>() {
        @Override
        protected AtomicReference<@Nullable T> computeValue(Class<?> anchor) {
            return new AtomicReference<>();
        }
    };

    /** The loader's object, made if there is none yet. */
    public synchronized T get(ClassLoader loader, Supplier<T> maker) {
        T present = find(loader);
        if (present != null) {
            return present;
        }
        T made = maker.get();
        held.get(anchor(loader)).set(made);
        known.put(loader, new WeakReference<>(made));
        return made;
    }

    /** The loader's object, or null if there is none. */
    public synchronized @Nullable T find(ClassLoader loader) {
        WeakReference<T> present = known.get(loader);
        return present == null ? null : present.get();
    }

    /** All there are. */
    public synchronized List<T> all() {
        return known.values().stream()
                .map(WeakReference::get)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
    }

    /** From now on the loader has none. */
    public synchronized void remove(ClassLoader loader) {
        if (known.remove(loader) != null) {
            Class<?> anchor = anchor(loader);
            held.get(anchor).set(null);
            held.remove(anchor);
        }
    }

    /** A class that is defined in {@code loader}, the same at each call. */
    private static Class<?> anchor(ClassLoader loader) {
        return Proxy.newProxyInstance(loader, new Class<?>[] {Runnable.class}, (proxy, method, arguments) -> null)
                .getClass();
    }
}
