package io.distcache.client;

import io.distcache.client.spi.SecretFile;
import io.distcache.client.spi.SharedToken;
import io.distcache.protocol.NodeUri;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.ShownUri;
import io.distcache.protocol.UriSpelling;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What a client is told. Start from {@link #of} or {@link #builder}; checked when built.
 *
 * @param members the pool's nodes, or some that know who is in it; empty only for an embedded node
 * @param clientName a name for the node's log
 * @param user who the client is to the nodes; empty if its token tells that, or it has none
 * @param token a token, or the user's password; {@link SharedToken#NONE} if there is none
 * @param callTimeout how long one call may take, waiting for a place and for a reconnect included; default 2 s. A value of 64 MiB is on
 *     its way for most of a second, on a busy machine for several: who stores such gives more
 * @param connectTimeout how long one attempt to connect may take, handshake included; default 5 s
 * @param leaseLimit the longest lease the application asks for. A call that queues for others is given at most twice as much
 *     longer, whatever the node says; default 30 s
 * @param maxInFlight the most unanswered commands per node; the node may ask for fewer; default 1024
 * @param maxReplyBytes the longest frame taken from a node; default 256 MiB
 * @param healthInterval how often nodes report their health; default 1 s
 * @param silenceLimit a node from which nothing comes for so long is down; default 4 s
 * @param downAfter a node of several to which no connection can be made again for so long is down; one that refuses connections is
 *     at once, and a node that is alone after {@code callTimeout}; default 1.5 s
 * @param minBackoff the pause after the first failed attempt to reconnect; doubles, with jitter; default 200 ms
 * @param maxBackoff the longest pause; default 1 s
 * @param namespace where the cache is that the client's own verbs are on; default {@value #DEFAULT_NAMESPACE}
 * @param cache that cache; default {@value #DEFAULT_CACHE}, which clients of Redis and memcached see too
 * @param allow classes of stored objects that may be made, besides JDK value types and those asked for, as patterns ({@link
 *     io.distcache.client.spi.codec.AllowList}); default the system property {@code distcache.serialization.allow}
 * @param limits what reading and writing one object may cost; default those of the system properties {@code
 *     distcache.serialization.max-depth} and its neighbours
 * @param lazy whether {@code connect} returns although no node can be reached: calls then go as if the nodes were down, and caches are
 *     declared here and opened, and their definitions checked, when a node is there; default false
 * @param tls whether and how connections are encrypted; default {@link ClientTls#OFF}
 */
public record ClientConfig(
        List<Member> members,
        String clientName,
        String user,
        SharedToken token,
        Duration callTimeout,
        Duration connectTimeout,
        Duration leaseLimit,
        int maxInFlight,
        int maxReplyBytes,
        Duration healthInterval,
        Duration silenceLimit,
        Duration downAfter,
        Duration minBackoff,
        Duration maxBackoff,
        String namespace,
        String cache,
        String allow,
        SerializationLimits limits,
        boolean lazy,
        ClientTls tls) {

    /** The namespace unless told otherwise. */
    public static final String DEFAULT_NAMESPACE = "default";
    /** The cache of the client's own verbs unless told otherwise. */
    public static final String DEFAULT_CACHE = "main";

    private static final Duration LONGEST = Duration.ofDays(1);

    public ClientConfig {
        members = List.copyOf(members);
        Objects.requireNonNull(clientName, "clientName");
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(token, "token");
        if (!user.isEmpty() && token.isNone()) {
            throw new IllegalArgumentException("user is set without a password or token; set one of them, too");
        }
        Objects.requireNonNull(namespace, "namespace");
        Objects.requireNonNull(cache, "cache");
        Objects.requireNonNull(allow, "allow");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(tls, "tls");
        checkDuration("callTimeout", callTimeout);
        checkDuration("connectTimeout", connectTimeout);
        checkDuration("leaseLimit", leaseLimit);
        checkDuration("healthInterval", healthInterval);
        checkDuration("silenceLimit", silenceLimit);
        checkDuration("downAfter", downAfter);
        checkDuration("minBackoff", minBackoff);
        checkDuration("maxBackoff", maxBackoff);
        checkAtLeast("maxInFlight", maxInFlight, 1);
        checkAtLeast("maxReplyBytes", maxReplyBytes, 1024);
        if (silenceLimit.compareTo(healthInterval) <= 0) {
            throw new IllegalArgumentException("silenceLimit " + silenceLimit + " is not above healthInterval "
                    + healthInterval + "; healthy nodes would be given up between two reports");
        }
        if (maxBackoff.compareTo(minBackoff) < 0) {
            throw new IllegalArgumentException("maxBackoff " + maxBackoff + " is below minBackoff " + minBackoff);
        }
    }

    /** The defaults, for these nodes. */
    public static ClientConfig of(NodeAddress... nodes) {
        return builder().nodes(List.of(nodes)).build();
    }

    /**
     * The defaults for nodes as text: {@code host:port,name=host:port*weight}, or {@code distcache://host:port,host:port/namespace} as for JCache.
     *
     * @throws IllegalArgumentException if it is not like that
     */
    public static ClientConfig parse(String nodes) {
        String usual = UriSpelling.usual(nodes);
        if (!usual.startsWith(NodeUri.SCHEME)) {
            return builder().members(members(NodeUri.members(usual))).build();
        }
        NodeUri uri;
        try {
            uri = NodeUri.parse(usual);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("cannot use '" + ShownUri.of(nodes) + "': " + e.getMessage());
        }
        if (uri.isEmbedded()) {
            throw new IllegalArgumentException("'" + ShownUri.of(nodes) + "' names no node to connect to");
        }
        if (!uri.query().isEmpty()) {
            throw new IllegalArgumentException(
                    "'" + ShownUri.of(nodes) + "' has options; set them by the builder of ClientConfig");
        }
        return builder()
                .members(members(uri.members()))
                .namespace(uri.namespace().isEmpty() ? DEFAULT_NAMESPACE : uri.namespace())
                .build();
    }

    private static List<Member> members(List<PoolMember> members) {
        return members.stream()
                .map(member -> new Member(member.name(), member.address(), member.weight()))
                .toList();
    }

    /** Starts from the defaults, without nodes. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts from this. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.members = members;
        builder.clientName = clientName;
        builder.user = user;
        builder.token = token;
        builder.callTimeout = callTimeout;
        builder.connectTimeout = connectTimeout;
        builder.leaseLimit = leaseLimit;
        builder.maxInFlight = maxInFlight;
        builder.maxReplyBytes = maxReplyBytes;
        builder.healthInterval = healthInterval;
        builder.silenceLimit = silenceLimit;
        builder.downAfter = downAfter;
        builder.minBackoff = minBackoff;
        builder.maxBackoff = maxBackoff;
        builder.namespace = namespace;
        builder.cache = cache;
        builder.allow = allow;
        builder.limits = limits;
        builder.lazy = lazy;
        builder.tls = tls;
        return builder;
    }

    private static void checkDuration(String name, Duration value) {
        Objects.requireNonNull(value, name);
        if (value.toMillis() < 1 || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(name + " is " + value + "; use 1 ms to 1 day");
        }
    }

    private static void checkAtLeast(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " is " + value + "; use at least " + least);
        }
    }

    /** Changes what differs from the defaults. Confined to one thread. */
    public static final class Builder {
        private List<Member> members = List.of();
        private String clientName = "";
        private String user = "";
        private SharedToken token = SharedToken.NONE;
        private Duration callTimeout = Duration.ofSeconds(2);
        private Duration connectTimeout = Duration.ofSeconds(5);
        private Duration leaseLimit = Duration.ofSeconds(30);
        private int maxInFlight = 1024;
        private int maxReplyBytes = 256 << 20;
        private Duration healthInterval = Duration.ofSeconds(1);
        private Duration silenceLimit = Duration.ofSeconds(4);
        private Duration downAfter = Duration.ofMillis(1500);
        private Duration minBackoff = Duration.ofMillis(200);
        private Duration maxBackoff = Duration.ofSeconds(1);
        private String namespace = DEFAULT_NAMESPACE;
        private String cache = DEFAULT_CACHE;
        private String allow = System.getProperty("distcache.serialization.allow", "");
        private SerializationLimits limits = SerializationLimits.ofSystemProperties();
        private boolean lazy;
        private ClientTls tls = ClientTls.OFF;

        private Builder() {}

        /** Sets {@link ClientConfig#members}. */
        public Builder members(List<Member> value) {
            this.members = value;
            return this;
        }

        /** Sets {@link ClientConfig#members} to nodes that are named by their addresses and weigh the same. */
        public Builder nodes(List<NodeAddress> value) {
            return members(value.stream()
                    .map(node -> new Member(node.toString(), node.toString(), 1))
                    .toList());
        }

        /** Sets {@link ClientConfig#clientName}. */
        public Builder clientName(String value) {
            this.clientName = value;
            return this;
        }

        /** Sets {@link ClientConfig#user}; it needs {@link #password} or {@link #token}, too. */
        public Builder user(String value) {
            this.user = value;
            return this;
        }

        /** Sets {@link ClientConfig#token} to the password of {@link ClientConfig#user}. */
        public Builder password(String value) {
            return token(value);
        }

        /** Sets {@link ClientConfig#token}; empty for none. */
        public Builder token(String value) {
            return token(SharedToken.of(value));
        }

        /** Sets {@link ClientConfig#token} to what a file says, which is read again for each connection. */
        public Builder tokenFile(String path) {
            return token(SharedToken.in(new SecretFile("token-file", path)));
        }

        /** Sets {@link ClientConfig#token}. */
        public Builder token(SharedToken value) {
            this.token = value;
            return this;
        }

        /** Sets {@link ClientConfig#callTimeout}. */
        public Builder callTimeout(Duration value) {
            this.callTimeout = value;
            return this;
        }

        /** Sets {@link ClientConfig#connectTimeout}. */
        public Builder connectTimeout(Duration value) {
            this.connectTimeout = value;
            return this;
        }

        /** Sets {@link ClientConfig#leaseLimit}. */
        public Builder leaseLimit(Duration value) {
            this.leaseLimit = value;
            return this;
        }

        /** Sets {@link ClientConfig#maxInFlight}. */
        public Builder maxInFlight(int value) {
            this.maxInFlight = value;
            return this;
        }

        /** Sets {@link ClientConfig#maxReplyBytes}. */
        public Builder maxReplyBytes(int value) {
            this.maxReplyBytes = value;
            return this;
        }

        /** Sets {@link ClientConfig#healthInterval}. */
        public Builder healthInterval(Duration value) {
            this.healthInterval = value;
            return this;
        }

        /** Sets {@link ClientConfig#silenceLimit}. */
        public Builder silenceLimit(Duration value) {
            this.silenceLimit = value;
            return this;
        }

        /** Sets {@link ClientConfig#downAfter}. */
        public Builder downAfter(Duration value) {
            this.downAfter = value;
            return this;
        }

        /** Sets {@link ClientConfig#minBackoff}. */
        public Builder minBackoff(Duration value) {
            this.minBackoff = value;
            return this;
        }

        /** Sets {@link ClientConfig#maxBackoff}. */
        public Builder maxBackoff(Duration value) {
            this.maxBackoff = value;
            return this;
        }

        /** Sets {@link ClientConfig#namespace}. */
        public Builder namespace(String value) {
            this.namespace = value;
            return this;
        }

        /** Sets {@link ClientConfig#cache}. */
        public Builder cache(String value) {
            this.cache = value;
            return this;
        }

        /** Sets {@link ClientConfig#allow}. */
        public Builder allow(String value) {
            this.allow = value;
            return this;
        }

        /** Sets {@link ClientConfig#limits}. */
        public Builder limits(SerializationLimits value) {
            this.limits = value;
            return this;
        }

        /** Sets {@link ClientConfig#lazy}. */
        public Builder lazy(boolean value) {
            this.lazy = value;
            return this;
        }

        /** Sets {@link ClientConfig#tls}. */
        public Builder tls(ClientTls value) {
            this.tls = value;
            return this;
        }

        /**
         * The configuration.
         *
         * @throws IllegalArgumentException naming the setting that is out of range
         */
        public ClientConfig build() {
            return new ClientConfig(
                    members,
                    clientName,
                    user,
                    token,
                    callTimeout,
                    connectTimeout,
                    leaseLimit,
                    maxInFlight,
                    maxReplyBytes,
                    healthInterval,
                    silenceLimit,
                    downAfter,
                    minBackoff,
                    maxBackoff,
                    namespace,
                    cache,
                    allow,
                    limits,
                    lazy,
                    tls);
        }
    }
}
