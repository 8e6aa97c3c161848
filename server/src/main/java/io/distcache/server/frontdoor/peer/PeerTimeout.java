package io.distcache.server.frontdoor.peer;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
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
 * Ends connections to clients that have vanished without a word: a machine that lost its power, a network that lost a firewall's state.
 * The system does most of it: a quiet connection is probed (TCP keepalive, RFC 1122 §4.2.3.6), and one whose bytes are not acknowledged
 * is given up (TCP user timeout, RFC 5482). A client that is there answers probes by its system, however quiet it is.
 *
 * <p>Of a client that did not read before it vanished Linux 6.18 goes on to send again, sixteen times, whatever the user timeout. So where
 * the transport tells when the last acknowledgement came, output that waits for one is looked at here, too. Thread-safe.
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

    /**
     * Looks at what waits for an acknowledgement, from time to time. A client that is there and does not read acknowledges a probe at least
     * once in the user timeout.
     */
    private void lookAt(EpollSocketChannel socket) {
        long millis = seconds * 1000;
        Future<?> looking = socket.eventLoop()
                .scheduleWithFixedDelay(
                        () -> endIfGone(socket, millis + millis / 2), millis, millis / 2, TimeUnit.MILLISECONDS);
        socket.closeFuture().addListener(closed -> looking.cancel(false));
    }

    private static void endIfGone(EpollSocketChannel socket, long afterMillis) {
        if (!socket.isActive()) {
            return;
        }
        EpollTcpInfo info = socket.tcpInfo();
        ChannelOutboundBuffer output = socket.unsafe().outboundBuffer();
        boolean waits = info.unacked() > 0 || (output != null && output.totalPendingWriteBytes() > 0);
        if (waits && info.lastAckRecv() > afterMillis) {
            LOG.info(
                    "closing the connection of {}: it has acknowledged nothing for {} ms (server.peer-timeout)",
                    socket.remoteAddress(),
                    info.lastAckRecv());
            // What is in the system's buffers goes, too.
            socket.config().setSoLinger(0);
            socket.close();
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
