package io.distcache.server.frontdoor.http;

import io.distcache.protocol.Secret;
import io.distcache.server.access.AccessControl;
import io.distcache.server.access.Caller;
import io.distcache.server.access.Credentials;
import io.distcache.server.access.Principal;
import io.distcache.server.tls.PeerCertificate;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.Consumer;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Who asks over HTTP: by {@code Authorization: Basic} with user and password, {@code Bearer} with a token, or without either by its
 * certificate. Thread-safe.
 */
final class Visitors {
    private static final String BASIC = "basic ";
    private static final String BEARER = "bearer ";

    private final AccessControl access;

    /** What is known of somebody. */
    enum Visitor {
        /** It has not said who it is. */
        STRANGER,
        /** It has, or need not. */
        KNOWN,
        /** It has said something wrong. */
        REFUSED
    }

    Visitors(AccessControl access) {
        this.access = access;
    }

    /** Finds out who sends a request; {@code then} is told on the request's event loop. */
    void receive(HttpServerRequest request, Consumer<Visitor> then) {
        String header = request.getHeader("Authorization");
        if (access.isOpen()) {
            then.accept(Visitor.KNOWN);
            return;
        }
        if (header == null) {
            then.accept(isCertified(request) ? Visitor.KNOWN : Visitor.STRANGER);
            return;
        }
        Credentials said = credentials(header);
        if (said == null) {
            then.accept(Visitor.REFUSED);
            return;
        }
        Context loop = Vertx.currentContext();
        Thread here = Thread.currentThread();
        access.login(new Caller("http", request.remoteAddress().hostAddress()), said, login -> {
            Principal who = login.principal();
            if (who != null) {
                who.leave();
            }
            Visitor visitor = who == null ? Visitor.REFUSED : Visitor.KNOWN;
            if (Thread.currentThread() == here) {
                then.accept(visitor);
            } else {
                loop.runOnContext(ignored -> then.accept(visitor));
            }
        });
    }

    private boolean isCertified(HttpServerRequest request) {
        SSLSession encryption = request.connection().sslSession();
        String name = encryption == null ? null : PeerCertificate.name(encryption);
        if (name == null) {
            return false;
        }
        Principal who =
                access.certified(new Caller("http", request.remoteAddress().hostAddress()), name);
        if (who != null) {
            who.leave();
        }
        return who != null;
    }

    private static @Nullable Credentials credentials(String header) {
        if (header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return new Credentials(
                    "", Secret.of(header.substring(BEARER.length()).strip()));
        }
        if (!header.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
            return null;
        }
        try {
            byte[] decoded =
                    Base64.getDecoder().decode(header.substring(BASIC.length()).strip());
            String text = new String(decoded, StandardCharsets.UTF_8);
            int colon = text.indexOf(':');
            return colon < 0 ? null : new Credentials(text.substring(0, colon), Secret.of(text.substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
