package io.distcache.protocol.tls;

import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What failed with TLS, for people: what the JDK says of it names neither side nor remedy. Stateless. */
public final class TlsFailure {
    private static final String ALERT = "Received fatal alert: ";
    private static final int MOST_CAUSES = 20;

    private TlsFailure() {}

    /** Whether it is about TLS. */
    public static boolean is(Throwable failure) {
        return find(failure, SSLException.class) != null;
    }

    /** Whether the other end has said nothing against it, and is gone. */
    public static boolean isOnlyClosed(Throwable failure) {
        String said = said(failure);
        return find(failure, ClosedChannelException.class) != null
                || said.contains("closed while SSL/TLS handshake")
                || said.contains("terminated the handshake");
    }

    /** Why a client could not make an encrypted connection to a node. */
    public static String ofClient(Throwable failure) {
        if (find(failure, CertificateExpiredException.class) != null) {
            return "the node's certificate has expired (" + deepest(failure) + "); renew it";
        }
        if (find(failure, CertificateNotYetValidException.class) != null) {
            return "the node's certificate is not valid yet (" + deepest(failure) + "); are both clocks right?";
        }
        if (isUntrusted(failure)) {
            return "the node's certificate is signed by no authority that is trusted here;"
                    + " name the file with the authority's certificate (tls.trust, --tls-trust)";
        }
        String deepest = deepest(failure);
        if (deepest.startsWith("No name matching") || deepest.startsWith("No subject alternative")) {
            return "the node's certificate is not for the host that was connected to: " + deepest;
        }
        return text(failure, "node");
    }

    /** Why a client's connection could not be encrypted by a node. */
    public static String ofNode(Throwable failure) {
        if (isUntrusted(failure)) {
            return "its certificate is signed by no authority of server.tls.trust";
        }
        if (find(failure, CertificateExpiredException.class) != null) {
            return "its certificate has expired";
        }
        return text(failure, "client");
    }

    private static boolean isUntrusted(Throwable failure) {
        String deepest = deepest(failure);
        return find(failure, CertPathBuilderException.class) != null
                // Of another authority with the same name.
                || deepest.startsWith("Path does not chain")
                || deepest.startsWith("signature check failed")
                || deepest.startsWith("Signature does not match");
    }

    private static String text(Throwable failure, String other) {
        String said = said(failure);
        if (said.startsWith(ALERT)) {
            return alert(said.substring(ALERT.length()), other);
        }
        if (isOnlyClosed(failure)) {
            return "the " + other + " closed the connection during the handshake of TLS"
                    + (other.equals("node") ? "; does its port speak TLS (server.tls)?" : "");
        }
        if (said.startsWith("not an SSL/TLS record") || said.contains("Unsupported or unrecognized SSL message")) {
            return "the " + other + " speaks no TLS";
        }
        // The two bytes of an alert, in plain text, where TLS 1.3 has encrypted records: so OpenSSL refuses a
        // certificate.
        if (said.startsWith("Insufficient buffer remaining for AEAD cipher fragment (2)")) {
            return "the " + other + " ended the handshake of TLS, as one does that does not trust the certificate";
        }
        if (said.startsWith("Empty client certificate chain")) {
            return "it has shown no certificate, and server.tls.client-auth is need";
        }
        return "TLS failed: " + said;
    }

    private static String alert(String alert, String other) {
        return switch (alert.toLowerCase(Locale.ROOT)) {
            case "bad_certificate",
                    "certificate_unknown",
                    "unknown_ca",
                    "certificate_expired",
                    "certificate_required",
                    "unsupported_certificate",
                    "access_denied" ->
                other.equals("node")
                        ? "the node wants a certificate of the client, of an authority that it trusts (" + alert
                                + "); name the file with it (tls.certificate, --tls-certificate)"
                        : "the client does not trust the node's certificate (" + alert + ")";
            case "protocol_version", "handshake_failure", "insufficient_security" ->
                "the " + other + " speaks no version or suite of TLS that this end does (" + alert + ")";
            default -> "the " + other + " ended TLS: " + alert;
        };
    }

    private static String said(Throwable failure) {
        SSLException tls = find(failure, SSLException.class);
        Throwable telling = tls == null ? failure : tls;
        String message = telling.getMessage();
        String all = message == null ? telling.toString() : message;
        // A record that was none is quoted in hexadecimal behind a colon.
        return all.startsWith("not an SSL/TLS record") ? "not an SSL/TLS record" : all;
    }

    private static String deepest(Throwable failure) {
        Throwable at = failure;
        for (int i = 0; i < MOST_CAUSES && at.getCause() != null; i++) {
            at = at.getCause();
        }
        return String.valueOf(at.getMessage());
    }

    /** What of a kind is behind a failure; null if nothing is. */
    public static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
        Throwable at = failure;
        for (int i = 0; i < MOST_CAUSES && at != null; i++) {
            if (type.isInstance(at)) {
                return type.cast(at);
            }
            at = at.getCause();
        }
        return null;
    }
}
