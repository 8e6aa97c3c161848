package io.distcache.server.tls;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.OwnThread;
import io.distcache.protocol.tls.NamedFile;
import io.distcache.protocol.tls.OwnCertificate;
import io.distcache.protocol.tls.TlsVersions;
import io.distcache.protocol.tls.TrustedAuthorities;
import io.distcache.protocol.tls.UnusableFileException;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.TrustOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's certificate, and by it what encrypts a connection. Its files are looked at again and again: new connections are made with what
 * they say now, and those that there are go on. Files that cannot be used change nothing. Thread-safe.
 */
public final class NodeTls {
    private static final Logger LOG = LoggerFactory.getLogger(NodeTls.class);
    /** With fewer days left the log says each day that the certificate will expire. */
    private static final long WARNING_DAYS = 15;
    /** After so long without a handshake there is no thread for them. */
    private static final long IDLE_SECONDS = 1;

    private final TlsConfig config;
    private final Duration handshakeTimeout;
    private final LongSupplier clockMillis;
    /** What handshakes compute: many at once would hold up an event loop, and so the clients that are in. As long as connections are bounded. */
    private final Executor computations = computations();

    private final List<Runnable> afterChange = new CopyOnWriteArrayList<>();
    private volatile Loaded loaded;
    private List<Bytes> seen;
    /** What is wrong with what was seen last; empty if nothing is. */
    private String unusable = "";
    /** What was logged last. */
    private String failure = "";

    private long warnedOfDays = WARNING_DAYS;

    /** What the files say. */
    private record Loaded(OwnCertificate own, @Nullable X509TrustManager trust, SslContext context) {}

    /**
     * Reads the files.
     *
     * @param handshakeTimeout how long a client may take until its connection is encrypted
     * @param clockMillis tells the time, as {@link System#currentTimeMillis}
     * @throws UnusableFileException if one cannot be used
     */
    public NodeTls(TlsConfig config, Duration handshakeTimeout, LongSupplier clockMillis) throws UnusableFileException {
        this.config = config;
        this.handshakeTimeout = handshakeTimeout;
        this.clockMillis = clockMillis;
        this.seen = contents();
        this.loaded = load();
        warnOfExpiry();
    }

    private static Executor computations() {
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads,
                threads,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> OwnThread.make(task, "distcache-handshakes"));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private List<Bytes> contents() throws UnusableFileException {
        List<Bytes> contents = new ArrayList<>();
        for (NamedFile file :
                new @Nullable NamedFile[] {config.certificateFile(), config.keyFile(), config.trustFile()}) {
            contents.add(file == null ? Bytes.EMPTY : Bytes.of(file.read()));
        }
        return contents;
    }

    private Loaded load() throws UnusableFileException {
        OwnCertificate own = OwnCertificate.read(config.certificateFile(), config.keyFile(), config.keyPassword());
        NamedFile trustFile = config.trustFile();
        X509TrustManager trust = trustFile == null ? null : TrustedAuthorities.read(trustFile, config.trustPassword());
        try {
            SslContextBuilder builder = SslContextBuilder.forServer(own.keyManager())
                    .sslProvider(SslProvider.JDK)
                    .protocols(TlsVersions.PROTOCOLS)
                    .ciphers(TlsVersions.SUITES, SupportedCipherSuiteFilter.INSTANCE)
                    .clientAuth(config.clientAuth().auth());
            if (trust != null) {
                builder.trustManager(trust);
            }
            return new Loaded(own, trust, builder.build());
        } catch (SSLException e) {
            throw new IllegalStateException("the JDK has no TLS for the node's certificate: " + e.getMessage(), e);
        }
    }

    // --- while the node runs

    /** How often {@link #look} is to be called. */
    public Duration interval() {
        return config.reloadInterval();
    }

    /** Runs something whenever the certificate has changed; on the thread that looks. */
    public void afterChange(Runnable action) {
        afterChange.add(action);
    }

    /**
     * Looks at the files, and takes what they say now. It reads files, so no event loop may call it.
     *
     * @return what is wrong with them; empty if nothing is
     */
    public synchronized String look() {
        String why;
        try {
            List<Bytes> now = contents();
            if (!now.equals(seen)) {
                seen = now;
                take();
            }
            why = unusable;
        } catch (UnusableFileException e) {
            why = String.valueOf(e.getMessage());
        }
        if (!why.isEmpty() && !why.equals(failure)) {
            LOG.warn("the node goes on with the certificate {}, since the files have changed, and {}", this, why);
        }
        failure = why;
        warnOfExpiry();
        return why;
    }

