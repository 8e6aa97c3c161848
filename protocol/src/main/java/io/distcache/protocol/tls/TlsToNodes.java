package io.distcache.protocol.tls;

import io.distcache.protocol.Secret;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/** How a client encrypts its connections to nodes. Thread-safe. */
public final class TlsToNodes {
    private final SSLContext context;
    private final String[] suites;
    private final boolean verifyHost;

    private TlsToNodes(SSLContext context, boolean verifyHost) {
        this.context = context;
        this.verifyHost = verifyHost;
        List<String> supported =
                Arrays.asList(context.getSupportedSSLParameters().getCipherSuites());
        this.suites = TlsVersions.SUITES.stream().filter(supported::contains).toArray(String[]::new);
    }

    /**
     * Reads the client's files.
     *
     * @throws UnusableFileException if one cannot be used
     */
    public static TlsToNodes read(ClientFiles files) throws UnusableFileException {
        NamedFile trust = files.trust();
        TrustManager[] trusted =
                trust == null ? null : new TrustManager[] {TrustedAuthorities.read(trust, files.trustPassword())};
        NamedFile certificate = files.certificate();
        KeyManager[] own = certificate == null ? null : own(certificate, files, files.keyPassword());
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own, trusted, null);
            return new TlsToNodes(context, files.verifyHost());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no TLS: " + e.getMessage(), e);
        }
    }

    private static KeyManager[] own(NamedFile certificate, ClientFiles files, Secret password)
            throws UnusableFileException {
        return new KeyManager[] {
            OwnCertificate.read(certificate, files.key(), password).keyManager()
        };
    }

    /** What encrypts one connection to a node of this host. */
    public SSLEngine engine(String host, int port) {
        SSLEngine engine = context.createSSLEngine(host, port);
        engine.setUseClientMode(true);
        engine.setSSLParameters(limited(engine.getSSLParameters()));
        return engine;
    }

    /** Encrypts a connection to a node of this host. */
    public Socket encrypt(Socket socket, String host, int port) throws IOException {
        SSLSocket encrypted = (SSLSocket) context.getSocketFactory().createSocket(socket, host, port, true);
        encrypted.setSSLParameters(limited(encrypted.getSSLParameters()));
        encrypted.startHandshake();
        return encrypted;
    }

    private SSLParameters limited(SSLParameters parameters) {
        parameters.setProtocols(TlsVersions.PROTOCOLS.toArray(new String[0]));
        parameters.setCipherSuites(suites);
        // The rules of HTTPS (RFC 2818, 3.1): the host must be among the certificate's alternative names.
        parameters.setEndpointIdentificationAlgorithm(verifyHost ? "HTTPS" : "");
        return parameters;
    }
}
