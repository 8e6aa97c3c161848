package io.distcache.server.frontdoor.peer;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends connections to clients that have vanished without a word: a machine that lost its power, a network that lost a firewall's state. A quiet
 * connection is probed by the system (TCP keepalive, RFC 1122 §4.2.3.6). Where bytes wait to be acknowledged it is not; there what the
 * transport tells of them is looked at. A client that is there acknowledges by its system, however quiet it is, and also if it does not read:
 * so this is not the TCP user timeout (RFC 5482), which would end such a connection. Thread-safe.
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
            if (channel instanceof EpollSocketChannel socket) {
                lookAt(socket);
            }
        } catch (ChannelException e) {
            LOG.debug("the socket of {} ended before it could be watched", channel.remoteAddress(), e);
        }
    }

    private void lookAt(EpollSocketChannel socket) {
        long millis = seconds * 1000;
        Future<?> looking = socket.eventLoop()
                .scheduleWithFixedDelay(() -> endIfGone(socket, millis), millis, millis / 2, TimeUnit.MILLISECONDS);
        socket.closeFuture().addListener(closed -> looking.cancel(false));
    }

    private static void endIfGone(EpollSocketChannel socket, long afterMillis) {
        if (!socket.isActive()) {
            return;
        }
        EpollTcpInfo info = socket.tcpInfo();
        if (info.retransmits() + info.probes() >= PROBES && info.lastAckRecv() > afterMillis) {
            LOG.info(
                    "closing the connection of {}: what was sent to it has not been acknowledged for {} ms (server.peer-timeout)",
                    socket.remoteAddress(),
                    info.lastAckRecv());
            // With what waits in the system's buffers, and at once: no handler could write anything more.
            socket.config().setSoLinger(0);
            socket.unsafe().close(socket.newPromise());
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
                "TCP_KEEPCOUNT", PROBES);
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
