package io.distcache.cdi;

import java.util.List;

/**
 * Which exceptions count. Those of {@code included} that are not of {@code excluded}; with only one list given, that alone
 * decides. Immutable.
 *
 * @param whenBothEmpty what holds of every exception if neither list is given
 */
record ExceptionRule(
        List<Class<? extends Throwable>> included, List<Class<? extends Throwable>> excluded, boolean whenBothEmpty) {

    boolean matches(Throwable exception) {
        if (included.isEmpty() && excluded.isEmpty()) {
            return whenBothEmpty;
        }
        return (included.isEmpty() || isOneOf(included, exception)) && !isOneOf(excluded, exception);
    }

    private static boolean isOneOf(List<Class<? extends Throwable>> types, Throwable exception) {
        return types.stream().anyMatch(type -> type.isInstance(exception));
    }
}
