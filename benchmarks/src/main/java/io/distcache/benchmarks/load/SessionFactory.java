package io.distcache.benchmarks.load;

/**
 * Opens the sessions of a peer whose client is no JCache, from the peer's own jar: found as a service, so that the peer's
 * classes need not be there when the harness is built.
 */
public interface SessionFactory {

    Session open(Line line);
}
