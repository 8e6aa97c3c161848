package io.distcache.server.tls;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Who a client is by the certificate that it has shown, and that was found to be of a trusted authority: the first URI of its alternative
 * names, else the first DNS name there, else the common name of its subject. Stateless.
 */
public final class PeerCertificate {
    /** Kinds of alternative names (RFC 5280, 4.2.1.6). */
    private static final int DNS = 2;

    private static final int URI = 6;

    private PeerCertificate() {}

    /** The name of the client at the other end of a connection; null if it has shown no certificate, or one without a name. */
    public static @Nullable String name(ChannelPipeline pipeline) {
        SslHandler encryption = pipeline.get(SslHandler.class);
        return encryption == null ? null : name(encryption.engine().getSession());
    }

    /** The name of the client of a session; null if it has shown no certificate, or one without a name. */
    public static @Nullable String name(SSLSession session) {
        try {
            Certificate[] chain = session.getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate shown ? name(shown) : null;
        } catch (SSLPeerUnverifiedException e) {
            return null;
        }
    }

    private static @Nullable String name(X509Certificate certificate) {
        String uri = alternative(certificate, URI);
        String name = uri != null ? uri : alternative(certificate, DNS);
        return name != null ? name : commonName(certificate);
    }

    private static @Nullable String alternative(X509Certificate certificate, int kind) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            if (names != null) {
                for (List<?> name : names) {
                    if (Integer.valueOf(kind).equals(name.get(0))
                            && name.get(1) instanceof String text
                            && !text.isEmpty()) {
                        return text;
                    }
                }
            }
            return null;
        } catch (CertificateParsingException e) {
            return null;
        }
    }

    private static @Nullable String commonName(X509Certificate certificate) {
        try {
            // The most specific part comes last.
            String found = null;
            for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                if (part.getType().equalsIgnoreCase("CN")
                        && part.getValue() instanceof String text
                        && !text.isEmpty()) {
                    found = text;
                }
            }
            return found;
        } catch (InvalidNameException e) {
            return null;
        }
    }
}
