package io.distcache.server.frontdoor.resp;

/** What a client is told that asked for something wrong, where several commands say the same. Stateless. */
final class Errors {
    static final String SYNTAX = "ERR syntax error";
    static final String NO_INTEGER = "ERR value is not an integer or out of range";
    static final String TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";

    private Errors() {}
}
