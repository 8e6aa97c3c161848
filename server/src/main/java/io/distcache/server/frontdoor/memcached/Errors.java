package io.distcache.server.frontdoor.memcached;

/** What a client is told that asked for something wrong, where several commands say the same. Stateless. */
final class Errors {
    static final String ERROR = "ERROR";
    static final String BAD_FORMAT = "CLIENT_ERROR bad command line format";
    static final String TOO_LARGE = "SERVER_ERROR object too large for cache";
    static final String TOO_MANY_FLAGS = "CLIENT_ERROR options flags too long";
    static final String NO_NUMBER = "CLIENT_ERROR cannot increment or decrement non-numeric value";
    static final String BAD_TIME = "CLIENT_ERROR invalid exptime argument";

    /** As memcached says it to a client that has to authenticate. */
    static final String UNAUTHENTICATED = "CLIENT_ERROR unauthenticated";

    private Errors() {}
}
