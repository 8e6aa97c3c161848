package io.distcache.server.frontdoor.peer;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the system end connections to clients that have vanished without a word: a machine that lost its power, a network that lost a
 * firewall's state. A quiet connection is probed (TCP keepalive, RFC 1122 §4.2.3.6), and one whose bytes are not acknowledged is given
 * up (TCP user timeout, RFC 5482). A client that is there answers probes by its system, however quiet it is. Thread-safe.
 */
public final class PeerTimeout {
    private static final Logger LOG = LoggerFactory.getLogger(PeerTimeout.class);
    private static final int PROBES = 3;

    private final long seconds;
    private volatile @Nullable List<Setting> settings;

    private record Setting(ChannelOption<Object> option, Object value) {}

    /** Ends connections after so long; zero leaves all to the system's own limits. */
    public PeerTimeout(Duration after) {
        this.seconds = after.toSeconds();
    }

    /** Sets it for a socket; as much as its transport can set. */
    public void watch(Channel channel) {
        if (seconds == 0) {
            return;
        }
        try {
            List<Setting> known = settings;
            if (known == null) {
                known = settingsFor(channel);
                settings = known;
            }
            for (Setting setting : known) {
                channel.config().setOption(setting.option, setting.value);
            }
        } catch (ChannelException e) {
            LOG.debug("the socket of {} ended before it could be watched", channel.remoteAddress(), e);
        }
    }

    /** Native transports and the JDK's know these by names of their own. */
    private List<Setting> settingsFor(Channel channel) {
        int interval = (int) Math.max(1, seconds / (2 * PROBES));
        int idle = (int) Math.max(1, seconds - (long) PROBES * interval);
        Map<String, Object> wanted = Map.of(
                "SO_KEEPALIVE", true,
                "TCP_KEEPIDLE", idle,
                "TCP_KEEPINTVL", interval,
                "TCP_KEEPINTERVAL", interval,
                "TCP_KEEPCNT", PROBES,
                "TCP_KEEPCOUNT", PROBES,
                "TCP_USER_TIMEOUT", (int) Math.min(Integer.MAX_VALUE, seconds * 1000));
        List<Setting> found = new ArrayList<>();
        for (ChannelOption<?> option : channel.config().getOptions().keySet()) {
            Object value = wanted.get(option.name().substring(option.name().lastIndexOf('#') + 1));
            if (value != null) {
                @SuppressWarnings("unchecked") // of the type that its name says
                ChannelOption<Object> typed = (ChannelOption<Object>) option;
                found.add(new Setting(typed, value));
            }
        }
        LOG.debug("vanished clients are found by {}", found);
        return found;
    }
}
