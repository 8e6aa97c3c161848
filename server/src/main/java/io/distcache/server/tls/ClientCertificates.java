package io.distcache.server.tls;

import io.netty.handler.ssl.ClientAuth;

/** What a node wants to know of its clients by their certificates. */
public enum ClientCertificates {
    /** Nothing; they are not asked for one. */
    NONE(ClientAuth.NONE),
    /** Who they are, if they have one; one that is not trusted ends the connection. */
    WANT(ClientAuth.OPTIONAL),
    /** Who they are; without one the connection ends. */
    NEED(ClientAuth.REQUIRE);

    private final ClientAuth auth;

    ClientCertificates(ClientAuth auth) {
        this.auth = auth;
    }

    ClientAuth auth() {
        return auth;
    }
}
