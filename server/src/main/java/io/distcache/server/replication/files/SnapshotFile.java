package io.distcache.server.replication.files;

import io.distcache.server.consensus.GroupPiece;
import io.distcache.server.consensus.GroupStore;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.FileFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A whole snapshot of a group on its way to disk, in the format of {@link PieceFiles}. It is written by who comes first: the thread for it, or the
 * consensus loop, which cannot wait until that is through with others. Thread-safe.
 */
final class SnapshotFile implements GroupStore.Keeping, Runnable {
    private final Path path;
    private final int group;
    private final long index;
    private final List<Supplier<byte[]>> pieces;
    private final BooleanSupplier ended;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CompletableFuture<List<GroupPiece>> places = new CompletableFuture<>();

    /**
     * One of which nothing is written.
     *
     * @param path of a file that does not exist, in a directory that does
     * @param ended whether the node has stopped, and nobody wants it any more
     */
    SnapshotFile(Path path, int group, long index, List<Supplier<byte[]>> pieces, BooleanSupplier ended) {
        this.path = path;
        this.group = group;
        this.index = index;
        this.pieces = pieces;
        this.ended = ended;
    }

    @Override
    public CompletionStage<List<GroupPiece>> places() {
        return places;
    }

    @Override
    public List<GroupPiece> await() throws IOException {
        run();
        try {
            return places.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        }
    }

    /** Writes it, unless somebody else is at it or has done so. */
    @Override
    public void run() {
        if (!begun.compareAndSet(false, true)) {
            return;
        }
        try {
            places.complete(write());
        } catch (IOException e) {
            places.completeExceptionally(FileFailure.wrapped("a snapshot could not be written to " + path, e));
        } catch (RuntimeException | Error e) {
            places.completeExceptionally(e);
        }
    }

    /** Pieces one after another, then all of it to disk, with its name and those of its directories. */
    private List<GroupPiece> write() throws IOException {
        List<GroupPiece> written = new ArrayList<>(pieces.size());
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            long offset = 0;
            for (Supplier<byte[]> piece : pieces) {
                if (ended.getAsBoolean()) {
                    throw new IOException("the node stopped before that");
                }
                byte[] bytes = piece.get();
                written.add(new GroupPiece(group, index, offset, bytes.length));
                ByteBuffer whole = ByteBuffer.wrap(PieceFiles.whole(offset, bytes));
                boolean isToSync = PieceFiles.isToSync(offset, whole.remaining());
                offset += whole.remaining();
                while (whole.hasRemaining()) {
                    file.write(whole);
                }
                if (isToSync) {
                    file.force(false);
                }
            }
            file.force(true);
        }
        Path ofGroup = path.getParent();
        Path ofAll = ofGroup == null ? null : ofGroup.getParent();
        DataDirectory.sync(ofGroup);
        DataDirectory.sync(ofAll);
        DataDirectory.sync(ofAll == null ? null : ofAll.getParent());
        return written;
    }
}
