package io.distcache.server.store;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Lets all tests of a process have {@link FixedHashes}, before the first of them hashes a key. Stateless. */
public final class FixedHashesListener implements LauncherSessionListener {
    @Override
    public void launcherSessionOpened(LauncherSession session) {
        FixedHashes.use();
    }
}
