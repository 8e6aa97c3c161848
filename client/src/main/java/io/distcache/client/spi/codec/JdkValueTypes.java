package io.distcache.client.spi.codec;

import org.jspecify.annotations.Nullable;

/** Which classes belong to the JDK. Stateless. */
final class JdkValueTypes {
    private JdkValueTypes() {}

    /** Whether {@code type} belongs to the JDK itself: its fields and constructors are not ours to use. */
    static boolean isPlatform(Class<?> type) {
        return isPlatform(type.getClassLoader());
    }

    private static boolean isPlatform(@Nullable ClassLoader loader) {
        return loader == null || loader == ClassLoader.getPlatformClassLoader();
    }
}