    private void take() {
        unusable = "";
        try {
            loaded = load();
        } catch (UnusableFileException e) {
            unusable = String.valueOf(e.getMessage());
            return;
        }
        LOG.info("new connections are made with the certificate {}", this);
        warnedOfDays = WARNING_DAYS;
        afterChange.forEach(Runnable::run);
    }

    /** Days until the node's certificate, or one that leads from it to the authority, expires, a begun one included; negative since it has. */
    public long daysLeft() {
        long millis = expiresMillis() - clockMillis.getAsLong();
        return TimeUnit.MILLISECONDS.toDays(millis) + (millis > 0 ? 1 : -1);
    }

    /** Whose the certificate is. */
    public String subject() {
        return loaded.own.subject();
    }

    /** When it, or one that leads from it to the authority, expires, in milliseconds since 1970. */
    public long expiresMillis() {
        return loaded.own.expires().toEpochMilli();
    }

    private void warnOfExpiry() {
        long days = daysLeft();
        if (days >= warnedOfDays) {
            return;
        }
        warnedOfDays = days;
        if (days > 0) {
            LOG.warn("the node's certificate expires in {} days: {}; put a new one into {}", days, this, file());
        } else {
            LOG.warn(
                    "the node's certificate has expired, and clients refuse it: {}; put a new one into {}",
                    this,
                    file());
        }
    }

    private String file() {
        return config.certificate();
    }

    // --- connections

    /** How long a client may take until its connection is encrypted. */
    Duration handshakeTimeout() {
        return handshakeTimeout;
    }

    /** Encrypts one connection. */
    SslHandler newHandler(ByteBufAllocator allocator) {
        return new TlsHandler(loaded.context.newEngine(allocator), computations);
    }

    /**
     * Encrypts a connection that this node makes to another of its pool, which must show a certificate for this host, signed by one of the
     * authorities of {@code server.tls.trust}, or that the JDK knows if there are none. If it is asked, this node shows its own.
     */
    public SslHandler newPeerHandler(ByteBufAllocator allocator, String host, int port) {
        Loaded now = loaded;
        try {
            SslContextBuilder builder = SslContextBuilder.forClient()
                    .keyManager(now.own.keyManager())
                    .sslProvider(SslProvider.JDK)
                    .protocols(TlsVersions.PROTOCOLS)
                    .ciphers(TlsVersions.SUITES, SupportedCipherSuiteFilter.INSTANCE)
                    // The rules of HTTPS (RFC 2818, 3.1): the host must be among the certificate's alternative names.
                    .endpointIdentificationAlgorithm("HTTPS");
            if (now.trust != null) {
                builder.trustManager(now.trust);
            }
            return new TlsHandler(builder.build().newEngine(allocator, host, port), computations);
        } catch (SSLException e) {
            throw new IllegalStateException("the JDK has no TLS for the node's certificate: " + e.getMessage(), e);
        }
    }

    /** What encrypts the connections of clients to a port that is Vert.x's own. */
    public ServerSSLOptions options() {
        Loaded now = loaded;
        ServerSSLOptions options = new ServerSSLOptions()
                .setKeyCertOptions(KeyCertOptions.wrap(now.own.keyManager()))
                .setEnabledSecureTransportProtocols(new LinkedHashSet<>(TlsVersions.PROTOCOLS))
                .setSslHandshakeTimeout(handshakeTimeout.toMillis())
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
                .setClientAuth(
                        switch (config.clientAuth()) {
                            case NONE -> ClientAuth.NONE;
                            case WANT -> ClientAuth.REQUEST;
                            case NEED -> ClientAuth.REQUIRED;
                        });
        if (now.trust != null) {
            options.setTrustOptions(TrustOptions.wrap(now.trust));
        }
        TlsVersions.SUITES.forEach(options::addEnabledCipherSuite);
        return options;
    }

    /** The certificate, for people. */
    @Override
    public String toString() {
        return loaded.own.toString();
    }
}
