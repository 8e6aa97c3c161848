package io.distcache.client.internal.link;

import io.distcache.protocol.Command;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Numbers the changes that one node, or one group of a replicated pool, is to make once, and knows which of them are still open. Thread-safe.
 *
 * <p>Whoever makes them keeps the replies to all changes from the lowest open one on. So that it need not keep many, there are no numbers while one
 * has been open for {@value #WINDOW} others; what is sent without is not repeated.
 */
public final class OnceNumbers {
    private static final int WINDOW = 2048;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final long client = RANDOM.nextLong();
    private final int keepMillis;
    /** Whether the numbers from {@link #first} to before {@link #next} are closed, each at its remainder. */
    private final boolean[] closed = new boolean[WINDOW];

    private long first = 1;
    private long next = 1;

    /**
     * None yet.
     *
     * @param keepMillis how long after it was made a change may be sent again
     */
    public OnceNumbers(int keepMillis) {
        this.keepMillis = keepMillis;
    }

    /** The change with a number, which is open until it is closed; null if too many are. */
    public Command.@Nullable Once open(Command.OnEntry change) {
        Command.OnceNumber as = open();
        return as == null ? null : new Command.Once(as.client(), as.number(), as.firstOpen(), as.keepMillis(), change);
    }

    /** A number, which is open until it is closed; null if too many are. */
    public Command.@Nullable OnceNumber open() {
        synchronized (closed) {
            return next - first == WINDOW ? null : new Command.OnceNumber(client, next++, first, keepMillis);
        }
    }

    /** The change is not sent again. */
    public void close(Command.Once once) {
        close(once.number());
    }

    /** What has the number is not sent again. */
    public void close(long number) {
        synchronized (closed) {
            closed[(int) (number % WINDOW)] = true;
            while (first < next && closed[(int) (first % WINDOW)]) {
                closed[(int) (first % WINDOW)] = false;
                first++;
            }
        }
    }

    /** How many are open, those between them included. */
    int width() {
        synchronized (closed) {
            return (int) (next - first);
        }
    }
}
